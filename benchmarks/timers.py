"""Promises that wait, fall due and arrive; measured from `due_at` by the database's clock to the network's receipt."""

import statistics
import time
from datetime import datetime, timedelta
from typing import Any

from benchmarks import pipeline, queues, seed
from benchmarks.claims import claims
from benchmarks.ground import Failed, Ground, ask, count
from benchmarks.pipeline import Net, quantile
from benchmarks.progress import say
from benchmarks.sizes import Sizes
from runtime.settings_file import load
from runtime.wiring import Wiring, make

LANES = 100
ALL = ("worker-sms", "worker-sync", "worker-rest", "beat")


def measure(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    net = Net(ground)
    names = [f"s{number}" for number in range(LANES)]
    config = ground.folder / "timers.toml"
    config.write_text(seed.settings_file(names, net.url))
    say(f"writing {sizes.pending:,} promises")
    planted = seed.planted(ground, "timers", names, sizes.pending)
    environ = pipeline.environ(ground, planted.url, config, 3)
    children = pipeline.start(ground, environ, *ALL)
    try:
        steady = _steady(planted, net, sizes)
        spike = _spike(planted, net, sizes)
        ground.stop(*children.values())
        queued = _beside_queues(ground, planted, make(load(environ)), sizes)
    finally:
        ground.stop(*children.values(), net.child)
        ground.drop("timers")
    return {"pending": sizes.pending, **steady, **spike, **queued, "celery_eta": queues.celery_eta(ground, sizes)}


def _beside_queues(ground: Ground, planted: seed.Seed, wiring: Wiring, sizes: Sizes) -> dict[str, Any]:
    """Claims of one process, and the jobs of other queues, in turn."""
    ours: list[float] = []
    others = (queues.Procrastinate(ground), queues.Dramatiq(ground))
    for _ in range(sizes.rounds):
        ours.append(_claims(planted, wiring, sizes.claims))
        say(f"ours: {ours[-1]:,.0f} claims/s")
        for other in others:
            other.round(sizes.queue_jobs)
    wiring.db.dispose()
    for other in others:
        other.stop()
    postgres, valkey = (round(statistics.median(other.rates)) for other in others)
    return {
        "claims_per_s": round(statistics.median(ours)),
        "procrastinate": {"per_s": postgres, "jobs": sizes.queue_jobs},
        "dramatiq": {"per_s": valkey, "jobs": sizes.queue_jobs},
    }


def _claims(planted: seed.Seed, wiring: Wiring, number: int) -> float:
    """How many per second beside all that wait: looked for, fenced, committed, and nothing sent."""
    moment, _ = clock(planted.url)
    seed.due(planted, number, moment, None)
    began, done = time.perf_counter(), 0
    while done < number:
        for _, claimed in claims(wiring, number - done):
            done += len(claimed)
        if time.perf_counter() - began > 120:
            raise Failed(f"{done} of {number} were claimed")
    return done / (time.perf_counter() - began)


def clock(url: str) -> tuple[datetime, float]:
    """The database's clock, and how far it is from the network's (seconds)."""
    before = time.time()
    (moment,) = ask(url, "SELECT clock_timestamp()")[0]
    assert isinstance(moment, datetime)
    return moment, moment.timestamp() - (before + time.time()) / 2


def lateness(url: str, log: list[tuple[str, float, str]], ahead: float) -> list[float]:
    """Seconds from due to arrival of each text, by the database's clock. None may arrive twice."""
    due_at = {
        str(attempt): moment
        for attempt, moment in ask(
            url,
            "SELECT a.id, p.due_at FROM attempts a JOIN promises p ON p.id = a.promise_id WHERE a.id = ANY(%s::uuid[])",
            [reference for reference, _, _ in log],
        )
    }
    if len(due_at) != len(log):
        raise Failed(f"{len(log)} texts arrived of {len(due_at)} attempts: some twice, or without an attempt")
    return [at + ahead - due_at[reference].timestamp() for reference, at, _ in log]  # type: ignore[attr-defined]


def arrived(planted: seed.Seed, net: Net, number: int, until: datetime, patience: float) -> list[float]:
    """Wait for all of them, and say how late each was. What is missing fails the run."""
    moment, ahead = clock(planted.url)
    time.sleep(max(0.0, (until - moment).total_seconds()))
    found = net.wait_for(number, patience)
    time.sleep(0.5)  # a doubled one would come about now
    log = net.take()
    if len(log) != number:
        states = pipeline.outcome(planted.url)
        raise Failed(f"{number} texts were due, {len(log)} arrived (seen {found}); promises by state: {states}")
    return lateness(planted.url, log, ahead)


def _steady(planted: seed.Seed, net: Net, sizes: Sizes) -> dict[str, Any]:
    number = int(sizes.due_seconds * sizes.due_per_second)
    moment, _ = clock(planted.url)
    begins = moment + timedelta(seconds=6 + number / 20_000)
    seed.due(planted, number, begins, sizes.due_per_second)
    say(f"{sizes.due_per_second} due per second for {sizes.due_seconds:.0f} s")
    late = arrived(planted, net, number, begins + timedelta(seconds=sizes.due_seconds), 120)
    say(
        f"late p50 {1000 * quantile(late, 0.5):.0f} ms, p99 {1000 * quantile(late, 0.99):.0f} ms, most {max(late):.2f} s"
    )
    if min(late) < 0:
        raise Failed(f"a text arrived {-min(late):.3f} s before it was due")
    return {
        "due_per_s": sizes.due_per_second,
        "late_p50_ms": round(1000 * quantile(late, 0.5)),
        "late_p99_ms": round(1000 * quantile(late, 0.99)),
    }


def _spike(planted: seed.Seed, net: Net, sizes: Sizes) -> dict[str, Any]:
    moment, _ = clock(planted.url)
    at = moment + timedelta(seconds=5 + sizes.spike / 10_000)
    seed.due(planted, sizes.spike, at, None)
    say(f"{sizes.spike:,} due at one instant")
    late = arrived(planted, net, sizes.spike, at, 180)
    say(f"drained in {max(late):.1f} s")
    return {"spike_due": sizes.spike, "spike_drained_s": round(max(late), 1)}


def settled(url: str, seconds: float = 20) -> None:
    """Every attempt has its outcome written."""
    until = time.monotonic() + seconds
    while count(url, "SELECT count(*) FROM attempts WHERE state = 'sending'"):
        if time.monotonic() > until:
            raise Failed("attempts stay without an outcome")
        time.sleep(0.05)
