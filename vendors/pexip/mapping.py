"""Pexip Engage's record in our words. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from rules.appointment import Appointment, Attendee, MeetingType, Place
from rules.statuses import Standing, Status
from rules.vendors import Change, MappingFacts, Way
from schemas.fields import read, unusable
from schemas.pexip import APPOINTMENT
from vendors.pexip.settings import option

STATUSES = {
    "ACCEPTED": Status.SCHEDULED,
    # Three kinds of not yet: asked by the customer, offered by staff, another time asked for. Most have no time.
    "INCOMING_REQUEST": Status.REQUESTED,
    "OUTGOING_INVITE": Status.REQUESTED,
    "ALTERNATIVE_DATE_REQUESTED": Status.REQUESTED,
    "CANCELLED": Status.CANCELLED,
    "COMPLETED": Status.COMPLETED,
    "NO_SHOW": Status.NO_SHOW,
}

MEETING_TYPES = {
    "OFFICE": MeetingType.IN_PERSON,
    "ON_LOCATION": MeetingType.IN_PERSON,  # at the customer's place: still two people in one room
    "PHONE": MeetingType.PHONE,
    "VIDEO": MeetingType.VIDEO,
}

INSTANTS = ("start", "end", "updatedAt", "createdAt")

# Only staff may accept what a customer asked for; the customer's yes to it is a word, not a decision.
FOR_STAFF = frozenset({"INCOMING_REQUEST", "ALTERNATIVE_DATE_REQUESTED"})

SAYS_SO = {Change.CANCEL: Status.CANCELLED, Change.COMPLETE: Status.COMPLETED, Change.NO_SHOW: Status.NO_SHOW}


def to_appointment(raw: Mapping[str, Any], facts: MappingFacts) -> Appointment:  # noqa: ARG001 the record says enough
    """The record says no zone: that is the customer's, or the connection's."""
    said = read(APPOINTMENT, raw)
    people = said.get("appointmentParticipants") or []
    customers = [one for one in people if one["type"] == "CUSTOMER"]
    word = said.get("status") or ""
    where = (said.get("location") or {}).get("formattedAddress")
    return Appointment(
        external_id=said.get("id") or "",
        starts_at=said.get("start"),
        ends_at=said.get("end"),
        standing=Standing(STATUSES.get(word, Status.UNKNOWN)),
        vendor_word=word,
        meeting_type=MEETING_TYPES.get(said.get("meetingType") or ""),
        attendees=tuple(_attendees(customers)),
        location_id=_id(said.get("office")),
        place=Place(address=where) if where else None,
        practitioner_id=next(
            (_id(one["participant"]) for one in _primary_first(people) if one["type"] == "EMPLOYEE"), None
        ),
        service_id=_id(said.get("subject")),
        version=said.get("updatedAt"),
        booked_at=said.get("createdAt"),
        links={"video": video} if (video := _video(customers)) else {},
        problems=unusable(raw, instants={name: said.get(name) for name in INSTANTS}),
    )


def way_to(change: Change, raw: Mapping[str, Any], options: Mapping[str, Any]) -> Way:
    """Accepting is the only documented action that says yes; cancel, complete and no-show have no documented page."""
    word = read(APPOINTMENT, raw).get("status") or ""
    if change is not Change.CONFIRM:
        return Way.DONE if STATUSES.get(word) is SAYS_SO[change] else Way.CALLBACK
    if word in FOR_STAFF:
        return Way.STAFF
    if word == "OUTGOING_INVITE" and option(options, "accept_invites") is True:
        return Way.API
    return Way.CALLBACK


def _primary_first(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(people, key=lambda one: one["role"] != "PRIMARY")


def _attendees(customers: list[dict[str, Any]]) -> Iterator[Attendee]:
    """A seat per customer, the primary one first, each once; one without an id keeps its role as its key."""
    seen: set[str] = set()
    for one in _primary_first(customers):
        person_id = _id(one["participant"])
        key = person_id or (one["role"] or "customer").lower()
        if key not in seen:
            seen.add(key)
            yield Attendee(key=key, person_id=person_id)


def _id(ref: dict[str, Any] | None) -> str | None:
    return (ref or {}).get("id") or None


def _video(customers: list[dict[str, Any]]) -> str | None:
    urls = [one["videoUrl"] for one in _primary_first(customers) if one["videoUrl"]]
    return next((url for url in urls if url.startswith(("https://", "http://"))), None)
