"""Booked appointments by the window they start in, with who comes: what the API lists."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from store.tables import appointments, attendees, people

HIDDEN = ("cancelled",)


def starting(
    tx: Connection, connections: Collection[str], start: datetime, end: datetime, *, limit: int
) -> list[Row[Any]]:
    """One row per seat of each appointment that stands and starts in [start, end), by start; `limit` at most.

    An appointment without anybody has one row without a person. A cancelled one, or one that is gone, has none.
    """
    person = sa.and_(people.c.connection == attendees.c.connection, people.c.person_id == attendees.c.person_id)
    query = (
        sa.select(appointments, attendees.c.key.label("seat"), attendees.c.person_id)
        .add_columns(people.c.first_name, people.c.last_name, people.c.phone, people.c.zone.label("person_zone"))
        .select_from(appointments)
        .outerjoin(attendees, attendees.c.appointment_id == appointments.c.id)
        .outerjoin(people, person)
        .where(
            appointments.c.connection.in_(sorted(connections)),
            appointments.c.starts_at >= start,
            appointments.c.starts_at < end,
            appointments.c.presence != "gone",
        )
        .order_by(appointments.c.starts_at, appointments.c.id, attendees.c.key)
        .limit(limit)
    )
    return list(tx.execute(query).all())
