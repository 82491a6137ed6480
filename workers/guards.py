"""What holds a connection back before any fence: a backlog that a person must see, a flood, and a month's cost."""

import time
from collections.abc import Callable, Collection
from typing import Any

from runtime.wiring import Wiring
from store import catch_up, connections, inbox, timeline
from workers.spending import Spending

BELIEVED_SECONDS = 1.0
"""How long an answer holds. What other processes send meanwhile is the most that a flood gets past its limit."""


class Guards:
    """Asked for each candidate. The database is asked for all lanes of a look at once, and once a second at most."""

    def __init__(self, wiring: Wiring, clock: Callable[[], float] = time.monotonic) -> None:
        self.wiring = wiring
        self._clock = clock
        self._asked_at: dict[str, float] = {}
        self._room: dict[str, int] = {}
        """How many texts a connection may still send within this hour."""
        self._held: dict[str, bool] = {}
        self._spending = Spending(wiring, clock)

    def ask(self, names: Collection[str]) -> None:
        """Make sure that what is known of these connections is fresh."""
        now = self._clock()
        old = [name for name in names if now - self._asked_at.get(name, -BELIEVED_SECONDS) >= BELIEVED_SECONDS]
        if not old:
            return
        most = {name: self.wiring.connection(name).max_texts_per_hour for name in old}
        with self.wiring.db.begin() as tx:
            sent = catch_up.sent_last_hours(tx, most)
        for name in old:
            self._asked_at[name] = now
            self._room[name] = most[name] - sent.get(name, 0)
            self._held.pop(name, None)

    def hold_back(self, candidate: Any) -> bool:
        """Whether this candidate must not reach the fence now. What it means for the row is written here."""
        name = str(candidate.connection)
        if name not in self.wiring.settings.connections:
            return False
        if name not in self._room:
            self.ask([name])
        if self._spending.hold_back(candidate):
            return True
        if self._room[name] <= 0:
            self._pause_a_flood(name)
        if candidate.is_late:
            if name not in self._held:
                self._held[name] = self._backlog_waits(name)
            if self._held[name]:
                return True
        self._room[name] -= 1
        return False

    def _backlog_waits(self, name: str) -> bool:
        limit = self.wiring.connection(name).catch_up_limit
        with self.wiring.db.begin() as tx:
            if catch_up.backlog(tx, name, most=limit + 1) <= limit:
                return False
            catch_up.hold(tx, name)
            message = (
                f"More than {limit} texts are owed late at once, after an outage. They wait for a person, inside their "
                f"deadlines: punctual catch-up {name} list | send | skip"
            )
            inbox.tell(tx, name, "catch_up", "catch_up", message)
            return True

    def _pause_a_flood(self, name: str) -> bool:
        """Too many texts within an hour: the connection pauses, staff are told. The fence then holds every text."""
        most = self.wiring.connection(name).max_texts_per_hour
        with self.wiring.db.begin() as tx:
            if catch_up.sent_last_hour(tx, name, most=most) < most:
                return False
            if connections.pause(tx, name, f"more than {most} texts within an hour", None, sends=True):
                message = (
                    f"{most} texts were sent within an hour, as many as max_texts_per_hour allows. The connection is "
                    f"paused; when this is right, raise the limit and run: punctual resume {name}"
                )
                inbox.tell(tx, name, "flood", "flood", message)
                timeline.write(tx, name, "", [("paused", {"why": "too many texts within an hour"})])
            return True
