"""How commands show things: one JSON document for machines, lines and columns for people."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from rules.timing import zone_or_none


def print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID | Enum):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not shown as JSON")


def columns(rows: Sequence[Sequence[str]], indent: str = "") -> str:
    """Cells side by side, each as wide as its widest; the last one as it is."""
    if not rows:
        return ""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = (
        "  ".join(cell if place == len(row) - 1 else cell.ljust(widths[place]) for place, cell in enumerate(row))
        for row in rows
    )
    return "\n".join(f"{indent}{line}".rstrip() for line in lines)


def warn(text: str) -> None:
    print(f"punctual: {text}", file=sys.stderr)


def masked(number: str | None) -> str:
    """Enough of a number to recognise it, too little to call it."""
    if not number:
        return "no number"
    return f"{number[:4]}…{number[-3:]}" if len(number) > 9 else f"{number[:2]}…"


def local(at: datetime | None, zone: str | None) -> str:
    """An instant as people of that zone write it."""
    if at is None:
        return "never"
    return at.astimezone(zone_or_none(zone) or ZoneInfo("UTC")).strftime("%a %d %b %Y %H:%M %Z")


def day(at: datetime, zone: str | None) -> str:
    """The date of an instant in that zone."""
    return at.astimezone(zone_or_none(zone) or ZoneInfo("UTC")).strftime("%d %b %Y")


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago, in the unit that people would use."""
    return "never" if at is None else f"{length(now - at)} ago"


def length(span: timedelta) -> str:
    seconds = max(int(span.total_seconds()), 0)
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}s"
    return f"{seconds} seconds"


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
