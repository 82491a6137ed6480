"""Pexip's documented webhook body. It holds a whole appointment in a shape of its own; only where to look is read.

`id` is the same across the retries of one event, and `updatedAt` tells how new the fetched record must at least be.
How the sender proves itself is not documented: the connection chooses a scheme, and without one nothing gets here.
"""

from collections.abc import Mapping

from rules import surprises
from rules.appointment import Ref
from rules.vendors import Notice
from schemas.fields import read
from schemas.pexip import EVENT
from vendors.bodies import as_object, key, kind, unrecognised

EVENT_TYPES = frozenset(
    {
        "ACCEPT", "REASSIGN", "CANCEL", "COMPLETE", "CREATE", "RESCHEDULE", "REQUEST_ALTERNATIVE_DATE",
        "CREATE_REQUEST", "RESCHEDULE_REQUEST", "REOPEN", "GENERIC_UPDATE",
    }
)  # fmt: skip
"""All that are documented. Another one is looked at all the same: the vendor may add some at any time."""

ENTITIES = frozenset({"Appointment", "Callback Request"})


def parse(headers: Mapping[str, str], body: bytes) -> list[Notice]:  # noqa: ARG001 part of the contract
    """One notice. Never raises."""
    event = read(EVENT, as_object(body))
    if not event:
        return unrecognised("pexip")
    event_key = key(event["id"])
    if event["entity"] not in ENTITIES:
        surprises.note("pexip", "event", event["entity"])
    if event["entity"] != "Appointment":
        # "Callback Request" is documented too; the vendor may add others. They are none of our business.
        return [Notice(kind=kind(event["entity"]), key=event_key)]
    told = event["data"] or {}
    appointment = told.get("appointment") or {}
    external_id = key(appointment.get("id"))
    if external_id is None:
        return unrecognised("pexip", told.get("eventType"), event_key)
    if told.get("eventType") not in EVENT_TYPES:
        surprises.note("pexip", "event", told.get("eventType"))
    return [
        Notice(
            kind=kind(told.get("eventType") or "Appointment"),
            refs=(Ref("appointment", external_id),),
            key=event_key,
            version=appointment.get("updatedAt"),
        )
    ]
