"""Prove that a webhook comes from where it says, and sign what we post ourselves.

Nothing here raises for what a stranger sent: every malformed header is a refusal with a word for it. What belongs to
nobody but us (an unusable secret) is refused by `secret_problem` when the settings are read, and never matches here.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from vendors.headers import lowered

TOLERANCE = timedelta(minutes=5)  # vendor clocks drift; the Standard Webhooks libraries use the same, both ways
_STAMP = re.compile(r"[0-9]{1,11}")  # unix seconds; eleven digits last until the year 5138
_HEX = re.compile(r"[0-9a-fA-F]+")
_FAMILIES = ("webhook", "svix")  # Svix, which CareCycle uses, signs the same way under its own names


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a webhook is genuine. `why` is one closed word, fit for a counter's label; empty when it is."""

    ok: bool
    why: str = ""
    which: int | None = None
    """Index of the secret that matched: an old one that no longer matches anything can be retired."""
    skew_seconds: float | None = None
    """The sender's clock minus ours, where the scheme carries a time."""


def verify(
    scheme: str,
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    header: str = "",
    encoding: str = "hex",
    prefix: str = "",
    timestamp_header: str = "",
) -> Proof:
    """Check one webhook's raw bytes against every active secret. Fails closed, also for a scheme nobody knows.

    `header`, `encoding` (`hex` or `base64`), `prefix` and `timestamp_header` belong to `hmac`; `shared` reads `header`
    and `prefix`. For `basic` a secret is `username:password`.
    """
    usable = [(which, secret) for which, secret in enumerate(secrets) if secret]
    if not usable:
        return Proof(ok=False, why="no_secret")
    lower = lowered(headers)
    if scheme == "standard":
        return _standard(usable, lower, body, now)
    if scheme == "hmac":
        return _hmac(usable, lower, body, now, (header.lower(), encoding, prefix, timestamp_header.lower()))
    if scheme == "shared":
        return _word(lower.get(header.lower(), ""), [(which, prefix + secret) for which, secret in usable])
    if scheme == "basic":
        return _basic(usable, lower.get("authorization", ""))
    return Proof(ok=False, why="no_scheme")


def message_id(headers: Mapping[str, str]) -> str | None:
    """The sender's own id of a message, the same across its retries. Of several, the one that `standard` verifies."""
    lower = lowered(headers)
    family = _family(lower)
    return family[0] if family else lower.get("webhook-id") or lower.get("svix-id") or None


def sign_standard(secret: str, message_id: str, timestamp: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message of ours. `timestamp` is the instant of the attempt; `body` is UTF-8."""
    at = timestamp.astimezone(UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, body.decode()),
    }


def secret_problem(scheme: str, secret: str) -> str:
    """Why a secret cannot work for a scheme, for whoever reads the settings; empty when it can."""
    if not secret:
        return "is empty"
    if scheme == "standard" and _standard_key(secret) is None:
        return "is not base64 (with or without whsec_ in front)"
    if scheme == "basic" and ":" not in secret:
        return "is not username:password"
    return ""


def _standard(secrets: list[tuple[int, str]], lower: Mapping[str, str], body: bytes, now: datetime) -> Proof:
    family = _family(lower)
    if family is None:
        return Proof(ok=False, why="no_signature")
    sent_id, stamp, signatures = family
    skew = _skew(stamp, now)
    if skew is None:
        return Proof(ok=False, why="bad_timestamp")
    if "." in sent_id:  # forbidden by the standard: it would let id, timestamp and body be cut differently
        return Proof(ok=False, why="bad_id", skew_seconds=skew)
    if not _is_text(body):
        return Proof(ok=False, why="bad_encoding", skew_seconds=skew)
    entries = (entry.partition(",") for entry in signatures.split())
    offered = [_base64(rest) or b"" for version, _, rest in entries if version == "v1"]
    content = f"{sent_id}.{int(stamp)}.".encode("utf-8", "surrogatepass") + body

    def expected(secret: str) -> bytes:
        key = _standard_key(secret)
        return hmac.digest(key, content, hashlib.sha256) if key else b""

    return _match(secrets, offered, expected, skew)


def _is_text(body: bytes) -> bool:
    """The standard signs text."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _hmac(
    secrets: list[tuple[int, str]],
    lower: Mapping[str, str],
    body: bytes,
    now: datetime,
    shape: tuple[str, str, str, str],
) -> Proof:
    header, encoding, prefix, timestamp_header = shape
    sent = lower.get(header, "").strip()
    if not sent or not sent.startswith(prefix):
        return Proof(ok=False, why="no_signature")
    decoded = (_hex if encoding == "hex" else _base64)(sent.removeprefix(prefix))
    skew, content = None, body
    if timestamp_header:
        stamp = lower.get(timestamp_header, "").strip()
        skew = _skew(stamp, now)
        if skew is None:
            return Proof(ok=False, why="bad_timestamp")
        content = f"{stamp}.".encode() + body
    offered = [] if decoded is None else [decoded]
    return _match(secrets, offered, lambda secret: hmac.digest(secret.encode(), content, hashlib.sha256), skew)


def _basic(secrets: list[tuple[int, str]], sent: str) -> Proof:
    kind, _, rest = sent.strip().partition(" ")
    pair = _base64(rest.strip()) if kind.lower() == "basic" else None
    if pair is None:
        return Proof(ok=False, why="no_signature")
    return _match(secrets, [_digest(pair)], lambda secret: _digest(secret.encode()), None)


def _word(sent: str, secrets: list[tuple[int, str]]) -> Proof:
    if not sent:
        return Proof(ok=False, why="no_signature")
    try:
        raw = sent.encode("latin-1")  # WSGI hands the bytes of a header over as latin-1
    except UnicodeEncodeError:
        raw = sent.encode("utf-8", "surrogatepass")
    return _match(secrets, [_digest(raw)], lambda secret: _digest(secret.encode()), None)


def _match(
    secrets: list[tuple[int, str]], offered: list[bytes], expected: Callable[[str], bytes], skew: float | None
) -> Proof:
    """Compare everything with everything before answering, so that time tells nothing."""
    which = None
    for index, secret in secrets:
        wanted = expected(secret)
        found = [hmac.compare_digest(wanted, each) for each in offered]
        if wanted and any(found) and which is None:
            which = index
    if which is None:
        return Proof(ok=False, why="wrong_signature", skew_seconds=skew)
    if skew is not None and abs(skew) > TOLERANCE.total_seconds():
        return Proof(ok=False, why="too_old" if skew < 0 else "too_new", which=which, skew_seconds=skew)
    return Proof(ok=True, which=which, skew_seconds=skew)


def _family(lower: Mapping[str, str]) -> tuple[str, str, str] | None:
    """Id, timestamp and signatures, all three of one family: mixed ones would let an unsigned id through."""
    for family in _FAMILIES:
        found = tuple(lower.get(f"{family}-{part}", "").strip() for part in ("id", "timestamp", "signature"))
        if all(found):
            return found[0], found[1], found[2]
    return None


def _skew(stamp: str, now: datetime) -> float | None:
    return int(stamp) - now.timestamp() if _STAMP.fullmatch(stamp) else None


@lru_cache(maxsize=1024)
def _standard_key(secret: str) -> bytes | None:
    """The key that `Webhook` of standardwebhooks signs with; its `sign` costs four times the signature."""
    try:
        Webhook(secret)
        return base64.b64decode(secret.removeprefix("whsec_") + "==")
    except (ValueError, EmptyWebhookSecretError):  # binascii.Error is a ValueError
        return None


def _base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _hex(text: str) -> bytes | None:
    return bytes.fromhex(text) if _HEX.fullmatch(text) and len(text) % 2 == 0 else None


def _digest(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()
