"""What beat rings for, and how often. A message dies with its period, so that a stopped worker finds few, not many."""

from typing import Any

from runtime import names
from runtime.broker import CLOCKS_DISAGREE_SECONDS

EVERY_SECONDS: dict[str, float] = {
    names.SWEEPS_SEND: 1,
    names.SWEEPS_SYNC: 1,  # the last event of a burst is looked at two seconds after the look before: nobody rings then
    names.SWEEPS_WRITE_BACK: 5,
    names.SWEEPS_SETTLE: 15,
    names.SWEEPS_STAFF: 15,
    names.SWEEPS_REFRESH: 60,
    names.SWEEPS_RECONCILE: 60,
    names.SWEEPS_SILENCE: 300,
    names.SWEEPS_RETENTION: 3600,
}


def schedule() -> dict[str, dict[str, Any]]:
    """Beat's entries. Two beats at once ring twice, which a sweep notices; none for a minute is made up for after."""
    return {
        name: {"task": name, "schedule": seconds, "options": {"expires": max(seconds, CLOCKS_DISAGREE_SECONDS)}}
        for name, seconds in EVERY_SECONDS.items()
    }
