"""Where the sending threads of one process meet: what they want at one moment is one look and one transaction.

A thread comes with the answer that it has, if any, and for its next text; one of those who come writes all answers and
fences all texts. So a text costs a fraction of one transaction where it cost two and more, and yet each thread has one
text in hand at most, fenced just before it and settled before the next.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
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
from workers.terms import LEASE, SEEN_AHEAD_SECONDS, SEND_BY_SECONDS
from workers.together import Together

log = structlog.get_logger(__name__)

LOOK = 256
"""Candidates of one look; used up in part of a second where there is that much to do."""
FRESH_SECONDS = 0.25
"""What was not known when the look was taken is seen by the next."""
LINGER_SECONDS = 0.02
"""Between two turns while the threads suffice: what falls due meanwhile shares one."""
RUSH_LINGER_SECONDS = 0.005
"""Between two turns of a backlog. A turn costs as much as two or three texts, whoever shares it."""
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


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one thread comes with and for."""

    brought: tuple[Job, Outcome] | None
    tally: Tally | None
    """None when it takes nothing more."""


Answer = tuple[Settled | SQLAlchemyError | None, Job | Nothing]
"""What became of what was brought, and what to do next."""
NO_MORE = Nothing(None)


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
        self._turns: Together[_Wish, Answer] = Together(self._turn, self._gather)
        self._brought = threading.Event()
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
        return self._turns.do(_Wish(None, tally))[1]

    def settle(self, job: Job, outcome: Outcome, tally: Tally | None) -> Answer:
        """Write what the call led to, and take the next job where a tally is given; returns once both are committed.

        Settled: None when it was settled elsewhere, an error where it could not be written. The next job is the
        caller's all the same.
        """
        self._brought.set()
        try:
            return self._turns.do(_Wish((job, outcome), tally))
        except SQLAlchemyError as error:
            log.warning("look_failed", error=type(error).__name__)  # what was brought is written all the same
            return self._settled(job, outcome, set()), NO_MORE

    def facts(self, name: str) -> ConnectionFacts:
        if name not in self._facts:
            self._facts[name] = self._wiring.facts(name)
        return self._facts[name]

    # What follows runs in one thread at a time.

    def _gather(self) -> None:
        """Let some come together. What is brought waits for no more than that; else wait until something is due."""
        self._look()
        now = self._clock()
        linger = self._fenced_at + (LINGER_SECONDS if self._is_short else RUSH_LINGER_SECONDS) - now
        wait = min(FRESH_SECONDS, max(linger, min((due for due, _ in self._seen.candidates), default=now) - now))
        if wait > linger and self._brought.wait(wait):
            wait = linger - (self._clock() - now)
        if 0 < wait <= linger:
            time.sleep(wait)

    def _look(self) -> None:
        now = self._clock()
        if self._seen.candidates and now - self._seen.at < FRESH_SECONDS:
            return
        self._free_from = {name: at for name, at in self._free_from.items() if at > now}
        with self._wiring.db.begin() as tx:
            found = promises.pick(tx, limit=LOOK, ahead_seconds=SEEN_AHEAD_SECONDS, without=self._free_from)
        known = [each for each in found if each.connection in self._wiring.settings.connections]
        for each in found:
            if each.connection not in self._wiring.settings.connections:
                self._free_from[each.connection] = now + ABSENT_SECONDS
        self._guards.ask({each.connection for each in known})
        timed = [(now + float(each.wait_seconds), each) for each in known]
        self._seen = _Seen(now, timed, Lines(self._wiring, known, self._clock))

    def _turn(self, wishes: Sequence[_Wish]) -> list[Answer]:
        self._brought.clear()
        tallies = [wish.tally for wish in wishes if wish.tally is not None]
        before = len(self._seen.candidates)
        chosen = self._choose(len(tallies), tallies[0]) if tallies else []
        settled, jobs = self._write([wish.brought for wish in wishes], chosen)
        if tallies:
            self._is_short = len(jobs) < len(tallies)
        rest = [due for due, _ in self._seen.candidates]
        # Where some were taken or put aside, the next look may find what had no room in this one.
        soon = rest if len(rest) == before else [self._clock()]
        nothing = Nothing(min(soon or self._free_from.values(), default=None))
        left = iter(jobs)
        return [
            (done, NO_MORE if wish.tally is None else next(left, nothing))
            for wish, done in zip(wishes, settled, strict=True)
        ]

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

    def _write(
        self, brought: Sequence[tuple[Job, Outcome] | None], chosen: Sequence[Any]
    ) -> tuple[list[Settled | SQLAlchemyError | None], list[Job]]:
        """The answers, then the fence, in one transaction; each by itself where that fails."""
        told = {
            job.passed.attempt_id: outcome
            for job, outcome in filter(None, brought)
            if isinstance(outcome, Accepted) and isinstance(job.passed, Claimed)
        }
        wanted = [Candidate(each.id, self.facts(each.connection), self._render(each.connection)) for each in chosen]
        self._fenced_at = self._clock()
        send_by = boottime() + SEND_BY_SECONDS  # the lease and the deadline begin before the fence
        done: set[UUID] = set()
        passed: dict[int, Passed] = {}
        try:
            if told or wanted:
                with self._wiring.db.begin() as tx:
                    done = acceptances.settle(tx, told) if told else set()
                    passed = fences.pass_fences(tx, wanted, LEASE, self._configs) if wanted else {}
        except SQLAlchemyError as error:
            log.warning("turn_failed", error=type(error).__name__, attempts=len(told), promises=len(wanted))
            done, passed = set(), {each.promise_id: Alone() for each in wanted}  # one bad row must not hold the others
        lines = self._seen.lines or Lines(self._wiring, [])
        settled = [self._settled(*each, done) if each is not None else None for each in brought]
        return settled, [
            Job(each.connection, each.id, self.facts(each.connection), passed[each.id], send_by, lines)
            for each in chosen
            if each.id in passed
        ]

    def _render(self, name: str) -> Render:
        settings = self._wiring.connection(name)
        return lambda material: wording.text_of(settings, material)

    def _settled(self, job: Job, outcome: Outcome, done: set[Any]) -> Settled | SQLAlchemyError | None:
        if not isinstance(job.passed, Claimed):
            return None
        if job.passed.attempt_id in done:
            return acceptances.SETTLED
        try:
            with self._wiring.db.begin() as tx:
                return attempts.settle(tx, job.passed.attempt_id, outcome, job.facts.other_than(job.passed.sender))
        except SQLAlchemyError as error:
            return error  # it is raised in the thread whose text it is


_desks: WeakKeyDictionary[Wiring, Desk] = WeakKeyDictionary()


def desk_of(wiring: Wiring) -> Desk:
    """The one of this process's wiring."""
    return _desks.setdefault(wiring, Desk(wiring))
