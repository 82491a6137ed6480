"""Reads what is deployed (docker-compose.yml, Procfile, systemd units) as the programs that run it would."""

import re
import shlex
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[2]
UNITS = PROJECT / "deploy" / "systemd"
VARIABLE = re.compile(r"\$(?:(\$)|\{(?P<name>\w+)(?::(?P<mark>[-?])(?P<rest>(?:[^{}]|\{[^{}]*\})*))?\})")


class Unset(Exception):
    """Compose would refuse to start: the text after `:?` is what it says."""


def interpolated(text: str, environ: Mapping[str, str]) -> str:
    """`${NAME}`, `${NAME:-else}`, `${NAME:?complaint}` and `$$`, as the Compose Specification words them."""

    def value(found: re.Match[str]) -> str:
        if found[1]:
            return "$"
        known = environ.get(found["name"], "")
        if known or not found["mark"]:
            return known
        if found["mark"] == "?":
            raise Unset(f"{found['name']}: {found['rest']}")
        return interpolated(found["rest"], environ)

    return VARIABLE.sub(value, text)


@cache
def compose() -> dict[str, Any]:
    """The file with its anchors resolved and its variables as they stand."""
    read: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    return read


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def our_services() -> dict[str, dict[str, Any]]:
    """Those that run Punctual's own code."""
    return {name: service for name, service in services().items() if service["image"].startswith("punctual:")}


def procfile() -> dict[str, list[str]]:
    """Name to words, with variables as they stand."""
    lines = (PROJECT / "Procfile").read_text().splitlines()
    pairs = (line.split(":", 1) for line in lines if line.strip() and not line.startswith("#"))
    return {name.strip(): shlex.split(command) for name, command in pairs}


def with_home(words: list[str], home: str) -> list[str]:
    """The Procfile's command as the shell of `punctual up` would start it in that home."""
    return [word.replace("$PUNCTUAL_HOME", home) for word in words]


def unit(name: str) -> dict[str, list[str]]:
    """`Section.Key` to its lines, with those of the drop-in that all of ours share."""
    read: dict[str, list[str]] = {}
    section = ""
    paths = [UNITS / name, *(sorted((UNITS / "punctual-.service.d").iterdir()) if name.startswith("punctual-") else [])]
    for line in (line.strip() for path in paths for line in path.read_text().splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith(("#", ";")):
            key, text = line.split("=", 1)
            read.setdefault(f"{section}.{key}", []).append(text)
    return read


def seconds(duration: str) -> int:
    """`60s` or `2m`."""
    return int(duration[:-1]) * {"s": 1, "m": 60}[duration[-1]]
