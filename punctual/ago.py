"""How people say since when, for argparse."""

import re
from datetime import UTC, datetime, timedelta

from punctual.windows import AN_INSTANT, instant

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def moment(text: str) -> datetime:
    """`24h`, `90m`, `2d` ago, or an instant with its offset. For argparse."""
    if found := re.fullmatch(r"([0-9]{1,5})([mhd])", text):
        return datetime.now(UTC) - timedelta(**{UNITS[found[2]]: int(found[1])})
    return instant(text, f"24h, 2d or {AN_INSTANT}")
