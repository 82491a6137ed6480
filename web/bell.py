"""Rings doorbells from a thread of its own: a broker that is slow, away or hanging delays no answer."""

import threading
from typing import Protocol

from web.background import Background
from web.outage import Outage

QUIET_SECONDS = 0.05  # one ring serves all events of this time; the publish is the dearest step of a receiver


class Doorbell(Protocol):
    """`runtime.doorbell.Doorbell`: the one publisher."""

    def ring(self, task_name: str, *, args: tuple[str, ...] = (), expires_seconds: float = 30) -> None: ...


Ring = tuple[str, tuple[str, ...]]


class Bell:
    """What should be rung, each at most once however often it is asked for, until it has been rung.

    Nothing is lost with it: what waits is in rows, and a sweep rings for them again.
    """

    def __init__(self, doorbell: Doorbell) -> None:
        self._doorbell = doorbell
        self._thread = Background("web-bell", self._run, self._reset)
        self._outage = Outage("doorbell")
        self._reset()

    def _reset(self) -> None:
        self._wanted: dict[Ring, None] = {}
        self._changed = threading.Condition()

    def ring(self, task_name: str, *args: str) -> None:
        """Returns at once."""
        self._thread.ensure()
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
                self._ring(task_name, args)
            quiet.wait(QUIET_SECONDS)

    def _ring(self, task_name: str, args: tuple[str, ...]) -> None:
        try:
            self._doorbell.ring(task_name, args=args)
        except Exception as error:  # noqa: BLE001 kombu raises what each transport's library raises; no fate hangs on it
            self._outage.failed(error)
        else:
            self._outage.worked()
