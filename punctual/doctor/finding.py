"""One thing that was looked at."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    """It works, but somebody should know."""
    FAIL = "fail"
    """It does not work until somebody mends it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is a connection's name or a part of this machine; `todo` what to do, empty where there is nothing."""

    level: Level
    about: str
    what: str
    todo: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"level": self.level, "about": self.about, "what": self.what, "todo": self.todo or None}


def ok(about: str, what: str) -> Finding:
    return Finding(Level.OK, about, what)


def warn(about: str, what: str, todo: str = "") -> Finding:
    return Finding(Level.WARN, about, what, todo)


def fail(about: str, what: str, todo: str = "") -> Finding:
    return Finding(Level.FAIL, about, what, todo)
