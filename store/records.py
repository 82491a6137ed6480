"""A fetched record and its row: the columns that say what it says, and the seats beside them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from rules.appointment import Appointment, Contact, MeetingType
from rules.statuses import Presence
from rules.timing import zone_or_none
from rules.transitions import Kind, Transition
from store import people
from store.facts import ConnectionFacts
from store.tables import appointments, attendees


@dataclass(frozen=True, slots=True)
class Look:
    """A fetched record on its way into its row.

    `contacts` are what the second calls or the record said of its people; `revision` what was noted, None for new;
    `trace` names the call that brought it, where the vendor has such names.
    """

    appointment: Appointment
    raw: Mapping[str, Any]
    contacts: Mapping[str, Contact]
    revision: int | None
    trace: str = ""

    @property
    def external_id(self) -> str:
        return self.appointment.external_id

    @property
    def person_ids(self) -> list[str]:
        return [seat.person_id for seat in self.appointment.attendees if seat.person_id]


COLUMNS = (
    "presence", "doubtful_at", "vendor_status", "vendor_word", "vendor_confirmed", "version", "starts_at", "ends_at",
    "zone", "zone_is_guess", "meeting_type", "location_id", "practitioner_id", "service_id", "campaign_id",
    "appointment_type", "place_name", "place_address", "raw",
)  # fmt: skip
"""What a record says, in the row."""
_moment = sa.func.clock_timestamp()
UPDATE = (
    sa.update(appointments)
    .where(appointments.c.id == sa.bindparam("row_id"))
    .values(
        revision=appointments.c.revision + 1,
        changed_at=_moment,
        fetched_at=_moment,
        **{name: sa.bindparam(f"new_{name}") for name in (*COLUMNS, "known_from")},
    )
)


def known_from(row: Row[Any], appointment: Appointment, changes: Iterable[Transition], now: datetime) -> datetime:
    """Since when this start is known."""
    known: datetime = row.known_from
    if row.starts_at != appointment.starts_at or any(change.kind is Kind.REOPENED for change in changes):
        # At the vendor's instant, which lies between the last look without it and now; else it may be as old as that.
        said = appointment.version or row.fetched_at
        known = min(max(said, row.fetched_at), now)
    return known


def columns(facts: ConnectionFacts, look: Look, known: Mapping[str, Row[Any]]) -> dict[str, Any]:
    """`COLUMNS` with their values."""
    appointment, place = look.appointment, look.appointment.place
    zone, guessed = _zone(facts, appointment, known)
    return {
        "presence": Presence.PRESENT,
        "doubtful_at": None,
        "vendor_status": appointment.status,
        "vendor_word": appointment.vendor_word,
        "vendor_confirmed": appointment.standing.confirmed,
        "version": appointment.version,
        "starts_at": appointment.starts_at,
        "ends_at": appointment.ends_at,
        "zone": zone,
        "zone_is_guess": guessed,
        "meeting_type": appointment.meeting_type,
        "location_id": appointment.location_id,
        "practitioner_id": appointment.practitioner_id,
        "service_id": appointment.service_id,
        "campaign_id": appointment.campaign_id,
        "appointment_type": appointment.appointment_type,
        "place_name": place.name if place else "",
        "place_address": place.address if place else "",
        "raw": json.dumps(look.raw, sort_keys=True, ensure_ascii=True, default=str).encode(),
    }


def insert_row(
    tx: Connection, facts: ConnectionFacts, appointment: Appointment, values: Mapping[str, Any], now: datetime
) -> Row[Any] | None:
    """The first sight. None when somebody else had it at the same moment."""
    booked_at = appointment.booked_at
    known = {"booked_at": booked_at, "known_from": min(booked_at, now) if booked_at else now}
    new = insert(appointments).values(connection=facts.name, external_id=appointment.external_id, **known, **values)
    return tx.execute(new.on_conflict_do_nothing().returning(appointments)).one_or_none()


def resolve_zone(tx: Connection, facts: ConnectionFacts, appointment: Appointment) -> tuple[str, bool]:
    """The event zone, and whether it is a guess that a text must name.

    In person: location, record, connection. Remote: contact, record, connection.
    """
    ids = [seat.person_id for seat in appointment.attendees if seat.person_id]
    return _zone(facts, appointment, people.find(tx, facts.name, ids[:1]))


def _zone(facts: ConnectionFacts, appointment: Appointment, known: Mapping[str, Row[Any]]) -> tuple[str, bool]:
    located = facts.location_zones.get(appointment.location_id or "")
    remote = appointment.meeting_type in {MeetingType.PHONE, MeetingType.VIDEO}
    first = next((seat.person_id for seat in appointment.attendees if seat.person_id), None)
    homes = [known[first].zone] if first is not None and first in known else []
    for candidate in [*homes, appointment.zone] if remote else [located, appointment.zone]:
        if zone_or_none(candidate) is not None:
            return str(candidate), False
    return facts.zone, remote


def stored_seats(tx: Connection, ids: Sequence[int]) -> dict[int, dict[str, str | None]]:
    found: dict[int, dict[str, str | None]] = {}
    query = sa.select(attendees).where(attendees.c.appointment_id.in_(sorted(ids)))
    for row in tx.execute(query) if ids else ():
        found.setdefault(row.appointment_id, {})[row.key] = row.person_id
    return found


def keep_seats(tx: Connection, row: Row[Any], appointment: Appointment, stored: Mapping[str, str | None]) -> None:
    seats = {seat.key: seat.person_id for seat in appointment.attendees}
    if seats == stored:
        return
    keys = list(seats) or [""]
    tx.execute(sa.delete(attendees).where(attendees.c.appointment_id == row.id, attendees.c.key.not_in(keys)))
    for key, person_id in seats.items():
        new = insert(attendees).values(appointment_id=row.id, key=key, connection=row.connection, person_id=person_id)
        tx.execute(new.on_conflict_do_update(index_elements=["appointment_id", "key"], set_={"person_id": person_id}))
