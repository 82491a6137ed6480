"""Ends a worker process that can no longer work, so that the supervisor starts a fresh one.

A thread cannot be killed from outside, and Celery's time limits mean nothing to a thread pool. A worker can also stay
connected and be deaf (celery#8030, #8091, #10205, #10302). Nothing is lost by ending it: leases expire, sweeps ring.
"""

import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger("punctual.watch")

LOOK_SECONDS = 5.0
DEAF_SECONDS = 60.0
"""Beat rings every second or two, at the slowest queue every few: a minute of silence with messages waiting is deaf."""
STOP_SECONDS = 45.0
"""From SIGTERM to the end. The longest call ends within 15 s; compose and systemd kill after 60."""
EXIT_CODE = 70  # EX_SOFTWARE


@dataclass
class Work:
    """What one thread is doing."""

    task: str
    since: float
    deadline_seconds: float
    told: bool = False


@dataclass
class Watch:
    """What is known of this process. Times are seconds on the monotonic clock."""

    end: Callable[[int], object] = os._exit
    clock: Callable[[], float] = time.monotonic
    threads: int = 0
    waiting: Callable[[], int] = lambda: 0
    """How many messages wait on the queues that are consumed; raises when the broker cannot say."""
    heard_at: float = 0.0
    stop_at: float | None = None
    work: dict[int, Work] = field(default_factory=dict)

    @contextmanager
    def busy(self, task: str, deadline_seconds: float) -> Iterator[None]:
        """Around the work of one thread."""
        me = threading.get_ident()
        before = self.work.get(me)
        self.work[me] = Work(task, self.clock(), deadline_seconds)
        try:
            yield
        finally:
            if before is None:
                self.work.pop(me, None)
            else:
                self.work[me] = before

    def heard(self) -> None:
        """A message came."""
        self.heard_at = self.clock()

    def start(self, threads: int, waiting: Callable[[], int]) -> None:
        """Look from now on, in a thread of its own."""
        self.threads, self.waiting, self.heard_at = threads, waiting, self.clock()
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def stopping(self) -> None:
        """The process was told to stop. A pool of threads waits for its calls without bound; we do not."""
        self.stop_at = self.clock() + STOP_SECONDS

    def look(self) -> str:
        """Why the process must end, empty while it need not."""
        now = self.clock()
        if self.stop_at is not None:
            return "it was told to stop and did not" if now > self.stop_at else ""
        stuck = [each for each in list(self.work.values()) if now - each.since > each.deadline_seconds]
        for each in stuck:
            if not each.told:
                each.told = True
                log.error("stuck", task=each.task, seconds=round(now - each.since))
        if self.threads and len(stuck) >= self.threads:
            return "all its threads are stuck"
        if now - self.heard_at > DEAF_SECONDS and len(self.work) < self.threads and self._messages_wait():
            return "messages wait and none is heard"
        return ""

    def _messages_wait(self) -> bool:
        try:
            return self.waiting() > 0
        except Exception as error:  # noqa: BLE001 - kombu raises what each transport's library raises; unknown is no
            log.warning("queues_not_counted", error=type(error).__name__)
            return False

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(LOOK_SECONDS):
            why = self.look()
            if why:
                log.error("process_ends", why=why)
                faulthandler.dump_traceback(file=sys.stderr, all_threads=True)  # places only, no values
                sys.stderr.flush()
                self.end(EXIT_CODE)
                return


watch = Watch()
"""This process's own."""
