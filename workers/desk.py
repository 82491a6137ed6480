"""Where the sending threads of one process meet: what they want at one moment is one look and one transaction.

A thread that is free asks for its next text; one of those that ask looks for all of them. A thread that has an answer
brings it; one of those that bring one writes them all. So a text costs a fraction of two transactions where it cost two
and more, and yet each thread has one text in hand at most, fenced just before it and settled before the next.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy.exc import SQLAlchemyError

from outbound.clock import boottime
from rules.senders import Accepted, Outcome
from runtime import wording
from runtime.wiring import Wiring
from store import acceptances, attempts, fences, promises
from store.attempts import Settled
from store.facts import ConnectionFacts
from store.fence import Claimed, Render
from store.fences import Alone, Candidate, Passed
from workers.guards import Guards
from workers.lines import Lines
from workers.tally import Tally
from workers.terms import LEASE, SEND_BY_SECONDS
from workers.together import Together

log = structlog.get_logger(__name__)

LOOK = 256
"""Candidates of one look; used up in part of a second where there is that much to do."""
AHEAD_SECONDS = 1.0
"""A look takes what falls due within this time and waits for it, so that nothing is late by the length of a tick."""
FRESH_SECONDS = 0.25
"""What was not known when the look was taken is seen by the next."""
LINGER_SECONDS = 0.02
"""Between two fences while the threads suffice: what falls due meanwhile shares one. A backlog does not wait for it."""
ABSENT_SECONDS = 5.0
"""How long a lane is left alone whose connection is not configured here."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one thread does next: hand a text over, or see to what the fence said instead."""

    connection: str
    promise_id: int
    facts: ConnectionFacts
    passed: Passed
    send_by: float
    lines: Lines


@dataclass(frozen=True, slots=True)
class Nothing:
    """No job now. `next_at`: when to ask again, on our clock; None when nothing falls due within a look's length."""

    next_at: float | None


@dataclass(slots=True)
class _Seen:
    """One look: candidates with the instant on our clock at which they fall due, in the order of their turns."""

    at: float = 0.0
    candidates: list[tuple[float, Any]] = field(default_factory=list)
    lines: Lines | None = None


class Desk:
    """One for each process that sends."""

    def __init__(self, wiring: Wiring, clock: Callable[[], float] = time.monotonic) -> None:
        self._wiring = wiring
        self._clock = clock
        self._guards = Guards(wiring, clock)
        self._claims: Together[Tally, Job | Nothing] = Together(self._claim, self._gather)
        self._outcomes: Together[tuple[Job, Outcome], Settled | Exception | None] = Together(self._settle)
        self._facts: dict[str, ConnectionFacts] = {}
        self._configs: fences.Known = {}
        self._seen = _Seen()
        self._free_from: dict[str, float] = {}
        """Lanes that wait, for their number's budget for example."""
        self._fenced_at = 0.0
        self._is_short = False
        """The last fence left a thread without a text: the threads suffice."""

    def take(self, tally: Tally) -> Job | Nothing:
        """The calling thread's next job. Waits for what falls due within a look's length."""
        return self._claims.do(tally)

    def settle(self, job: Job, outcome: Outcome) -> Settled | None:
        """Write what the call led to; returns once it is committed. None when it was settled elsewhere."""
        settled = self._outcomes.do((job, outcome))
        if isinstance(settled, Exception):
            raise settled
        return settled

    def facts(self, name: str) -> ConnectionFacts:
        if name not in self._facts:
            self._facts[name] = self._wiring.facts(name)
        return self._facts[name]

    # What follows runs in one thread at a time.

    def _gather(self) -> None:
        """Wait until something is due, a while longer where threads suffice, and never longer than a look is fresh."""
        self._look()
        now = self._clock()
        wait = min((due for due, _ in self._seen.candidates), default=now) - now
        if self._is_short:
            wait = max(wait, self._fenced_at + LINGER_SECONDS - now)
        if wait > 0:
            time.sleep(min(wait, FRESH_SECONDS))

    def _look(self) -> None:
        now = self._clock()
        if self._seen.candidates and now - self._seen.at < FRESH_SECONDS:
            return
        self._free_from = {name: at for name, at in self._free_from.items() if at > now}
        with self._wiring.db.begin() as tx:
            found = promises.pick(tx, limit=LOOK, ahead_seconds=AHEAD_SECONDS, without=self._free_from)
        known = [each for each in found if each.connection in self._wiring.settings.connections]
        for each in found:
            if each.connection not in self._wiring.settings.connections:
                self._free_from[each.connection] = now + ABSENT_SECONDS
        self._guards.ask({each.connection for each in known})
        timed = [(now + float(each.wait_seconds), each) for each in known]
        self._seen = _Seen(now, timed, Lines(self._wiring, known, self._clock))

    def _claim(self, tallies: Sequence[Tally]) -> list[Job | Nothing]:
        before = len(self._seen.candidates)
        chosen = self._choose(len(tallies), tallies[0])
        jobs: list[Job | Nothing] = list(self._fence(chosen))
        self._is_short = len(jobs) < len(tallies)
        rest = [due for due, _ in self._seen.candidates]
        # Where some were taken or put aside, the next look may find what had no room in this one.
        soon = rest if len(rest) == before else [self._clock()]
        nothing = Nothing(min(soon or self._free_from.values(), default=None))
        return jobs + [nothing] * (len(tallies) - len(jobs))

    def _choose(self, number: int, tally: Tally) -> list[Any]:
        """The first that are due and that nothing holds back. What is not chosen stays for the next fence."""
        now = self._clock()
        chosen: list[Any] = []
        rest: list[tuple[float, Any]] = []
        for due, candidate in self._seen.candidates:
            name = candidate.connection
            if due > now or len(chosen) == number:
                rest.append((due, candidate))
            elif name in self._free_from:
                continue  # looked at again once its lane is free
            elif self._guards.hold_back(candidate):
                tally.add("held back")
            elif self._seen.lines is not None and (pause := self._seen.lines.wait_for(candidate)) > 0:
                self._free_from[name] = now + pause
            else:
                chosen.append(candidate)
        self._seen.candidates = rest
        return chosen

    def _fence(self, chosen: Sequence[Any]) -> list[Job]:
        if not chosen:
            return []
        self._fenced_at = self._clock()
        send_by = boottime() + SEND_BY_SECONDS  # the lease and the deadline begin before the fence
        wanted = [Candidate(each.id, self.facts(each.connection), self._render(each.connection)) for each in chosen]
        try:
            with self._wiring.db.begin() as tx:
                passed = fences.pass_fences(tx, wanted, LEASE, self._configs)
        except SQLAlchemyError as error:
            log.warning("fence_together_failed", error=type(error).__name__, promises=len(wanted))
            passed = {each.promise_id: Alone() for each in wanted}  # one bad row must not hold the others
        lines = self._seen.lines or Lines(self._wiring, [])
        return [
            Job(each.connection, each.id, self.facts(each.connection), passed[each.id], send_by, lines)
            for each in chosen
            if each.id in passed
        ]

    def _render(self, name: str) -> Render:
        settings = self._wiring.connection(name)
        return lambda material: wording.text_of(settings, material)

    def _settle(self, brought: Sequence[tuple[Job, Outcome]]) -> list[Settled | Exception | None]:
        accepted = {
            job.passed.attempt_id: outcome
            for job, outcome in brought
            if isinstance(outcome, Accepted) and isinstance(job.passed, Claimed)
        }
        done = set()
        if accepted:
            try:
                with self._wiring.db.begin() as tx:
                    done = acceptances.settle(tx, accepted)
            except SQLAlchemyError as error:
                log.warning("settle_together_failed", error=type(error).__name__, attempts=len(accepted))
        return [self._settled(job, outcome, done) for job, outcome in brought]

    def _settled(self, job: Job, outcome: Outcome, done: set[Any]) -> Settled | Exception | None:
        if not isinstance(job.passed, Claimed):
            return None
        if job.passed.attempt_id in done:
            return acceptances.SETTLED
        try:
            with self._wiring.db.begin() as tx:
                return attempts.settle(tx, job.passed.attempt_id, outcome, job.facts.other_than(job.passed.sender))
        except SQLAlchemyError as error:
            return error  # raised in the thread whose text it is


_desks: WeakKeyDictionary[Wiring, Desk] = WeakKeyDictionary()


def desk_of(wiring: Wiring) -> Desk:
    """The one of this process's wiring."""
    return _desks.setdefault(wiring, Desk(wiring))
