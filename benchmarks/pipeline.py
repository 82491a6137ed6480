"""Punctual's own processes on the benchmark's database, as the Procfile starts them."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psutil

from benchmarks.ground import PROJECT, Failed, Ground, free_port, listens
from punctual.supervisor import read_procfile

NETWORK_SECONDS = 0.05
ALL = ("worker-sms", "worker-sync", "worker-rest", "beat")
"""Everything but the receiver."""


class Net:
    """The SMS network of `benchmarks.network`."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        args = ("-m", "benchmarks.network", str(self.port), str(NETWORK_SECONDS))
        self.child = ground.python("network", *args)
        ground.await_port(self.child, self.port, "network")

    def count(self) -> int:
        with urlopen(f"{self.url}/count") as answer:
            return int(answer.read())

    def take(self) -> list[tuple[str, float, str]]:
        """What has arrived, forgotten there."""
        with urlopen(Request(f"{self.url}/log", method="DELETE")) as answer:
            return [tuple(each) for each in json.load(answer)["log"]]

    def wait_for(self, number: int, seconds: float, *, idle: float = 10.0) -> int:
        """Until so many have arrived, or none has for a while."""
        until, before, changed = time.monotonic() + seconds, -1, time.monotonic()
        while True:
            now = self.count()
            if now != before:
                before, changed = now, time.monotonic()
            if now >= number or time.monotonic() > until or time.monotonic() - changed > idle:
                return now
            time.sleep(0.1)


def environ(ground: Ground, database_url: str, config: Path, broker: int, **more: str) -> dict[str, str]:
    home = ground.folder / "pipeline"
    home.mkdir(exist_ok=True)
    return ground.environ(
        PUNCTUAL_CONFIG=str(config),
        PUNCTUAL_DATABASE_URL=database_url,
        PUNCTUAL_BROKER_URL=ground.broker(broker),
        PUNCTUAL_HOME=str(home),
        PUNCTUAL_SECRET_KEY="a key of the benchmark alone, long enough",
        **more,
    )


def start(ground: Ground, environment: dict[str, str], *names: str) -> dict[str, subprocess.Popen[bytes]]:
    """The Procfile's processes of these names (`worker-sms` also means worker-sms-2), each once it says it is ready."""
    children = {}
    for line in read_procfile(PROJECT / "Procfile"):
        if any(line.name == name or line.name.startswith(f"{name}-") for name in names):
            ready = ground.folder / f"{line.name}.ready"
            ready.unlink(missing_ok=True)
            own = {**environment, "PUNCTUAL_READY_FILE": str(ready)}
            children[line.name] = ground.start(line.name, line.command(own), own)
    for name, child in children.items():
        if name == "web":
            ground.await_sign(child, lambda: listens(int(environment["PUNCTUAL_WEB_PORT"])), name)
        else:
            ground.await_sign(child, (ground.folder / f"{name}.ready").exists, name)
    return children


def megabytes(child: subprocess.Popen[bytes]) -> float:
    """Of the process and what it started: its largest one, as an operator's limit per process counts."""
    try:
        root = psutil.Process(child.pid)
        return max(each.memory_info().rss for each in [root, *root.children(recursive=True)]) / 1e6
    except psutil.Error as error:
        raise Failed("a process that was to be measured has ended") from error


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def worker_count(name: str) -> int:
    return sum(line.name == name or line.name.startswith(f"{name}-") for line in read_procfile(PROJECT / "Procfile"))


def worker_threads(name: str) -> int:
    """How many each of these workers has."""
    command = next(line.words for line in read_procfile(PROJECT / "Procfile") if line.name == name)
    return int(command[command.index("-c") + 1])


def outcome(database_url: str) -> dict[str, Any]:
    """Promises by state."""
    from benchmarks.ground import ask

    return {
        str(state): int(str(n)) for state, n in ask(database_url, "SELECT state, count(*) FROM promises GROUP BY 1")
    }
