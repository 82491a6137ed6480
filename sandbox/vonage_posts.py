"""What Vonage posts: the fields of a delivery receipt and of an inbound text, and their signature."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from urllib.parse import urlencode

from sandbox import times
from sandbox.ids import uuid4
from sandbox.phones import Message
from sandbox.tenants import Tenant
from sandbox.webhooks import Posting

METHODS = {"md5": hashlib.md5, "sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512}
PART_OF_A_LONG_TEXT = 153  # septets; good enough for texts that people type


def receipt_fields(
    tenant: Tenant, message: Message, message_id: str, status: str, err_code: str, client_ref: str
) -> dict[str, str]:
    fields = {
        "msisdn": message.recipient.removeprefix("+"),
        "to": message.sender.removeprefix("+"),
        "network-code": "12345",
        "messageId": message_id,
        "price": "0.03330000",
        "status": status,
        "scts": f"{times.now():%y%m%d%H%M}",
        "err-code": err_code,
        "api-key": tenant.identity,
        "message-timestamp": f"{times.now():%Y-%m-%d %H:%M:%S}",
    }
    return fields | ({"client-ref": client_ref} if client_ref else {})


def inbound_parts(tenant: Tenant, message: Message) -> list[dict[str, str]]:
    """One set of fields for a short text; one for each part of a long one, with an id of its own."""
    total = message.segments
    size = PART_OF_A_LONG_TEXT if total > 1 else max(1, len(message.body))
    pieces = [message.body[start : start + size] for start in range(0, len(message.body), size)] or [""]
    return [_inbound(tenant, message, piece, number, len(pieces)) for number, piece in enumerate(pieces, 1)]


def _inbound(tenant: Tenant, message: Message, piece: str, number: int, total: int) -> dict[str, str]:
    fields = {
        "api-key": tenant.identity,
        "msisdn": message.sender.removeprefix("+"),
        "to": message.recipient.removeprefix("+"),
        "messageId": message.sid if number == 1 else f"{message.sid}{number}",
        "text": piece,
        "type": "text" if piece.isascii() else "unicode",
        "keyword": (piece.split() or [""])[0].upper(),
        "message-timestamp": f"{message.at:%Y-%m-%d %H:%M:%S}",
    }
    if total > 1:
        fields |= {"concat": "true", "concat-ref": message.sid[-3:], "concat-total": str(total)}
        fields |= {"concat-part": str(number)}
    return fields


def signature(method: str, secret: str, fields: Mapping[str, str]) -> str:
    """Over `&name=value` of every field, sorted by name, `&` and `=` in values written as `_`. HMACs are upper case."""
    text = "".join(f"&{name}={value.replace('&', '_').replace('=', '_')}" for name, value in sorted(fields.items()))
    if method == "md5hash":
        return hashlib.md5((text + secret).encode()).hexdigest()  # noqa: S324 - as Vonage documents it
    return hmac.new(secret.encode(), text.encode(), METHODS[method]).hexdigest().upper()


def posting(tenant: Tenant, kind: str, url: str, fields: dict[str, str], quality: str, fault: str | None) -> Posting:
    """One webhook; `quality` of its signature is good, wrong or none."""
    said = {**fields, "timestamp": str(int(times.now().timestamp())), "nonce": uuid4()}
    if quality != "none":
        secret = str(tenant.credentials["signature_secret"]) if quality == "good" else "somebody else's secret"
        said["sig"] = signature(str(tenant.options.get("signature_method", "sha256")), secret, said)
    as_form = tenant.options.get("webhook_format") == "form"
    return Posting(
        vendor="vonage",
        tenant=tenant.name,
        kind=kind,
        url=url,
        event_id=fields["messageId"],
        type=fields.get("status", "inbound"),
        body=(urlencode(said) if as_form else json.dumps(said, ensure_ascii=False)).encode(),
        content_type="application/x-www-form-urlencoded" if as_form else "application/json",
        headers=lambda _at, _quality: {"User-Agent": "Nexmo/MessagingHUB/v1.0"},
        subject=fields["messageId"],
        signature=quality,
        fault=fault,
    )
