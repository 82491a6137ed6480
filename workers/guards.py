"""What holds a connection back before any fence: a backlog that a person must see, and a flood."""

from typing import Any

from runtime.wiring import Wiring
from store import catch_up, connections, inbox, timeline


class Guards:
    """Asked once per look and connection; the answers hold for that look."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self._floods: dict[str, bool] = {}
        self._held: dict[str, bool] = {}

    def hold_back(self, candidate: Any) -> bool:
        """Whether this candidate must not reach the fence now. What it means for the row is written here."""
        name = str(candidate.connection)
        if name not in self.wiring.settings.connections:
            return False
        if name not in self._floods:
            self._floods[name] = self._pause_a_flood(name)
        if not candidate.is_late:
            return False
        if name not in self._held:
            self._held[name] = self._backlog_waits(name)
        return self._held[name]

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
