"""What a broker may lose, what a deploy may cut, and what piles up: nothing of it is ours."""

import signal
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from runtime import names
from runtime.broker import CLOCKS_DISAGREE_SECONDS
from runtime.doorbell import publisher
from store import reconciliations, tables
from tests import brokers
from tests.asking.house import House, house
from tests.senders.given import Network
from tests.steps.given import sms
from tests.until import until
from tests.vendors.conftest import Tenant
from workers.schedule import EVERY_SECONDS, schedule

pytestmark = pytest.mark.e2e
_numbers = count(700)


@pytest.fixture
def at_home(tmp_path: Path, fresh_postgres_url: str, tenant: Callable[..., Tenant], sandbox: str) -> Iterator[House]:
    number = next(_numbers)
    network = Network(sandbox, f"house{number}", sms(sandbox, number))
    said = {"vendor": "sms", "name": network.name, "credentials": dict(network.settings.credentials)}
    httpx.post(f"{sandbox}/control/tenants", json={**said, "numbers": {network.number: {}}}).raise_for_status()
    with house(tmp_path, fresh_postgres_url, tenant, network) as made:
        yield made


def ready(at_home: House, name: str) -> None:
    until(lambda: b"ready." in at_home.stage.said(name), 60)


def test_case_69_a_broker_that_loses_everything_again_and_again_loses_nothing_of_ours(at_home: House) -> None:
    at_home.runs("worker")
    at_home.beats()
    ready(at_home, "worker")
    for _ in range(5):
        at_home.books(3600)
        at_home.wipe()
    at_home.books(-5)
    at_home.wipe()
    until(lambda: len(at_home.rows(tables.appointments)) == 6, 60)
    at_home.known_since(days=-7)  # or the one that is due now would count as booked too late
    at_home.wipe()
    until(lambda: len(at_home.texts()) == 1, 60)
    at_home.wipe()
    until(lambda: {row.state for row in at_home.rows(tables.promises)} == {"planned", "accepted"}, 60)


def test_case_70_a_deploy_in_the_middle_of_a_call_ends_it_and_sends_nothing_twice(at_home: House) -> None:
    at_home.network.fault("slow", seconds=3)
    worker = at_home.runs("old")
    at_home.beats()
    ready(at_home, "old")
    at_home.books(8)
    until(lambda: any(row.state == "sending" for row in at_home.rows(tables.attempts)), 60)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(40) == 0
    assert [row.state for row in at_home.rows(tables.attempts)] in (["accepted"], ["delivered"])
    at_home.runs("new")
    ready(at_home, "new")
    at_home.books(8)  # once its text has come, the new worker has looked at everything that is due
    until(lambda: len(at_home.texts()) > 1, 60)
    assert len(at_home.texts()) == len(at_home.rows(tables.attempts)) == 2


def ticks(at_home: House, name: str, count: int, *, expire_seconds: float) -> None:
    """What beat publishes while nobody listens."""
    app = publisher(at_home.valkey.url)
    for _ in range(count):
        app.send_task(name, expires=expire_seconds, ignore_result=True)
    app.close()


def test_case_89_ticks_that_have_grown_old_start_nothing(at_home: House) -> None:
    due(at_home)
    ticks(at_home, names.SWEEPS_RECONCILE, 40, expire_seconds=1)
    over = time.monotonic() + 1.5
    until(lambda: time.monotonic() > over)
    at_home.runs("worker")
    ready(at_home, "worker")
    until(lambda: brokers.waiting(at_home.valkey.url) == [], 30)
    at_home.books(3600)
    ticks(at_home, names.SWEEPS_SYNC, 1, expire_seconds=60)
    until(lambda: b"1 fetched" in at_home.stage.said("worker"), 30)
    assert b"connections due" not in at_home.stage.said("worker")


def test_case_89_ticks_that_piled_up_run_as_one(at_home: House) -> None:
    due(at_home)
    ticks(at_home, names.SWEEPS_RECONCILE, 40, expire_seconds=60)
    at_home.runs("worker")
    ready(at_home, "worker")
    until(lambda: b"scan finished" in at_home.stage.said("worker"), 60)
    due(at_home)
    at_home.books(3600)
    ticks(at_home, names.SWEEPS_SYNC, 1, expire_seconds=60)
    until(lambda: b"1 fetched" in at_home.stage.said("worker"), 30)
    assert at_home.stage.said("worker").count(b"1 connections due") == 1


def due(at_home: House) -> None:
    with at_home.db.begin() as tx:
        reconciliations.want_now(tx, "north")


def test_case_89_what_beat_publishes_dies_before_much_of_it_can_pile_up() -> None:
    for name, entry in schedule().items():
        assert entry["options"]["expires"] == max(EVERY_SECONDS[name], CLOCKS_DISAGREE_SECONDS)
