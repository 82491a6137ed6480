"""CareCycle's webhooks: flat bodies with an `event_type`, in Svix's envelope.

Documented: `customer.created`, `customer.updated`, `call.completed`. None names an appointment, so each is a reason to
look at that customer's appointments. The project's own, for whoever can post it (no CareCycle event does):

    {"event_type": "appointment.updated", "appointmentId": "...", "appointmentDateTime": "2019-08-24T14:15:22Z"}
"""

from collections.abc import Callable, Mapping
from typing import Any

from rules.appointment import Ref
from rules.vendors import Notice
from schemas.carecycle import EVENT
from schemas.fields import read
from vendors.bodies import as_object, key, kind, unrecognised
from vendors.signatures import message_id

PREFIX = "appointment."


def parse(headers: Mapping[str, str], body: bytes) -> list[Notice]:
    """One notice with the customer or appointment to look at, or `recognised=False`. Never raises."""
    said = as_object(body)
    event = read(EVENT, said)
    event_key = key(message_id(headers))
    word = event.get("event_type") or ""
    ref = _appointment(event) if word.startswith(PREFIX) else CUSTOMERS.get(word, _nobody)(event)
    if ref is None:
        return unrecognised("carecycle", word, event_key)
    starts_at = event["appointmentDateTime"] if ref.kind == "appointment" else None
    return [Notice(kind=kind(word), refs=(ref,), key=event_key, starts_at=starts_at)]


def _appointment(event: Mapping[str, Any]) -> Ref | None:
    external_id = key(event["appointmentId"])
    return Ref("appointment", external_id) if external_id else None


def _customer(event: Mapping[str, Any]) -> Ref | None:
    person_id = key(event["id"])
    return Ref("customer", person_id) if person_id else None


def _caller(event: Mapping[str, Any]) -> Ref | None:
    """`id` is the call's here. Where the customer's stands is (not found); these are the likely places, in order."""
    places = (event["customerId"], (event["customer"] or {}).get("id"), event["clientCustomerId"])
    found = next((person_id for place in places if (person_id := key(place))), None)
    return Ref("customer", found) if found else None


def _nobody(event: Mapping[str, Any]) -> Ref | None:  # noqa: ARG001 - stands in the table's place for unknown words
    return None


CUSTOMERS: dict[str, Callable[[Mapping[str, Any]], Ref | None]] = {
    "customer.created": _customer,
    "customer.updated": _customer,
    "call.completed": _caller,
}
