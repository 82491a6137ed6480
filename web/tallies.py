"""Counts what is not worth a write per request, and tells the database at most once a second."""

import threading

from sqlalchemy import Connection, exc

from runtime.observe import Outages
from store import events, inbox
from store.engine import Database
from store.events import Noted
from web.background import Background

FLUSH_SECONDS = 1.0
WARN_SECONDS = 120.0  # drift is slow: at the usual second per day it leaves months before the 300 that are refused


class Tallies:
    """Last event, rejected webhooks and clock skew per connection. A crash loses one second of them, no more."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._outages = Outages()
        self._thread = Background("web-tallies", self._run, self._reset)
        self._reset()

    def _reset(self) -> None:
        self._noted: dict[str, Noted] = {}
        self._changed = threading.Condition()
        self._closed = threading.Event()

    def close(self) -> None:
        """No more is told. What was noted in the last second is dropped."""
        self._closed.set()
        with self._changed:
            self._changed.notify()

    def arrived(self, connection: str, skew_seconds: float | None) -> None:
        """A proven webhook came."""
        self._thread.ensure()
        known = self._noted.get(connection)
        if known is not None and known.arrived:  # the thread knows, or is about to tell the database
            known.skew_seconds = skew_seconds
            return
        with self._changed:
            noted = self._noted.setdefault(connection, Noted())
            noted.arrived = True
            if skew_seconds is not None:
                noted.skew_seconds = skew_seconds
            self._changed.notify()

    def rejected(self, connection: str, skew_seconds: float | None) -> None:
        """One that was not proven. `skew_seconds` only where a secret matched, or anybody could set it."""
        self._thread.ensure()
        with self._changed:
            noted = self._noted.setdefault(connection, Noted())
            noted.rejected += 1
            if skew_seconds is not None:
                noted.skew_seconds = skew_seconds
            self._changed.notify()

    def _run(self) -> None:
        while not self._closed.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._noted or self._closed.is_set())
                if self._closed.is_set():
                    return
                noted, self._noted = self._noted, {}
            if not self._flush(noted):
                self._put_back(noted)
            self._closed.wait(FLUSH_SECONDS)

    def _flush(self, noted: dict[str, Noted]) -> bool:
        try:
            with self._database.begin() as tx:
                events.note(tx, noted)
                for connection, each in sorted(noted.items()):
                    if each.skew_seconds is not None:
                        self._warn(tx, connection, abs(each.skew_seconds))
        except exc.SQLAlchemyError as error:
            self._outages.away("tallies", type(error).__name__)
            return False
        self._outages.back("tallies")
        return True

    def _warn(self, tx: Connection, connection: str, skew_seconds: float) -> None:
        """Tell staff while webhooks are still taken, and that it is over once it clearly is."""
        key = "clock_skew"
        if skew_seconds > WARN_SECONDS:
            message = "The vendor's clock and ours are drifting apart; webhooks are refused beyond five minutes."
            inbox.tell(tx, connection, key, key, f"{message} Check this host's clock first.")
        elif skew_seconds < WARN_SECONDS / 2:
            inbox.resolve(tx, connection, key)

    def _put_back(self, noted: dict[str, Noted]) -> None:
        with self._changed:
            for connection, old in noted.items():
                new = self._noted.setdefault(connection, Noted())
                new.arrived = new.arrived or old.arrived
                new.rejected += old.rejected
                if new.skew_seconds is None:
                    new.skew_seconds = old.skew_seconds
