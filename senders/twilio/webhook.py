"""Reads Twilio's webhooks: status callbacks and inbound texts. No I/O; nothing raises for what a stranger sends.

https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from rules.senders import Inbound, Receipt, SenderSettings
from schemas import twilio
from schemas.fields import read as read_fields
from senders import incoming
from senders.twilio.mapping import state_of

SIGNATURE = "x-twilio-signature"
TOKENS = ("auth_token", "auth_token_secondary")
PORTS = {"http": 80, "https": 443}


def read(headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> dict[str, str]:  # noqa: ARG001 - one contract for all senders
    return incoming.form(body)


def verify(settings: SenderSettings, url: str, headers: Mapping[str, str], fields: Mapping[str, str]) -> bool:
    """Whether Twilio sent this. `url` is the public address as Twilio called it, with its query.

    HMAC-SHA1 over the address and every field, name and value, sorted by name. Twilio signs some addresses with and
    some without their port; both are tried, as its own libraries do.
    """
    given = incoming.header(headers, SIGNATURE).encode(errors="replace")
    signed = "".join(name + fields[name] for name in sorted(fields))
    tokens = [token for name in TOKENS if (token := settings.credentials.get(name))]
    return bool(given) and any(
        hmac.compare_digest(_signature(token, address + signed), given)
        for token in tokens
        for address in _addresses(url)
    )


def receipts(query: Mapping[str, str], fields: Mapping[str, str]) -> list[Receipt]:
    """What the callback reports. Our reference is `attempt` in the query of the address that we gave."""
    said = read_fields(twilio.RECEIPT, fields)
    sid, word = said.get("message_sid"), said.get("message_status")
    if not sid or not word:
        return []
    return [Receipt(sid, state_of(word), query.get("attempt", ""), said["error_code"] or "", word)]


def inbound(query: Mapping[str, str], fields: Mapping[str, str]) -> list[Inbound]:  # noqa: ARG001 - one contract for all senders
    said = read_fields(twilio.INBOUND, fields)
    sid, person, number = said.get("message_sid"), said.get("from_"), said.get("to")
    if not sid or not person or not number:
        return []
    return [Inbound(sid, person, number, said["body"] or "")]


def _signature(token: str, signed: str) -> bytes:
    digest = hmac.new(token.encode(), signed.encode(errors="surrogatepass"), hashlib.sha1).digest()
    return base64.b64encode(digest)


def _addresses(url: str) -> Iterator[str]:
    yield url
    try:
        parts = urlsplit(url)
        host, port = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc, parts.port
    except ValueError:
        return
    if port:
        yield parts._replace(netloc=host).geturl()
    elif parts.scheme in PORTS:
        yield parts._replace(netloc=f"{host}:{PORTS[parts.scheme]}").geturl()
