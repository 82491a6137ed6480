"""One thing that was looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    """`about` is a connection's name or a part of this machine; `todo` what to do, empty where there is nothing.

    `figures`: what was measured, by name, for machines.
    """

    level: Level
    about: str
    what: str
    todo: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    def with_figures(self, figures: Mapping[str, Any]) -> "Finding":
        return replace(self, figures=figures)

    def as_json(self) -> dict[str, Any]:
        said = {"level": self.level, "about": self.about, "what": self.what, "todo": self.todo or None}
        return {**said, **self.figures}


def ok(about: str, what: str) -> Finding:
    return Finding(Level.OK, about, what)


def warn(about: str, what: str, todo: str = "") -> Finding:
    return Finding(Level.WARN, about, what, todo)


def fail(about: str, what: str, todo: str = "") -> Finding:
    return Finding(Level.FAIL, about, what, todo)
