"""What the fence writes on a promise: it has ended with a reason, is held inside its deadline, or has passed."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.fence import Hold
from rules.promises import SkipReason
from store import timeline
from store.tables import promises


@dataclass(frozen=True, slots=True)
class Refusal:
    """The fence said no; the row says why. `replan` when the plan no longer fits what stands."""

    reason: SkipReason | None
    replan: int | None = None
    refresh: tuple[str, str] | None = None
    """(connection, external id) whose record is too old."""
    done: bool = False
    """Nothing is left to do: an action that texts nobody was carried out."""


def end(tx: Connection, row: Row[Any], reason: SkipReason, **told: Any) -> Refusal:
    """Never, and why. `row` is the fence's; `told` goes into the timeline."""
    state = "cancelled" if reason in {SkipReason.CANCELLED, SkipReason.WORKFLOW_OFF} else "skipped"
    tx.execute(
        sa.update(promises)
        .where(promises.c.id == row.promise_id)
        .values(state=state, skip_reason=reason, hold_reason=None, changed_at=row.now)
    )
    entry = {"promise": row.promise_id, "workflow": row.promise_workflow_id, "state": state, "reason": reason, **told}
    timeline.write(tx, row.promise_connection, row.external_id, [("ended", entry)])
    return Refusal(reason)


def hold(tx: Connection, row: Row[Any], found: Hold) -> Refusal:
    """Not terminal: looked at again soon, inside its deadline. Said once in the timeline, not every five seconds."""
    tx.execute(
        sa.update(promises)
        .where(promises.c.id == row.promise_id)
        .values(look_at=found.look_at, hold_reason=found.reason)
    )
    if row.promise_hold_reason != found.reason:
        entry = {"promise": row.promise_id, "workflow": row.promise_workflow_id, "reason": found.reason}
        timeline.write(tx, row.promise_connection, row.external_id, [("held", entry)])
    changed = found.reason in {SkipReason.MOVED, SkipReason.NO_CONTACT}
    old = found.reason in {SkipReason.RECORD_TOO_OLD, SkipReason.RECORD_ASKED}
    return Refusal(
        found.reason,
        replan=row.promise_appointment_id if changed else None,
        refresh=(row.promise_connection, row.external_id) if old else None,
    )


def passed(tx: Connection, row: Row[Any], state: str) -> None:
    """The promise has gone through the fence, into this state: the person has been told, or may have been."""
    tx.execute(
        sa.update(promises)
        .where(promises.c.id == row.promise_id)
        .values(
            state=state,
            tries=promises.c.tries + 1,
            hold_reason=None,
            told_at=row.now,
            told_start=row.starts_at,
            changed_at=row.now,
        )
    )
