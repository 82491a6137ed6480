"""Real processes: a worker, and Flower beside it, on the embedded broker."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import brokers
from tests.until import until

ROOT = Path(__file__).parent.parent.parent
LOGIN = ("operator", "a-long-password")


@dataclass
class Stage:
    """Where its processes run and what they write."""

    home: Path
    broker_url: str
    environ: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def celery(
        self, name: str, *args: str, app: str = "tests.workers.stage", **environ: str
    ) -> subprocess.Popen[bytes]:
        """Start `celery -A tests.workers.stage ...`; what it says is in `<name>.log`."""
        with (self.home / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", app, *args],
                cwd=ROOT,
                env={**self.environ, **environ},
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        return process

    def worker(self, name: str, threads: int = 4, **environ: str) -> subprocess.Popen[bytes]:
        args = ("worker", "-n", f"{name}@here", "-Q", "sms,sync,rest", "-P", "threads", "-c", str(threads), "-E")
        process = self.celery(name, *args, **environ)
        until(lambda: b"ready." in self.said(name) or process.poll() is not None, 60)
        assert process.poll() is None, self.said(name).decode()
        return process

    def said(self, name: str) -> bytes:
        return (self.home / f"{name}.log").read_bytes()

    def stop(self) -> None:
        for process in self.running:
            process.kill()
            process.wait(10)


@contextlib.contextmanager
def stage(home: Path, broker_url: str) -> Iterator[Stage]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PUNCTUAL_")}
    made = Stage(home, broker_url, inherited | {"PUNCTUAL_BROKER_URL": broker_url, "PUNCTUAL_HOME": str(home)})
    brokers.waiting(broker_url)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def alone(tmp_path: Path, valkey_url: str) -> Iterator[Stage]:
    """A stage for one test."""
    with stage(tmp_path, valkey_url) as made:
        yield made


class Flower:
    """Its API, as the operator sees it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.port = brokers.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.api = httpx.Client(base_url=self.url, auth=LOGIN, timeout=20)
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        environ = {
            "PUNCTUAL_FLOWER_USER": LOGIN[0],
            "PUNCTUAL_FLOWER_PASSWORD": LOGIN[1],
            "PUNCTUAL_FLOWER_PORT": str(self.port),
        }
        process = self.stage.celery("flower", "flower", "--conf=workers/flowerconfig.py", **environ)
        until(self.answers, 60)
        return process

    def answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return self.api.get("/healthcheck").status_code == 200
        return False

    def knows(self, worker: str) -> bool:
        """With its pool: control calls need more than a heartbeat."""
        found = self.api.get("/api/workers", params={"refresh": "true"}).json()
        return "stats" in found.get(worker, {})

    def press(self, task: str, *args: str, **options: Any) -> str:
        """Start a task; its id."""
        answer = self.api.post(f"/api/task/async-apply/{task}", json={"args": list(args), **options})
        answer.raise_for_status()
        return str(answer.json()["task-id"])

    def task(self, task_id: str) -> Mapping[str, Any]:
        """What it shows of a task, once that has ended."""
        return until(lambda: self._ended(task_id))

    def _ended(self, task_id: str) -> Mapping[str, Any] | None:
        answer = self.api.get(f"/api/task/info/{task_id}")
        shown = answer.json() if answer.status_code == 200 else {}
        return shown if shown.get("state") in {"SUCCESS", "FAILURE", "REVOKED"} else None


@pytest.fixture(scope="module")
def flower(tmp_path_factory: pytest.TempPathFactory, valkey_url: str) -> Iterator[Flower]:
    """A worker named stage@here and Flower."""
    with stage(tmp_path_factory.mktemp("stage"), valkey_url) as made:
        made.worker("stage")
        found = Flower(made)
        until(lambda: found.knows("stage@here"), 60)
        yield found
