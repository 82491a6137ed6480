"""The fence: one short transaction, the last thing before the socket, and the only claim on a promise.

Three statements lock, in the order that holds everywhere: appointment, number, promise. The fourth, with a fresh
snapshot and the database's clock, reads everything that decides and everything the text is made of. What it guarantees:
no text whose cancellation, move or opt-out was committed before the fence committed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.fence import End, Go, Hold, Leave, decide
from rules.promises import SkipReason
from rules.segments import segments
from rules.workflow import Caps, Config, Workflow
from store import configs, deeds, limits, timeline
from store.facts import ConnectionFacts
from store.material import Material, NoName, material
from store.refusals import Refusal, end, hold, passed
from store.scenes import everything, revisions_of, scene_of, workflow_of
from store.tables import appointments, attempts, attendees, numbers, people, promises

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


def _workflow(tx: Connection, row: Row[Any]) -> tuple[Config | None, Workflow | None]:
    """The pinned workflow, if the current revision still has it switched on."""
    return workflow_of(row, configs.load(tx, sorted(revisions_of(row), key=str)))


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
    passed(tx, row, "sending")
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
    "pass_fence",
]
