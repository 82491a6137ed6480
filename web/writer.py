"""Group commit: requests queue up, one thread per process stores whatever has queued up in one transaction.

No linger: waiting 2 ms for company cut a lone sender from 1,300 to 290 requests per second and gained nothing at 64
connections. The queue is bounded, because a receiver that holds what it cannot store helps nobody.
"""

import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Sequence

import structlog

from store.engine import Database
from store.events import Arrival
from web.background import Background
from web.commit import Answer, commit

log = structlog.get_logger(__name__)

WAIT_SECONDS = 0.8  # with the network on top a sender has its 503 within a second
IN_FLIGHT_SECONDS = 0.5  # a batch takes milliseconds; one that takes this long stands for a database in trouble
STUCK_SECONDS = 30.0  # twice every limit of store.engine's statements in one batch; beyond it the connection is lost
MOST_BYTES = 16 * 1024 * 1024
BATCH_REQUESTS = 500
BATCH_BYTES = 4 * 1024 * 1024


class Entry:
    """One request that waits for its rows to be committed."""

    __slots__ = ("_done", "arrivals", "left", "result", "size")

    def __init__(self, arrivals: Sequence[Arrival], size: int) -> None:
        self.arrivals = arrivals
        self.size = size
        self.left = False
        self.result: list[bool] | Answer | None = None
        self._done = threading.Lock()  # a bare lock: an Event costs three times as much, per request
        self._done.acquire()

    def settle(self, result: list[bool] | Answer) -> None:
        self.result = result
        self._done.release()

    def wait(self, seconds: float) -> list[bool] | Answer:
        if self._done.acquire(timeout=seconds) and self.result is not None:
            return self.result
        self.left = True
        return Answer.UNAVAILABLE


def end_process() -> None:
    """A receiver that cannot store is no receiver: whoever started it starts another."""
    os.kill(os.getpid(), signal.SIGTERM)


class Writer:
    """The queue and its thread. `on_death` is called when the thread ends, which it does only by a bug of ours."""

    def __init__(self, database: Database, on_death: Callable[[], None] = end_process) -> None:
        self._database = database
        self._on_death = on_death
        self._made_in = os.getpid()
        self._thread = Background("web-writer", self._run, self._reset)
        self._reset()

    def _reset(self) -> None:
        """Fresh state, in the process that will use it: connections of a parent must not be shared."""
        self._queue: queue.SimpleQueue[Entry] = queue.SimpleQueue()
        self._counting = threading.Lock()
        self._bytes = 0
        self._in_flight_since: float | None = None
        self._dead = False
        if os.getpid() != self._made_in:
            self._database.engine.dispose(close=False)

    def store(self, arrivals: Sequence[Arrival], size: int) -> list[bool] | Answer:
        """Wait until the arrivals are committed. Says for each whether it was new, or why there is no proof of it."""
        entry = Entry(arrivals, size)
        return entry.wait(WAIT_SECONDS) if self.enter(entry) else Answer.UNAVAILABLE

    def enter(self, entry: Entry) -> bool:
        """Queue it up, without waiting. False when there is no room or the database is in trouble."""
        self._thread.ensure()
        if self._dead or self._in_flight_for() > IN_FLIGHT_SECONDS:
            return False
        with self._counting:
            if self._bytes + entry.size > MOST_BYTES:
                return False
            self._bytes += entry.size
        self._queue.put(entry)
        return True

    def trouble(self) -> str:
        """Why this process is not ready; empty when it is."""
        self._thread.ensure()
        if self._dead:
            return "the writer has ended"
        if self._in_flight_for() > IN_FLIGHT_SECONDS:
            return "a batch is stuck in the database"
        return ""

    def _in_flight_for(self) -> float:
        since = self._in_flight_since
        seconds = 0.0 if since is None else time.monotonic() - since
        if seconds > STUCK_SECONDS and not self._dead:
            self._die("stuck")
        return seconds

    def _run(self) -> None:
        try:
            while True:
                batch = self._take()
                if batch:
                    self._in_flight_since = time.monotonic()
                    commit(self._database, batch)
                    self._in_flight_since = None
        finally:
            self._die("ended")

    def _die(self, why: str) -> None:
        self._dead = True
        log.critical("writer_dead", why=why)
        self._on_death()

    def _take(self) -> list[Entry]:
        """Block for the first entry, then take what is there, without those whose sender has stopped waiting."""
        batch: list[Entry] = []
        taken = 0
        entry: Entry | None = self._queue.get()
        while entry is not None:
            taken += entry.size
            if not entry.left:
                batch.append(entry)
            if len(batch) >= BATCH_REQUESTS or taken >= BATCH_BYTES:
                break
            try:
                entry = self._queue.get_nowait()
            except queue.Empty:
                entry = None
        with self._counting:
            self._bytes -= taken
        return batch
