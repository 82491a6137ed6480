"""Brings an appointment's promises to what should stand. The appointment's row must be locked by this transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.conditions import asks_record
from rules.planning import Step, plan
from rules.promises import Key, Promise, PromiseState, SkipReason
from rules.timing import zone_or_none
from rules.wishes import Seat, Subject
from rules.workflow import Anchor, Config, Workflow
from store import configs, connections, consents, timeline
from store import people as people_of
from store.engine import now as database_now
from store.facts import ConnectionFacts
from store.standing import event_zone, meeting_type, presence, record, standing
from store.steps import write
from store.tables import appointments, attendees, people, promises, transitions


def lock(tx: Connection, appointment_id: int) -> Row[Any]:
    """The order of locks everywhere: appointment, number, promise."""
    return tx.execute(sa.select(appointments).where(appointments.c.id == appointment_id).with_for_update()).one()


def replan(tx: Connection, row: Row[Any], facts: ConnectionFacts) -> list[Step]:
    """Plan one appointment anew and write what changes. `row` is its locked row as it stands now."""
    return replan_many(tx, [row], facts)[row.id]


def replan_many(tx: Connection, rows: Sequence[Row[Any]], facts: ConnectionFacts) -> dict[int, list[Step]]:
    """As `replan`, for locked rows of one connection, in no more statements than for one. Steps by appointment.

    Everything is read after the last of them was locked: whoever changes what is read here plans them anew later.
    """
    steps: dict[int, list[Step]] = {row.id: [] for row in rows}
    if not rows:
        return steps
    now = database_now(tx)
    pinned, existing = _pinned_workflows(tx, rows), _existing(tx, rows)
    owing = [row for row in rows if pinned[row.id] or existing[row.id]]
    subjects = subjects_of(tx, owing, facts, pinned)
    for row in owing:
        steps[row.id] = plan(subjects[row.id], pinned[row.id], existing[row.id], now=now)
    timeline.write_many(tx, write(tx, [(row, step) for row in owing for step in steps[row.id]]))
    return steps


def _existing(tx: Connection, rows: Iterable[Row[Any]]) -> dict[int, list[Promise]]:
    found: dict[int, list[Promise]] = {row.id: [] for row in rows}
    for each in tx.execute(sa.select(promises).where(promises.c.appointment_id.in_(sorted(found)))):
        found[each.appointment_id].append(read(each))
    return found


def read(row: Row[Any]) -> Promise:
    return Promise(
        id=row.id,
        config_id=str(row.config_id),
        config_revision=row.config_revision,
        key=Key(row.workflow_id, row.anchor_at, row.attendee, row.round),
        anchor=Anchor(row.anchor),
        state=PromiseState(row.state),
        due_at=row.due_at,
        not_after=row.not_after,
        skip_reason=SkipReason(row.skip_reason) if row.skip_reason else None,
        told_at=row.told_at,
        told_start=row.told_start,
        redone_at=row.redone_at,
    )


Workflows = Sequence[tuple[Config, Workflow]]


def _pinned_workflows(tx: Connection, rows: Sequence[Row[Any]]) -> dict[int, Workflows]:
    """The pinned revisions' workflows of each; one that the current revision lacks or disables is off at once."""
    assigned = configs.assigned(tx, rows[0].connection)
    pinned = configs.pin(tx, rows, assigned)
    heads = {found.config_id: found.revision for found in assigned}
    wanted = {each for of_one in pinned.values() for each in of_one.items()}
    wanted |= {(config_id, heads[config_id]) for config_id, _ in wanted}
    loaded = configs.load(tx, sorted(wanted, key=str))
    return {appointment_id: list(_on(of_one, heads, loaded)) for appointment_id, of_one in pinned.items()}


def _on(
    pinned: Mapping[UUID, int], heads: Mapping[UUID, int], loaded: Mapping[tuple[UUID, int], Config]
) -> Iterator[tuple[Config, Workflow]]:
    for config_id, revision in sorted(pinned.items(), key=str):
        on = {workflow.id for workflow in loaded[config_id, heads[config_id]].workflows if workflow.enabled}
        config = loaded[config_id, revision]
        yield from ((config, workflow) for workflow in config.workflows if workflow.id in on)


def subject_of(tx: Connection, row: Row[Any], facts: ConnectionFacts, pinned: Workflows) -> Subject:
    """The appointment with everything that decides what these workflows owe."""
    return subjects_of(tx, [row], facts, {row.id: pinned})[row.id]


def subjects_of(
    tx: Connection, rows: Sequence[Row[Any]], facts: ConnectionFacts, pinned: Mapping[int, Workflows]
) -> dict[int, Subject]:
    """As `subject_of`, for rows of one connection."""
    if not rows:
        return {}
    state = connections.get(tx, rows[0].connection)
    ids = sorted(row.id for row in rows)
    seats, occurrences = _seats(tx, ids, facts), _occurrences(tx, ids)
    return {
        row.id: Subject(
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            standing=standing(row),
            presence=presence(row),
            zone=event_zone(row),
            seats=tuple(seats.get(row.id, [NOBODY])),
            known_from=row.known_from,
            owed_from=state.live_since if state.mode != "observe" else state.first_seen_at,
            gone_reason=SkipReason.RECORD_MISSING if facts.lists_windows else SkipReason.RECORD_GONE,
            occurrences=occurrences.get(row.id, {}),
            meeting_type=meeting_type(row),
            record=record(row) if any(asks_record(workflow.condition) for _, workflow in pinned[row.id]) else {},
        )
        for row in rows
    }


NOBODY = Seat("nobody", None, SkipReason.NO_CONTACT)
"""The one seat of an appointment without any."""


def _seats(tx: Connection, ids: Sequence[int], facts: ConnectionFacts) -> dict[int, list[Seat]]:
    """The attendees of each with what is known of texting them."""
    marks = people_of.marks(facts.senders, people.c.phone)
    query = (
        sa.select(
            attendees.c.appointment_id,
            attendees.c.key,
            people.c.person_id,
            people.c.phone,
            people.c.phone_problem,
            people.c.zone,
            marks.c.opted_out_at,
            marks.c.bad_at,
            consents.has_opted_in(facts.senders, people.c.phone).label("opted_in"),
        )
        .outerjoin(
            people, sa.and_(people.c.connection == attendees.c.connection, people.c.person_id == attendees.c.person_id)
        )
        .join(marks, sa.true())
        .where(attendees.c.appointment_id.in_(ids))
        .order_by(attendees.c.appointment_id, attendees.c.key)
    )
    found: dict[int, list[Seat]] = {}
    for each in tx.execute(query):
        seat = Seat(each.key, zone_or_none(each.zone), _problem(each, facts))
        found.setdefault(each.appointment_id, []).append(seat)
    return found


def _problem(seat: Any, facts: ConnectionFacts) -> SkipReason | None:
    if seat.person_id is None:
        return SkipReason.NO_CONTACT
    if seat.phone is None:
        return SkipReason.NO_VALID_PHONE if seat.phone_problem else SkipReason.NO_CONTACT
    if seat.opted_out_at is not None:
        return SkipReason.OPTED_OUT
    if facts.needs_opt_in and not seat.opted_in:
        return SkipReason.NO_CONSENT
    return SkipReason.BAD_NUMBER if seat.bad_at is not None else None


OCCURS = {"booked": Anchor.BOOKED, "rescheduled": Anchor.RESCHEDULED, "cancelled": Anchor.CANCELLED}


def _occurrences(tx: Connection, ids: Sequence[int]) -> dict[int, dict[Anchor, datetime]]:
    moment = sa.func.max(sa.func.coalesce(transitions.c.at, transitions.c.seen_at))
    rows = tx.execute(
        sa.select(transitions.c.appointment_id, transitions.c.kind, moment)
        .where(transitions.c.appointment_id.in_(ids), transitions.c.kind.in_(sorted(OCCURS)))
        .group_by(transitions.c.appointment_id, transitions.c.kind)
    )
    found: dict[int, dict[Anchor, datetime]] = {}
    for appointment_id, kind, at in rows:
        found.setdefault(appointment_id, {})[OCCURS[kind]] = at
    return found
