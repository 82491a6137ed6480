"""The Procfile: one process a line, `name: command`, as other tools read it too."""

import re
import shlex
import string
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LINE = re.compile(r"^(?P<name>[A-Za-z][A-Za-z0-9_-]*):\s*(?P<command>\S.*)$")
OURS = {"python": [sys.executable], "celery": [sys.executable, "-m", "celery"]}
"""Programs that must be those of our own environment, whatever PATH says. `python -m celery` also works where the path
of .venv is longer than the kernel lets a script's first line be."""


class ProcfileError(Exception):
    """The file cannot be read; the message has the line's number."""


@dataclass(frozen=True)
class Line:
    """One process to run."""

    name: str
    words: tuple[str, ...]

    def command(self, environ: Mapping[str, str]) -> list[str]:
        """The words with `$NAME` filled in. It happens word by word, so a path with a space stays one word."""
        filled = [string.Template(word).safe_substitute(environ) for word in self.words]
        return OURS.get(filled[0], [filled[0]]) + filled[1:]


def read_procfile(path: Path) -> list[Line]:
    """All processes in the file's order.

    Raises:
        ProcfileError: a line that is no process, a name that is there twice, or no file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ProcfileError(f"{path}: {error.strerror}") from error
    lines: dict[str, Line] = {}
    for number, written in enumerate(text.splitlines(), start=1):
        if not written.strip() or written.lstrip().startswith("#"):
            continue
        found = LINE.match(written.strip())
        if found is None:
            raise ProcfileError(f"{path}:{number}: expected `name: command`, found {written.strip()!r}")
        if found["name"] in lines:
            raise ProcfileError(f"{path}:{number}: {found['name']} is there twice")
        try:
            lines[found["name"]] = Line(found["name"], tuple(shlex.split(found["command"])))
        except ValueError as error:
            raise ProcfileError(f"{path}:{number}: {error}") from error
    return list(lines.values())
