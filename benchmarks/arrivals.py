"""What arrived at the network: whether it is all that was owed, once each, and how late by the database's clock."""

import time
from datetime import datetime

from benchmarks import pipeline, seed
from benchmarks.ground import Failed, ask, count
from benchmarks.pipeline import Net


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


def settled(url: str, seconds: float = 20) -> None:
    """Every attempt has its outcome written."""
    until = time.monotonic() + seconds
    while count(url, "SELECT count(*) FROM attempts WHERE state = 'sending'"):
        if time.monotonic() > until:
            raise Failed("attempts stay without an outcome")
        time.sleep(0.05)
