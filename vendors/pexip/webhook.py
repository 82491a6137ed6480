"""Pexip's documented webhook body. It holds a whole appointment in a shape of its own; only where to look is read.

`id` is the same across the retries of one event, and `updatedAt` tells how new the fetched record must at least be.
How the sender proves itself is not documented: the connection chooses a scheme, and without one nothing gets here.
"""

from collections.abc import Mapping

from rules.appointment import Ref
from rules.vendors import Notice
from schemas.fields import read
from schemas.pexip import EVENT
from vendors.bodies import as_object, key, kind, unrecognised


def parse(headers: Mapping[str, str], body: bytes) -> list[Notice]:  # noqa: ARG001 part of the contract
    """One notice. Never raises."""
    event = read(EVENT, as_object(body))
    if not event:
        return unrecognised()
    event_key = key(event["id"])
    if event["entity"] != "Appointment":
        # "Callback Request" is documented too; the vendor may add others. They are none of our business.
        return [Notice(kind=kind(event["entity"]), key=event_key)]
    told = event["data"] or {}
    appointment = told.get("appointment") or {}
    external_id = key(appointment.get("id"))
    if external_id is None:
        return unrecognised(told.get("eventType"), event_key)
    return [
        Notice(
            kind=kind(told.get("eventType") or "Appointment"),
            refs=(Ref("appointment", external_id),),
            key=event_key,
            version=appointment.get("updatedAt"),
        )
    ]
