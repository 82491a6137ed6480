"""How people say from when to when, for argparse."""

import argparse
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.timing import zone_or_none
from rules.vendors import Window

LONGEST = timedelta(days=400)
"""CareCycle is asked by the day: 400 calls."""

Edge = date | datetime


def edge(text: str) -> Edge:
    """A day, or an instant with its offset. For argparse."""
    try:
        return date.fromisoformat(text) if len(text) == len("2026-05-12") else instant(text)
    except (ValueError, argparse.ArgumentTypeError):
        raise argparse.ArgumentTypeError(f"{text!r}: expected a day such as 2026-05-12 or {AN_INSTANT}") from None


AN_INSTANT = "an instant such as 2026-05-12T08:00:00Z"


def instant(text: str, expected: str = AN_INSTANT) -> datetime:
    """One with its offset. For argparse, which says what was `expected` instead."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r}: expected {expected}")
    return at


def window(start: Edge, end: Edge, zone_name: str) -> Window:
    """Both days whole, in the connection's zone; instants as they are. Raises `ValueError` with what is wrong."""
    zone = zone_or_none(zone_name) or ZoneInfo("UTC")
    last = end if isinstance(end, datetime) else end + timedelta(days=1)
    found = Window(_at(start, zone), _at(last, zone))
    if found.start >= found.end:
        raise ValueError("--to lies before --from")
    if found.end - found.start > LONGEST:
        raise ValueError(f"--from and --to lie more than {LONGEST.days} days apart: ask for less at a time")
    return found


def _at(given: Edge, zone: ZoneInfo) -> datetime:
    moment = given if isinstance(given, datetime) else datetime.combine(given, time(), zone)
    return moment.astimezone(UTC)
