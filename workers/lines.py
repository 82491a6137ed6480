"""A sender number's own budget: in hand before the fence, shared by all workers of all hosts.

`per_second` and `per_minute` are options of a sender and count for each of its numbers. A 429 pauses the number for
everybody. The deadline comes first: what cannot wait for the first number goes by the failover sender, if there is one.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from rules.senders import Outcome, Refused, Verdict
from rules.vendors import Budget
from runtime.wiring import Wiring
from store import budgets, connections, promises
from store.attempts import AGAIN
from store.facts import ConnectionFacts

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
SOONEST = 0.05
FRESH_SECONDS = 1.0
"""How long it is believed which numbers are paused: a 429 is known to every worker within this time."""


def line_name(sender: str, number: str) -> str:
    """The budget's name."""
    return f"sender/{sender}/{number}"


class Lines:
    """Asked for each candidate of one look."""

    def __init__(self, wiring: Wiring, candidates: list[Any], clock: Callable[[], float] = time.monotonic) -> None:
        self.wiring, self._clock = wiring, clock
        known = {each.connection for each in candidates if each.connection in wiring.settings.connections}
        self._facts = {name: wiring.facts(name) for name in known}
        self._names = {line_name(*facts.line(each)) for facts in self._facts.values() for each in facts.senders}
        self._free_from: dict[str, float] = {}
        self._read_at = -FRESH_SECONDS + clock()

    def _read_pauses(self) -> None:
        now = self._clock()
        if self._names and now - self._read_at >= FRESH_SECONDS:
            with self.wiring.db.begin() as tx:
                paused = budgets.pauses(tx, self._names)
            for name, seconds in paused.items():
                self._free_from[name] = max(now + seconds, self._free_from.get(name, 0.0))
            self._read_at = now

    def wait_for(self, candidate: Any) -> float:
        """0 when this candidate may go to the fence: its number's budget is taken. Else seconds until it may be so."""
        facts = self._facts.get(candidate.connection)
        if facts is None or candidate.action != "sms" or candidate.left_seconds <= 0:
            return 0.0  # no text of ours, or the fence only ends it
        wait = self.take(facts, candidate.next_sender)
        other = facts.other_than(facts.line(candidate.next_sender)[0])
        if wait == 0 or wait < candidate.left_seconds or not other or self.take(facts, other) > 0:
            return wait
        with self.wiring.db.begin() as tx:
            promises.send_by(tx, candidate.id, other)
        return 0.0

    def take(self, facts: ConnectionFacts, next_sender: str | None) -> float:
        """0 when the number's budget is taken; else the seconds until it may be asked again."""
        sender, number = facts.line(next_sender)
        name = line_name(sender, number)
        self._read_pauses()
        wait = self._free_from.get(name, 0.0) - self._clock()
        if wait <= 0:
            wait = self._leave(facts, sender, name)
            self._free_from[name] = self._clock() + wait
        return max(0.0, wait)

    def _leave(self, facts: ConnectionFacts, sender: str, name: str) -> float:
        options = self.wiring.settings.senders[sender].options if sender in self.wiring.settings.senders else {}
        limits = [(name, options.get("per_second"), SECOND), (f"{name}/minute", options.get("per_minute"), MINUTE)]
        limits = [each for each in limits if each[1]]
        if not limits:
            return 0.0
        with self.wiring.db.begin() as tx:
            if connections.get(tx, facts.name).mode == "observe":
                return 0.0  # it sends nothing, and takes nothing from those who do
            for counted, most, per in limits:
                granted, wait = budgets.take(tx, counted, Budget(int(most or 0), per))
                if not granted:
                    return max(SOONEST, wait)
        return 0.0

    def heed(self, sender: str, number: str, outcome: Outcome) -> None:
        """A 429 pauses the number for all workers of all hosts, for as long as the sender asked."""
        if isinstance(outcome, Refused) and outcome.verdict is Verdict.RETRY:
            asked = outcome.retry_after_seconds
            seconds = AGAIN.total_seconds() if asked is None else asked
            name = line_name(sender, number)
            self._free_from[name] = self._clock() + seconds
            with self.wiring.db.begin() as tx:
                budgets.pause(tx, name, timedelta(seconds=seconds))
