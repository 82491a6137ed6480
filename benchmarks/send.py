"""Texts that are due already, as fast as they can go: ours, the same pool from a list in memory, and the textbook's."""

import statistics
import subprocess
import sys
from datetime import timedelta
from typing import Any

from benchmarks import arrivals, pipeline, seed, timers
from benchmarks.ground import PROJECT, Failed, Ground, ask, count, plain
from benchmarks.pipeline import Net, quantile
from benchmarks.progress import say
from benchmarks.sizes import Sizes
from benchmarks.textbook.tasks import SCHEMA

THREADS = pipeline.worker_threads("worker-sms")  # of each sending process
CANCELLED_EVERY, STOPPED_EVERY = 50, 101


def measure(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    net = Net(ground)
    processes = pipeline.worker_count("worker-sms")
    ours, memory = Ours(ground, net, sizes.lead_seconds), []
    threads: list[float] = []
    prefork: list[float] = []
    try:
        for _ in range(sizes.rounds):
            memory.append(_in_memory(net, sizes.sends, processes))
            say(f"from a list in memory: {memory[-1]:,.0f}/s")
            ours.round(sizes.sends)
            say(f"ours: {ours.rates[-1]:,.0f}/s")
            threads.append(_textbook(ground, net, sizes, "threads", processes))
            say(f"textbook on threads: {threads[-1]:,.0f}/s")
            prefork.append(_textbook(ground, net, sizes, "prefork", processes))
            say(f"textbook on prefork: {prefork[-1]:,.0f}/s")
        counted = ours.counted()
    finally:
        ours.stop()
        ground.stop(net.child)
    rate, in_memory = statistics.median(ours.rates), statistics.median(memory)
    return {
        "per_s": round(rate),
        "p99_ms": round(1000 * quantile(ours.took, 0.99)),
        "in_memory_per_s": round(in_memory),
        "ratio_in_memory": round(rate / in_memory, 2),
        "textbook_threads_per_s": round(statistics.median(threads)),
        "textbook_prefork_per_s": round(statistics.median(prefork)),
        **counted,
    }


def rate(log: list[tuple[str, float, str]]) -> float:
    """Texts per second between the first arrival and the last, without the first and the last twentieth."""
    at = sorted(each[1] for each in log)
    cut = len(at) // 20
    middle = at[cut : len(at) - cut]
    return (len(middle) - 1) / (middle[-1] - middle[0])


class Ours:
    """Punctual's processes on a database whose promises fall due at one instant of each round."""

    def __init__(self, ground: Ground, net: Net, lead_seconds: float = 4.0) -> None:
        self.ground, self.net, self.lead_seconds = ground, net, lead_seconds
        self.url = ground.database("send")
        names = [f"s{number}" for number in range(timers.LANES)]
        config = ground.folder / "send.toml"
        config.write_text(seed.settings_file(names, net.url))
        self.planted = seed.prepare(self.url, names)
        self.children = pipeline.start(ground, pipeline.environ(ground, self.url, config, 4), *pipeline.ALL)
        self.rates: list[float] = []
        self.took: list[float] = []
        self.due = self.accepted = 0

    def stop(self) -> None:
        self.ground.stop(*self.children.values())
        self.ground.drop("send")

    def round(self, number: int) -> None:
        """Some are cancelled and some people have said STOP after the promise was made: they must not arrive."""
        moment, _ = arrivals.clock(self.url)
        at = moment + timedelta(seconds=self.lead_seconds + number / 10_000)
        first = self.planted.appointments
        seed.due(self.planted, number, at, None)
        whose = f"external_id IN (SELECT 'app_' || n FROM generate_series({first}, {first + number - 1}) AS n WHERE n % %s = 0)"
        gone = (
            f"UPDATE appointments SET vendor_status = 'cancelled' WHERE {whose.replace('%', '%%').replace('%%s', '%s')}"
        )
        ask(self.url, gone, CANCELLED_EVERY)
        stopped = (
            "UPDATE numbers SET opted_out_at = now() WHERE number IN (SELECT phone FROM people WHERE person_id IN "
            f"(SELECT 'p_app_' || n FROM generate_series({first}, {first + number - 1}) AS n WHERE n %% %s = 0))"
        )
        ask(self.url, stopped, STOPPED_EVERY)
        ask(self.url, "ANALYZE")  # as autovacuum would have done: the first plans are those of empty tables
        expected = sum(n % CANCELLED_EVERY != 0 and n % STOPPED_EVERY != 0 for n in range(first, first + number))
        self.net.wait_for(expected, 30 + number / 50)
        arrivals.settled(self.url)
        log = self.net.take()
        if len({each[0] for each in log}) != len(log) or len(log) != expected:
            raise Failed(f"{expected} texts were owed, {len(log)} arrived, {len({each[0] for each in log})} different")
        self.rates.append(rate(log))
        self.due += number
        self.accepted += len(log)

    def counted(self) -> dict[str, Any]:
        """due = accepted + skipped by reason + unknown, and as many different texts as were accepted."""
        skipped = {
            str(reason): int(str(n))
            for reason, n in ask(
                self.url,
                "SELECT skip_reason, count(*) FROM promises WHERE state IN ('skipped', 'cancelled') GROUP BY 1",
            )
        }
        unknown = count(self.url, "SELECT count(*) FROM promises WHERE state = 'unknown'")
        accepted = count(self.url, "SELECT count(*) FROM promises WHERE state = 'accepted'")
        if self.due != accepted + sum(skipped.values()) + unknown or accepted != self.accepted:
            raise Failed(
                f"{self.due} due, {accepted} accepted, {skipped} skipped, {unknown} unknown, {self.accepted} arrived"
            )
        self.took = [
            float(str(seconds))
            for (seconds,) in ask(
                self.url, "SELECT extract(epoch FROM settled_at - created_at) FROM attempts WHERE state = 'accepted'"
            )
        ]
        return {
            "due": self.due,
            "accepted": accepted,
            "distinct": self.accepted,
            "skipped": skipped,
            "unknown": unknown,
        }


def _in_memory(net: Net, number: int, processes: int) -> float:
    share = number // processes
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.in_memory", net.url, str(share), str(THREADS), f"m{each}"],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
        )
        for each in range(processes)
    ]
    for child in running:
        if child.wait(120) != 0:
            raise Failed("sending from memory failed")
    return rate(net.take())


def _textbook(ground: Ground, net: Net, sizes: Sizes, kind: str, processes: int) -> float:
    """All messages wait already; the workers begin with them when they start."""
    number = sizes.sends // 2
    url = ground.database(f"textbook_{kind}", migrated=False)
    ask(url, SCHEMA)
    ask(
        url,
        "INSERT INTO textbook_reminders SELECT n, '+14155000000', 'Hi Ada, Bench expects you.' FROM generate_series(1, %s) n",
        number,
    )
    environ = ground.environ(TEXTBOOK_DATABASE=plain(url), TEXTBOOK_BROKER=ground.broker(5), TEXTBOOK_NETWORK=net.url)
    filler = f"from benchmarks.textbook.tasks import send_reminder as s\nfor n in range(1, {number + 1}): s.delay(n)"
    subprocess.run([sys.executable, "-c", filler], cwd=PROJECT, env=environ, check=True)
    command = [
        "-m",
        "celery",
        "-A",
        "benchmarks.textbook.tasks",
        "worker",
        "-P",
        kind,
        "--without-gossip",
        "--without-mingle",
    ]
    many = [(str(THREADS), processes)] if kind == "threads" else [(str(sizes.prefork), 1)]
    children = [
        ground.python(f"textbook {kind}", *command, "-c", size, "-n", f"{kind}{each}@bench", environ=environ)
        for size, times in many
        for each in range(times)
    ]
    net.wait_for(number, 120, idle=20)
    log = net.take()
    ground.stop(*children, firmly=True)
    ground.drop(f"textbook_{kind}")
    if len(log) < number:
        raise Failed(f"the textbook on {kind} sent {len(log)} of {number}")
    return rate(log)
