"""When a connection has been silent for longer than usual: learned from its own events. Pure.

Weekends and holidays are in the history, so the longest pause of the last weeks is the measure. It is exceeded by half
before anybody is told: a false alarm each quiet Monday would teach people to look away.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

LEARN_FROM = timedelta(days=28)
LEAST_HISTORY = timedelta(days=8)  # one weekend at least
LEAST_EVENTS = 20
NEVER_BEFORE = timedelta(hours=6)
TIMES = 1.5


def patience(events: Sequence[datetime]) -> timedelta | None:
    """How long the next event may take, from the instants of those before, oldest first. None: too little is known."""
    if len(events) < LEAST_EVENTS or events[-1] - events[0] < LEAST_HISTORY:
        return None
    longest = max(later - earlier for earlier, later in pairwise(events))
    return max(longest * TIMES, NEVER_BEFORE)
