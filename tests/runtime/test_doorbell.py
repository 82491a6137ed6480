import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from runtime import names
from runtime.doorbell import Doorbell
from runtime.observe.counters import registry
from tests import brokers
from tests.until import until

RABBITMQ = os.environ.get("PUNCTUAL_TEST_RABBITMQ_URL")


@pytest.fixture(params=["valkey", "rabbitmq"])
def broker_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty broker of each kind."""
    if request.param == "rabbitmq" and not RABBITMQ:
        pytest.skip("PUNCTUAL_TEST_RABBITMQ_URL is not set")
    url = RABBITMQ if request.param == "rabbitmq" else request.getfixturevalue("valkey_url")
    brokers.waiting(url)
    yield url
    if request.param == "rabbitmq":
        brokers.forget(url)


@pytest.fixture
def doorbell(broker_url: str) -> Iterator[Doorbell]:
    made = Doorbell(broker_url)
    yield made
    made.close()


def dropped(task: str) -> float:
    return registry.get_sample_value("punctual_doorbells_dropped_total", {"task": task}) or 0


def test_a_ring_arrives_on_the_queue_of_its_task(doorbell: Doorbell, broker_url: str) -> None:
    doorbell.ring(names.APPOINTMENTS_SYNC, args=("caspen-north",))
    doorbell.ring(names.PROMISES_SEND)
    assert doorbell.close(10)
    arrived = brokers.waiting(broker_url)
    assert sorted(arrived) == [("sms", names.PROMISES_SEND, []), ("sync", names.APPOINTMENTS_SYNC, ["caspen-north"])]


def test_rings_that_wait_for_a_broker_are_few_when_it_is_back(broker_url: str) -> None:
    with brokers.gate(broker_url, "shut") as gate:
        doorbell = Doorbell(gate.url)
        for _ in range(50):
            doorbell.ring(names.APPOINTMENTS_SYNC, args=("north",))
            doorbell.ring(names.APPOINTMENTS_SYNC, args=("south",))
        gate.become("open")
        arrived: list[tuple[str, str, list[str]]] = []
        until(lambda: arrived.extend(brokers.waiting(broker_url)) or len(arrived) >= 2)
        assert doorbell.close(10)
    arrived += brokers.waiting(broker_url)
    assert {each[2][0] for each in arrived} == {"north", "south"}
    assert len(arrived) <= 4  # of a hundred: each once, and once more for what was rung while one was on its way


def test_a_broker_that_dies_between_two_rings_loses_none_of_them(broker_url: str) -> None:
    with brokers.gate(broker_url, "open") as gate:
        doorbell = Doorbell(gate.url)
        doorbell.ring(names.PROMISES_SEND)
        until(lambda: brokers.waiting(broker_url))
        gate.become("shut")
        doorbell.ring(names.PROMISES_SEND)
        gate.become("open")
        until(lambda: brokers.waiting(broker_url))
        assert doorbell.close(10)


@pytest.mark.parametrize("state", ["hang", "shut"])
@pytest.mark.parametrize("url", ["redis://:secret@127.0.0.1:6379/0", "amqp://user:secret@127.0.0.1:5672//"])
def test_case_12_a_broker_that_hangs_or_is_away_holds_nobody_who_rings(url: str, state: str) -> None:
    with brokers.gate(url, state) as gate:
        doorbell = Doorbell(gate.url)
        began = time.monotonic()
        for number in range(500):
            doorbell.ring(names.APPOINTMENTS_SYNC, args=(f"connection-{number}",))
            assert time.monotonic() - began < 0.5
        assert not doorbell.close(0.2)
        assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_publish_to_a_hanging_broker_ends(scheme: str) -> None:
    url = f"{scheme}://user:secret@127.0.0.1:6379/0"
    with brokers.gate(url, "hang") as gate:
        doorbell = Doorbell(gate.url)
        doorbell.ring(names.PROMISES_SEND)
        until(lambda: doorbell._outages._since, 15)
        doorbell.close(0.1)


def test_a_broker_that_hangs_in_mid_life_is_noticed_and_rung_again(valkey_url: str) -> None:
    brokers.waiting(valkey_url)
    with brokers.gate(valkey_url, "open") as gate:
        doorbell = Doorbell(gate.url)
        doorbell.ring(names.PROMISES_SEND)
        until(lambda: brokers.waiting(valkey_url))
        gate.become("hang")
        doorbell.ring(names.PROMISES_SEND)
        until(lambda: doorbell._outages._since, 20)
        gate.become("open")
        until(lambda: brokers.waiting(valkey_url), 20)
        until(lambda: not doorbell._outages._since)
        assert doorbell.close(10)


def test_a_full_doorbell_drops_and_counts() -> None:
    before = dropped(names.APPOINTMENTS_SYNC)
    with brokers.gate("redis://127.0.0.1:6379/0", "hang") as gate:
        doorbell = Doorbell(gate.url, most_waiting=5)
        for number in range(20):
            doorbell.ring(names.APPOINTMENTS_SYNC, args=(f"connection-{number}",))
        doorbell.close(0.1)
    assert 14 <= dropped(names.APPOINTMENTS_SYNC) - before <= 15  # one may be on its way


def test_a_name_that_no_worker_knows_is_refused_where_it_is_rung() -> None:
    with pytest.raises(LookupError, match=r"appointments\.snyc"):
        Doorbell("redis://127.0.0.1:1/0").ring("appointments.snyc")


@pytest.mark.parametrize("argument", ["x" * 201, {"name": "Ada"}, 7])
def test_only_short_texts_are_carried(argument: object) -> None:
    with pytest.raises(ValueError, match="carries ids"):
        Doorbell("redis://127.0.0.1:1/0").ring(names.APPOINTMENTS_SYNC, args=(argument,))  # type: ignore[arg-type]


FORKS = """
import os, sys
from runtime import names
from runtime.doorbell import Doorbell

doorbell = Doorbell(sys.argv[1])
doorbell.ring(names.APPOINTMENTS_SYNC, args=("parent",))
while doorbell._waiting or doorbell._line is None:
    pass
child = os.fork()
who = "parent-again" if child else "child"
doorbell.ring(names.APPOINTMENTS_SYNC, args=(who,))
rung = doorbell.close(10)
if child:
    rung = rung and os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
os._exit(0 if rung else 1)
"""


def test_a_forked_child_rings_over_a_line_of_its_own(valkey_url: str) -> None:
    brokers.waiting(valkey_url)
    run = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKS, valkey_url]
    subprocess.run(run, check=True, timeout=60)
    rung = sorted(args[0] for _, _, args in brokers.waiting(valkey_url))
    assert rung == ["child", "parent", "parent-again"]
