"""Rings at most so often: a publish is the dearest step of a receiver, and one ring serves all events of its time."""

import threading
from typing import Protocol

from web.background import Background

QUIET_SECONDS = 0.2  # a publish costs as much as three webhooks; a worker takes about as long to claim and fetch


class Doorbell(Protocol):
    """What is needed of `runtime.doorbell.Doorbell`, which neither waits for the broker nor raises for it."""

    def ring(self, task_name: str, *, args: tuple[str, ...] = (), expires_seconds: float = 30) -> None: ...


class Bell:
    """The first ring goes out at once, those of the quiet time after it as one.

    Nothing is lost with it: what waits is in rows, and a sweep rings for them again.
    """

    def __init__(self, doorbell: Doorbell) -> None:
        self._doorbell = doorbell
        self._thread = Background("web-bell", self._run, self._reset)
        self._reset()

    def _reset(self) -> None:
        self._wanted: dict[tuple[str, tuple[str, ...]], None] = {}
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
        quiet = threading.Event()
        while True:
            with self._changed:
                while not self._wanted:
                    self._changed.wait()
                wanted, self._wanted = self._wanted, {}
            for task_name, args in wanted:
                self._doorbell.ring(task_name, args=args)
            quiet.wait(QUIET_SECONDS)
