"""Comparing an answer with a documented example: the same fields everywhere, whatever their values."""

import json
from pathlib import Path
from typing import Any

DOCUMENTED = Path(__file__).parent / "documented"


def documented(name: str) -> Any:
    return json.loads((DOCUMENTED / f"{name}.json").read_text())


def differences(ours: Any, theirs: Any, path: str = "$") -> list[str]:
    """Fields that only one of them has. A null or an empty list of ours hides what may be below it."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = [f"{path}.{name}" for name in sorted(ours.keys() ^ theirs.keys())]
        shared = ours.keys() & theirs.keys()
        return found + [each for name in shared for each in differences(ours[name], theirs[name], f"{path}.{name}")]
    if isinstance(ours, list) and isinstance(theirs, list) and ours and theirs:
        return differences(ours[0], theirs[0], f"{path}[0]")
    return []
