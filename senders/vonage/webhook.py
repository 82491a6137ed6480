"""Reads Vonage's webhooks: delivery receipts and inbound texts. No I/O; nothing raises for what a stranger sends.

Signed webhooks must be switched on for the API key (Vonage does it on request) and carry `sig`.
https://developer.vonage.com/getting-started/concepts/signing-messages
"""

import hashlib
import hmac
from collections.abc import Mapping

from rules.senders import Inbound, Receipt, SenderSettings
from schemas import vonage
from schemas.fields import read as read_fields
from senders import incoming
from senders.vonage.mapping import state_of
from senders.vonage.settings import SIGNATURE_METHODS

OURS = "attempt"  # in the query of the receipt address; a GET callback mixes it with Vonage's fields

SHORTEST_NUMBER = 7  # digits; shorter ones are short codes, which have no country and no plus sign


def read(headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> dict[str, str]:
    """Vonage posts JSON or forms, or sends a GET, as the dashboard is set."""
    return incoming.form_or_json(headers, query, body)


def verify(settings: SenderSettings, url: str, headers: Mapping[str, str], fields: Mapping[str, str]) -> bool:  # noqa: ARG001 - one contract for all senders
    """Whether Vonage sent this. Its own timestamp and nonce are signed too; a repeat changes nothing here."""
    secret, given = settings.credentials.get("signature_secret"), fields.get("sig", "")
    method = settings.options.get("signature_method") or "sha256"
    if not secret or not given or method not in SIGNATURE_METHODS:
        return False
    signed = {name: value for name, value in fields.items() if name != "sig"}
    versions = [signed, {name: value for name, value in signed.items() if name != OURS}]
    return any(
        hmac.compare_digest(_signature(method, secret, each), given.lower().encode(errors="replace"))
        for each in versions
    )


def receipts(query: Mapping[str, str], fields: Mapping[str, str]) -> list[Receipt]:  # noqa: ARG001 - one contract for all senders
    """What the receipt reports; our reference comes back as `client-ref`. The query of a POST is not signed."""
    said = read_fields(vonage.RECEIPT, fields)
    message_id, word = said.get("message_id"), said.get("status")
    if not message_id or not word:
        return []
    code = said["err_code"] or ""
    return [Receipt(message_id, state_of(word), said["client_ref"] or "", "" if code == "0" else code, word)]


def inbound(query: Mapping[str, str], fields: Mapping[str, str]) -> list[Inbound]:  # noqa: ARG001 - one contract for all senders
    """Texts only; the parts of a long one arrive one by one, each with its own id."""
    said = read_fields(vonage.INBOUND, fields)
    message_id, person, number, text = (said.get(name) for name in ("message_id", "msisdn", "to", "text"))
    if not message_id or not person or not number or text is None:
        return []
    return [Inbound(message_id, _e164(person), _e164(number), text)]


def _signature(method: str, secret: str, fields: Mapping[str, str]) -> bytes:
    """Hex of the digest over `&name=value`, sorted by name, with `&` and `=` in values replaced by `_`."""
    signed = "".join(f"&{name}={fields[name].replace('&', '_').replace('=', '_')}" for name in sorted(fields))
    content = signed.encode(errors="surrogatepass")
    if method == "md5hash":
        return hashlib.md5(content + secret.encode(), usedforsecurity=False).hexdigest().encode()
    return hmac.new(secret.encode(), content, method).hexdigest().encode()


def _e164(number: str) -> str:
    return f"+{number}" if number.isascii() and number.isdigit() and len(number) >= SHORTEST_NUMBER else number
