"""Other queues with due-time jobs, and what a reminder as an ETA costs: on the same servers, configured as documented.

Their jobs do nothing. They are baselines of the way from due to running, not of a checked text; who uses them writes
the fence, the lanes and the deadlines into the job.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import redis

from benchmarks import pipeline
from benchmarks.ground import Failed, Ground, ask, count, plain
from benchmarks.progress import say
from benchmarks.sizes import Sizes

PROCESSES = 2
THREADS = 16
FILLED_IN = 2
"""Seconds until whoever hands the ETAs over has started."""
TIMEOUTS_AHEAD = 3
"""An ETA so many visibility timeouts ahead: Redis' own is an hour, a reminder is owed for days."""


def due_in(number: int) -> float:
    """Seconds until all of a round fall due: they are handed over by then."""
    return 2 + number / 1500


class Procrastinate:
    """On PostgreSQL; rates by its own record of the jobs' ends."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.url = ground.database("procrastinate", migrated=False)
        self.environ = ground.environ(TEXTBOOK_DATABASE=plain(self.url))
        run(ground, "procrastinate schema", SCHEMA, self.environ)
        command = ("-m", "procrastinate", "--app", "benchmarks.textbook.postgres_queue.app", "worker")
        options = ("--concurrency", str(THREADS), "--delete-jobs", "never", "--fetch-job-polling-interval", "0.25")
        self.children = [
            ground.python(f"procrastinate {each}", *command, *options, environ=self.environ)
            for each in range(PROCESSES)
        ]
        self.rates: list[float] = []
        self.done = 0

    def round(self, number: int) -> None:
        """All fall due at one instant; as many wait for a later day."""
        program = FILL_POSTGRES.format(number=number, seconds=due_in(number))
        run(self.ground, "procrastinate filler", program, self.environ)
        wanted = self.done + number
        done = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'"
        wait(lambda: count(self.url, done) >= wanted, 60 + number / 50, "procrastinate")
        ends = [float(str(at)) for (at,) in ask(self.url, ENDS, self.done)]
        self.done = wanted
        self.rates.append(rate(ends))
        say(f"procrastinate: {self.rates[-1]:,.0f} jobs/s")

    def stop(self) -> None:
        self.ground.stop(*self.children, firmly=True)
        self.ground.drop("procrastinate")


SCHEMA = """
from benchmarks.textbook.postgres_queue import app
with app.open():
    app.schema_manager.apply_schema()
"""
FILL_POSTGRES = """
from datetime import datetime, timedelta, timezone
from benchmarks.textbook.postgres_queue import app, remind
with app.open():
    now = datetime.now(timezone.utc)
    for at in (now + timedelta(days=1), now + timedelta(seconds={seconds})):
        for first in range(0, {number}, 1000):
            jobs = [{{"number": n}} for n in range(first, min(first + 1000, {number}))]
            remind.configure(schedule_at=at).batch_defer(*jobs)
"""
ENDS = "SELECT extract(epoch FROM at) FROM procrastinate_events WHERE type = 'succeeded' ORDER BY at OFFSET %s"


class Dramatiq:
    """On Valkey; its workers hold what is delayed in memory, and each job says when it ran."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        broker = ground.broker(10)
        self.environ = ground.environ(TEXTBOOK_BROKER=broker)
        command = ("-m", "dramatiq", "benchmarks.textbook.redis_queue")
        options = ("--processes", str(PROCESSES), "--threads", str(THREADS), "--skip-logging")
        self.child = ground.python("dramatiq", *command, *options, environ=self.environ)
        self.client: Any = redis.Redis.from_url(broker)
        self.rates: list[float] = []

    def round(self, number: int) -> None:
        self.client.delete(RAN)
        program = FILL_REDIS.format(number=number, seconds=due_in(number))
        run(self.ground, "dramatiq filler", program, self.environ)
        wait(lambda: self.client.llen(RAN) >= number, 60 + number / 50, "dramatiq")
        self.rates.append(rate([float(at) for at in self.client.lrange(RAN, 0, -1)]))
        say(f"dramatiq: {self.rates[-1]:,.0f} jobs/s")

    def stop(self) -> None:
        self.client.close()
        self.ground.stop(self.child)


RAN = "textbook:ran_at"
FILL_REDIS = """
import time
from benchmarks.textbook.redis_queue import remind
due = time.time() + {seconds}
for n in range({number}):
    remind.send_with_options(args=(n,), delay=max(0, int(1000 * (due - time.time()))))
"""


def celery_eta(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    """Memory of a worker that holds so many ETAs, and how many of them run again.

    Redis gives an unacknowledged message to the next who asks once its visibility timeout is over, an hour by default,
    and an ETA is acknowledged when it runs. Here the timeout is some seconds, the sweep that restores as much shorter,
    and all fall due three timeouts ahead: in proportion, what is due three hours ahead.
    """
    broker, timeout = ground.broker(9), sizes.eta_timeout_seconds
    environ = ground.environ(TEXTBOOK_BROKER=broker, TEXTBOOK_VISIBILITY=str(timeout))
    command = ("-m", "celery", "-A", "benchmarks.textbook.tasks", "worker", "-P", "threads", "-c", str(2 * THREADS))
    child = ground.python(
        "celery eta", *command, "-n", "eta@bench", "--without-gossip", "--without-mingle", environ=environ
    )
    client = redis.Redis.from_url(broker)
    run(ground, "celery filler", "from benchmarks.textbook.tasks import remind; remind.delay(0)", environ)
    ground.await_sign(child, lambda: client.delete("textbook:ran") > 0, "celery eta")
    idle = pipeline.megabytes(child)
    due = datetime.now(UTC) + timedelta(seconds=FILLED_IN + sizes.eta_tasks / 1000 + TIMEOUTS_AHEAD * timeout)
    run(ground, "celery filler", FILL_CELERY.format(number=sizes.eta_tasks, due=due.isoformat()), environ)
    most = idle
    while datetime.now(UTC) < due:
        most = max(most, pipeline.megabytes(child))
        time.sleep(0.2)
    ran = _until_quiet(client, sizes.eta_tasks, 2.0 * timeout)
    different = len(set(client.lrange("textbook:ran", 0, -1)))
    client.close()
    ground.stop(child, firmly=True)
    if different != sizes.eta_tasks:
        raise Failed(f"{different} of {sizes.eta_tasks} reminders of the textbook ran:\n{ground.said('celery eta')}")
    say(f"{sizes.eta_tasks:,} ETAs of Celery: {most:.0f} MB, {ran - different:,} runs too many")
    return {
        "rss_mb": round(most),
        "rss_idle_mb": round(idle),
        "duplicates": ran - different,
        "tasks": sizes.eta_tasks,
        "visibility_timeout_s": timeout,
        "due_in_timeouts": TIMEOUTS_AHEAD,
    }


FILL_CELERY = """
from datetime import datetime
from benchmarks.textbook.tasks import remind
due = datetime.fromisoformat("{due}")
for n in range({number}):
    remind.apply_async((n,), eta=due)
"""


def _until_quiet(client: Any, number: int, quiet: float) -> int:
    """How many runs were counted, once all should have run and none has for a while."""
    before, changed, until = -1, time.monotonic(), time.monotonic() + 90
    while True:
        ran = int(client.llen("textbook:ran"))
        if ran != before:
            before, changed = ran, time.monotonic()
        if (ran >= number and time.monotonic() - changed > quiet) or time.monotonic() > until:
            return ran
        time.sleep(0.2)


def rate(ends: list[float]) -> float:
    """Jobs per second between the first end and the last, without the first and the last twentieth."""
    at = sorted(ends)
    cut = len(at) // 20
    middle = at[cut : len(at) - cut]
    return (len(middle) - 1) / max(middle[-1] - middle[0], 1e-6)


def run(ground: Ground, name: str, program: str, environ: dict[str, str]) -> None:
    child = ground.python(name, "-c", program, environ=environ)
    if child.wait(180) != 0:
        raise Failed(f"{name}:\n{ground.said(name)}")
    ground.children.remove(child)


def wait(done: Any, seconds: float, name: str) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise Failed(f"{name} did not end in {seconds:.0f} s")
        time.sleep(0.2)
