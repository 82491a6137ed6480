"""What the processes print: prefixed lines on the terminal, plain lines in a log file of limited size."""

import os
import sys
import threading
from pathlib import Path
from typing import IO

LOG_LIMIT = 10_000_000  # bytes for one file
LOGS_KEPT = 3
COLOURS = (36, 32, 33, 35, 34, 96, 92, 93)  # of ANSI terminals: cyan, green, yellow, magenta, blue, and bright ones


class Log:
    """Lines appended to `<name>.log`; a full one becomes `.log.1`, and so on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path.open("ab", buffering=0)

    def write(self, line: bytes) -> None:
        if self.file.tell() > LOG_LIMIT:
            self.rotate()
        self.file.write(line)

    def rotate(self) -> None:
        self.file.close()
        for number in range(LOGS_KEPT, 0, -1):
            older = self.path if number == 1 else self.path.with_suffix(f".log.{number - 1}")
            if older.exists():
                older.replace(self.path.with_suffix(f".log.{number}"))
        self.file = self.path.open("ab", buffering=0)

    def close(self) -> None:
        self.file.close()

    def last_lines(self, count: int = 12) -> str:
        """The end of the file, for a person who asks why."""
        with self.path.open("rb") as written:
            written.seek(max(0, self.path.stat().st_size - 8192))
            return "\n".join(written.read().decode(errors="replace").splitlines()[-count:])


class Terminal:
    """One terminal for many processes: whole lines, each with its process's name and colour."""

    def __init__(self, stream: IO[str] = sys.stdout, *, quiet: bool = False) -> None:
        self.stream = stream
        self.quiet = quiet
        self.width = 8
        self.coloured = stream.isatty() and "NO_COLOR" not in os.environ
        self.seen: list[str] = []
        self.lock = threading.Lock()

    def names(self, names: list[str]) -> None:
        """Who will speak, for the width and the colours."""
        self.seen = names
        self.width = max([8, *map(len, names)])

    def line(self, name: str, text: str) -> None:
        if self.quiet:
            return
        prefix = f"{name:<{self.width}} |"
        if self.coloured and name in self.seen:
            prefix = f"\x1b[{COLOURS[self.seen.index(name) % len(COLOURS)]}m{prefix}\x1b[0m"
        with self.lock:
            try:
                print(prefix, text, file=self.stream, flush=True)
            except (OSError, ValueError):
                self.quiet = True  # the terminal is gone; the log files go on


def pump(stream: IO[bytes], name: str, log: Log, terminal: Terminal) -> threading.Thread:
    """Copy a process's lines until it has no more to say."""

    def copy() -> None:
        with stream:
            for line in stream:
                log.write(line)
                terminal.line(name, line.decode(errors="replace").rstrip("\n"))

    thread = threading.Thread(target=copy, name=f"output of {name}", daemon=True)
    thread.start()
    return thread
