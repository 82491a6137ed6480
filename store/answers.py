"""Answers to texts: what is said back, at most one to each, claimed as a promise is: by a fence, with a lease.

A row waits (`waiting`), is being handed over (`waiting` with a lease), and ends as `accepted`, `refused`, `unknown` or
`unsaid`. One whose lease has ended may have left: it becomes `unknown` and is never sent again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from rules.answers import POLITE, AnswerKind
from rules.replies import Reply
from rules.reply_matching import QUESTION_STANDS, Choice, Question
from rules.senders import Accepted, NotSent, Outcome, Refused, Verdict
from store import consents, inbox, people, receipts, timeline
from store.engine import CLOCK
from store.receipts import Became
from store.tables import answers, appointments

AGAIN = timedelta(seconds=10)
NEEDS_PERSON_AGAIN = timedelta(minutes=1)
DAY = timedelta(days=1)
_GIVEN = sa.or_(answers.c.state.in_(("accepted", "unknown")), answers.c.token.is_not(None))
"""Given, or perhaps."""


def want(
    tx: Connection,
    text: Row[Any],
    connection: str,
    kind: AnswerKind,
    appointment_id: int | None,
    facts: Mapping[str, Any],
) -> None:
    """Owe an answer to a text. A second one to the same text is never owed."""
    row = insert(answers).values(
        id=uuid4(),
        inbound_id=text.id,
        connection=connection,
        appointment_id=appointment_id,
        sender=text.sender,
        from_number=text.to_number,
        to_number=text.from_number,
        kind=kind,
        facts=dict(facts),
    )
    tx.execute(row.on_conflict_do_nothing())


def said_today(tx: Connection, text: Row[Any]) -> frozenset[AnswerKind]:
    """The kinds that were said to this number within a day, or will be."""
    query = sa.select(answers.c.kind).where(
        answers.c.to_number == text.from_number,
        answers.c.from_number == text.to_number,
        answers.c.created_at > text.received_at - DAY,
        answers.c.state.not_in(("unsaid", "refused")),
    )
    return frozenset(map(AnswerKind, tx.execute(query).scalars()))


def given_since_yesterday(tx: Connection, row: Row[Any]) -> int:
    query = sa.select(sa.func.count()).where(
        answers.c.to_number == row.to_number,
        answers.c.from_number == row.from_number,
        answers.c.created_at > CLOCK - DAY,
        _GIVEN,
    )
    return tx.execute(query).scalar_one()


def question(tx: Connection, text: Row[Any]) -> Question | None:
    """The newest `which one?` that this text may answer, as it was asked."""
    query = (
        sa.select(answers.c.facts)
        .where(
            answers.c.to_number == text.from_number,
            answers.c.from_number == text.to_number,
            answers.c.kind == AnswerKind.WHICH,
            answers.c.created_at.between(text.received_at - QUESTION_STANDS, text.received_at),
            _GIVEN,
        )
        .order_by(answers.c.created_at.desc())
        .limit(1)
    )
    facts = tx.execute(query).scalar()
    if facts is None:
        return None
    choices = tuple(Choice(number, datetime.fromisoformat(start)) for number, start in facts["choices"])
    return Question(Reply(facts["wish"]), choices)


def next_due(tx: Connection) -> Row[Any] | None:
    """The next one to give, locked until this transaction ends."""
    query = (
        sa.select(answers)
        .where(
            answers.c.state == "waiting",
            answers.c.token.is_(None),
            answers.c.due_at <= CLOCK,
        )
        .order_by(answers.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return tx.execute(query).one_or_none()


def lease(tx: Connection, row: Row[Any], body: str, facts: Mapping[str, Any], until: timedelta) -> UUID:
    """It leaves now. Every later write carries the token."""
    token = uuid4()
    tx.execute(
        sa.update(answers)
        .where(answers.c.id == row.id)
        .values(
            token=token,
            lease_until=sa.func.clock_timestamp() + until,
            attempts=answers.c.attempts + 1,
            body=body.encode(),
            facts=dict(facts),
        )
    )
    return token


def wait(tx: Connection, row: Row[Any], pause: timedelta) -> None:
    due = sa.func.clock_timestamp() + pause
    tx.execute(sa.update(answers).where(answers.c.id == row.id).values(due_at=due, token=None, lease_until=None))


def end(tx: Connection, row: Row[Any], state: str, code: str = "", *, tell: bool = False, sender_id: str = "") -> None:
    """It has ended. `tell`: staff must know, because somebody may be waiting for it."""
    tx.execute(
        sa.update(answers)
        .where(answers.c.id == row.id)
        .values(
            state=state,
            code=code[:200],
            sender_id=sender_id or None,
            token=None,
            lease_until=None,
            settled_at=sa.func.clock_timestamp(),
        )
    )
    external_id = _external_id(tx, row)
    timeline.write(
        tx, row.connection, external_id, [("answer", {"answer": row.kind, "state": state, "why": code or None})]
    )
    if tell and row.kind not in POLITE:  # of those, staff already have the text itself before them
        message = f"The answer to text {row.inbound_id} ({row.kind}) is {state} ({code or 'no reason was given'})."
        inbox.tell(tx, row.connection, "answer", f"answer:{row.id}", message, external_id=external_id)


def settle(tx: Connection, answer_id: UUID, token: UUID, outcome: Outcome) -> str:
    """What the sender's answer means. Returns the state, `elsewhere` when the lease was lost meanwhile."""
    query = sa.select(answers).where(answers.c.id == answer_id, answers.c.token == token).with_for_update()
    row = tx.execute(query).one_or_none()
    if row is None:
        return "elsewhere"
    if isinstance(outcome, Accepted):
        end(tx, row, "accepted", sender_id=outcome.sender_id)
        return "accepted"
    if isinstance(outcome, NotSent):
        wait(tx, row, AGAIN)
        return "again"
    if isinstance(outcome, Refused):
        return _refused(tx, row, outcome)
    end(tx, row, "unknown", outcome.reason, tell=True)
    return "unknown"


def _refused(tx: Connection, row: Row[Any], outcome: Refused) -> str:
    if outcome.verdict is Verdict.RETRY:
        wait(tx, row, timedelta(seconds=outcome.retry_after_seconds or AGAIN.total_seconds()))
        return "again"
    if outcome.verdict is Verdict.NEEDS_PERSON:
        message = f"The sender {row.sender} refuses texts with code {outcome.code}; a person must look at it."
        inbox.tell(tx, row.connection, "sender_refuses", f"sender:{row.sender}:{outcome.code}", message)
        wait(tx, row, NEEDS_PERSON_AGAIN)
        return "again"
    if outcome.verdict is Verdict.OPTED_OUT:
        consents.record(tx, row.sender, row.to_number, consents.OPT_OUT, "sender", outcome.code)
    if outcome.verdict is Verdict.BAD_NUMBER:
        people.mark_bad(tx, row.sender, row.to_number, outcome.code)
    end(tx, row, "refused", outcome.code, tell=True)
    return "refused"


def expire(tx: Connection) -> int:
    """Leases that ended: it may have left, so it is `unknown`, never sent again. Returns how many."""
    query = (
        sa.select(answers)
        .where(answers.c.state == "waiting", answers.c.lease_until < sa.func.clock_timestamp())
        .with_for_update(skip_locked=True)
    )
    rows = tx.execute(query).all()
    for row in rows:
        end(tx, row, "unknown", "the lease ended without an answer", tell=True)
    return len(rows)


def apply_receipts(tx: Connection) -> int:
    """Reports on answers, from senders that send them unasked: they settle what is unknown, and wait for nobody."""
    count = 0
    for receipt in receipts.unclaimed(tx):
        try:
            answer_id = UUID(receipt.reference)
        except ValueError:
            continue
        row = tx.execute(sa.select(answers).where(answers.c.id == answer_id).with_for_update()).one_or_none()
        if row is None or row.sender != receipt.sender:
            continue
        is_new = row.state == "unknown"
        receipts.spend(tx, receipt.id, Became.APPLIED if is_new else Became.NOTHING_NEW)
        count += 1
        if is_new:
            end(tx, row, "accepted", receipt.state, sender_id=receipt.sender_id)
    return count


def _external_id(tx: Connection, row: Row[Any]) -> str:
    found = tx.execute(sa.select(appointments.c.external_id).where(appointments.c.id == row.appointment_id)).scalar()
    return str(found or "")
