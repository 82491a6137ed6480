"""What a text is rendered from: the values of the fence's one statement, and nothing read again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.appointment import MeetingType
from rules.workflow import Config, Workflow
from store.tables import appointments, attendees, names, people

SERVICES = ("service", "subject")
"""Caspen calls it a service, Pexip a subject; both are the appointment's `service_id`."""


class NoName(LookupError):
    """The text needs a name, or another word, that is not known: an id is never texted in its place."""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything about one text. Names are empty where nobody knows them."""

    workflow: Workflow
    first_name: str
    last_name: str
    language: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    zone: str
    zone_is_guess: bool
    location_id: str | None
    practitioner_id: str | None
    service_id: str | None
    appointment_type: str | None
    place_name: str
    place_address: str
    location_name: str = ""
    """From the directory of names, as the two below."""
    practitioner_name: str = ""
    service_name: str = ""
    meeting_type: MeetingType | None = None


def name_columns() -> tuple[sa.ColumnElement[Any], ...]:
    """The directory's names of an appointment's place, practitioner and service, to be read with the appointment."""
    return (
        _name(("location",), appointments.c.location_id).label("location_name"),
        _name(("practitioner",), appointments.c.practitioner_id).label("practitioner_name"),
        _name(SERVICES, appointments.c.service_id).label("service_name"),
    )


def _name(kinds: tuple[str, ...], key: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    return (
        sa.select(names.c.name)
        .where(names.c.connection == appointments.c.connection, names.c.kind.in_(kinds), names.c.key == key)
        .order_by(names.c.kind)
        .limit(1)
        .correlate(appointments)
        .scalar_subquery()
    )


def material(row: Row[Any], workflow: Workflow, config: Config | None = None) -> Material:
    """From a row with the appointment's columns, a person's and `name_columns`."""
    said = MeetingType(row.meeting_type) if row.meeting_type else None
    return Material(
        workflow=workflow,
        first_name=row.first_name or "",
        last_name=row.last_name or "",
        language=row.language,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.zone,
        zone_is_guess=row.zone_is_guess,
        location_id=row.location_id,
        practitioner_id=row.practitioner_id,
        service_id=row.service_id,
        appointment_type=row.appointment_type,
        place_name=row.place_name,
        place_address=row.place_address,
        location_name=row.location_name or "",
        practitioner_name=row.practitioner_name or "",
        service_name=row.service_name or "",
        meeting_type=said or (config.mode if config is not None else None),
    )


def of_seats(tx: Connection, appointment_id: int) -> list[Row[Any]]:
    """One row for each attendee, with what `material` reads and the attendee's `key`."""
    query = (
        sa.select(
            appointments,
            attendees.c.key,
            people.c.first_name,
            people.c.last_name,
            people.c.language,
            *name_columns(),
        )
        .join(attendees, attendees.c.appointment_id == appointments.c.id)
        .outerjoin(
            people, sa.and_(people.c.connection == attendees.c.connection, people.c.person_id == attendees.c.person_id)
        )
        .where(appointments.c.id == appointment_id)
        .order_by(attendees.c.key)
    )
    return list(tx.execute(query).all())
