"""A text once more, because somebody says so: its promise has a new round (edge case 72).

A retry keeps the key and cannot double; this can, and is meant to. So a person asks for it, with a reason, once a text:
whoever asks twice finds that the new round stands already.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.promises import PromiseState, SkipReason
from store import planning, timeline
from store.facts import ConnectionFacts
from store.tables import attempts, promises

TEXTED = (PromiseState.ACCEPTED, PromiseState.UNKNOWN, PromiseState.FAILED)
"""A text has left, or may have. Anything else is still planned, or planning alone may wake it."""


class NotOwed(Exception):
    """It would not be sent. `reason` is None where nothing is promised any more (cancelled, gone, workflow off)."""

    def __init__(self, reason: SkipReason | None) -> None:
        super().__init__(reason)
        self.reason = reason


def candidates(tx: Connection, appointment_id: int) -> Sequence[Any]:
    """The texts of an appointment that have left, or may have, and that nobody has asked for once more."""
    query = (
        sa.select(promises.c.id, promises.c.workflow_id, promises.c.state, promises.c.due_at, promises.c.told_at)
        .where(
            promises.c.appointment_id == appointment_id,
            promises.c.action == "sms",
            promises.c.state.in_(TEXTED),
            promises.c.redone_at.is_(None),
        )
        .order_by(promises.c.id)
    )
    return tx.execute(query).all()


def sent_before(tx: Connection, promise_id: int) -> Sequence[Row[Any]]:
    """Every attempt at this text, in whichever round, oldest first."""
    one, other = promises.alias("one"), promises.alias("other")
    same = [one.c[name] == other.c[name] for name in ("appointment_id", "workflow_id", "anchor_at", "attendee")]
    ids = sa.select(other.c.id).join(one, sa.and_(*same)).where(one.c.id == promise_id)
    return tx.execute(sa.select(attempts).where(attempts.c.promise_id.in_(ids)).order_by(attempts.c.created_at)).all()


def again(tx: Connection, appointment_id: int, promise_id: int, facts: ConnectionFacts) -> Row[Any]:
    """Mark it and plan anew. Returns the promise that now stands for it, planned.

    Raises:
        LookupError: it is none of the candidates, or somebody else was quicker.
        NotOwed: it would not be sent; nothing may be committed then.
    """
    row = planning.lock(tx, appointment_id)
    if promise_id not in {each.id for each in candidates(tx, appointment_id)}:
        raise LookupError(promise_id)
    marked = sa.update(promises).where(promises.c.id == promise_id).values(redone_at=sa.func.clock_timestamp())
    old = tx.execute(marked.returning(promises)).one()
    planning.replan(tx, row, facts)
    same = {name: getattr(old, name) for name in ("appointment_id", "workflow_id", "anchor_at", "attendee")}
    new = tx.execute(sa.select(promises).filter_by(**same, round=promise_id)).one_or_none()
    if new is None or new.state != PromiseState.PLANNED:
        raise NotOwed(SkipReason(new.skip_reason) if new is not None and new.skip_reason else None)
    told = {"promise": promise_id, "workflow": old.workflow_id, "again": new.id}
    timeline.write(tx, row.connection, row.external_id, [("redone", told)])
    return new
