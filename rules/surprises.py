"""Words that a vendor used and nobody here knows: tolerated, logged once, counted.

Vendors add statuses, event types and fields whenever they like (Pexip's policy says so). Each is a hint to look at the
documents again, never an error. Only words get here, never values: what does not look like a word of an API is counted
as `(odd)`, because a careless vendor may put a name or a number there.
"""

import logging
import re
import threading
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

log = logging.getLogger(__name__)

MOST = 300
"""Different surprises that one process remembers; further ones are counted together as `(more)`."""

ODD, MORE = "(odd)", "(more)"
_WORD = re.compile(r"(?!.*[0-9]{4})[A-Za-z_][A-Za-z0-9_.:-]{0,39}")


class Surprise(NamedTuple):
    vendor: str
    kind: str
    """`status`, `event` or `field`."""
    word: str


class Surprises:
    """How often each was met. One for the process; tests make their own."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._counts: Counter[Surprise] = Counter()
        self._told: Callable[[Surprise], None] | None = None

    def tell(self, whom: Callable[[Surprise], None]) -> None:
        """Call this, too, each time that one is met."""
        self._told = whom

    def note(self, vendor: str, kind: str, *words: object) -> None:
        """Count each word once more; the first time there is a line in the log."""
        for word in words:
            met = Surprise(vendor, kind, clipped(word))
            with self._lock:
                if met not in self._counts and len(self._counts) >= self._most:
                    met = Surprise(vendor, kind, MORE)
                first = met not in self._counts
                self._counts[met] += 1
            if self._told is not None:
                self._told(met)
            if first:
                log.warning("unknown %s at %s: %s", *(met.kind, met.vendor, met.word))

    def counts(self) -> dict[Surprise, int]:
        with self._lock:
            return dict(self._counts)


def clipped(word: object) -> str:
    """The word itself if it looks like one of an API."""
    return word if isinstance(word, str) and _WORD.fullmatch(word) else ODD


SURPRISES = Surprises()
"""This process's, which `runtime.observe` shows as a counter."""

note = SURPRISES.note
