"""Bursts of real changes at `benchmarks.vendor`, told as Pexip tells them, in the order and at the times of a schedule."""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.ground import Ground, free_port
from benchmarks.pipeline import NETWORK_SECONDS

EVENTS_EACH = 10
TICK_SECONDS = 0.05
"""What comes within a tick is stored as one batch, as the receiver's group commit does."""


class Booking:
    """The emulated vendor, and what is asked of it from outside."""

    def __init__(self, ground: Ground) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.child = ground.python("vendor", "-m", "benchmarks.vendor", str(port), str(NETWORK_SECONDS))
        ground.await_port(self.child, port, "vendor")

    def ask(self, word: str, **said: Any) -> Any:
        asked = Request(f"{self.url}/control/{word}", json.dumps(said).encode(), method="POST")
        with urlopen(asked) as answer:
            return json.load(answer)

    def calls(self) -> int:
        """API calls so far, tokens not counted."""
        return int(self.ask("calls").get("all", 0))


@dataclass(frozen=True)
class Event:
    """One webhook: the body that Pexip documents, with what is known of it beforehand."""

    enterprise: str
    external_id: str
    key: str
    version: datetime

    @property
    def body(self) -> bytes:
        stamp = self.version.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        told = {"id": self.external_id, "status": "ACCEPTED", "updatedAt": stamp}
        said = {"eventType": "GENERIC_UPDATE", "message": None, "appointment": told}
        return json.dumps({"id": self.key, "version": "1", "entity": "Appointment", "data": said}).encode()


@dataclass
class Clinic:
    """An enterprise at the vendor with its appointments, each at the version that its next change begins from."""

    booking: Booking
    name: str
    ids: list[str]
    version: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def book(self, start: datetime | None = None, step_seconds: float = 60) -> None:
        """Its appointments, one after another from `start`, in a month if nothing is said."""
        start = start or datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
        said = {"version": self.version.isoformat(), "start": start.isoformat(), "step_seconds": step_seconds}
        self.booking.ask("book", enterprise=self.name, ids=self.ids, **said)

    def burst(self, seconds: float, times: int = EVENTS_EACH) -> list[tuple[float, Event]]:
        """So many changes of each appointment, evenly over the time, and the second of each."""
        step = seconds / times
        found = [
            (
                number * step + place * step / len(self.ids),
                Event(
                    self.name,
                    external_id,
                    f"{self.name}-{external_id}-{self.version.timestamp():.3f}-{number}",
                    self.version + timedelta(milliseconds=number + 1),
                ),
            )
            for number in range(times)
            for place, external_id in enumerate(self.ids)
        ]
        self.version += timedelta(milliseconds=times)
        return found


def play(booking: Booking, schedule: list[tuple[float, Event]], tell: Callable[[list[Event]], None]) -> float:
    """Change the appointments and tell of it, tick by tick. Returns how many seconds it took."""
    began = time.monotonic()
    for at, events in _ticks(schedule):
        time.sleep(max(0.0, began + at - time.monotonic()))
        changed = defaultdict(list)
        for event in events:
            changed[event.enterprise].append(event.external_id)
        for enterprise, ids in changed.items():
            booking.ask("change", enterprise=enterprise, ids=ids)
        tell(events)
    return time.monotonic() - began


def _ticks(schedule: list[tuple[float, Event]]) -> Iterator[tuple[float, list[Event]]]:
    """When each tick ends, and what came within it."""
    by_tick: defaultdict[int, list[Event]] = defaultdict(list)
    for at, event in sorted(schedule, key=lambda each: each[0]):
        by_tick[int(at / TICK_SECONDS)].append(event)
    for number, events in sorted(by_tick.items()):
        yield (number + 1) * TICK_SECONDS, events
