"""When to try again: a pure question with a decision as answer."""

import random
from datetime import timedelta

FIRST = timedelta(seconds=5)
LONGEST = timedelta(minutes=30)
CALLBACK_DELAYS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)
"""The schedule that Svix documents as its default, without its last repeat."""


def back_off(attempt: int, *, asked: timedelta | None = None, spread: float | None = None) -> timedelta:
    """The pause after the n-th failed attempt (1 is the first): doubling, capped, with jitter of half its length.

    What the other side asked for wins when it is longer. `spread` in [0, 1) replaces chance in tests.
    """
    doubled: timedelta = FIRST * (1 << min(max(attempt - 1, 0), 12))
    full = min(doubled, LONGEST)
    chance = random.random() if spread is None else spread  # noqa: S311 - jitter, no secret
    pause = full / 2 + (full / 2) * chance
    return max(pause, asked) if asked is not None else pause
