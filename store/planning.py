"""Brings an appointment's promises to what should stand. The appointment's row must be locked by this transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from rules.conditions import asks_record
from rules.planning import Act, Step, plan
from rules.promises import Key, Promise, PromiseState, SkipReason
from rules.timing import zone_or_none
from rules.wishes import Seat, Subject
from rules.workflow import Anchor, Config, Workflow
from store import configs, connections, consents, timeline
from store import people as people_of
from store.engine import now as database_now
from store.facts import ConnectionFacts
from store.standing import event_zone, meeting_type, presence, record, standing
from store.tables import appointments, attendees, people, promises, transitions


def lock(tx: Connection, appointment_id: int) -> Row[Any]:
    """The order of locks everywhere: appointment, number, promise."""
    return tx.execute(sa.select(appointments).where(appointments.c.id == appointment_id).with_for_update()).one()


def replan(tx: Connection, row: Row[Any], facts: ConnectionFacts) -> list[Step]:
    """Plan one appointment anew and write what changes. `row` is its locked row as it stands now."""
    now = database_now(tx)
    pinned = _pinned_workflows(tx, row)
    existing = [read(found) for found in tx.execute(sa.select(promises).where(promises.c.appointment_id == row.id))]
    if not pinned and not existing:
        return []
    steps = plan(subject_of(tx, row, facts, pinned), pinned, existing, now=now)
    entries = [entry for step in steps if (entry := _write(tx, row, step)) is not None]
    timeline.write(tx, row.connection, row.external_id, entries)
    return steps


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


def _pinned_workflows(tx: Connection, row: Row[Any]) -> list[tuple[Config, Workflow]]:
    """The pinned revisions' workflows; one that the current revision lacks or disables counts as off at once."""
    pinned = configs.pin(tx, row.id, row)
    heads = {found.config_id: found.revision for found in configs.assigned(tx, row.connection)}
    wanted = set(pinned.items()) | {(config_id, heads[config_id]) for config_id in pinned if config_id in heads}
    loaded = configs.load(tx, sorted(wanted, key=str))
    result: list[tuple[Config, Workflow]] = []
    for config_id, revision in sorted(pinned.items(), key=str):
        head = loaded[config_id, heads[config_id]] if config_id in heads else None
        on = {workflow.id for workflow in head.workflows if workflow.enabled} if head else set()
        config = loaded[config_id, revision]
        result.extend((config, workflow) for workflow in config.workflows if workflow.id in on)
    return result


def subject_of(
    tx: Connection, row: Row[Any], facts: ConnectionFacts, pinned: Iterable[tuple[Config, Workflow]]
) -> Subject:
    """The appointment with everything that decides what these workflows owe."""
    state = connections.get(tx, row.connection)
    return Subject(
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        standing=standing(row),
        presence=presence(row),
        zone=event_zone(row),
        seats=seats(tx, row, facts),
        known_from=row.known_from,
        owed_from=state.live_since if state.mode != "observe" else state.first_seen_at,
        gone_reason=SkipReason.RECORD_MISSING if facts.lists_windows else SkipReason.RECORD_GONE,
        occurrences=_occurrences(tx, row.id),
        meeting_type=meeting_type(row),
        record=record(row) if any(asks_record(workflow.condition) for _, workflow in pinned) else {},
    )


def seats(tx: Connection, row: Row[Any], facts: ConnectionFacts) -> tuple[Seat, ...]:
    """The attendees with what is known of texting them. An appointment without any has one seat with a problem."""
    marks = people_of.marks(facts.senders, people.c.phone)
    query = (
        sa.select(
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
        .where(attendees.c.appointment_id == row.id)
        .order_by(attendees.c.key)
    )
    found = tuple(Seat(each.key, zone_or_none(each.zone), _problem(each, facts)) for each in tx.execute(query))
    return found or (Seat("nobody", None, SkipReason.NO_CONTACT),)


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


def _occurrences(tx: Connection, appointment_id: int) -> dict[Anchor, datetime]:
    rows = tx.execute(
        sa.select(transitions.c.kind, sa.func.max(sa.func.coalesce(transitions.c.at, transitions.c.seen_at)))
        .where(transitions.c.appointment_id == appointment_id, transitions.c.kind.in_(sorted(OCCURS)))
        .group_by(transitions.c.kind)
    )
    return {OCCURS[kind]: at for kind, at in rows}


def _write(tx: Connection, row: Row[Any], step: Step) -> timeline.Entry | None:
    """One step as rows; what the timeline says of it. A promise that has meanwhile left `planned` is left alone."""
    told = {"workflow": step.key.workflow_id, "due_at": step.due_at, "attendee": step.key.attendee}
    if step.act is Act.ADD:
        return _add(tx, row, step, told)
    values = {
        "state": step.state,
        "due_at": step.due_at,
        "look_at": step.due_at,
        "not_after": step.not_after,
        "skip_reason": step.reason,
        "hold_reason": None,
        "changed_at": sa.func.clock_timestamp(),
    }
    from_states: Sequence[str] = ("planned",)
    if step.act is not Act.END:
        of_config = {"config_id": UUID(step.config_id), "config_revision": step.config_revision}
        values |= {**of_config, "action": step.action}
    if step.act is Act.REVIVE:
        from_states = ("skipped", "superseded", "cancelled")
        values |= {"merged_into": None}
    done = tx.execute(
        sa.update(promises).where(promises.c.id == step.promise_id, promises.c.state.in_(from_states)).values(**values)
    )
    if not done.rowcount:
        return None
    kind = {Act.RETIME: "retimed", Act.RESTAMP: "restamped", Act.REVIVE: "revived", Act.END: "ended"}[step.act]
    return kind, {**told, "promise": step.promise_id, "state": step.state, "reason": step.reason}


def _add(tx: Connection, row: Row[Any], step: Step, told: dict[str, Any]) -> timeline.Entry | None:
    new = tx.execute(
        insert(promises)
        .values(
            appointment_id=row.id,
            connection=row.connection,
            config_id=UUID(step.config_id),
            config_revision=step.config_revision,
            workflow_id=step.key.workflow_id,
            anchor=step.anchor,
            anchor_at=step.key.anchor_at,
            attendee=step.key.attendee,
            round=step.key.round,
            state=step.state,
            due_at=step.due_at,
            look_at=step.due_at,
            not_after=step.not_after,
            skip_reason=step.reason,
            action=step.action,
        )
        .on_conflict_do_nothing()
        .returning(promises.c.id)
    ).scalar()
    if new is None:
        return None
    return ("promised" if step.reason is None else "not_promised"), {**told, "promise": new, "reason": step.reason}
