"""Caspen documents no webhooks. This reads the project's own thin convention, for whoever can post it:

    {"type": "appointment.updated", "timestamp": "2024-01-01T12:00:00Z", "data": {"id": "app_..."}}

in the Standard Webhooks envelope, whose message id is the event's key.
"""

from collections.abc import Mapping

from rules.appointment import Ref
from rules.vendors import Notice
from schemas.caspen import EVENT
from schemas.fields import read
from vendors.bodies import as_object, header, key, kind, unrecognised

PREFIX = "appointment."


def parse(headers: Mapping[str, str], body: bytes) -> list[Notice]:
    """One notice: the appointment it names, or `recognised=False`. Never raises."""
    said = as_object(body)
    event = read(EVENT, said)
    event_key = key(header(headers, "webhook-id", "svix-id"))
    external_id = key((event.get("data") or {}).get("id"))
    if external_id is None or not str(event["type"]).startswith(PREFIX):
        word = said.get("type")
        return unrecognised("caspen", word if isinstance(word, str) else None, event_key)
    return [Notice(kind=kind(event["type"]), refs=(Ref("appointment", external_id),), key=event_key)]
