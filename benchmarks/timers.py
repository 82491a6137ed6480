"""Promises that wait, fall due and arrive; measured from `due_at` by the database's clock to the network's receipt."""

import statistics
import time
from datetime import timedelta
from typing import Any

from benchmarks import arrivals, pipeline, queues, seed
from benchmarks.claims import claims
from benchmarks.ground import Failed, Ground
from benchmarks.pipeline import Net, quantile
from benchmarks.progress import say
from benchmarks.sizes import Sizes
from benchmarks.verified import Verified
from runtime.settings_file import load
from runtime.wiring import Wiring, make

LANES = 100


def measure(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    net, verified = Net(ground), Verified(ground, sizes)
    names = [f"s{number}" for number in range(LANES)]
    config = ground.folder / "timers.toml"
    config.write_text(seed.settings_file(names, net.url) + "\n" + verified.settings())
    say(f"writing {sizes.pending:,} promises")
    planted = seed.planted(ground, "timers", names, sizes.pending)
    environ = pipeline.environ(ground, planted.url, config, 3)
    children = pipeline.start(ground, environ, *pipeline.ALL)
    try:
        steady = _steady(planted, net, sizes)
        spike = _spike(planted, net, sizes)
        wiring = make(load(environ))
        checked = verified.measure(planted, wiring, net)
        ground.stop(*children.values())
        queued = _beside_queues(ground, planted, wiring, sizes)
    finally:
        verified.stop()
        ground.stop(*children.values(), net.child)
        ground.drop("timers")
    eta = queues.celery_eta(ground, sizes)
    return {"pending": sizes.pending, **steady, **spike, "verified": checked, **queued, "celery_eta": eta}


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
    moment, _ = arrivals.clock(planted.url)
    seed.due(planted, number, moment, None)
    began, done = time.perf_counter(), 0
    while done < number:
        for _, claimed in claims(wiring, number - done):
            done += len(claimed)
        if time.perf_counter() - began > 120:
            raise Failed(f"{done} of {number} were claimed")
    return done / (time.perf_counter() - began)


def _steady(planted: seed.Seed, net: Net, sizes: Sizes) -> dict[str, Any]:
    number = int(sizes.due_seconds * sizes.due_per_second)
    moment, _ = arrivals.clock(planted.url)
    begins = moment + timedelta(seconds=sizes.lead_seconds + number / 20_000)
    seed.due(planted, number, begins, sizes.due_per_second)
    say(f"{sizes.due_per_second} due per second for {sizes.due_seconds:.0f} s")
    late = arrivals.arrived(planted, net, number, begins + timedelta(seconds=sizes.due_seconds), 120)
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
    moment, _ = arrivals.clock(planted.url)
    at = moment + timedelta(seconds=sizes.lead_seconds + sizes.spike / 10_000)
    seed.due(planted, sizes.spike, at, None)
    say(f"{sizes.spike:,} due at one instant")
    late = arrivals.arrived(planted, net, sizes.spike, at, 180)
    say(f"drained in {max(late):.1f} s")
    return {"spike_due": sizes.spike, "spike_drained_s": round(max(late), 1)}
