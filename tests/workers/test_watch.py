from types import SimpleNamespace

import pytest

from runtime import names
from runtime.broker import celery_settings
from runtime.doorbell import Doorbell
from tests import brokers
from workers.app import app, count_waiting
from workers.watch import DEAF_SECONDS, STOP_SECONDS, Watch


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(clock: Clock) -> Watch:
    return Watch(clock=clock, threads=2, heard_at=clock.now)


def test_a_process_that_hears_nothing_while_messages_wait_ends(watch: Watch, clock: Clock) -> None:
    watch.waiting = lambda: 3
    clock.now += DEAF_SECONDS
    assert watch.look() == ""
    clock.now += 1
    assert watch.look() == "messages wait and none is heard"
    watch.heard()
    assert watch.look() == ""


def test_silence_on_empty_queues_is_no_deafness(watch: Watch, clock: Clock) -> None:
    clock.now += 10 * DEAF_SECONDS
    assert watch.look() == ""


def test_a_broker_that_cannot_be_asked_ends_nobody(watch: Watch, clock: Clock) -> None:
    def away() -> int:
        raise ConnectionError

    watch.waiting = away
    clock.now += 10 * DEAF_SECONDS
    assert watch.look() == ""


def test_a_process_all_of_whose_threads_work_is_not_deaf(watch: Watch, clock: Clock) -> None:
    watch.threads, watch.waiting = 1, lambda: 3
    with watch.busy("connections.reconcile", 600):
        clock.now += DEAF_SECONDS + 1
        assert watch.look() == ""


def test_a_process_that_was_told_to_stop_ends_in_time(watch: Watch, clock: Clock) -> None:
    watch.stopping()
    clock.now += STOP_SECONDS
    assert watch.look() == ""
    clock.now += 1
    assert watch.look() == "it was told to stop and did not"


def test_a_thread_is_stuck_only_beyond_the_deadline_of_its_own_task(watch: Watch, clock: Clock) -> None:
    watch.threads = 1
    with watch.busy("connections.reconcile", 600):
        clock.now += 600
        assert watch.look() == ""
        clock.now += 1
        assert watch.look() == "all its threads are stuck"
    assert watch.look() != "all its threads are stuck"


def test_what_waits_is_counted_on_the_queues_that_are_consumed(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    brokers.waiting(valkey_url)
    settings = celery_settings(valkey_url)
    for key in ("broker_url", "broker_transport_options"):
        monkeypatch.setitem(app.conf, key, settings[key])
    doorbell = Doorbell(valkey_url)
    doorbell.ring(names.PROMISES_SEND)
    doorbell.ring(names.APPOINTMENTS_SYNC, args=("north",))
    doorbell.ring(names.APPOINTMENTS_SYNC, args=("south",))
    assert doorbell.close(10)
    consumer = SimpleNamespace(task_consumer=SimpleNamespace(queues=settings["task_queues"][1:]))  # sync and rest
    assert count_waiting(consumer) == 2
    brokers.waiting(valkey_url)
