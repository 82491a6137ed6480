"""What a claim, a plan and a webhook cost beside few rows and beside many: databases of each size, asked in turn.

A claim is what the sending desk does for the threads that are free at one moment: one look, one fence of a batch, one
commit. The old snapshot is a REPEATABLE READ transaction that stays open, as a dump or a forgotten session does, while
promises go from planned to sending to accepted: nothing that they leave behind can be cleaned up.
"""

import contextlib
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
import sqlalchemy as sa

from benchmarks import arrivals, pipeline, seed, timers
from benchmarks.claims import BATCH, accept, claims
from benchmarks.ground import Failed, Ground, ask, count, free_port, plain
from benchmarks.load import Job
from benchmarks.progress import say
from benchmarks.receiver import SECRET, post
from benchmarks.sizes import Sizes
from runtime.settings_file import load
from runtime.wiring import Wiring, make
from store import people, tables
from store.planning import lock, replan

NAMES = [f"s{number}" for number in range(timers.LANES)]
TURNS = 3
"""Of each round: what takes milliseconds is asked in many short turns, so that a busy moment meets every size."""
FIGURES = ("claim_ms", "claim_ms_old_snapshot", "plan_ms", "receiver_rps")


def measure(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    levels: list[Level] = []
    try:
        for promised, received in zip(sizes.growth, sizes.growth_events, strict=True):
            say(f"a database with {promised:,} promises and {received:,} events")
            levels.append(Level(ground, promised, received))
        for number in range(sizes.receiver_rounds):  # first, while autovacuum has nothing to tidy up behind the others
            turned = levels[number % len(levels) :] + levels[: number % len(levels)]
            _each(turned, "receiver_rps", lambda level, n=number: level.receives(sizes.growth_seconds, n))
        for _ in range(sizes.rounds):
            for _ in range(TURNS):
                _each(levels, "claim_ms", lambda level: level.claims(sizes.growth_claims))
                _each(levels, "plan_ms", lambda level: level.plans(sizes.growth_plans))
            _each(levels, "claim_ms_old_snapshot", lambda level: level.claims_beside_a_snapshot(sizes))
        for level in levels:
            level.check()
    finally:
        for level in levels:
            level.close()
    return {
        "pending": list(sizes.growth),
        "events": list(sizes.growth_events),
        "claim_batch": BATCH,
        "changes_under_snapshot": sizes.growth_changes,
        **{name: [level.median(name) for level in levels] for name in FIGURES},
    }


def _each(levels: list["Level"], figure: str, how: Callable[["Level"], float]) -> None:
    for level in levels:
        level.found[figure].append(how(level))
    by_size = sorted(levels, key=lambda level: level.promised)
    say(f"{figure}: " + " / ".join(f"{level.found[figure][-1]:,.1f}" for level in by_size))


@dataclass
class Level:
    """One database of one size, with a receiver before it."""

    ground: Ground
    promised: int
    received: int
    found: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in FIGURES})
    answered: int = 0
    refused: int = 0
    """503: it came in a bad moment, may be stored all the same, and will be sent again."""

    def __post_init__(self) -> None:
        self.name = f"growth_{self.promised}"
        self.planted = seed.planted(self.ground, self.name, NAMES, self.promised)
        self.url = self.planted.url
        seed.received(self.planted, self.received)
        config = self.ground.folder / "growth.toml"
        config.write_text(seed.settings_file(NAMES, "http://127.0.0.1:9", secret=SECRET))
        port = str(free_port())
        environ = pipeline.environ(self.ground, self.url, config, 8, PUNCTUAL_WEB_PORT=port)
        self.wiring: Wiring = make(load(environ))
        self.port = int(port)
        self.web = pipeline.start(self.ground, environ, "web")["web"]

    def close(self) -> None:
        self.ground.stop(self.web)
        self.wiring.db.dispose()
        self.ground.drop(self.name)

    def median(self, figure: str) -> float:
        return round(statistics.median(self.found[figure]), 2)

    def claims(self, times: int) -> float:
        """Milliseconds of one look and one fence, median of so many."""
        moment, _ = arrivals.clock(self.url)
        seed.due(self.planted, times * BATCH, moment, None)
        took = []
        for _ in range(times):
            for seconds, claimed in claims(self.wiring, BATCH):
                took.append(1000 * seconds)
                if len(claimed) != BATCH:
                    raise Failed(f"{len(claimed)} of {BATCH} were claimed beside {self.promised} promises")
                accept(self.wiring, claimed)
        return statistics.median(took)

    def claims_beside_a_snapshot(self, sizes: Sizes) -> float:
        with self._old_snapshot():
            moment, _ = arrivals.clock(self.url)
            first = self.planted.appointments
            seed.due(self.planted, sizes.growth_changes, moment - timedelta(seconds=45), sizes.growth_changes / 40)
            for state in ("sending", "accepted"):
                ask(self.url, CHANGE, state, first, self.planted.appointments)
            took = self.claims(sizes.growth_claims)
        with psycopg.connect(plain(self.url), autocommit=True) as tx:
            tx.execute("VACUUM promises, attempts, appointments")
        return took

    @contextlib.contextmanager
    def _old_snapshot(self) -> Iterator[None]:
        with psycopg.connect(plain(self.url), autocommit=True) as tx:
            tx.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            tx.execute("SELECT 1 FROM connection_states LIMIT 1")
            yield
            tx.execute("ROLLBACK")

    def plans(self, times: int) -> float:
        """Milliseconds of planning an appointment that has moved: four promises end, four are made."""
        took = []
        for number in random.sample(range(self.promised // len(seed.OFFSETS)), times):
            with self.wiring.db.begin() as tx:
                row = tx.execute(MOVE.where(tables.appointments.c.external_id == f"app_{number}")).one()
            facts = self.wiring.facts(row.connection)
            began = time.perf_counter()
            with self.wiring.db.begin() as tx:
                locked = lock(tx, row.id)
                people.know_numbers_of(tx, facts.senders, row.id)
                steps = replan(tx, locked, facts)
            took.append(1000 * (time.perf_counter() - began))
            if len(steps) != 2 * len(seed.OFFSETS):
                raise Failed(f"a move led to {len(steps)} steps, not {2 * len(seed.OFFSETS)}")
        return statistics.median(took)

    def receives(self, seconds: float, number: int) -> float:
        first = 100_000_000 + number * 1_000_000
        report = post(Job(self.port, seconds, SECRET, NAMES, most=int(seconds * 16_000), first=first))
        answers, stored = report["statuses"], report["statuses"].get("202", 0)
        if not stored or set(answers) - {"202", "503"}:
            raise Failed(f"the receiver answered {answers} beside {self.received} events")
        self.answered += report["accepted_keys"]
        self.refused += answers.get("503", 0)
        return float(report["rps"]) * stored / sum(answers.values())  # a 503 is an answer, but nothing was taken

    def check(self) -> None:
        stored = count(self.url, "SELECT count(*) FROM events")
        if not 0 <= stored - self.received - self.answered <= self.refused:
            raise Failed(f"{self.answered} events were taken beside {self.received}, {stored} are stored")


MOVE = (
    sa.update(tables.appointments)
    .values(
        starts_at=tables.appointments.c.starts_at + timedelta(days=1),
        ends_at=tables.appointments.c.ends_at + timedelta(days=1),
        revision=tables.appointments.c.revision + 1,
    )
    .returning(tables.appointments)
)
CHANGE = f"""
    UPDATE promises SET state = %s, changed_at = clock_timestamp() WHERE appointment_id IN (
        SELECT id FROM appointments WHERE (connection, external_id) IN (
            SELECT (SELECT array_agg('s' || c ORDER BY c) FROM generate_series(0, {timers.LANES - 1}) c)[1 + n %% {timers.LANES}], 'app_' || n
            FROM generate_series(%s::bigint, %s::bigint - 1) AS n))
"""
