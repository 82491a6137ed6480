"""Who is texted: contacts from records, from a second call, or from the directory. And their numbers."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.selectable import LateralFromClause

from rules.appointment import Contact
from rules.vendors import Window
from store.tables import appointments, attendees, numbers, people


def upsert(tx: Connection, connection: str, contact: Contact, source: str) -> bool:
    """Store what is known of a person. True when something about texting them changed."""
    values = {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "phone": contact.phone,
        "phone_problem": contact.phone_problem,
        "zone": contact.zone,
        "language": contact.language,
        "source": source,
    }
    before = tx.execute(
        sa.select(people)
        .where(people.c.connection == connection, people.c.person_id == contact.person_id)
        .with_for_update()
    ).one_or_none()
    row = insert(people).values(connection=connection, person_id=contact.person_id, **values)
    tx.execute(
        row.on_conflict_do_update(
            index_elements=["connection", "person_id"], set_={**values, "fetched_at": sa.func.clock_timestamp()}
        )
    )
    if before is None:
        return True
    return any(getattr(before, name) != value for name, value in values.items() if name != "source")


def find(tx: Connection, connection: str, person_ids: Iterable[str]) -> dict[str, Row[Any]]:
    wanted = sorted(set(person_ids))
    if not wanted:
        return {}
    rows = tx.execute(sa.select(people).where(people.c.connection == connection, people.c.person_id.in_(wanted)))
    return {row.person_id: row for row in rows}


def fresh(tx: Connection, connection: str, person_ids: Iterable[str], since: datetime) -> set[str]:
    """Those whose contact was fetched since then, or stands in the directory (which is never asked by call)."""
    return {
        person_id
        for person_id, row in find(tx, connection, person_ids).items()
        if row.fetched_at >= since or row.source == "directory"
    }


def appointments_of(tx: Connection, connection: str, person_id: str) -> list[int]:
    """Appointments that this person has a seat in: their promises follow when the contact changes."""
    rows = tx.execute(
        sa.select(attendees.c.appointment_id)
        .where(attendees.c.connection == connection, attendees.c.person_id == person_id)
        .order_by(attendees.c.appointment_id)
    )
    return [row.appointment_id for row in rows]


def present_in(tx: Connection, connection: str, person_id: str, windows: Iterable[Window]) -> set[str]:
    """External ids of a person's known appointments that lie inside one of the windows."""
    spans = [
        sa.and_(appointments.c.starts_at >= window.start, appointments.c.starts_at < window.end) for window in windows
    ]
    if not spans:
        return set()
    query = (
        sa.select(appointments.c.external_id)
        .join(attendees, attendees.c.appointment_id == appointments.c.id)
        .where(
            attendees.c.connection == connection,
            attendees.c.person_id == person_id,
            appointments.c.presence == "present",
            sa.or_(*spans),
        )
    )
    return set(tx.execute(query).scalars())


def know_number(tx: Connection, sender: str, number: str) -> None:
    """Make the row that the fence locks. It must exist before, or there is nothing to lock."""
    know_numbers(tx, [sender], [number])


_KNOW = sa.text(
    """
    INSERT INTO numbers (sender, number)
    SELECT * FROM unnest(CAST(:senders AS text[]), CAST(:numbers AS text[])) ON CONFLICT DO NOTHING
    """
)


def know_numbers(tx: Connection, senders: Iterable[str], numbers: Iterable[str]) -> None:
    """`know_number` for each of these at each of these senders, in the order of locks."""
    senders = sorted(set(senders))
    rows = [(sender, number) for number in sorted(set(numbers)) for sender in senders]
    if rows:
        tx.execute(_KNOW, {"senders": [sender for sender, _ in rows], "numbers": [number for _, number in rows]})


def marks(senders: Sequence[str], number: sa.ColumnElement[Any]) -> LateralFromClause:
    """What all these senders know of a number: a row at each (or none can be locked), an opt-out or a fault at any."""
    mine = sa.and_(numbers.c.sender.in_(senders), numbers.c.number == number)
    return (
        sa.select(
            (sa.func.count() == len(senders)).label("known"),
            sa.func.max(numbers.c.opted_out_at).label("opted_out_at"),
            sa.func.max(numbers.c.bad_at).label("bad_at"),
        )
        .where(mine)
        .lateral("marks")
    )


def mark_bad(tx: Connection, sender: str, number: str, reason: str) -> None:
    row = insert(numbers).values(sender=sender, number=number, bad_at=sa.func.clock_timestamp(), bad_reason=reason)
    tx.execute(
        row.on_conflict_do_update(
            index_elements=["sender", "number"], set_={"bad_at": row.excluded.bad_at, "bad_reason": reason}
        )
    )


def know_numbers_of(tx: Connection, senders: Sequence[str], appointment_id: int) -> None:
    """`know_number` for everybody with a seat in this appointment, at each of these senders."""
    found = tx.execute(
        sa.select(people.c.phone)
        .join(
            attendees,
            sa.and_(people.c.connection == attendees.c.connection, people.c.person_id == attendees.c.person_id),
        )
        .where(attendees.c.appointment_id == appointment_id, people.c.phone.is_not(None))
        .order_by(people.c.phone)
    )
    know_numbers(tx, senders, [str(number) for number in found.scalars()])
