"""What was asked of the vendors: counts, the calls themselves, and how many ran at once."""

import threading
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox import times

KEPT = 20_000  # calls; counts go on beyond
BODY_KEPT = 4_000  # characters of a request body


@dataclass
class Call:
    vendor: str
    method: str
    path: str
    query: str
    at: str
    began: float
    tenant: str | None = None
    status: int = 0
    seconds: float = 0.0
    body: str = ""
    correlation_id: str | None = None
    fault: str | None = None

    def shown(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if key != "began"}


@dataclass
class Calls:
    _kept: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT))
    _counts: Counter[tuple[str, str | None, int]] = field(default_factory=Counter)
    _running: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    _most: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, vendor: str, method: str, path: str, query: str) -> Call:
        call = Call(vendor, method, path, query, times.now().isoformat(), time.monotonic())
        self._up((vendor, None))
        return call

    def belongs_to(self, call: Call, tenant: str) -> None:
        call.tenant = tenant
        self._up((call.vendor, tenant))

    def _up(self, key: tuple[str, str | None]) -> None:
        with self._lock:
            self._running[key] += 1
            self._most[key] = max(self._most[key], self._running[key])

    def end(self, call: Call, status: int) -> None:
        call.status = status
        call.seconds = round(time.monotonic() - call.began, 4)
        with self._lock:
            self._running[call.vendor, None] -= 1
            if call.tenant is not None:
                self._running[call.vendor, call.tenant] -= 1
            self._counts[call.vendor, call.tenant, status] += 1
            self._kept.append(call)

    def summary(self, vendor: str | None, tenant: str | None, newest: int) -> dict[str, Any]:
        """Counts over everything, and the newest calls in the order they ended."""
        with self._lock:
            by_status: Counter[str] = Counter()
            for (of_vendor, of_tenant, status), count in self._counts.items():
                if vendor in {None, of_vendor} and tenant in {None, of_tenant}:
                    by_status[str(status)] += count
            most = [
                number
                for (of_vendor, of_tenant), number in self._most.items()
                if vendor in {None, of_vendor} and of_tenant == tenant
            ]
            kept = [call for call in self._kept if vendor in {None, call.vendor} and tenant in {None, call.tenant}]
        return {
            "total": by_status.total(),
            "by_status": dict(by_status),
            "concurrency_high_water": max(most, default=0),
            "requests": [call.shown() for call in kept[-newest:]] if newest else [],
        }

    def reset(self) -> None:
        with self._lock:
            self._kept.clear()
            self._counts.clear()
            self._most.clear()
