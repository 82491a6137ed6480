"""Access tokens that expire: one per process and client, renewed before they do.

Asked for once however many threads need it; the others wait for that call, which has its own deadline.
"""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from outbound.clock import boottime

EARLY = 60.0
"""Seconds before its end that a token is renewed, so that none expires under a call; half its life if it is short."""


@dataclass(frozen=True, slots=True)
class Token:
    """`renew_at` is a `boottime()` second."""

    value: str
    renew_at: float

    @classmethod
    def lasting(cls, value: str, seconds: float, *, asked_at: float) -> "Token":
        return cls(value, asked_at + max(seconds - EARLY, seconds / 2))


@dataclass(slots=True)
class _Place:
    lock: threading.Lock = field(default_factory=threading.Lock)
    token: Token | None = None


class Tokens:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: defaultdict[tuple[str, ...], _Place] = defaultdict(_Place)

    def get(self, key: tuple[str, ...], ask: Callable[[], Token], *, refused: str | None = None) -> str:
        """A token that still has time; never the `refused` one. What `ask` raises passes through, nothing is kept."""
        with self._lock:
            place = self._places[key]
        with place.lock:
            token = place.token
            if token is None or token.value == refused or boottime() >= token.renew_at:
                place.token = None
                place.token = token = ask()
            return token.value
