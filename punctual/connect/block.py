"""A `[connections.NAME]` block: tried with the rest of the file, then put at its end. Nothing else is touched."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from punctual.session import Refused
from runtime import settings_file
from runtime.settings import Settings, SettingsProblem


def render(name: str, values: Mapping[str, Any]) -> str:
    """TOML, in the order that is given; what is None or empty is left out."""
    lines = [f"[connections.{name}]"]
    lines += [f"{key} = {toml(value)}" for key, value in values.items() if value not in (None, "", {}, [])]
    return "\n".join(lines) + "\n"


def toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    # JSON's strings, numbers and truths are TOML's too; only DEL must be escaped in one and not in the other.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def tried(config: Path, block: str) -> Settings:
    """The settings as they would be with the block. Raises `SettingsProblem`."""
    handle, path = tempfile.mkstemp(
        prefix=f".{config.name}.", dir=config.absolute().parent
    )  # references count from there
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(_with(config, block))
        return settings_file.load(os.environ, Path(path))
    except SettingsProblem as problem:
        shown = [each.replace(Path(path).name, config.name) for each in problem.problems]
        raise SettingsProblem(shown) from None
    finally:
        Path(path).unlink()


def append(config: Path, block: str) -> None:
    """At the end of the file, made if there is none."""
    try:
        new = not config.exists()
        with config.open("a", encoding="utf-8") as opened:
            opened.write(_separator(config) + block)
        if new:
            config.chmod(0o600)
    except OSError as error:
        raise Refused(
            f"{config} cannot be written ({error.strerror}); put this at its end yourself:\n\n{block}"
        ) from error


def _with(config: Path, block: str) -> str:
    before = config.read_text(encoding="utf-8") if config.exists() else ""
    return before + _separator(config) + block


def _separator(config: Path) -> str:
    """An empty line between the last block and the new one."""
    before = config.read_text(encoding="utf-8") if config.exists() else ""
    if not before:
        return ""
    return "\n" if before.endswith("\n") else "\n\n"
