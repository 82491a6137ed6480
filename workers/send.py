"""From a due promise to the sender's answer: pick, fence, call, outcome."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
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
from workers.lines import Lines
from workers.tally import Tally

CALL_SECONDS = 12.0
SEND_BY_SECONDS = 8.0
"""Later than that what the fence knew is too old to write on. Shorter than the call, and the call than the lease."""
LEASE = timedelta(seconds=30)
LOOK = 16
AHEAD_SECONDS = 1.0
"""A look takes what falls due within this time and waits for it, so that nothing is late by the length of a tick."""
RUN_SECONDS = 5.0
LONGEST_NAP = 0.25
"""While every lane waits for its number, others may fall due."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one candidate: a word for the tally, and who is to try it at once, if anybody."""

    word: str
    next_sender: str = ""


def run(wiring: Wiring, shard: int = 0, shards: int = 1, *, clock: Callable[[], float] = time.monotonic) -> str:
    """Send what is due until nothing is, or the time is up (the sweep rings again)."""
    tally = Tally("promises")
    until = clock() + RUN_SECONDS
    waiting: dict[str, float] = {}
    while clock() < until:
        with wiring.db.begin() as tx:
            candidates = promises.pick(
                tx, limit=LOOK, ahead_seconds=AHEAD_SECONDS, shard=shard, shards=shards, without=waiting
            )
        if candidates:
            _look(wiring, candidates, waiting, tally, clock)
        elif waiting and clock() + min(waiting.values()) < until:
            time.sleep(min(*waiting.values(), LONGEST_NAP))
            waiting.clear()
        else:
            break
    return tally.line()


def _look(
    wiring: Wiring, candidates: list[Any], waiting: dict[str, float], tally: Tally, clock: Callable[[], float]
) -> None:
    """Each candidate of one look, in order. Lanes whose number must wait are noted with the seconds they wait."""
    looked_at, guards, lines = clock(), Guards(wiring), Lines(wiring, candidates)
    for candidate in candidates:
        name = candidate.connection
        if name not in wiring.settings.connections:
            waiting[name] = RUN_SECONDS
            continue
        if guards.hold_back(candidate):
            tally.add("held back")
            continue
        wait = float(candidate.wait_seconds) - (clock() - looked_at)
        if wait > 0:
            time.sleep(wait)
        if (pause := lines.wait_for(candidate)) > 0:
            waiting[name] = pause
            continue
        tried = send(wiring, name, candidate.id, lines)
        tally.add(tried.word)
        if tried.next_sender and lines.take(wiring.facts(name), tried.next_sender) == 0:
            tally.add(send(wiring, name, candidate.id, lines).word)


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
        _follow_up(wiring, connection, passed)
        if passed.done:
            return Tried("carried out")
        return Tried(f"skipped {passed.reason.value}" if passed.reason else "elsewhere")
    outcome = _call(wiring, passed, began + SEND_BY_SECONDS)
    with wiring.db.begin() as tx:
        settled = attempts.settle(tx, passed.attempt_id, outcome, facts.other_than(passed.sender))
    (lines or Lines(wiring, [])).heed(passed.sender, passed.from_number, outcome)
    return Tried(settled.attempt.value, settled.at_once_by) if settled else Tried("settled elsewhere")


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
