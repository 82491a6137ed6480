"""The fence: one short transaction, the last thing before the socket, and the only claim on a promise.

Three statements lock, in the order that holds everywhere: appointment, number, promise. The fourth, with a fresh
snapshot and the database's clock, reads everything that decides and everything the text is made of. What it guarantees:
no text whose cancellation, move or opt-out was committed before the fence committed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules import conditions
from rules.fence import End, Go, Hold, Leave, Scene, decide
from rules.planning import end_of
from rules.promises import PromiseState, SkipReason
from rules.segments import segments
from rules.statuses import Presence
from rules.timing import zone_or_none
from rules.workflow import Anchor, Caps, Config, Workflow
from store import configs, consents, deeds, limits, timeline
from store import people as people_of
from store.facts import ConnectionFacts
from store.material import Material, NoName, material, name_columns
from store.refusals import Refusal, end, hold
from store.standing import meeting_type, record, standing
from store.tables import appointments, attempts, attendees, connection_states, numbers, people, promises, sync_requests

BROKEN = (ValueError, LookupError)
MOST_MERGED = 10
"""Segments of a text that says several things: senders take 1,600 characters."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The promise is ours until the lease ends: hand this text over."""

    attempt_id: UUID
    to: str
    from_number: str
    sender: str
    body: str


Render = Callable[[Material], str]
"""Raises `ValueError` or `LookupError` when there is no text to be made: the promise is skipped."""


def pass_fence(
    tx: Connection, promise_id: int, facts: ConnectionFacts, lease: timedelta, render: Render
) -> Claimed | Refusal:
    """Decide on one promise and, if it may leave, make its attempt. The caller commits, then calls the sender."""
    keys = _keys(tx, promise_id)
    if keys is None:
        return Refusal(None)
    tx.execute(sa.select(appointments.c.id).where(appointments.c.id == keys.appointment_id).with_for_update(read=True))
    tx.execute(
        sa.select(numbers.c.number)
        .where(numbers.c.sender.in_(facts.senders), numbers.c.number == keys.phone)
        .order_by(numbers.c.sender)  # an opt-out at one sender counts at each of them
        .with_for_update(read=True)
    )
    mine = tx.execute(
        sa.select(promises.c.id)
        .where(promises.c.id == promise_id, promises.c.state == "planned")
        .with_for_update(skip_locked=True)
    ).scalar()
    if mine is None:
        return Refusal(None)
    row = tx.execute(everything(promise_id, facts)).one()
    config, workflow = _workflow(tx, row)
    decision = decide(scene_of(row, config, workflow, facts, keys.phone))
    if isinstance(decision, Leave):
        return Refusal(None)
    if isinstance(decision, End):
        return end(tx, row, decision.reason)
    if isinstance(decision, Hold):
        return hold(tx, row, decision)
    if workflow is None:
        raise AssertionError("the fence lets nothing pass without its workflow")
    if not workflow.texts:
        return deeds.carry_out(tx, row, workflow, decision, facts)
    return _text(tx, _Passed(row, config, workflow, decision, keys.phone), facts, lease, render)


def _keys(tx: Connection, promise_id: int) -> Any:
    """What to lock. Read without a lock; statement 4 reads it again."""
    query = (
        sa.select(promises.c.appointment_id, people.c.phone)
        .select_from(promises)
        .outerjoin(
            attendees,
            sa.and_(attendees.c.appointment_id == promises.c.appointment_id, attendees.c.key == promises.c.attendee),
        )
        .outerjoin(
            people, sa.and_(people.c.connection == attendees.c.connection, people.c.person_id == attendees.c.person_id)
        )
        .where(promises.c.id == promise_id)
    )
    return tx.execute(query).one_or_none()


def everything(promise_id: Any, facts: ConnectionFacts) -> sa.Select[Any]:
    """Statement 4. Every value that decides or is written into the text, in one snapshot.

    `promise_id` is whatever a promise's id may be compared with.
    """
    seat = sa.and_(attendees.c.appointment_id == promises.c.appointment_id, attendees.c.key == promises.c.attendee)
    person = sa.and_(people.c.connection == attendees.c.connection, people.c.person_id == attendees.c.person_id)
    marks = people_of.marks(facts.senders, people.c.phone)
    asked = sa.and_(
        sync_requests.c.connection == appointments.c.connection,
        sync_requests.c.kind == "appointment",
        sync_requests.c.key == appointments.c.external_id,
    )
    wanted = sa.and_(sync_requests.c.wanted_gen > sync_requests.c.done_gen, sync_requests.c.dead_at.is_(None))
    current = sa.text(
        '(SELECT revision FROM appointment_configs c WHERE c.id = promises.config_id AND c."current" '
        "AND c.deleted_at IS NULL) AS current_revision"
    )
    return (
        sa.select(
            sa.func.clock_timestamp().label("now"),
            *(column.label(f"promise_{column.name}") for column in promises.c),
            *appointments.c,
            people.c.person_id,
            people.c.first_name,
            people.c.last_name,
            people.c.phone,
            people.c.phone_problem,
            people.c.language,
            people.c.zone.label("person_zone"),
            marks.c.known.label("number_is_known"),
            marks.c.opted_out_at,
            marks.c.bad_at,
            consents.has_opted_in(facts.senders, people.c.phone).label("opted_in"),
            connection_states.c.mode,
            connection_states.c.live_since,
            sa.and_(
                connection_states.c.sends_paused, connection_states.c.paused_until > sa.func.clock_timestamp()
            ).label("sends_paused"),
            current,
            sa.case((wanted, sync_requests.c.wanted_at)).label("asked_at"),
            sync_requests.c.last_fetch_at.label("looked_at"),
            *name_columns(),
        )
        .select_from(promises)
        .join(appointments, appointments.c.id == promises.c.appointment_id)
        .join(connection_states, connection_states.c.connection == promises.c.connection)
        .outerjoin(attendees, seat)
        .outerjoin(people, person)
        .join(marks, sa.true())
        .outerjoin(sync_requests, asked)
        .where(promises.c.id == promise_id)
    )


def _workflow(tx: Connection, row: Row[Any]) -> tuple[Config | None, Workflow | None]:
    """The pinned workflow, if the current revision still has it switched on."""
    return workflow_of(row, configs.load(tx, sorted(revisions_of(row), key=str)))


def revisions_of(row: Row[Any]) -> set[tuple[UUID, int]]:
    """What to load: the pinned revision of the promise's config, and the current one if there is one."""
    if row.current_revision is None:
        return set()
    return {(row.promise_config_id, row.promise_config_revision), (row.promise_config_id, row.current_revision)}


def workflow_of(row: Row[Any], loaded: Mapping[tuple[UUID, int], Config]) -> tuple[Config | None, Workflow | None]:
    if row.current_revision is None:
        return None, None
    on = {each.id for each in loaded[row.promise_config_id, row.current_revision].workflows if each.enabled}
    config = loaded.get((row.promise_config_id, row.promise_config_revision))
    found = next((each for each in (config.workflows if config else ()) if each.id == row.promise_workflow_id), None)
    return config, found if found is not None and found.id in on else None


def scene_of(
    row: Row[Any], config: Config | None, workflow: Workflow | None, facts: ConnectionFacts, locked: str | None
) -> Scene:
    return Scene(
        now=row.now,
        state=PromiseState(row.promise_state),
        due_at=row.promise_due_at,
        not_after=row.promise_not_after,
        hold_reason=row.promise_hold_reason or "",
        anchor=Anchor(row.promise_anchor),
        anchor_at=row.promise_anchor_at,
        anchor_now=_anchor_now(row, config),
        standing=standing(row),
        presence=Presence(row.presence),
        fetched_at=row.fetched_at,
        workflow=workflow,
        phone=row.phone,
        # A number without a row cannot be locked; it is made known and looked at again.
        locked_phone=locked if row.number_is_known or row.phone is None else None,
        seat_problem=_seat_problem(row),
        opted_out=row.opted_out_at is not None,
        bad_number=row.bad_at is not None,
        person_zone=zone_or_none(row.person_zone) or zone_or_none(row.zone),
        mode=row.mode,
        owed_from=row.live_since if row.mode != "observe" else None,
        sends_paused=bool(row.sends_paused),
        trial_numbers=facts.trial_numbers,
        record_max_age=facts.record_max_age,
        applies=_applies(row, config, workflow),
        lacks_consent=facts.needs_opt_in and not row.opted_in,
        verify_wait=facts.verify_wait,
        asked_at=row.asked_at,
        looked_at=row.looked_at,
    )


def _applies(row: Row[Any], config: Config | None, workflow: Workflow | None) -> bool:
    if workflow is None or workflow.condition is None:
        return True
    said = record(row) if conditions.asks_record(workflow.condition) else {}
    how = meeting_type(row) or (config.mode if config else None)
    return conditions.holds(workflow.condition, conditions.Scene(standing(row), how, said))


def _anchor_now(row: Row[Any], config: Config | None) -> datetime | None:
    anchor = Anchor(row.promise_anchor)
    if anchor is Anchor.EVENT_STARTS:
        return row.starts_at  # type: ignore[no-any-return]  # a row's columns are untyped
    if anchor is Anchor.EVENT_ENDS:
        return end_of(row.starts_at, row.ends_at, config.appointment_length_minutes if config else None)
    return row.promise_anchor_at  # type: ignore[no-any-return]  # a transition's instant never changes


def _seat_problem(row: Row[Any]) -> SkipReason | None:
    if row.person_id is None:
        return SkipReason.NO_CONTACT
    if row.phone is None:
        return SkipReason.NO_VALID_PHONE if row.phone_problem else SkipReason.NO_CONTACT
    return None


@dataclass(frozen=True, slots=True)
class _Passed:
    """A promise that may leave, with what the decision went by."""

    row: Row[Any]
    config: Config | None
    workflow: Workflow
    go: Go
    locked: str | None


def _text(
    tx: Connection, passed: _Passed, facts: ConnectionFacts, lease: timedelta, render: Render
) -> Claimed | Refusal:
    """The text, with what others of the same minutes say, as an attempt."""
    row, workflow = passed.row, passed.workflow
    if not facts.sender and passed.go.dry is None:
        return end(tx, row, SkipReason.NO_SENDER)
    if workflow.caps != Caps() or workflow.merge_minutes:
        limits.alone_with(tx, facts, row.phone)
    if limits.is_capped(tx, facts, row.phone, workflow.caps):
        return end(tx, row, SkipReason.CAPPED)
    try:
        body = render(material(row, workflow, passed.config))
    except NoName:
        return end(tx, row, SkipReason.NO_NAME)
    except BROKEN:
        return end(tx, row, SkipReason.TEMPLATE)
    if workflow.merge_minutes:
        body = _merged(tx, passed, facts, render, body)
    return _attempt(tx, row, passed.go, facts, lease, body)


def _merged(tx: Connection, passed: _Passed, facts: ConnectionFacts, render: Render, body: str) -> str:
    """The text, and those of the same appointment to the same number that would leave within the window."""
    bodies = [body]
    for promise_id in limits.others_due(tx, facts, passed.row, passed.workflow):
        row = tx.execute(everything(promise_id, facts)).one()
        config, workflow = _workflow(tx, row)
        scene = scene_of(row, config, workflow, facts, passed.locked)
        # Due a few minutes ahead counts as due now.
        decision = decide(replace(scene, due_at=min(scene.due_at, scene.now)))
        if workflow is None or not workflow.merge_minutes or decision != passed.go:
            continue
        if row.promise_due_at > passed.row.now + timedelta(minutes=workflow.merge_minutes):
            continue
        try:
            said = render(material(row, workflow, config))
        except BROKEN:
            continue  # it says why when it is due itself
        if segments("\n\n".join([*bodies, said])).count > MOST_MERGED:
            break
        bodies += [] if said in bodies else [said]
        end(tx, row, SkipReason.MERGED, into=passed.row.promise_id)
        told = {"merged_into": passed.row.promise_id, "told_at": row.now, "told_start": row.starts_at}
        tx.execute(sa.update(promises).where(promises.c.id == promise_id).values(**told))
    return "\n\n".join(bodies)


def _attempt(
    tx: Connection, row: Row[Any], go: Go, facts: ConnectionFacts, lease: timedelta, body: str
) -> Claimed | Refusal:
    """Make the attempt's row; with a mode that sends nothing it is kept as `not_sent`, to be shown."""
    attempt_id = uuid4()
    dry = go.dry is not None
    sender, from_number = facts.line(row.promise_next_sender)
    tx.execute(
        sa.insert(attempts).values(
            id=attempt_id,
            promise_id=row.promise_id,
            connection=row.promise_connection,
            appointment_id=row.promise_appointment_id,
            sender=sender,
            from_number=from_number,
            to_number=row.phone,
            body=body.encode(),
            state="not_sent" if dry else "sending",
            reason=go.dry or "",
            unverified=go.unverified,
            told_start=row.starts_at,
            lease_until=None if dry else row.now + lease,
            settled_at=row.now if dry else None,
        )
    )
    if go.dry is not None:
        return end(tx, row, go.dry, attempt=str(attempt_id))
    tx.execute(
        sa.update(promises)
        .where(promises.c.id == row.promise_id)
        .values(
            state="sending",
            tries=promises.c.tries + 1,
            hold_reason=None,
            told_at=row.now,
            told_start=row.starts_at,
            changed_at=row.now,
        )
    )
    entry = {"promise": row.promise_id, "attempt": str(attempt_id), "workflow": row.promise_workflow_id}
    late = (row.now - row.promise_due_at).total_seconds()
    facts_told = {**entry, "late_seconds": round(late, 1), "unverified": go.unverified or None}
    timeline.write(tx, row.promise_connection, row.external_id, [("sending", facts_told)])
    return Claimed(attempt_id, row.phone, from_number, sender, body)


__all__ = [
    "Claimed",
    "Material",
    "Refusal",
    "Render",
    "everything",
    "pass_fence",
    "revisions_of",
    "scene_of",
    "workflow_of",
]
