"""One server as a foreground child: started through the launcher, awaited, stopped, and found again after a kill -9."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from punctual import processes
from punctual.home import Home
from punctual.launching import launch

LOG_LIMIT = 5_000_000  # bytes; a larger log is put aside at the next start
READY_SECONDS = 60  # recovery after a crash may take that long; a normal start takes well below one


class ServerError(Exception):
    """A server cannot run; the message says why and is for the person who started us."""


@dataclass
class ServerProcess:
    """What PostgreSQL and Valkey have in common. Start it from a thread that lives as long as the server should."""

    name: str
    home: Home
    stop_steps: tuple[tuple[int, float], ...]  # (signal, seconds to wait), from polite to firm
    child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        return self.home.log / f"{self.name}.log"

    @property
    def register(self) -> Path:
        return self.home.run / f"{self.name}.json"

    def start(
        self, program: list[str], *, folder: Path, owner: tuple[int, int] | None, ready: Callable[[], bool]
    ) -> None:
        """Start and wait until it answers.

        Raises:
            ServerError: it ended or did not answer in time; the last lines of its log are in the message.
        """
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            begun = output.tell()
            self.child = launch(
                program,
                folder=folder,
                output=output,
                owner=owner,
                at_parents_death=self.stop_steps[0][0],
                environ={"LC_ALL": "C"},
            )
        child = self.child
        if birth := processes.birth_of(child.pid):
            self.register.write_text(json.dumps({"pid": birth.pid, "born": birth.born, "folder": str(folder)}))
        processes.wait_until(lambda: child.poll() is not None or ready(), READY_SECONDS)
        if child.poll() is not None or not ready():
            self.stop()
            raise ServerError(f"{self.name} did not start; the end of {self.log}:\n{self.last_lines(begun)}")

    def last_lines(self, begun: int = 0) -> str:
        """The last words of the log, of this start only."""
        with self.log.open("rb") as written:
            written.seek(begun)
            return "\n".join(written.read().decode(errors="replace").splitlines()[-8:])

    @property
    def pid(self) -> int | None:
        return self.child.pid if self.child else None

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def stop(self) -> None:
        """End it, politely first. Harmless when it does not run."""
        if self.child is not None:
            if self.child.poll() is None and (birth := processes.birth_of(self.child.pid)):
                processes.end(birth, self.stop_steps)
            self.child.wait()
            self.child = None
        self.register.unlink(missing_ok=True)

    def clear_left_behind(self, proof: str) -> None:
        """End the server of an earlier start that was killed, if its command line proves that it is ours."""
        try:
            noted = json.loads(self.register.read_text())
            left = processes.Birth(int(noted["pid"]), float(noted["born"]))
        except (OSError, ValueError, KeyError):
            return
        if proof in " ".join(left.command()):
            processes.end(left, self.stop_steps)
        self.register.unlink(missing_ok=True)
