"""Twilio's message resource, its list, and the form of an inbound text."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request

from sandbox import times
from sandbox.phones import Message
from sandbox.refusal import Record
from sandbox.tenants import Tenant

if TYPE_CHECKING:
    from sandbox.sms import SmsNetwork

PAGE_SIZE, MOST = 50, 1000
ERRORS = {
    30003: "Unreachable destination handset",
    30007: "Message filtered",
    30008: "Unknown error",
    30034: "Message from an unregistered number",
}


def resource(message: Message, *, first: bool = False) -> Record:
    """As the API shows a message; `first` is the answer to its creation, which has no `date_sent` yet."""
    at, status, code = message.stages[0] if first else message.stage()
    base = f"/2010-04-01/Accounts/{message.account_sid}/Messages/{message.sid}"
    unsent = status in {"queued", "accepted"}
    return {
        "account_sid": message.account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": times.rfc2822(message.at),
        "date_sent": None if unsent else times.rfc2822(message.at),
        "date_updated": times.rfc2822(at),
        "direction": message.direction,
        "error_code": code,
        "error_message": ERRORS.get(code) if code else None,
        "from": message.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(message.segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": status,
        "subresource_uris": {"media": f"{base}/Media.json"},
        "to": message.recipient,
        "uri": f"{base}.json",
    }


def inbound_form(message: Message) -> dict[str, str]:
    """What Twilio posts for a text that came in."""
    return {
        "AccountSid": message.account_sid,
        "ApiVersion": "2010-04-01",
        "Body": message.body,
        "From": message.sender,
        "FromCountry": "US",
        "MessageSid": message.sid,
        "NumMedia": "0",
        "NumSegments": str(message.segments),
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "To": message.recipient,
        "ToCountry": "US",
    }


def listing(network: "SmsNetwork", tenant: Tenant) -> Record:
    sent = request.args
    size = _whole(network, "PageSize", PAGE_SIZE, least=1)
    page = _whole(network, "Page", 0, least=0)
    size = min(size, MOST)
    found = _found(network, tenant)[page * size : (page + 1) * size + 1]
    more, found = len(found) > size, found[:size]

    def uri(number: int | None) -> str | None:
        if number is None:
            return None
        query: dict[str, Any] = {**sent.to_dict(), "PageSize": size, "Page": number}
        return f"/2010-04-01/Accounts/{tenant.identity}/Messages.json?{urlencode(query)}"

    return {
        "messages": [resource(message) for message in found],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(0, len(found) - 1),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1 if more else None),
        "previous_page_uri": uri(page - 1 if page else None),
    }


def _found(network: "SmsNetwork", tenant: Tenant) -> list[Message]:
    """Newest first: by number where one is asked for, which keeps a look-up quick among many messages."""
    recipient, sender, day = (request.args.get(name) for name in ("To", "From", "DateSent"))
    phones = network.world.phones
    if recipient or sender:
        pool = phones.of(recipient or sender or "")
    else:
        with phones.lock:
            pool = list(phones.by_sid.values())
    return [
        message
        for message in reversed(pool)
        if message.account_sid == tenant.identity
        and recipient in {None, message.recipient}
        and sender in {None, message.sender}
        and day in {None, message.at.date().isoformat()}
        and (message.listed_at is None or message.listed_at <= times.now())
    ]


def _whole(network: "SmsNetwork", name: str, default: int, *, least: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise network.error(400, 20001, f"{name} is not a valid number")
    return int(text)
