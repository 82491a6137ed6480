"""Rings at most so often: a publish is the dearest step of a receiver, and one ring serves all events of its time."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from web.background import Background

QUIET_SECONDS = 0.5
"""Between two rings for the same thing. A publish costs six webhooks: at 0.2 s they were a tenth of a rush."""


Ring = tuple[str, tuple[str, ...]]
"""The name of a task, and what it is told."""


class Doorbell(Protocol):
    """What is needed of `runtime.doorbell.Doorbell`, which neither waits for the broker nor raises for it."""

    def ring(self, task_name: str, *, args: tuple[str, ...] = (), expires_seconds: float = 30) -> None: ...


class Bell:
    """The first ring for a thing goes out at once, those of the quiet time after it as one at its end.

    Nothing is lost with it: what waits is in rows, and a sweep rings for them again.
    """

    def __init__(self, doorbell: Doorbell, clock: Callable[[], float] = time.monotonic) -> None:
        self._doorbell = doorbell
        self._clock = clock
        self._thread = Background("web-bell", self._run, self._reset)
        self._reset()

    def _reset(self) -> None:
        self._wanted: dict[Ring, None] = {}
        self._quiet_until: dict[Ring, float] = {}
        self._changed = threading.Condition()

    def ring(self, task_name: str, *args: str) -> None:
        """Returns at once."""
        self._thread.ensure()
        if (task_name, args) in self._wanted:  # it will be rung for after this, so for what was stored before this too
            return
        with self._changed:
            self._wanted[task_name, args] = None
            self._changed.notify()

    def _run(self) -> None:
        while True:
            for task_name, args in self._next():
                self._doorbell.ring(task_name, args=args)

    def _next(self) -> list[Ring]:
        """Wait until something is wanted that is not to be left in quiet; empty when it has to be looked at again."""
        with self._changed:
            while not self._wanted:
                self._changed.wait()
            now = self._clock()
            ready = [each for each in self._wanted if self._quiet_until.get(each, now) <= now]
            if not ready:
                self._changed.wait(min(self._quiet_until[each] for each in self._wanted) - now)
            for each in ready:
                del self._wanted[each]
                self._quiet_until[each] = now + QUIET_SECONDS
            return ready
