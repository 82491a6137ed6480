"""The outcome of an attempt, and what receipts say of it later. States only move forward."""

from dataclasses import dataclass
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
from store import consents, inbox, people, timeline
from store.tables import appointments, attempts, promises, receipts

FINAL = {
    Verdict.FAILED: SkipReason.REFUSED,
    Verdict.BAD_NUMBER: SkipReason.BAD_NUMBER,
    Verdict.OPTED_OUT: SkipReason.OPTED_OUT,
}
AGAIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an attempt: its state, and the promise's."""

    attempt: AttemptState
    promise: str


def _locked(tx: Connection, attempt_id: UUID) -> Row[Any] | None:
    """The attempt with its promise and appointment, its promise locked first (the order of locks)."""
    found = tx.execute(sa.select(attempts.c.promise_id).where(attempts.c.id == attempt_id)).scalar()
    if found is None:
        return None
    tx.execute(sa.select(promises.c.id).where(promises.c.id == found).with_for_update())
    query = (
        sa.select(attempts, appointments.c.external_id, promises.c.tries, promises.c.workflow_id)
        .join(promises, promises.c.id == attempts.c.promise_id)
        .join(appointments, appointments.c.id == promises.c.appointment_id)
        .where(attempts.c.id == attempt_id)
    )
    return tx.execute(query).one()


def settle(tx: Connection, attempt_id: UUID, outcome: Outcome) -> Settled | None:
    """Write what the call led to. Only a `sending` attempt takes it whole; an expired one only moves forward."""
    row = _locked(tx, attempt_id)
    if row is None:
        return None
    state = AttemptState(row.state)
    if isinstance(outcome, Accepted):
        return _accepted(tx, row, outcome) if moves_forward(state, AttemptState.ACCEPTED) else None
    if isinstance(outcome, Refused):
        return _refused(tx, row, outcome) if moves_forward(state, AttemptState.REFUSED) else None
    if state is not AttemptState.SENDING:
        return None
    if isinstance(outcome, NotSent):
        return _back_to_planned(tx, row, AttemptState.NOT_SENT, outcome.reason, AGAIN)
    return _unknown(tx, row, outcome)


def _write(tx: Connection, row: Row[Any], state: AttemptState, promise_state: str, **values: Any) -> Settled:
    promise_values = values.pop("promise", {})
    told = values.pop("told", {})
    tx.execute(
        sa.update(attempts)
        .where(attempts.c.id == row.id)
        .values(state=state, settled_at=sa.func.clock_timestamp(), **values)
    )
    tx.execute(
        sa.update(promises)
        .where(promises.c.id == row.promise_id)
        .values(state=promise_state, changed_at=sa.func.clock_timestamp(), **promise_values)
    )
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
        told={"segments": outcome.segments},
    )


def _unknown(tx: Connection, row: Row[Any], outcome: Unknown) -> Settled:
    return _write(
        tx, row, AttemptState.UNKNOWN, "unknown", reason=outcome.reason[:200], told={"why": outcome.reason[:80]}
    )


def _refused(tx: Connection, row: Row[Any], outcome: Refused) -> Settled:
    if outcome.verdict is Verdict.RETRY:
        pause = timedelta(seconds=outcome.retry_after_seconds or AGAIN.total_seconds())
        return _back_to_planned(tx, row, AttemptState.REFUSED, "sender asks to wait", pause, code=outcome.code)
    if outcome.verdict is Verdict.NEEDS_PERSON:
        inbox.tell(
            tx,
            row.connection,
            "sender_refuses",
            f"sender:{row.sender}:{outcome.code}",
            f"The sender {row.sender} refuses texts with code {outcome.code}. Its credentials, number or registration "
            "need a person; what is due waits inside its deadline.",
        )
        return _back_to_planned(
            tx, row, AttemptState.REFUSED, "needs a person", timedelta(minutes=1), code=outcome.code
        )
    reason = FINAL[outcome.verdict]
    if outcome.verdict is Verdict.OPTED_OUT:  # a STOP that the sender has kept from us
        consents.record(tx, row.sender, row.to_number, consents.OPT_OUT, "sender", outcome.code)
    if outcome.verdict is Verdict.BAD_NUMBER:
        people.mark_bad(tx, row.sender, row.to_number, outcome.code)
        inbox.tell(
            tx,
            row.connection,
            "bad_number",
            f"bad_number:{row.external_id}",
            f"The number of appointment {row.external_id} cannot be texted (code {outcome.code}).",
            external_id=row.external_id,
        )
    return _write(
        tx,
        row,
        AttemptState.REFUSED,
        "failed",
        code=outcome.code,
        reason=outcome.message[:200],
        promise={"skip_reason": reason, "told_at": None, "told_start": None},
        told={"code": outcome.code, "reason": reason},
    )


def _back_to_planned(
    tx: Connection, row: Row[Any], state: AttemptState, why: str, pause: timedelta, code: str = ""
) -> Settled:
    """Nothing left us, or the sender wants it later: the promise is planned again, inside its deadline."""
    return _write(
        tx,
        row,
        state,
        "planned",
        reason=why[:200],
        code=code,
        promise={"look_at": sa.func.clock_timestamp() + pause, "told_at": None, "told_start": None},
        told={"why": why[:80], "code": code or None},
    )


def expire(tx: Connection, *, limit: int = 100) -> int:
    """Attempts whose lease has ended become `unknown`, never `planned`: they may have left. Returns how many."""
    expired = tx.execute(
        sa.select(attempts.c.id)
        .where(attempts.c.state == "sending", attempts.c.lease_until < sa.func.clock_timestamp())
        .order_by(attempts.c.id)
        .limit(limit)
    )
    count = 0
    for attempt_id in expired.scalars().all():
        row = _locked(tx, attempt_id)
        if row is not None and row.state == AttemptState.SENDING:
            _unknown(tx, row, Unknown("the lease ended without an answer"))
            count += 1
    return count


def apply_receipt(tx: Connection, receipt_row: Row[Any]) -> bool:
    """One stored receipt. True when it found its attempt (then it is spent, whether it changed anything or not)."""
    receipt = Receipt(receipt_row.sender_id, AttemptState(receipt_row.state), receipt_row.reference, receipt_row.code)
    attempt_id = _attempt_of(tx, receipt_row.sender, receipt)
    row = None if attempt_id is None else _locked(tx, attempt_id)
    if row is None:
        return False
    tx.execute(sa.update(receipts).where(receipts.c.id == receipt_row.id).values(applied_at=sa.func.clock_timestamp()))
    if not moves_forward(AttemptState(row.state), receipt.state):
        return True
    promise_state = "failed" if receipt.state is AttemptState.UNDELIVERED else "accepted"
    promise = {"skip_reason": SkipReason.REFUSED} if promise_state == "failed" else {}
    _write(
        tx,
        row,
        receipt.state,
        promise_state,
        sender_id=receipt.sender_id,
        code=receipt.code,
        receipt_at=sa.func.clock_timestamp(),
        promise=promise,
        told={"code": receipt.code or None},
    )
    return True


def _attempt_of(tx: Connection, sender: str, receipt: Receipt) -> UUID | None:
    """By our reference, else by the sender's id. A reference that is no id of ours finds nothing."""
    try:
        reference = UUID(receipt.reference)
    except ValueError:
        reference = None
    mine = attempts.c.sender == sender
    if reference is not None:
        found: UUID | None = tx.execute(sa.select(attempts.c.id).where(attempts.c.id == reference, mine)).scalar()
        if found is not None:
            return found
    by_sender_id = sa.select(attempts.c.id).where(attempts.c.sender_id == receipt.sender_id, mine)
    theirs: UUID | None = tx.execute(by_sender_id).scalar()
    return theirs


def open_receipts(tx: Connection, *, limit: int = 200) -> list[Row[Any]]:
    query = (
        sa.select(receipts)
        .where(receipts.c.applied_at.is_(None), receipts.c.received_at > sa.func.clock_timestamp() - timedelta(days=3))
        .order_by(receipts.c.received_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(tx.execute(query).all())


def unknown_ones(tx: Connection, *, limit: int = 20) -> list[Row[Any]]:
    """Unknown attempts that a look-up may settle, oldest first, with their promise's deadline."""
    query = (
        sa.select(attempts, promises.c.not_after, appointments.c.external_id)
        .join(promises, promises.c.id == attempts.c.promise_id)
        .join(appointments, appointments.c.id == promises.c.appointment_id)
        .where(attempts.c.state == "unknown", attempts.c.created_at > sa.func.clock_timestamp() - timedelta(hours=6))
        .order_by(attempts.c.created_at)
        .limit(limit)
    )
    return list(tx.execute(query).all())


def owned_ids(tx: Connection, to: str, from_: str, since: Any) -> frozenset[str]:
    """The sender's ids that belong to our other attempts between these numbers."""
    query = sa.select(attempts.c.sender_id).where(
        attempts.c.to_number == to,
        attempts.c.from_number == from_,
        attempts.c.created_at >= since - timedelta(hours=1),
        attempts.c.sender_id.is_not(None),
    )
    return frozenset(tx.execute(query).scalars())
