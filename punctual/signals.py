"""Ctrl-C and SIGTERM: once means stop in order, again means hurry."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_SECONDS = 0.5


@contextlib.contextmanager
def stop_on_signals(*, stopping: Callable[[], bool], hurry: Callable[[], None]) -> Iterator[None]:
    """Raise KeyboardInterrupt in the main thread for each of the signals; once the stopping has begun, call `hurry`."""
    over = threading.Event()
    asked = threading.Event()

    def on_signal(_number: int, _frame: object) -> None:
        asked.set()
        if stopping():
            hurry()
        else:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, on_signal) for number in STOPS}
    threading.Thread(target=_listen_to_make, args=(asked, over), name="make", daemon=True).start()
    try:
        yield
    finally:
        over.set()
        for number, action in before.items():
            signal.signal(number, action)


def _listen_to_make(asked: threading.Event, over: threading.Event) -> None:
    """Take up a SIGINT that was sent to make alone.

    GNU make hands a SIGTERM on to what it runs, but keeps a SIGINT to itself, because a terminal sends Ctrl-C to both;
    then it waits for us. So `kill -INT` of make would stop nothing. While it waits so, it has SIGINT blocked.
    """
    make = os.getppid()
    try:
        if Path(f"/proc/{make}/comm").read_text().strip() not in {"make", "gmake"}:
            return
        while not over.wait(LOOK_SECONDS):
            if _blocks_sigint(make) and not asked.wait(LOOK_SECONDS) and not over.is_set():
                os.kill(os.getpid(), signal.SIGINT)
                return
    except OSError:
        return  # no /proc here, or make is gone


def _blocks_sigint(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    blocked = next(line.split()[1] for line in status.splitlines() if line.startswith("SigBlk:"))
    return bool(int(blocked, 16) >> (signal.SIGINT - 1) & 1)
