"""The receiver at 64 connections: ours, the textbook's and one that only verifies, on every server, in turn."""

import base64
import json
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.ground import PROJECT, Failed, Ground, ask, count, free_port
from benchmarks.load import Job
from benchmarks.progress import say
from benchmarks.sizes import Sizes
from benchmarks.textbook.tasks import EVENTS

SECRET = "whsec_" + base64.b64encode(b"a secret of the benchmark alone!").decode()
CONNECTIONS = [f"c{number}" for number in range(10)]
KINDS = ("verify", "textbook", "ours")
BEST = {("granian", "verify"), ("gevent", "textbook"), ("granian", "ours")}
"""Of each kind the best so far: a quick run has no time for the others."""

# Processes and threads as each server's documentation advises for two cores; ours as `punctual up` runs it.
COMMANDS = {
    "gunicorn sync": ["-m", "gunicorn", "-k", "sync", "-w", "5"],
    "gunicorn gthread": ["-m", "gunicorn", "-k", "gthread", "-w", "2", "--threads", "32", "--keep-alive", "75"],
    "gevent": ["-m", "gunicorn", "-k", "gevent", "-w", "2", "--worker-connections", "500", "--keep-alive", "75"],
    "granian": ["-m", "granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "32"],
}
POOLS = {"gunicorn sync": 1, "gunicorn gthread": 16, "gevent": 16, "granian": 16}
OURS = {
    "gunicorn gthread": ["-m", "gunicorn", "-k", "gthread", "-w", "1", "--threads", "64", "--keep-alive", "75"],
    "gevent": ["-m", "gunicorn", "-k", "gevent", "-w", "1", "--worker-connections", "500", "--keep-alive", "75"],
    "granian": ["-m", "web"],
}
CONFIG = """
[connections.{name}]
vendor = "caspen"
base_url = "http://127.0.0.1:9"
zone = "Europe/Amsterdam"
credentials = {{ token = "t" }}
webhook = {{ scheme = "standard", secret = "{secret}" }}
"""


@dataclass
class Place:
    """One application on one server."""

    server: str
    kind: str
    port: int = field(default_factory=free_port)
    database_url: str = ""
    child: subprocess.Popen[bytes] | None = None
    reports: list[dict[str, Any]] = field(default_factory=list)
    answered: int = 0
    """Distinct events that were answered with 2xx."""

    @property
    def name(self) -> str:
        return f"{self.kind} on {self.server}"

    def median(self, what: str) -> float:
        return statistics.median(float(report[what]) for report in self.reports)


def measure(ground: Ground, sizes: Sizes) -> dict[str, Any]:
    config = ground.folder / "receiver.toml"
    config.write_text("".join(CONFIG.format(name=name, secret=SECRET) for name in CONNECTIONS))
    places = [
        Place(server, kind)
        for server in COMMANDS
        for kind in KINDS
        if (kind != "ours" or server in OURS) and (not sizes.quick or (server, kind) in BEST)
    ]
    try:
        for place in places:
            _start(ground, place)
        for place in places:
            assert place.child is not None
            ground.await_port(place.child, place.port, place.name)
            _post(place, 0.3, 0)  # connections are opened and code is warm
            place.reports.clear()
        for number in range(sizes.receiver_rounds):
            for place in places:
                _post(place, sizes.receiver_seconds, 1 + number)
                report = place.reports[-1]
                say(f"{place.name}: {report['rps']:,.0f}/s, p99 {report['p99_ms']:.0f} ms")
        for place in places:
            _check(place)
    finally:
        ground.stop(*(place.child for place in places if place.child is not None))
        for place in places:
            if place.database_url:
                ground.drop(_database(place))
    return _result(places)


def _database(place: Place) -> str:
    return f"{place.kind}_{place.server.replace(' ', '_')}"


def _start(ground: Ground, place: Place) -> None:
    if place.kind == "ours":
        place.database_url = ground.database(_database(place))
        environ = ground.environ(
            PUNCTUAL_CONFIG=str(ground.folder / "receiver.toml"),
            PUNCTUAL_DATABASE_URL=place.database_url,
            PUNCTUAL_BROKER_URL=ground.broker(1),
            PUNCTUAL_HOME=str(ground.folder / "web"),
            PUNCTUAL_SECRET_KEY="a key of the benchmark alone, long enough",
            PUNCTUAL_WEB_PORT=str(place.port),
        )
        command = OURS[place.server]
        bound = [] if command[1] == "web" else ["-b", f"127.0.0.1:{place.port}", "benchmarks.wsgi:load()"]
        place.child = ground.python(place.name, *command, *bound, environ=environ)
        return
    place.database_url = ground.database(_database(place), migrated=False)
    ask(place.database_url, EVENTS)
    environ = ground.environ(
        TEXTBOOK_STORES="yes" if place.kind == "textbook" else "no",
        TEXTBOOK_SECRET=SECRET,
        TEXTBOOK_CONNECTIONS=",".join(CONNECTIONS),
        TEXTBOOK_DATABASE=place.database_url.replace("+psycopg", ""),
        TEXTBOOK_BROKER=ground.broker(2),
        TEXTBOOK_POOL=str(POOLS[place.server]),
    )
    command = COMMANDS[place.server]
    where = (
        ["--host", "127.0.0.1", "--port", str(place.port)]
        if "granian" in command
        else ["-b", f"127.0.0.1:{place.port}"]
    )
    place.child = ground.python(place.name, *command, *where, "benchmarks.textbook.receiver:app", environ=environ)


def post(job: Job) -> dict[str, Any]:
    """Run the generator in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        cwd=PROJECT,
        input=json.dumps(asdict(job)).encode(),
        capture_output=True,
        check=False,
        timeout=job.seconds + 60,
    )
    if done.returncode != 0:
        raise Failed(f"the load could not be made: {done.stderr.decode()[-800:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _post(place: Place, seconds: float, number: int) -> None:
    most = int(seconds * 16_000)
    job = Job(place.port, seconds, SECRET, CONNECTIONS, most=most, first=number * 1_000_000)
    report = post(job)
    refused = {status: times for status, times in report["statuses"].items() if status != "202"}
    if refused:
        raise Failed(f"{place.name} answered {refused} among {report['answers']}")
    place.answered += report["accepted_keys"]
    place.reports.append(report)


def _check(place: Place) -> None:
    """Every 2xx is one row, and no row is there twice."""
    if place.kind == "verify":
        return
    table = "events" if place.kind == "ours" else "textbook_events"
    stored = count(place.database_url, f"SELECT count(*) FROM {table}")
    distinct = count(place.database_url, f"SELECT count(DISTINCT (connection, key)) FROM {table}")
    if not stored == distinct == place.answered:
        raise Failed(f"{place.name}: {place.answered} answered with 2xx, {stored} rows, {distinct} different")


def _result(places: list[Place]) -> dict[str, Any]:
    def best(kind: str) -> Place:
        return max((place for place in places if place.kind == kind), key=lambda place: place.median("rps"))

    ours = next(place for place in places if place.kind == "ours" and place.server == "granian")
    verify, textbook = best("verify").median("rps"), best("textbook").median("rps")
    servers: dict[str, Any] = {}
    for place in places:
        servers.setdefault(place.server, {})[place.kind] = {
            what: round(place.median(what), 1) for what in ("rps", "p50_ms", "p99_ms")
        }
    return {
        "server": ours.server,
        "rps": round(ours.median("rps")),
        "p50_ms": round(ours.median("p50_ms"), 1),
        "p99_ms": round(ours.median("p99_ms"), 1),
        "verify_only_rps": round(verify),
        "textbook_rps": round(textbook),
        "ratio_verify_only": round(ours.median("rps") / verify, 2),
        "ratio_textbook": round(ours.median("rps") / textbook, 2),
        "accepted": ours.answered,
        "stored": count_stored(ours),
        "servers": servers,
    }


def count_stored(place: Place) -> int:
    """Checked to be equal before the databases are dropped."""
    return place.answered
