"""How much one number gets: caps by day and week, and texts of the same minutes that go out as one."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from rules.workflow import Caps, Workflow
from store.engine import CLOCK
from store.facts import ConnectionFacts
from store.tables import appointments, attempts, attendees, people, promises

DAY, WEEK = timedelta(days=1), timedelta(days=7)


def alone_with(tx: Connection, facts: ConnectionFacts, phone: str) -> None:
    """From here to the commit nobody else decides on what this number gets; the count that follows is true.

    Taken last of all locks, and only where a workflow counts or merges.
    """
    name = f"{facts.sender}/{phone}"
    tx.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def is_capped(tx: Connection, facts: ConnectionFacts, phone: str, caps: Caps) -> bool:
    """Whether one more would be too many. What may have left counts; what has provably not left does not."""
    left = (
        attempts.c.to_number == phone,
        attempts.c.sender.in_(facts.senders),
        attempts.c.state.not_in(("not_sent", "refused")),
        attempts.c.created_at > CLOCK - WEEK,
    )
    today = attempts.c.created_at > sa.func.clock_timestamp() - DAY
    day, week = tx.execute(sa.select(sa.func.count().filter(today), sa.func.count()).where(*left)).one()
    too_many_today = caps.per_day is not None and day >= caps.per_day
    return too_many_today or (caps.per_week is not None and week >= caps.per_week)


def others_due(tx: Connection, facts: ConnectionFacts, row: Any, workflow: Workflow) -> list[int]:
    """Other texts to the same number that fall due within the window, locked, next first.

    Those of this person and appointment; where the connection merges a shared number, of everybody who has it here.
    What somebody else holds is left to them and never waited for, so this stands outside the order of locks.
    """
    mine = (promises.c.appointment_id == row.promise_appointment_id, people.c.person_id == row.person_id)
    whose = (promises.c.connection == row.promise_connection,) if facts.merges_shared_numbers else mine
    until = row.now + timedelta(minutes=workflow.merge_minutes)
    seat = sa.and_(attendees.c.appointment_id == promises.c.appointment_id, attendees.c.key == promises.c.attendee)
    person = sa.and_(people.c.connection == attendees.c.connection, people.c.person_id == attendees.c.person_id)
    query = (
        sa.select(promises.c.id)
        .join(attendees, seat)
        .join(people, person)
        .where(
            *whose,
            promises.c.id != row.promise_id,
            promises.c.state == "planned",
            promises.c.action == "sms",
            promises.c.due_at <= until,
            people.c.phone == row.phone,
        )
        .order_by(promises.c.due_at, promises.c.id)
        .limit(5)
        .with_for_update(of=promises, skip_locked=True)
    )
    ids = list(tx.execute(query).scalars())
    held = (
        sa.select(promises.c.id)
        .join(appointments, appointments.c.id == promises.c.appointment_id)
        .where(promises.c.id.in_(ids))
        .with_for_update(read=True, of=appointments, skip_locked=True)
    )
    locked = set(tx.execute(held).scalars()) if ids else set()
    return [each for each in ids if each in locked]


def give_back(tx: Connection, promise_id: int) -> None:
    """The text did not leave: what it would have said too is owed again."""
    tx.execute(
        sa.update(promises)
        .where(promises.c.merged_into == promise_id, promises.c.skip_reason == "merged")
        .values(
            state="planned",
            skip_reason=None,
            merged_into=None,
            told_at=None,
            told_start=None,
            look_at=sa.func.greatest(promises.c.due_at, sa.func.clock_timestamp()),
            changed_at=sa.func.clock_timestamp(),
        )
    )
