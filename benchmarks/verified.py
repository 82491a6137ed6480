"""Promises whose records are an hour old: each is asked for again at the vendor, within its documented budget, before it leaves.

The sweep that asks ahead comes half an hour before; here it comes some seconds before, and the vendor is Pexip with its
3,000 calls a minute, four at a time.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from benchmarks import arrivals, pipeline, seed
from benchmarks.bursts import Booking, Clinic
from benchmarks.ground import Failed, Ground, ask, count
from benchmarks.pipeline import Net, quantile
from benchmarks.progress import say
from benchmarks.receiver import SECRET
from benchmarks.sizes import Sizes
from benchmarks.sync import KNOWN_PEOPLE, PEXIP
from runtime import names
from runtime.doorbell import Doorbell
from runtime.settings_file import load
from store import sync_requests
from store.engine import Database

CLINICS = 4
DUE_PER_SECOND = 100
AHEAD_SECONDS = 5.0
"""Between the sweep and the first that falls due."""
SEEN_PER_SECOND = 100
"""What the first look at everything may take."""


def measure(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    booking, net = Booking(ground), Net(ground)
    url = ground.database("verified")
    config = ground.folder / "verified.toml"
    clinics = [
        Clinic(booking, f"v{place}", [f"v{place}-{number}" for number in range(sizes.verified // CLINICS)])
        for place in range(CLINICS)
    ]
    pexip = {"vendor": booking.url, "zone": seed.zone(), "secret": SECRET, "sender": seed.SENDER}
    told = [PEXIP.format(name=clinic.name, **pexip) for clinic in clinics]
    config.write_text(seed.settings_file([], net.url) + "\n".join(told))
    planted = seed.prepare(url, [clinic.name for clinic in clinics], seed.OFFSETS[:1])
    environ = pipeline.environ(ground, url, config, 7)
    children = pipeline.start(ground, environ, *pipeline.ALL)
    doorbell = Doorbell(load(environ).broker_url)
    try:
        due_from = _meet(planted, clinics, doorbell)
        ask(url, "UPDATE appointments SET fetched_at = clock_timestamp() - interval '1 hour'")
        before, number = booking.calls(), CLINICS * len(clinics[0].ids)
        time.sleep(max(0.0, (due_from - arrivals.clock(url)[0]).total_seconds() - AHEAD_SECONDS))
        doorbell.ring(names.SWEEPS_REFRESH)
        last = due_from + timedelta(seconds=number / DUE_PER_SECOND)
        late = arrivals.arrived(planted, net, number, last, 60)
        calls = booking.calls() - before
    finally:
        doorbell.close()
        ground.stop(*children.values(), booking.child, net.child)
    unverified = count(url, "SELECT count(*) FROM attempts WHERE unverified")
    ground.drop("verified")
    say(f"{number:,} verified before they left: {calls} calls, {unverified} without an answer in time")
    return {
        "due": number,
        "due_per_s": DUE_PER_SECOND,
        "late_p50_ms": round(1000 * quantile(late, 0.5)),
        "late_p99_ms": round(1000 * quantile(late, 0.99)),
        "unverified": unverified,
        "calls": calls,
    }


def _meet(planted: seed.Seed, clinics: list[Clinic], doorbell: Doorbell) -> datetime:
    """The first look at everything, and its plan. Says when the first promise falls due."""
    number = CLINICS * len(clinics[0].ids)
    due_from = arrivals.clock(planted.url)[0] + timedelta(seconds=AHEAD_SECONDS + 5 + number / SEEN_PER_SECOND)
    db = Database(planted.url, size=1)
    for place, clinic in enumerate(clinics):
        clinic.book(
            due_from + timedelta(minutes=-seed.OFFSETS[0], seconds=place / DUE_PER_SECOND), CLINICS / DUE_PER_SECOND
        )
        ask(planted.url, KNOWN_PEOPLE, clinic.name, clinic.ids)
        with db.begin() as tx:
            sync_requests.ask(tx, clinic.name, sync_requests.refs(clinic.ids), "operator")
        doorbell.ring(names.APPOINTMENTS_SYNC, args=(clinic.name,))
    db.dispose()
    while count(planted.url, "SELECT count(*) FROM promises WHERE state = 'planned'") < number:
        if arrivals.clock(planted.url)[0] > due_from - timedelta(seconds=AHEAD_SECONDS):
            raise Failed("the appointments were not looked at in time")
        time.sleep(0.1)
    return due_from
