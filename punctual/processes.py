"""Which process is which: a pid alone proves nothing, because the system uses it again."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Birth:
    """A process that cannot be mistaken for another: its pid and the instant it began (seconds since the epoch)."""

    pid: int
    born: float

    def alive(self) -> bool:
        """True while this very process runs; a zombie runs no more."""
        try:
            process = psutil.Process(self.pid)
            # create_time() follows the wall clock when that is set, hence the two seconds
            same = abs(float(process.create_time()) - self.born) < 2
            return same and bool(process.status() != psutil.STATUS_ZOMBIE)
        except psutil.Error:
            return False

    def command(self) -> list[str]:
        """The command line, empty when the process is gone or not ours to look at."""
        try:
            return list(psutil.Process(self.pid).cmdline()) if self.alive() else []
        except psutil.Error:
            return []


def birth_of(pid: int) -> Birth | None:
    """None when there is no such process."""
    try:
        return Birth(pid, psutil.Process(pid).create_time())
    except (psutil.Error, ValueError):
        return None


def signal_group(pid: int, number: int) -> None:
    """Signal a whole process group whose leader is `pid`; one that is gone is fine."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        # macOS answers EPERM for a group of zombies
        return


def has_ended(child: int) -> bool:
    """True when a child of ours has ended. It stays a zombie, so that its number still names its group alone."""
    try:
        if hasattr(os, "waitid"):
            return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        return bool(psutil.Process(child).status() == psutil.STATUS_ZOMBIE)  # macOS
    except (ChildProcessError, psutil.Error):
        return True


def marked(name: str, mark: str) -> list[Birth]:
    """Every process but us and our parents that carries the mark in the environment it was started with."""
    if not mark:
        return []
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid not in ours and process.environ().get(name) == mark:
                found.append(Birth(process.pid, process.create_time()))
        except (psutil.Error, OSError):
            continue  # another user's, or gone meanwhile
    return found


def end_marked(name: str, mark: str, patience: float) -> int:
    """End all of them, firmly after so many seconds; says how many there were."""
    left = marked(name, mark)
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        for process in left:
            if process.alive():
                try:
                    os.kill(process.pid, number)
                except ProcessLookupError:
                    continue
        if wait_until(lambda: not any(process.alive() for process in left), seconds):
            break
    return len(left)


def wait_until(condition: Callable[[], bool], seconds: float, every: float = POLL_SECONDS) -> bool:
    """Poll until true or the time is over; says whether it became true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def end(process: Birth, steps: tuple[tuple[int, float], ...]) -> None:
    """Ask a process to end, more firmly with each (signal, seconds to wait); last comes SIGKILL for its group."""
    for number, seconds in steps:
        if not process.alive():
            return
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            return
        if wait_until(lambda: not process.alive(), seconds):
            return
    signal_group(process.pid, signal.SIGKILL)
    wait_until(lambda: not process.alive(), 5)
