"""A thread that exists once per process. Servers fork; a thread does not survive that, and a lock may stay locked."""

import os
import threading
from collections.abc import Callable


class Background:
    """Starts `run` as a daemon thread at first use, and again, with fresh state from `reset`, in a forked child."""

    def __init__(self, name: str, run: Callable[[], None], reset: Callable[[], None]) -> None:
        self._name = name
        self._run = run
        self._reset = reset
        self._pid = 0
        self._starting = threading.Lock()
        os.register_at_fork(after_in_child=self._forked)

    def _forked(self) -> None:
        self._starting = threading.Lock()

    def ensure(self) -> None:
        """Cheap when it runs already, which is nearly always."""
        pid = os.getpid()
        if self._pid == pid:
            return
        with self._starting:
            if self._pid != pid:
                self._reset()
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
                self._pid = pid
