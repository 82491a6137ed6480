"""The outcome of an attempt, and what receipts say of it later. States only move forward."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.promises import SkipReason
from rules.senders import (
    Accepted,
    AttemptState,
    NotSent,
    Outcome,
    Receipt,
    Refused,
    Unknown,
    Verdict,
    moves_forward,
)
from store import consents, inbox, limits, people, receipts, timeline
from store.engine import CLOCK
from store.receipts import Became
from store.tables import appointments, attempts, promises

FINAL = {
    Verdict.FAILED: SkipReason.REFUSED,
    Verdict.BAD_NUMBER: SkipReason.BAD_NUMBER,
    Verdict.OPTED_OUT: SkipReason.OPTED_OUT,
}
IN_OTHER_HANDS = frozenset({"sending", "unknown", "accepted"})
"""States of a promise that belong to the attempt after a released one."""
AGAIN = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an attempt: its state, and the promise's."""

    attempt: AttemptState
    promise: str
    at_once_by: str = ""
    """Another sender that is to try it now."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the code of a failed receipt means. `other` may try instead; only where the code proves it."""

    verdict: Verdict = Verdict.FAILED
    words: str = ""
    other: str = ""


Read = Callable[[str, str, str], Reading]
"""(connection, sender, code)."""


def locked(tx: Connection, attempt_id: UUID) -> Row[Any] | None:
    """The attempt with its promise and appointment, its promise locked first (the order of locks)."""
    found = tx.execute(sa.select(attempts.c.promise_id).where(attempts.c.id == attempt_id)).scalar()
    if found is None:
        return None
    tx.execute(sa.select(promises.c.id).where(promises.c.id == found).with_for_update())
    query = (
        sa.select(
            attempts,
            appointments.c.external_id,
            promises.c.tries,
            promises.c.workflow_id,
            promises.c.state.label("promise_state"),
            (promises.c.not_after > sa.func.clock_timestamp()).label("in_time"),
        )
        .join(promises, promises.c.id == attempts.c.promise_id)
        .join(appointments, appointments.c.id == promises.c.appointment_id)
        .where(attempts.c.id == attempt_id)
    )
    return tx.execute(query).one()


def settle(tx: Connection, attempt_id: UUID, outcome: Outcome, other: str = "") -> Settled | None:
    """Write what the call led to. Only a `sending` attempt takes it whole; an expired one only moves forward.

    `other` is a sender that may try what this one has provably not taken; never asked after `unknown`.
    """
    row = locked(tx, attempt_id)
    if row is None:
        return None
    state, other = AttemptState(row.state), "" if row.released else other
    if isinstance(outcome, Accepted):
        return _accepted(tx, row, outcome) if moves_forward(state, AttemptState.ACCEPTED) else None
    if isinstance(outcome, Refused):
        return _refused(tx, row, outcome, other) if moves_forward(state, AttemptState.REFUSED) else None
    if isinstance(outcome, NotSent):
        if not moves_forward(state, AttemptState.NOT_SENT):
            return None
        return _back_to_planned(tx, row, AttemptState.NOT_SENT, outcome.reason, AGAIN, other=other)
    return _unknown(tx, row, outcome) if state is AttemptState.SENDING else None


def _write(tx: Connection, row: Row[Any], state: AttemptState, promise_state: str, **values: Any) -> Settled:
    """The attempt's new state, and the promise's; one that was released leaves its promise to the next attempt."""
    promise_values = values.pop("promise", {})
    told = values.pop("told", {})
    tx.execute(
        sa.update(attempts)
        .where(attempts.c.id == row.id)
        .values(state=state, settled_at=sa.func.clock_timestamp(), **values)
    )
    proves = promise_state == "accepted" and row.promise_state not in IN_OTHER_HANDS
    if row.released and not proves:
        promise_state = row.promise_state
    else:
        tx.execute(
            sa.update(promises)
            .where(promises.c.id == row.promise_id)
            .values(state=promise_state, changed_at=sa.func.clock_timestamp(), **promise_values)
        )
        if promise_state == "planned":
            limits.give_back(tx, row.promise_id)
    entry = {"promise": row.promise_id, "attempt": str(row.id), "workflow": row.workflow_id, **told}
    timeline.write(tx, row.connection, row.external_id, [(f"attempt_{state}", entry)])
    return Settled(state, promise_state)


def _accepted(tx: Connection, row: Row[Any], outcome: Accepted) -> Settled:
    return _write(
        tx,
        row,
        AttemptState.ACCEPTED,
        "accepted",
        sender_id=outcome.sender_id,
        segments=outcome.segments,
        promise={"skip_reason": None, "hold_reason": None} if row.released else {},
        told={"segments": outcome.segments},
    )


def _unknown(tx: Connection, row: Row[Any], outcome: Unknown) -> Settled:
    return _write(
        tx, row, AttemptState.UNKNOWN, "unknown", reason=outcome.reason[:200], told={"why": outcome.reason[:80]}
    )


def _refused(tx: Connection, row: Row[Any], outcome: Refused, other: str) -> Settled:
    refused, other = AttemptState.REFUSED, other if outcome.elsewhere else ""
    _what_it_means(tx, row, outcome.verdict, outcome.code)
    if outcome.verdict is Verdict.RETRY:
        pause = timedelta(seconds=outcome.retry_after_seconds or AGAIN.total_seconds())
        return _back_to_planned(tx, row, refused, "sender asks to wait", pause, code=outcome.code, other=other)
    if outcome.verdict is Verdict.NEEDS_PERSON:
        return _back_to_planned(tx, row, refused, "needs a person", MINUTE, code=outcome.code, other=other)
    if other and not _has_tried(tx, row, other):
        return _back_to_planned(tx, row, refused, outcome.message, AGAIN, code=outcome.code, other=other)
    reason = FINAL[outcome.verdict]
    return _write(
        tx,
        row,
        refused,
        "failed",
        code=outcome.code,
        reason=outcome.message[:200],
        promise={"skip_reason": reason, "told_at": None, "told_start": None},
        told={"code": outcome.code, "reason": reason},
    )


def _what_it_means(tx: Connection, row: Row[Any], verdict: Verdict, code: str) -> None:
    """What a code says of the number or of the sender, kept where the next fence sees it, and told to staff."""
    if verdict is Verdict.OPTED_OUT:  # a STOP that the sender has kept from us
        consents.record(tx, row.sender, row.to_number, consents.OPT_OUT, "sender", code)
    if verdict is Verdict.NEEDS_PERSON:
        inbox.tell(
            tx,
            row.connection,
            "sender_refuses",
            f"sender:{row.sender}:{code}",
            f"The sender {row.sender} refuses texts with code {code}. Its credentials, number or registration "
            "need a person; what is due waits inside its deadline, or goes by the failover sender.",
        )
    if verdict is Verdict.BAD_NUMBER:
        people.mark_bad(tx, row.sender, row.to_number, code)
        inbox.tell(
            tx,
            row.connection,
            "bad_number",
            f"bad_number:{row.external_id}",
            f"The number of appointment {row.external_id} cannot be texted (code {code}).",
            external_id=row.external_id,
        )


def _back_to_planned(
    tx: Connection,
    row: Row[Any],
    state: AttemptState,
    why: str,
    pause: timedelta,
    *,
    code: str = "",
    other: str = "",
    **values: Any,
) -> Settled:
    """It provably did not go: the promise is planned again, inside its deadline. Another sender is tried at once.

    The second time round the pause counts: two senders that are both down are not asked in a circle.
    """
    now = sa.func.clock_timestamp()
    at_once = bool(other) and not _has_tried(tx, row, other)
    look_at = now if at_once else sa.func.least(now + pause, promises.c.not_after)
    to = {"next_sender": other} if other else {}
    settled = _write(
        tx,
        row,
        state,
        "planned",
        reason=why[:200],
        code=code,
        promise={"look_at": look_at, "told_at": None, "told_start": None, **to},
        told={"why": why[:80], "code": code or None},
        **values,
    )
    if other:
        entry = {"promise": row.promise_id, "workflow": row.workflow_id, "from": row.sender, "to": other}
        timeline.write(tx, row.connection, row.external_id, [("failover", entry)])
    return replace(settled, at_once_by=other if at_once else "")


def _has_tried(tx: Connection, row: Row[Any], sender: str) -> bool:
    mine = sa.and_(attempts.c.promise_id == row.promise_id, attempts.c.sender == sender)
    return tx.execute(sa.select(attempts.c.id).where(mine, attempts.c.id != row.id).limit(1)).first() is not None


def expire(tx: Connection, *, limit: int = 100) -> int:
    """Attempts whose lease has ended become `unknown`, never `planned`: they may have left. Returns how many."""
    expired = tx.execute(
        sa.select(attempts.c.id)
        .where(attempts.c.state == "sending", attempts.c.lease_until < CLOCK)
        .order_by(attempts.c.id)
        .limit(limit)
    )
    count = 0
    for attempt_id in expired.scalars().all():
        row = locked(tx, attempt_id)
        if row is not None and row.state == AttemptState.SENDING:
            _unknown(tx, row, Unknown("the lease ended without an answer"))
            count += 1
    return count


def apply_receipt(tx: Connection, receipt_row: Row[Any], read: Read = lambda *_: Reading()) -> bool:
    """One stored receipt. True when it found its attempt (then it is spent, whether it changed anything or not)."""
    receipt = Receipt(receipt_row.sender_id, AttemptState(receipt_row.state), receipt_row.reference, receipt_row.code)
    attempt_id = receipts.attempt_of(tx, receipt_row.sender, receipt)
    row = None if attempt_id is None else locked(tx, attempt_id)
    if row is None:
        return False
    is_new = moves_forward(AttemptState(row.state), receipt.state)
    receipts.spend(tx, receipt_row.id, Became.APPLIED if is_new else Became.NOTHING_NEW)
    if not is_new:
        return True
    told = {"sender_id": receipt.sender_id, "receipt_at": sa.func.clock_timestamp()}
    if receipt.state is AttemptState.UNDELIVERED:
        _undelivered(tx, row, receipt, read(row.connection, row.sender, receipt.code), told)
    else:
        promise = {"skip_reason": None, "hold_reason": None} if row.released else {}
        code = {"code": receipt.code or None}
        _write(tx, row, receipt.state, "accepted", code=receipt.code, promise=promise, told=code, **told)
    return True


def _undelivered(tx: Connection, row: Row[Any], receipt: Receipt, reading: Reading, told: dict[str, Any]) -> None:
    """Final, unless the code proves that another sender may still help and it has not been asked yet."""
    _what_it_means(tx, row, reading.verdict, receipt.code)
    state, other = AttemptState.UNDELIVERED, reading.other
    if other and row.in_time and not row.released and not _has_tried(tx, row, other):
        why = reading.words
        _back_to_planned(tx, row, state, why, AGAIN, code=receipt.code, other=other, released=True, **told)
        return
    reason = FINAL.get(reading.verdict, SkipReason.REFUSED)
    code = {"code": receipt.code or None}
    _write(tx, row, state, "failed", code=receipt.code, promise={"skip_reason": reason}, told=code, **told)
