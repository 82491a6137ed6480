"""Promises whose records are an hour old: each is asked for again at the vendor, within its documented budget, before it leaves.

The sweep that asks ahead comes half an hour before; here it comes some seconds before, and the vendor is Pexip with its
3,000 calls a minute, four at a time.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from benchmarks import arrivals, seed
from benchmarks.bursts import Booking, Clinic
from benchmarks.ground import Failed, Ground, ask, count
from benchmarks.pipeline import Net, quantile
from benchmarks.progress import say
from benchmarks.receiver import SECRET
from benchmarks.sizes import Sizes
from benchmarks.sync import PEXIP, first_look
from runtime import names
from runtime.wiring import Wiring
from workers import sweep

CLINICS = 4
DUE_PER_SECOND = 100
AHEAD_SECONDS = 2.0
"""Between the sweep and the first that falls due."""
SEEN_PER_SECOND = 100
"""What the first look at everything may take."""


class Verified:
    """Clinics of their own, at a vendor of their own."""

    def __init__(self, ground: Ground, sizes: Sizes) -> None:
        self.ground, self.booking = ground, Booking(ground)
        self.clinics = [
            Clinic(self.booking, f"v{place}", [f"v{place}-{number}" for number in range(sizes.verified // CLINICS)])
            for place in range(CLINICS)
        ]
        self.due = sum(len(clinic.ids) for clinic in self.clinics)

    def settings(self) -> str:
        """TOML of their connections."""
        pexip = {"vendor": self.booking.url, "zone": seed.zone(), "secret": SECRET, "sender": seed.SENDER}
        return "".join(PEXIP.format(name=clinic.name, **pexip) for clinic in self.clinics)

    def stop(self) -> None:
        self.ground.stop(self.booking.child)

    def measure(self, planted: seed.Seed, wiring: Wiring, net: Net) -> dict[str, Any]:
        due_from = self._meet(planted, wiring)
        ids = [each for clinic in self.clinics for each in clinic.ids]
        old = "UPDATE appointments SET fetched_at = clock_timestamp() - interval '1 hour' WHERE external_id = ANY(%s)"
        ask(planted.url, old, ids)
        before = self.booking.calls()
        time.sleep(max(0.0, (due_from - arrivals.clock(planted.url)[0]).total_seconds() - AHEAD_SECONDS))
        sweep.refresh(wiring)
        last = due_from + timedelta(seconds=self.due / DUE_PER_SECOND)
        late = arrivals.arrived(planted, net, self.due, last, 60)
        calls = self.booking.calls() - before
        unverified = count(planted.url, "SELECT count(*) FROM attempts WHERE unverified")
        say(f"{self.due:,} verified before they left: {calls} calls, {unverified} without an answer in time")
        return {
            "due": self.due,
            "due_per_s": DUE_PER_SECOND,
            "late_p50_ms": round(1000 * quantile(late, 0.5)),
            "late_p99_ms": round(1000 * quantile(late, 0.99)),
            "unverified": unverified,
            "calls": calls,
        }

    def _meet(self, planted: seed.Seed, wiring: Wiring) -> datetime:
        """The first look at everything, and its plan. Says when the first promise falls due."""
        seed.join(planted, [clinic.name for clinic in self.clinics])
        seconds = AHEAD_SECONDS + 2.5 + self.due / SEEN_PER_SECOND
        due_from = arrivals.clock(planted.url)[0] + timedelta(seconds=seconds)
        first = due_from - timedelta(minutes=seed.OFFSETS[0])  # of the four reminders the last is still ahead
        for place, clinic in enumerate(self.clinics):
            clinic.book(first + timedelta(seconds=place / DUE_PER_SECOND), CLINICS / DUE_PER_SECOND)
            first_look(clinic, planted.url, wiring.db)
            wiring.doorbell.ring(names.APPOINTMENTS_SYNC, args=(clinic.name,))
        clinics = [clinic.name for clinic in self.clinics]
        planned = "SELECT count(*) FROM promises WHERE state = 'planned' AND connection = ANY(%s)"
        while int(str(ask(planted.url, planned, clinics)[0][0])) < self.due:
            if arrivals.clock(planted.url)[0] > due_from - timedelta(seconds=AHEAD_SECONDS):
                raise Failed("the appointments were not looked at in time")
            time.sleep(0.1)
        return due_from
