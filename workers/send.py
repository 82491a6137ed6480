"""From a due promise to the sender's answer: pick, fence, call, outcome."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from outbound.clock import boottime
from rules.senders import Accepted, NotSent, Outcome, Text
from runtime import names, wording
from runtime.wiring import Wiring
from store import attempts, fence, people, sync_requests
from store.fence import Claimed, Material, Refusal
from store.fences import Alone
from store.planning import lock, replan
from workers.desk import LOOK, NO_MORE, Desk, Job, Nothing, desk_of
from workers.lines import Lines
from workers.tally import Tally
from workers.terms import CALL_SECONDS, LEASE, SEND_BY_SECONDS

RUN_SECONDS = 5.0
LONGEST_NAP = 0.25
"""While every lane waits for its number, others may fall due."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one candidate: a word for the tally, and who is to try it at once, if anybody."""

    word: str
    next_sender: str = ""


def run(wiring: Wiring, shard: int = 0, shards: int = 1, *, clock: Callable[[], float] = time.monotonic) -> str:  # noqa: ARG001 - they tell the rings of one sweep apart
    """Send what is due until nothing is, or the time is up (the sweep rings again)."""
    tally = Tally("promises")
    desk = desk_of(wiring) if clock is time.monotonic else Desk(wiring, clock)
    until = clock() + RUN_SECONDS
    job, failure = desk.take(tally), None
    while True:
        if isinstance(job, Job):
            # What could not be written is said once the text that is in hand has left.
            job, failed = _do(wiring, desk, job, tally, is_last=failure is not None or clock() >= until)
            failure = failure or failed
        elif failure is not None:
            raise failure
        elif job.next_at is None or max(job.next_at, clock()) >= until:
            return tally.line()
        else:
            time.sleep(min(max(0.0, job.next_at - clock()), LONGEST_NAP))
            job = desk.take(tally)


def _do(
    wiring: Wiring, desk: Desk, job: Job, tally: Tally, *, is_last: bool
) -> tuple[Job | Nothing, SQLAlchemyError | None]:
    """One job, and where its sender has provably not taken the text, the other sender at once. Returns the next job."""
    if isinstance(job.passed, Claimed):
        outcome = _call(wiring, job.passed, job.send_by)
        # One that was not taken may be tried again at once: no other text is taken into the hand before.
        takes = isinstance(outcome, Accepted) and not is_last
        settled, following = desk.settle(job, outcome, tally if takes else None)
        if isinstance(settled, SQLAlchemyError):
            return following, settled
        job.lines.heed(job.passed.sender, job.passed.from_number, outcome)
        tried = _tried(settled)
    else:
        takes, following = False, NO_MORE
        tried = (
            send(wiring, job.connection, job.promise_id, job.lines)
            if isinstance(job.passed, Alone)
            else _refused(wiring, job.connection, job.passed)
        )
    tally.add(tried.word)
    if tried.next_sender and job.lines.take(job.facts, tried.next_sender) == 0:
        tally.add(send(wiring, job.connection, job.promise_id, job.lines).word)
    return following if takes or is_last else desk.take(tally), None


def send_one(wiring: Wiring, connection: str, promise_id: int) -> str:
    """One promise through the fence and, if it may leave, to the sender. Returns a word for the tally."""
    return send(wiring, connection, promise_id).word


def send(wiring: Wiring, connection: str, promise_id: int, lines: Lines | None = None) -> Tried:
    """As `send_one`, and says who is to try it at once where this sender has provably not taken it."""
    if connection not in wiring.settings.connections:
        return Tried("without connection")
    facts = wiring.facts(connection)
    began = boottime()  # the lease and the deadline begin before the fence
    with wiring.db.begin() as tx:
        passed = fence.pass_fence(tx, promise_id, facts, LEASE, lambda material: text_of(wiring, connection, material))
    if isinstance(passed, Refusal):
        return _refused(wiring, connection, passed)
    outcome = _call(wiring, passed, began + SEND_BY_SECONDS)
    with wiring.db.begin() as tx:
        settled = attempts.settle(tx, passed.attempt_id, outcome, facts.other_than(passed.sender))
    (lines or Lines(wiring, [])).heed(passed.sender, passed.from_number, outcome)
    return _tried(settled)


def _tried(settled: attempts.Settled | None) -> Tried:
    return Tried(settled.attempt.value, settled.at_once_by) if settled else Tried("settled elsewhere")


def _refused(wiring: Wiring, connection: str, refusal: Refusal) -> Tried:
    _follow_up(wiring, connection, refusal)
    if refusal.done:
        return Tried("carried out")
    return Tried(f"skipped {refusal.reason.value}" if refusal.reason else "elsewhere")


def _call(wiring: Wiring, claimed: Claimed, send_by: float) -> Outcome:
    """Hand the text over. No database connection is held here."""
    if claimed.sender not in wiring.settings.senders:
        return NotSent(f"no sender is named {claimed.sender}")
    text = Text(
        to=claimed.to,
        from_=claimed.from_number,
        body=claimed.body,
        reference=str(claimed.attempt_id),
        receipt_url=receipt_url(wiring, claimed.sender, claimed.attempt_id),
    )
    return wiring.sender(claimed.sender).send(text, send_by=send_by, timeout_seconds=CALL_SECONDS)


def receipt_url(wiring: Wiring, sender: str, attempt_id: UUID) -> str:
    return f"{wiring.receipt_base}/senders/{sender}/receipts?attempt={attempt_id}"


def _follow_up(wiring: Wiring, connection: str, refusal: Refusal) -> None:
    """What a refusal asks for: a new plan where the input changed, a look where the record is too old."""
    if refusal.refresh is not None:
        with wiring.db.begin() as tx:
            sync_requests.ask(tx, connection, sync_requests.refs([refusal.refresh[1]]), "due_soon")
        wiring.doorbell.ring(names.APPOINTMENTS_SYNC, args=(connection,))
    if refusal.replan is not None:
        with wiring.db.begin() as tx:
            row = lock(tx, refusal.replan)
            people.know_numbers_of(tx, wiring.facts(connection).senders, row.id)
            replan(tx, row, wiring.facts(connection))


def text_of(wiring: Wiring, connection: str, material: Material) -> str:
    """Raises `ValueError` when there is no text to be made: then none is sent, and the promise says so."""
    return wording.text_of(wiring.connection(connection), material)


__all__ = ["CALL_SECONDS", "LOOK", "SEND_BY_SECONDS", "receipt_url", "run", "send_one", "text_of"]
