"""Caspen's record in our words. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from rules.appointment import Appointment, Attendee
from rules.statuses import Standing, Status
from rules.vendors import Change, MappingFacts, Way
from schemas.caspen import APPOINTMENT
from schemas.fields import read, unusable

# `pending` is the only word that the document shows. It is the status of a booked appointment there, not of a request:
# whether the client has confirmed is a field of its own.
STATUSES = {"pending": Status.SCHEDULED}

INSTANTS = ("starts_at", "ends_at", "cancelled_at", "created_at")

LONGEST_MINUTES = 7 * 24 * 60


def to_appointment(raw: Mapping[str, Any], facts: MappingFacts) -> Appointment:
    """The record says no zone, no phone and no update time: those come from the connection, the client, and nowhere."""
    said = read(APPOINTMENT, raw)
    client_id = said.get("client_id") or None
    return Appointment(
        external_id=said.get("id") or "",
        starts_at=said.get("starts_at"),
        ends_at=said.get("ends_at") or _end(said.get("starts_at"), said.get("duration")),
        standing=standing(raw, facts.options),
        vendor_word=said.get("status") or "",
        attendees=(Attendee(key=client_id or "client", person_id=client_id),),
        location_id=said.get("location_id"),
        practitioner_id=said.get("practitioner_id"),
        service_id=said.get("service_id"),
        booked_at=said.get("created_at"),
        cancelled_at=said.get("cancelled_at"),
        problems=unusable(raw, instants={name: said.get(name) for name in INSTANTS}),
    )


def standing(raw: Mapping[str, Any], options: Mapping[str, Any]) -> Standing:
    """Cancelled is told by `cancelled_at`, whatever the status word says (which words there are is not documented)."""
    said = read(APPOINTMENT, raw)
    confirmed = said.get("confirmed") is True
    if raw.get("cancelled_at"):  # the raw one: an unreadable instant still says that it was cancelled
        return Standing(Status.CANCELLED, confirmed=confirmed)
    word = said.get("status") or ""
    named = options.get("statuses") or {}
    status = Status(named[word]) if word in named else STATUSES.get(word, Status.UNKNOWN)
    return Standing(status, confirmed=confirmed)


def way_to(change: Change, raw: Mapping[str, Any], options: Mapping[str, Any]) -> Way:
    """Only `confirmed` can be written; the update takes no status."""
    now = standing(raw, options)
    if change is Change.CONFIRM:
        if now.status is Status.CANCELLED:
            return Way.STAFF  # answering yes to what the practice has cancelled is for people to sort out
        return Way.DONE if now.confirmed else Way.API
    return Way.DONE if change is Change.CANCEL and now.status is Status.CANCELLED else Way.CALLBACK


def _end(start: datetime | None, minutes: int | None) -> datetime | None:
    if start is None or minutes is None or not 0 < minutes <= LONGEST_MINUTES:
        return None
    try:
        return start + timedelta(minutes=minutes)
    except OverflowError:
        return None
