"""Texts from people: which are open, and which appointments they may be about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import distinct_on

from rules.reply_matching import READING, WINDOW
from store.tables import answers, attempts, attendees, inbound_texts, people, promises, timeline

MOST_PROMPTS = 20
TEXTED = ("accepted", "delivered", "unknown", "sending")


@dataclass(frozen=True, slots=True)
class Told:
    """What a number was last told of one appointment."""

    appointment_id: int
    at: datetime
    start: datetime | None


def claim(tx: Connection) -> Row[Any] | None:
    """The oldest unresolved text, locked until this transaction ends; those of one number in their order."""
    earlier = inbound_texts.alias("earlier")
    same = [earlier.c[name] == inbound_texts.c[name] for name in ("sender", "from_number", "to_number")]
    waits = sa.exists().where(*same, earlier.c.id < inbound_texts.c.id, earlier.c.resolved_at.is_(None))
    query = (
        sa.select(inbound_texts)
        .where(inbound_texts.c.resolved_at.is_(None), ~waits)
        .order_by(inbound_texts.c.received_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return tx.execute(query).one_or_none()


def told(tx: Connection, text: Row[Any]) -> list[Told]:
    """What this text may answer: one per appointment, from that number to that number, in the order of locks."""
    mine = sa.and_(
        attempts.c.sender == text.sender,
        attempts.c.to_number == text.from_number,
        attempts.c.from_number == text.to_number,
        attempts.c.created_at > text.received_at - WINDOW,
        attempts.c.created_at <= text.received_at,
        attempts.c.state.in_(TEXTED),
    )
    by_itself = sa.select(attempts.c.appointment_id, attempts.c.created_at, attempts.c.told_start).where(mine)
    with_another = (
        sa.select(promises.c.appointment_id, attempts.c.created_at, promises.c.told_start)
        .join(promises, promises.c.merged_into == attempts.c.promise_id)
        .where(mine, promises.c.skip_reason == "merged")
    )
    said = sa.union_all(by_itself, with_another).subquery()
    newest = (
        sa.select(said)
        .ext(distinct_on(said.c.appointment_id))
        .order_by(said.c.appointment_id, said.c.created_at.desc())
        .subquery()
    )
    rows = tx.execute(sa.select(newest).order_by(newest.c.created_at.desc()).limit(MOST_PROMPTS)).all()
    found = {row.appointment_id: Told(row.appointment_id, row.created_at, row.told_start) for row in rows}
    for each in _told_by_answers(tx, text):
        if each.appointment_id in found and each.at > found[each.appointment_id].at:
            found[each.appointment_id] = each
    return sorted(found.values(), key=lambda each: each.appointment_id)


def _told_by_answers(tx: Connection, text: Row[Any]) -> list[Told]:
    """New times that were named in answers. Only what surely arrived counts, and only once it can have been read."""
    rows = tx.execute(
        sa.select(answers.c.appointment_id, answers.c.settled_at, answers.c.facts)
        .where(
            answers.c.to_number == text.from_number,
            answers.c.from_number == text.to_number,
            answers.c.created_at > text.received_at - WINDOW,
            answers.c.kind == "moved",
            answers.c.state == "accepted",
            answers.c.settled_at <= text.received_at - READING,
        )
        .order_by(answers.c.settled_at)
    )
    return [Told(row.appointment_id, row.settled_at, datetime.fromisoformat(row.facts["starts"])) for row in rows]


def seats(tx: Connection, appointment_ids: Iterable[int], number: str) -> Sequence[Row[Any, Any, Any, Any]]:
    """The people of these appointments who have that number now."""
    query = (
        sa.select(attendees.c.appointment_id, people.c.person_id, people.c.first_name, people.c.language)
        .join(
            people, sa.and_(people.c.connection == attendees.c.connection, people.c.person_id == attendees.c.person_id)
        )
        .where(attendees.c.appointment_id.in_(sorted(set(appointment_ids))), people.c.phone == number)
        .order_by(attendees.c.appointment_id, attendees.c.key)
    )
    return tx.execute(query).all()


def confirmed_at(tx: Connection, connection: str, external_id: str, number: str) -> datetime | None:
    """When that number last confirmed the appointment by text."""
    query = (
        sa.select(sa.func.max(inbound_texts.c.received_at))
        .select_from(timeline)
        .join(inbound_texts, inbound_texts.c.id == sa.cast(timeline.c.facts["text"].astext, sa.BigInteger))
        .where(
            timeline.c.connection == connection,
            timeline.c.external_id == external_id,
            timeline.c.kind == "confirmed",
            inbound_texts.c.from_number == number,
        )
    )
    return tx.execute(query).scalar()


def resolve(tx: Connection, text: Row[Any], meaning: str, outcome: str, appointment_id: int | None) -> None:
    tx.execute(
        sa.update(inbound_texts)
        .where(inbound_texts.c.id == text.id)
        .values(
            meaning=meaning,
            outcome=outcome,
            appointment_id=appointment_id,
            resolved_at=sa.func.clock_timestamp(),
        )
    )


def held_by_consent(tx: Connection, number: str, kind: str) -> list[int]:
    """Appointments whose promises to that number follow an opt-out (those that are planned) or an opt-in (the others).

    A skipped one is planned again while its deadline is ahead.
    """
    state = promises.c.state == "planned"
    if kind == "opt_in":
        reasons = ("opted_out", "no_consent")
        ahead = promises.c.not_after > sa.func.clock_timestamp()
        state = sa.and_(promises.c.state == "skipped", promises.c.skip_reason.in_(reasons), ahead)
    query = (
        sa.select(promises.c.appointment_id)
        .distinct()
        .join(
            attendees,
            sa.and_(attendees.c.appointment_id == promises.c.appointment_id, attendees.c.key == promises.c.attendee),
        )
        .join(
            people, sa.and_(people.c.connection == attendees.c.connection, people.c.person_id == attendees.c.person_id)
        )
        .where(people.c.phone == number, state)
        .order_by(promises.c.appointment_id)
    )
    return list(tx.execute(query).scalars())
