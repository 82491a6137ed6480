"""Workers as the supervisor sees them: what ends them, and what does not."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime import names
from runtime.doorbell import Doorbell
from tests import brokers
from tests.until import until
from tests.workers.conftest import Flower, Stage, stage

pytestmark = pytest.mark.e2e

RABBITMQ = os.environ.get("PUNCTUAL_TEST_RABBITMQ_URL")


def ring(url: str, name: str, *args: str) -> None:
    doorbell = Doorbell(url)
    doorbell.ring(name, args=args)
    assert doorbell.close(10)


def held(folder: Path, number: int) -> Path:
    file = folder / f"hold-{number}"
    file.touch()
    return file


def test_a_worker_all_of_whose_threads_are_stuck_ends_itself(alone: Stage, tmp_path: Path) -> None:
    worker = alone.worker("stuck", threads=2, STAGE_DEADLINE_SECONDS="1")
    for number in range(2):
        ring(alone.broker_url, names.CONNECTIONS_RECONCILE, str(held(tmp_path, number)))
    assert worker.wait(30) == 70
    assert b"all its threads are stuck" in alone.said("stuck")
    assert b"stage.py" in alone.said("stuck")  # where each thread stood


def test_a_worker_with_one_stuck_thread_works_on_and_says_so(alone: Stage, tmp_path: Path) -> None:
    worker = alone.worker("half", threads=2, STAGE_DEADLINE_SECONDS="1")
    file = held(tmp_path, 0)
    ring(alone.broker_url, names.CONNECTIONS_RECONCILE, str(file))
    until(lambda: b"stuck" in alone.said("half"))
    ring(alone.broker_url, names.APPOINTMENTS_SYNC, "north")
    until(lambda: b"north: 12 fetched" in alone.said("half"))
    assert worker.poll() is None
    file.unlink()
    until(file.with_suffix(".ended").exists)


def test_a_stop_lets_a_call_in_flight_end(alone: Stage, tmp_path: Path) -> None:
    """Case 70."""
    worker = alone.worker("stopped")
    file = held(tmp_path, 0)
    ring(alone.broker_url, names.CONNECTIONS_RECONCILE, str(file))
    until(file.with_suffix(".begun").exists)
    worker.send_signal(signal.SIGTERM)
    until(lambda: b"Warm shutdown" in alone.said("stopped") or b"warm" in alone.said("stopped").lower())
    file.unlink()
    assert worker.wait(20) == 0
    assert file.with_suffix(".ended").exists()


def test_a_stop_does_not_wait_without_bound(alone: Stage, tmp_path: Path) -> None:
    worker = alone.worker("unwilling", STAGE_STOP_SECONDS="1")
    file = held(tmp_path, 0)
    ring(alone.broker_url, names.CONNECTIONS_RECONCILE, str(file))
    until(file.with_suffix(".begun").exists)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 70


def test_a_worker_outlives_an_outage_of_its_broker(alone: Stage) -> None:
    with brokers.gate(alone.broker_url, "open") as gate:
        worker = alone.worker("patient", PUNCTUAL_BROKER_URL=gate.url)
        for state in ("shut", "hang"):
            before = alone.said("patient").count(b"12 fetched")
            gate.become(state)
            time.sleep(1)  # an outage has a length
            gate.become("open")
            ring(alone.broker_url, names.APPOINTMENTS_SYNC, "north")
            until(lambda seen=before: alone.said("patient").count(b"12 fetched") > seen, 60)
        assert worker.poll() is None


def test_a_task_that_kills_its_worker_does_not_come_back(alone: Stage, tmp_path: Path) -> None:
    """Case 71: doorbells are acknowledged early; the row decides who tries again."""
    worker = alone.worker("killed")
    file = held(tmp_path, 0)
    ring(alone.broker_url, names.CONNECTIONS_RECONCILE, str(file))
    until(file.with_suffix(".begun").exists)
    worker.kill()
    worker.wait(10)
    file.with_suffix(".begun").unlink()
    alone.worker("next")
    ring(alone.broker_url, names.APPOINTMENTS_SYNC, "north")
    until(lambda: b"12 fetched" in alone.said("next"))
    assert not file.with_suffix(".begun").exists()


@pytest.mark.parametrize("process", ["worker", "beat", "flower"])
def test_nothing_starts_without_a_broker(alone: Stage, process: str) -> None:
    args = {
        "worker": ("worker", "-P", "threads"),
        "beat": ("beat", "--schedule", str(alone.home / "schedule")),
        "flower": ("flower", "--conf=workers/flowerconfig.py"),
    }
    login = {"PUNCTUAL_FLOWER_USER": "operator", "PUNCTUAL_FLOWER_PASSWORD": "a-long-password"}
    started = alone.celery(process, *args[process], PUNCTUAL_BROKER_URL="", **login)
    assert started.wait(60) != 0
    assert b"PUNCTUAL_BROKER_URL" in alone.said(process)
    assert b"Traceback" not in alone.said(process)


def test_a_worker_refuses_bad_settings_in_words(alone: Stage, tmp_path: Path) -> None:
    (tmp_path / "punctual.toml").write_text('[connections.north]\nvendor = "nobody"\n')
    config = str(tmp_path / "punctual.toml")
    started = alone.celery("refusing", "worker", "-P", "threads", PUNCTUAL_CONFIG=config)
    assert started.wait(60) != 0
    assert b"connections.north.vendor: expected one of" in alone.said("refusing")
    assert b"Traceback" not in alone.said("refusing")


@pytest.mark.parametrize("missing", ["PUNCTUAL_FLOWER_USER", "PUNCTUAL_FLOWER_PASSWORD"])
def test_flower_refuses_to_start_without_a_login(alone: Stage, missing: str) -> None:
    login = {"PUNCTUAL_FLOWER_USER": "operator", "PUNCTUAL_FLOWER_PASSWORD": "a-long-password", missing: ""}
    started = alone.celery("flower", "flower", "--conf=workers/flowerconfig.py", **login)
    assert started.wait(60) != 0
    assert b"PUNCTUAL_FLOWER_PASSWORD" in alone.said("flower")
    assert b"Traceback" not in alone.said("flower")


def test_beat_rings_for_every_sweep_of_the_first_seconds(alone: Stage, tmp_path: Path) -> None:
    alone.celery("beat", "beat", "--schedule", str(tmp_path / "schedule"), "--pidfile=")
    seen: list[str] = []
    wanted = {names.SWEEPS_SEND, names.SWEEPS_SYNC, names.SWEEPS_WRITE_BACK}
    until(lambda: seen.extend(each[1] for each in brokers.waiting(alone.broker_url)) or wanted <= set(seen), 60)
    assert not [line for line in alone.said("beat").splitlines() if b"Traceback" in line]


@pytest.fixture
def on_rabbitmq(tmp_path: Path) -> Iterator[Stage]:
    if not RABBITMQ:
        pytest.skip("PUNCTUAL_TEST_RABBITMQ_URL is not set")
    with stage(tmp_path, RABBITMQ) as made:
        yield made
    brokers.forget(RABBITMQ)


def test_a_worker_on_rabbitmq_runs_what_is_rung_and_outlives_a_cut_line(on_rabbitmq: Stage) -> None:
    with brokers.gate(on_rabbitmq.broker_url, "open") as gate:
        worker = on_rabbitmq.worker("quorum", PUNCTUAL_BROKER_URL=gate.url)
        for connection in ("north", "south"):
            ring(on_rabbitmq.broker_url, names.APPOINTMENTS_SYNC, connection)
            until(lambda name=connection: f"{name}: 12 fetched".encode() in on_rabbitmq.said("quorum"), 60)
            gate.become("shut")
            gate.become("open")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0


def test_flower_shows_tasks_on_rabbitmq(on_rabbitmq: Stage) -> None:
    on_rabbitmq.worker("stage")
    flower = Flower(on_rabbitmq)
    until(lambda: flower.knows("stage@here"), 60)
    shown = flower.task(flower.press(names.APPOINTMENTS_SYNC, "north"))
    assert shown["result"] == "'north: 12 fetched, 9 planned, 1 skipped short_notice'"
