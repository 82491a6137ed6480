"""The vendors' rate limits, enforced exactly: a client that miscounts by one is told so.

The window is always a rolling one. Caspen documents that; the others say "per minute" only, and rolling is the
strictest reading: whoever keeps within it keeps within every other one.
"""

import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field


@dataclass
class Settings:
    """What `PUT /control/limits` sets. A shorter window keeps the counts: 60 per second stands for 60 per minute."""

    enabled: bool = True
    window_seconds: float = 60.0
    latency_seconds: float = 0.0


@dataclass
class Limits:
    settings: Settings = field(default_factory=Settings)
    _taken: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _running: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, allowed: int) -> tuple[int, float]:
        """One call of `key`: (how many are left, 0.0), or (-1, seconds until the next one is allowed)."""
        if not self.settings.enabled:
            return allowed - 1, 0.0
        window = self.settings.window_seconds
        with self._lock:
            at = time.monotonic()  # read under the lock, or the calls would not be kept in their order
            taken = self._taken[key]
            while taken and taken[0] <= at - window:
                taken.popleft()
            if len(taken) >= allowed:
                return -1, taken[0] + window - at
            taken.append(at)
            return allowed - len(taken), 0.0

    def enter(self, key: str, at_once: int) -> bool:
        """One of `at_once` places. Whoever got one leaves it with `leave`."""
        with self._lock:
            if self.settings.enabled and self._running[key] >= at_once:
                return False
            self._running[key] += 1
            return True

    def leave(self, key: str) -> None:
        with self._lock:
            self._running[key] -= 1

    def reset(self) -> None:
        with self._lock:
            self.settings = Settings()
            self._taken.clear()
