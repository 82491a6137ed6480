"""What a connection is made of, from flags and questions."""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from punctual.connect.asking import Asking
from punctual.connect.secret_files import REFERENCES
from punctual.session import MISUNDERSTOOD, Refused
from runtime import checks
from runtime.settings import Scheme, Settings
from runtime.settings_senders import is_secret
from vendors.signatures import secret_problem
from vendors.webhooks import SETTINGS as VENDORS
from vendors.webhooks import Settings as VendorSettings

HEADERS = {"hmac": "X-Signature", "shared": "X-Webhook-Secret"}
"""Asked for with these as a proposal, where a scheme reads one."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything that was asked. Secrets are as they were given: a reference, or the secret itself."""

    name: str
    vendor: str
    zone: str
    base_url: str
    credentials: dict[str, str]
    options: dict[str, Any]
    scheme: str
    webhook: dict[str, str]
    """Header, encoding and prefix, as far as the scheme has them."""
    webhook_secret: str
    """Empty: one is made."""
    more: dict[str, str]


def ask(asking: Asking, args: argparse.Namespace, settings: Settings) -> Answers:
    """Raises `Refused` for what cannot be, and for what is missing where nobody can be asked."""
    vendor = VENDORS[args.vendor]
    name = asking.text(
        args.name,
        "--name",
        "a name for this connection; it is part of the webhook's address",
        default=_free(args.vendor, settings),
        check=lambda word: (
            checks.name(word) or ("" if word not in settings.connections else "a name that is not taken")
        ),
    )
    answers = Answers(
        name=name,
        vendor=args.vendor,
        zone=asking.text(args.zone, "--zone", "the practice's time zone, e.g. Europe/Dublin", check=checks.zone),
        base_url=args.base_url or "",
        credentials=_credentials(asking, vendor, pairs(args.credential, "--credential", vendor.CREDENTIALS)),
        options=_options(asking, vendor, pairs(args.option, "--option", vendor.OPTIONS)),
        **_webhook(asking, args),
        more=_more(asking, args, settings),
    )
    asking.close()
    return answers


def pairs(given: list[str], flag: str, known: Mapping[str, Any]) -> dict[str, str]:
    """KEY=VALUE, each of a known key."""
    found = {}
    for each in given:
        key, separator, value = each.partition("=")
        if not separator or key not in known:
            raise Refused(f"{flag}: expected KEY=VALUE with KEY one of {', '.join(known)}", MISUNDERSTOOD)
        found[key] = value
    return found


def _free(wanted: str, settings: Settings) -> str:
    numbered = (f"{wanted}-{number}" for number in range(2, 1000))
    return wanted if wanted not in settings.connections else next(n for n in numbered if n not in settings.connections)


def _credentials(asking: Asking, vendor: VendorSettings, given: dict[str, str]) -> dict[str, str]:
    return {
        key: asking.text(given.get(key), f"--credential {key}=...", f"{key}, {what}", secret=is_secret(key))
        for key, what in vendor.CREDENTIALS.items()
    }


def _options(asking: Asking, vendor: VendorSettings, given: dict[str, str]) -> dict[str, Any]:
    """Only what differs from the vendor's default: a default may become a better one."""
    found = {}
    for key, (kind, default, what) in vendor.OPTIONS.items():
        if key not in given and (not asking.interactive or kind is dict):
            continue
        text = asking.text(given.get(key), f"--option {key}=...", f"{key}, {what}", default=_as_text(default))
        value = _of_kind(kind, text, key)
        if value != default:
            found[key] = value
    if problems := vendor.check_options(found):
        raise Refused("\n".join(problems), MISUNDERSTOOD)
    return found


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(value) if isinstance(value, list) else str(value)


def _of_kind(kind: type, text: str, key: str) -> Any:
    wanted, read = KINDS.get(kind, ("text", str))
    try:
        return read(text)
    except (ValueError, KeyError):
        raise Refused(f"--option {key}: expected {wanted}", MISUNDERSTOOD) from None


KINDS: dict[type, tuple[str, Callable[[str], Any]]] = {
    bool: ("yes or no", lambda text: {"yes": True, "true": True, "no": False, "false": False}[text.lower()]),
    int: ("a whole number", int),
    list: ("a list, separated by commas", lambda text: [each.strip() for each in text.split(",") if each.strip()]),
    dict: ("an object in JSON", json.loads),
}


def _webhook(asking: Asking, args: argparse.Namespace) -> dict[str, Any]:
    question = "how webhooks are proven; none polls only"
    scheme = asking.choice(args.webhook, "--webhook", question, list(Scheme), Scheme.STANDARD)
    if scheme == Scheme.NONE:
        return {"scheme": scheme, "webhook": {}, "webhook_secret": ""}
    details = {}
    if scheme in HEADERS:
        question = "the header with the signature or the secret"
        details["header"] = asking.text(args.webhook_header, "--webhook-header", question, default=HEADERS[scheme])
    if scheme == Scheme.HMAC:
        question = "how the signature is written"
        details["encoding"] = asking.choice(
            args.webhook_encoding, "--webhook-encoding", question, ("hex", "base64"), "hex"
        )
        question = "what stands before it, e.g. sha256="
        details["prefix"] = asking.text(args.webhook_prefix, "--webhook-prefix", question, default="")
    secret = asking.text(
        args.webhook_secret,
        "--webhook-secret",
        "the webhook's secret, where the vendor makes one (Enter: one is made)",
        default="",
        check=lambda word: _secret_wanted(scheme, word),
        secret=True,
    )
    return {"scheme": scheme, "webhook": details, "webhook_secret": secret}


def _secret_wanted(scheme: str, secret: str) -> str:
    """References are read with the rest of the file."""
    problem = secret_problem(scheme, secret) if secret and not secret.startswith(REFERENCES) else ""
    return f"a secret for {scheme}: it {problem}" if problem else ""


def _more(asking: Asking, args: argparse.Namespace, settings: Settings) -> dict[str, str]:
    senders = sorted(settings.senders)
    return {
        "practice": asking.text(args.practice, "--practice", "the practice's name, for texts", default=""),
        "country": asking.text(
            args.country,
            "--country",
            "country whose national numbers are read, e.g. IE (Enter: only international ones)",
            default="",
            check=lambda word: checks.country(word) if word else "",
        ),
        "sender": _sender(asking, args, senders),
    }


def _sender(asking: Asking, args: argparse.Namespace, senders: list[str]) -> str:
    if not senders and args.sender is None:
        return ""
    question = f"who sends its texts, one of {', '.join(senders)} (Enter: nobody yet)"
    check: Callable[[str], str] = lambda word: "" if word in {*senders, ""} else f"one of {', '.join(senders)}"  # noqa: E731
    return asking.text(args.sender, "--sender", question, default="", check=check)
