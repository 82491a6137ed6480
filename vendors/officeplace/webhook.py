"""OfficePlace documents no webhooks. This reads the project's own thin convention, for whoever can post it:

    {"type": "appointment.updated", "timestamp": "2024-01-15T10:00:00Z", "data": {"id": "123"}}

in the Standard Webhooks envelope, whose message id is the event's key.
"""

from collections.abc import Mapping

from rules.appointment import Ref
from rules.vendors import Notice
from schemas.fields import read
from schemas.officeplace import EVENT
from vendors.bodies import as_object, key, kind, unrecognised
from vendors.signatures import message_id

PREFIX = "appointment."


def parse(headers: Mapping[str, str], body: bytes) -> list[Notice]:
    """One notice: the appointment it names, or `recognised=False`. Never raises."""
    said = as_object(body)
    event = read(EVENT, said)
    event_key = key(message_id(headers))
    external_id = key((event.get("data") or {}).get("id"))
    word = event.get("type") or said.get("type")
    if external_id is None or not isinstance(word, str) or not word.startswith(PREFIX):
        return unrecognised("officeplace", word if isinstance(word, str) else None, event_key)
    return [Notice(kind=kind(word), refs=(Ref("appointment", external_id),), key=event_key)]
