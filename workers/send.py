"""From a due promise to the sender's answer: pick, fence, call, outcome."""

import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from outbound.clock import boottime
from rules.promises import SkipReason
from rules.senders import NotSent, Outcome, Text
from runtime import wording
from runtime.wiring import Wiring
from store import attempts, fence, people, promises, sync_requests
from store.fence import Claimed, Material, Refusal
from store.planning import lock, replan
from workers.guards import Guards
from workers.tally import Tally

CALL_SECONDS = 12.0
SEND_BY_SECONDS = 8.0
"""Later than that what the fence knew is too old to write on. Shorter than the call, and the call than the lease."""
LEASE = timedelta(seconds=30)
LOOK = 16
AHEAD_SECONDS = 1.0
"""A look takes what falls due within this time and waits for it, so that nothing is late by the length of a tick."""
RUN_SECONDS = 5.0


def run(wiring: Wiring, shard: int = 0, shards: int = 1, *, clock: Callable[[], float] = time.monotonic) -> str:
    """Send what is due until nothing is, or the time is up (the sweep rings again)."""
    tally = Tally("promises")
    until = clock() + RUN_SECONDS
    while clock() < until:
        with wiring.db.begin() as tx:
            candidates = promises.pick(tx, limit=LOOK, ahead_seconds=AHEAD_SECONDS, shard=shard, shards=shards)
        looked_at, guards = clock(), Guards(wiring)
        free = [candidate for candidate in candidates if not guards.hold_back(candidate)]
        tally.add("held back", len(candidates) - len(free))
        if not free:
            break
        for candidate in free:
            wait = float(candidate.wait_seconds) - (clock() - looked_at)
            if wait > 0:
                time.sleep(wait)
            tally.add(send_one(wiring, candidate.connection, candidate.id))
    return tally.line()


def send_one(wiring: Wiring, connection: str, promise_id: int) -> str:
    """One promise through the fence and, if it may leave, to the sender. Returns a word for the tally."""
    if connection not in wiring.settings.connections:
        return "without connection"
    facts = wiring.facts(connection)
    began = boottime()  # the lease and the deadline begin before the fence
    with wiring.db.begin() as tx:
        passed = fence.pass_fence(tx, promise_id, facts, LEASE, lambda material: text_of(wiring, connection, material))
    if isinstance(passed, Refusal):
        _follow_up(wiring, connection, passed)
        return f"skipped {passed.reason.value}" if passed.reason else "elsewhere"
    outcome = _call(wiring, passed, began + SEND_BY_SECONDS)
    with wiring.db.begin() as tx:
        settled = attempts.settle(tx, passed.attempt_id, outcome, facts.other_than(passed.sender))
    return settled.attempt.value if settled else "settled elsewhere"


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
        wiring.doorbell.ring("appointments.sync", args=(connection,))
    if refusal.replan is not None:
        with wiring.db.begin() as tx:
            row = lock(tx, refusal.replan)
            people.know_numbers_of(tx, wiring.facts(connection).senders, row.id)
            replan(tx, row, wiring.facts(connection))


def text_of(wiring: Wiring, connection: str, material: Material) -> str:
    """Raises `ValueError` when there is no text to be made: then none is sent, and the promise says so."""
    return wording.text_of(wiring.connection(connection), material)


__all__ = ["SkipReason", "receipt_url", "run", "send_one", "text_of"]
