"""One process of the Procfile: started, watched, ended with everything it started itself."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from punctual import processes
from punctual.launching import launch
from punctual.supervisor.backoff import BackOff
from punctual.supervisor.output import Log, Terminal, pump


@dataclass
class Child:
    """A process and its group, which has the process's own number."""

    name: str
    command: list[str]
    folder: Path
    environ: Mapping[str, str]
    log: Log
    terminal: Terminal
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started_at: float = 0.0  # seconds on the monotonic clock
    due_at: float | None = None  # when to start it again, same clock
    backoff: BackOff = field(default_factory=BackOff)
    output: threading.Thread | None = None

    def start(self) -> None:
        self.due_at = None
        self.started_at = time.monotonic()
        self.process = launch(
            self.command,
            folder=self.folder,
            output=subprocess.PIPE,
            at_parents_death=signal.SIGTERM,
            environ=dict(self.environ),
        )
        if self.process.stdout is not None:
            self.output = pump(self.process.stdout, self.name, self.log, self.terminal)

    @property
    def seconds_up(self) -> float:
        return time.monotonic() - self.started_at if self.running else 0.0

    @property
    def running(self) -> bool:
        return self.process is not None and not processes.has_ended(self.process.pid)

    def ask_to_end(self) -> None:
        """SIGTERM to the process itself; it knows how to end its own children."""
        if self.process is not None and self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGTERM)

    def bury(self) -> int | None:
        """End what is left of the group and take the exit status; None if it never ran.

        The group goes first: as long as its leader has not been reaped, its number cannot be anybody else's.
        """
        if self.process is None:
            return None
        processes.signal_group(self.process.pid, signal.SIGKILL)
        status = self.process.wait()
        if self.output is not None:
            self.output.join(timeout=2)  # somebody outside the group may still hold the pipe
        self.process = None
        return status

    def tend(self) -> None:
        """Start it again when it died and its wait is over."""
        now = time.monotonic()
        if self.process is not None and not self.running:
            up = now - self.started_at
            status = self.bury()
            self.deaths += 1
            wait = self.backoff.after(up)
            self.due_at = now + wait
            self.terminal.line(self.name, f"ended with {words(status)} after {up:.0f} s; starts again in {wait:.0f} s")
        elif self.due_at is not None and now >= self.due_at:
            self.start()


def words(status: int | None) -> str:
    """Exit status as a person reads it."""
    if status is not None and status < 0:
        return signal.Signals(-status).name
    return f"status {status}"
