"""How people say since when, for argparse."""

import argparse
import re
from datetime import UTC, datetime, timedelta

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def moment(text: str) -> datetime:
    """`24h`, `90m`, `2d` ago, or an instant with its offset. For argparse."""
    if found := re.fullmatch(r"([0-9]{1,5})([mhd])", text):
        return datetime.now(UTC) - timedelta(**{UNITS[found[2]]: int(found[1])})
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r}: expected 24h, 2d or an instant such as 2026-05-12T08:00:00Z")
    return at
