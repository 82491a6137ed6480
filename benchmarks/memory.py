"""What each process of the Procfile holds: once it is ready, and after many events went through the receiver and sync.

The events come from Pexip, which documents webhooks about appointments and answers for many at a time.
"""

import time
from typing import Any

from benchmarks import pipeline, seed
from benchmarks.bursts import Booking, Clinic
from benchmarks.ground import Failed, Ground, ask, count, free_port
from benchmarks.load import Job
from benchmarks.progress import say
from benchmarks.receiver import SECRET, post
from benchmarks.sizes import Sizes
from benchmarks.sync import KNOWN_PEOPLE, PEXIP, WAITING

NAMES = [f"m{number}" for number in range(4)]
THINGS = 2000
WORKERS = ("worker-sms", "worker-sync", "worker-rest")


def measure(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    url = ground.database("memory")
    booking = Booking(ground)
    ids = [f"app_{number}" for number in range(THINGS)]
    for name in NAMES:
        Clinic(booking, name, ids).book()
        ask(url, KNOWN_PEOPLE, name, ids)
    config = ground.folder / "memory.toml"
    pexip = {"vendor": booking.url, "zone": seed.zone(), "secret": SECRET, "sender": seed.SENDER}
    sender = seed.settings_file([], "http://127.0.0.1:9")
    config.write_text(sender + "".join(PEXIP.format(name=name, **pexip) for name in NAMES))
    seed.prepare(url, NAMES)
    port = free_port()
    environ = pipeline.environ(ground, url, config, 11, PUNCTUAL_WEB_PORT=str(port))
    children = pipeline.start(ground, environ, "web", *pipeline.ALL)
    try:
        time.sleep(2)  # the first ticks of beat have come
        before = {name: pipeline.megabytes(child) for name, child in children.items()}
        say(f"at the start: {_said(before)}")
        stored, unsure, parts = 0, 0, []
        for part in range(sizes.memory_parts):
            taken, refused = _push(port, sizes.memory_events // sizes.memory_parts, part)
            stored, unsure = stored + taken, unsure + refused
            _settle(url, stored, unsure)
            parts.append({name: pipeline.megabytes(child) for name, child in children.items()})
            say(f"after {stored:,} events: {_said(parts[-1])}")
    finally:
        ground.stop(*children.values(), booking.child)
        ground.drop("memory")
    after = parts[-1]
    return {
        "web_mb": round(before["web"], 1),
        "worker_mb": round(_largest(before), 1),
        "beat_mb": round(before["beat"], 1),
        "worker_mb_after_100k": round(_largest(after), 1),
        "web_mb_after_100k": round(after["web"], 1),
        "beat_mb_after_100k": round(after["beat"], 1),
        "events": stored,
        "web_mb_by_part": [round(part["web"], 1) for part in parts],
        "worker_mb_by_part": [round(_largest(part), 1) for part in parts],
    }


def _push(port: int, number: int, part: int) -> tuple[int, int]:
    """How many were taken, and how many were refused in a bad moment: those may be stored all the same."""
    job = Job(port, 120, SECRET, NAMES, most=number, first=part * 1_000_000, vendor="pexip", things=THINGS)
    report = post(job)
    if set(report["statuses"]) - {"202", "503"}:
        raise Failed(f"the receiver answered {report['statuses']}")
    return int(report["accepted_keys"]), int(report["statuses"].get("503", 0))


def _settle(url: str, stored: int, unsure: int) -> None:
    """Every event has been looked into."""
    until = time.monotonic() + 90
    while waiting := count(url, WAITING):
        if time.monotonic() > until:
            raise Failed(f"{waiting} looks are still wanted")
        time.sleep(0.5)
    found = count(url, "SELECT count(*) FROM events")
    if not 0 <= found - stored <= unsure:
        raise Failed(f"{stored} events were taken, {found} are stored")
    if not count(url, "SELECT count(*) FROM promises"):
        raise Failed("the events led to no promise: sync did nothing")


def _largest(found: dict[str, float]) -> float:
    return max(size for name, size in found.items() if name.startswith(WORKERS))


def _said(found: dict[str, float]) -> str:
    return ", ".join(f"{name} {size:.0f} MB" for name, size in found.items())
