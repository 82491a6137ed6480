"""All processes together: started in order, kept alive, and stopped in an order that loses nothing."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from punctual import processes
from punctual.supervisor.child import Child
from punctual.supervisor.output import Log, Terminal

GRACE_SECONDS = 50.0  # a worker ends itself 45 s after SIGTERM, and its longest call ends well before
LOOK_SECONDS = 0.1
SETTLED_SECONDS = 1.0  # a port that answers may be another's, on which our process is just about to fail
DEATHS_AT_START = 3  # a process that dies so often before it was ever healthy has something to say


class ChildFailed(Exception):
    """A process does not come up; the message has the end of its log."""


class Supervisor:
    """Watches in a thread of its own. That thread starts what died, so it lives until everything has ended: the kernel
    signals a process when the *thread* that started it is gone (PR_SET_PDEATHSIG).
    """

    def __init__(self, logs: Path, terminal: Terminal, *, grace: float = GRACE_SECONDS) -> None:
        self.logs = logs
        self.terminal = terminal
        self.grace = grace
        self.children: dict[str, Child] = {}
        self.tended: list[Callable[[], None]] = []  # others who want to be looked after at each look
        self.stopping = threading.Event()
        self.hurried = threading.Event()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self.lock = threading.RLock()

    def start(self, name: str, command: list[str], folder: Path, environ: Mapping[str, str]) -> None:
        """Start a process and look after it from now on."""
        with self.lock:
            log = Log(self.logs / f"{name}.log")
            child = Child(name, command, folder, environ, log, self.terminal)
            self.children[name] = child
            child.start()
            if not self.thread.is_alive():
                self.thread.start()

    def wait_until_healthy(self, name: str, healthy: Callable[[], bool], seconds: float) -> None:
        """Wait for a process's first good sign.

        Raises:
            ChildFailed: it keeps dying, or gave no sign in time.
        """
        child = self.children[name]

        def settled() -> bool:
            return (
                self.stopping.is_set()
                or child.deaths >= DEATHS_AT_START
                or (child.seconds_up > SETTLED_SECONDS and healthy())
            )

        if not processes.wait_until(settled, seconds, every=LOOK_SECONDS):
            raise ChildFailed(f"{name} gave no sign of life within {seconds:.0f} s; its log ends:\n{self._end(child)}")
        if child.deaths >= DEATHS_AT_START:
            raise ChildFailed(f"{name} does not come up; its log ends:\n{self._end(child)}")

    def stop(self) -> None:
        """End everything, what takes work in first, the workers last: SIGTERM, patience, SIGKILL for the groups."""
        self.stopping.set()
        with self.lock:
            deadline = time.monotonic() + self.grace
            workers = [child for child in self.children.values() if child.name.startswith("worker")]
            others = [child for child in reversed(self.children.values()) if child not in workers]
            for stage in (others, workers):
                for child in stage:
                    child.ask_to_end()
                self._wait_for(stage, deadline)
                for child in stage:
                    if child.running:
                        self.terminal.line(child.name, "did not end in time and is killed")
                    child.bury()
            for child in self.children.values():
                child.log.close()
        self.ended.set()

    def hurry(self) -> None:
        """Have no more patience."""
        self.hurried.set()

    def _wait_for(self, stage: list[Child], deadline: float) -> None:
        def over() -> bool:
            return self.hurried.is_set() or not any(child.running for child in stage)

        processes.wait_until(over, max(0.0, deadline - time.monotonic()))

    def _watch(self) -> None:
        while not self.stopping.wait(LOOK_SECONDS):
            with self.lock:
                if self.stopping.is_set():
                    break
                for child in self.children.values():
                    child.tend()
                for tend in self.tended:
                    tend()
        self.ended.wait()

    def _end(self, child: Child) -> str:
        return child.log.last_lines()
