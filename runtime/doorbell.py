"""The one publisher. A doorbell holds nothing but a task's name and ids; it may be lost, doubled, late or stale."""

import os
import threading
import time
import weakref
from collections.abc import Sequence
from typing import Any

from celery import Celery

from runtime.broker import CLOCKS_DISAGREE_SECONDS, celery_settings
from runtime.names import QUEUE_OF
from runtime.observe import Outages, counter

MOST_WAITING = 1_000  # different ones; beyond it the broker has been away for long, and sweeps will ring
ANSWER_SECONDS = 3.0
PAUSE_SECONDS = (0.2, 1.0, 3.0)  # after the first, second and further failures in a row
LONGEST_ARGUMENT = 200

Ring = tuple[str, tuple[str, ...]]


class Doorbell:
    """Rings from a thread of its own: a broker that is slow, away or hanging delays nobody.

    The thread starts with the first ring, and anew in a forked child. What waits is rung once however often it is
    asked for; what cannot be rung in its time is dropped and counted, because rows wait and sweeps ring again.
    """

    def __init__(self, broker_url: str, *, most_waiting: int = MOST_WAITING) -> None:
        self._broker_url = broker_url
        self._most_waiting = most_waiting
        publisher(broker_url)  # a process that forks while a thread imports hands its child half a module
        self._inherited: list[Any] = []
        self._line: _Line | None = None
        self._reset()
        here = weakref.WeakMethod(self._reset)
        os.register_at_fork(after_in_child=lambda: (reset := here()) and reset())

    def _reset(self) -> None:
        """As nothing had been rung. In a child the parent's sockets are left alone, open and unused."""
        self._inherited.append(self._line)
        self._line = None
        self._waiting: dict[Ring, float] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._outages = Outages()
        self._closed = False

    def ring(self, task_name: str, *, args: Sequence[str] = (), expires_seconds: float = 30) -> None:
        """Ask for a task to run. Returns at once and raises only for what can never be rung.

        Raises:
            LookupError: no such task.
            ValueError: an argument that is no id.
        """
        if task_name not in QUEUE_OF:
            raise LookupError(f"no task is named {task_name!r}")
        if not all(isinstance(each, str) and len(each) <= LONGEST_ARGUMENT for each in args):
            raise ValueError(f"a doorbell carries ids: texts of up to {LONGEST_ARGUMENT} characters")
        ring = (task_name, tuple(args))
        with self._changed:
            if ring not in self._waiting and (self._closed or len(self._waiting) >= self._most_waiting):
                counter("doorbells_dropped", {"task": task_name})
                return
            self._waiting[ring] = time.monotonic() + max(expires_seconds, CLOCKS_DISAGREE_SECONDS)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self, timeout: float = 2.0) -> bool:
        """Ring what waits, for `timeout` seconds at most; True when all of it was rung. Nothing is rung after it."""
        with self._changed:
            self._closed = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return not self._waiting and not (thread and thread.is_alive())

    def _run(self) -> None:
        failures = 0
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                if not self._waiting:
                    break
                ring = next(iter(self._waiting))
                expires_at = self._waiting.pop(ring)
            failures = 0 if self._publish(ring, expires_at) else failures + 1
            if failures:
                self._put_back(ring, expires_at)
                with self._changed:
                    self._changed.wait_for(lambda: self._closed, PAUSE_SECONDS[min(failures, len(PAUSE_SECONDS)) - 1])
                    if self._closed:
                        break
        if self._line is not None:
            self._line.drop()

    def _publish(self, ring: Ring, expires_at: float) -> bool:
        seconds = expires_at - time.monotonic()
        try:
            if self._line is None:
                self._line = _Line(self._broker_url)
            self._line.publish(ring, max(seconds, 1.0))
        except Exception as error:  # noqa: BLE001 - kombu raises what each transport's library raises; all mean "away"
            self._outages.away("broker", type(error).__name__)
            if self._line is not None:
                self._line.drop()
            self._line = None
            return False
        self._outages.back("broker")
        counter("doorbells_rung", {"task": ring[0]})
        return True

    def _put_back(self, ring: Ring, expires_at: float) -> None:
        with self._changed:
            if time.monotonic() < expires_at:
                self._waiting.setdefault(ring, expires_at)
            elif ring not in self._waiting:
                counter("doorbells_dropped", {"task": ring[0]})


def publisher(broker_url: str) -> Celery:
    """An app that publishes only. Not the current one: in a worker that is the one whose tasks run.

    Everything that Celery imports as late as it can is imported here, without a connection.
    """
    app = Celery("doorbell", set_as_current=False)
    app.conf.update(celery_settings(broker_url, answer_seconds=ANSWER_SECONDS))
    app.amqp.send_task_message  # noqa: B018 - read for what it imports
    app.connection_for_write().transport  # noqa: B018 - the same
    app.backend  # noqa: B018 - the same
    "broker".encode("idna")  # the same, for looking up its name
    return app


class _Line:
    """One connection to the broker, used by one thread, never mended: after an error a new one is made."""

    def __init__(self, broker_url: str) -> None:
        self._app = publisher(broker_url)
        self._connection = self._app.connection_for_write()
        self._connection.ensure_connection(max_retries=1, interval_start=0, timeout=ANSWER_SECONDS)
        self._producer = self._app.amqp.Producer(self._connection, auto_declare=False)

    def publish(self, ring: Ring, expires_seconds: float) -> None:
        name, args = ring
        self._app.send_task(
            name, args=list(args), expires=expires_seconds, ignore_result=True, retry=False, producer=self._producer
        )

    def drop(self) -> None:
        self._connection.collect(socket_timeout=0.5)
        self._app.close()
