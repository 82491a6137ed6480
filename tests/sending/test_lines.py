"""Case 48: what a sender number may hand over is counted for all workers; the deadline comes first."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from rules.senders import Accepted, Outcome, Refused, SenderSettings, Text, Verdict
from store import connections as states
from tests.sending.given import Practice, twilio
from workers import send

Make = Callable[..., Practice]
LIMITED = Refused("20429", Verdict.RETRY, elsewhere=True, retry_after_seconds=30)
WIDE = {"max_texts_per_hour": 100_000}


def with_options(**options: int) -> list[SenderSettings]:
    first, second = twilio("first", "+12025570001"), twilio("second", "+12025570002", account="AC2")
    return [replace(first, options={**first.options, **options}), second]


def test_case_48_a_number_hands_over_no_more_in_any_second_than_it_may(practice: Make):
    at: list[float] = []

    def note(_: Text) -> Outcome:
        at.append(time.monotonic())
        return Accepted(f"SM{len(at)}")

    clinic = practice(first=[note], senders=with_options(per_second=20), names=("north", "south"), **WIDE)
    clinic.crowd("north", 25)
    clinic.crowd("south", 25)
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda shard: send.run(clinic.wiring, shard, 4), range(4)))
    assert len(at) == 50
    at.sort()
    most = max(sum(1 for each in at if first <= each < first + 1) for first in at)
    assert most <= 20 + 4  # four threads may each have taken leave a moment before they call
    assert at[-1] - began < 4  # and no slower than it must be


def test_case_48_what_a_minute_does_not_hold_waits_inside_its_deadline(practice: Make):
    clinic = practice(first=[Accepted("SM1")], senders=with_options(per_minute=10), **WIDE)
    clinic.crowd("north", 12)
    began = time.monotonic()
    assert "9 accepted" in send.run(clinic.wiring)  # 95 % of ten, rounded down
    assert time.monotonic() - began < send.RUN_SECONDS  # nobody sleeps a minute
    assert send.run(clinic.wiring) == ""


def test_case_48_a_429_pauses_the_number_for_everybody_and_no_other(practice: Make):
    clinic = practice(first=[LIMITED, Accepted("SM1")], second=[Accepted("SM2")], names=("north", "south", "east"))
    connections = dict(clinic.wiring.settings.connections)
    connections["east"] = replace(connections["east"], sender="second")
    clinic.wiring.settings = replace(clinic.wiring.settings, connections=connections)
    promises = {name: clinic.book("a1", at=name) for name in connections}
    send.run(clinic.wiring)
    states = {name: clinic.promise(promise).state for name, promise in promises.items()}
    assert sorted(states.values()) == ["accepted", "planned", "planned"]
    assert states["east"] == "accepted"
    assert len(clinic.apis["first"].texts) == 1  # the second connection of that number did not even ask


def test_case_48_the_deadline_comes_before_the_pause(practice: Make):
    clinic = practice(first=[LIMITED], second=[Accepted("SM2")], failover_sender="second")
    clinic.send(clinic.book("a1"))  # pauses the first number for 30 s
    soon, later = clinic.book("a2", "+13125550143"), clinic.book("a3", "+13125550144")
    clinic.put(soon, not_after=clinic.now() + timedelta(seconds=20))
    send.run(clinic.wiring)
    assert clinic.promise(soon).state == "accepted"
    assert [each.sender for each in clinic.attempts(soon)] == ["second"]
    assert clinic.promise(later).state == "planned"
    assert clinic.attempts(later) == []


def test_case_48_what_has_passed_its_deadline_is_ended_though_the_number_is_paused(practice: Make):
    clinic = practice(first=[LIMITED])
    clinic.send(clinic.book("a1"))
    over = clinic.book("a2", "+13125550143")
    clinic.put(over, not_after=clinic.now())
    send.run(clinic.wiring)
    assert clinic.promise(over).skip_reason == "too_late"


def test_a_connection_that_observes_takes_nothing_from_the_number_it_shares(practice: Make):
    clinic = practice(first=[Accepted("SM1")], senders=with_options(per_minute=2), names=("north", "south"))
    with clinic.db.begin() as tx:
        states.confirm(tx, "south", "observe", "live")
    for number in range(3):
        clinic.book(f"a{number}", f"+1312555015{number}", at="south")
    mine = clinic.book("a1", at="north")
    send.run(clinic.wiring)
    assert clinic.promise(mine).state == "accepted"


def test_case_88_lanes_of_a_number_that_waits_hold_up_no_other_lane(practice: Make):
    """More lanes than a look holds share a number that has just said 429; one clinic has another number."""
    names = tuple(f"lane{number:02}" for number in range(send.LOOK + 4))
    clinic = practice(first=[LIMITED], second=[Accepted("SM2")], names=(*names, "zone"))
    connections = dict(clinic.wiring.settings.connections)
    connections["zone"] = replace(connections["zone"], sender="second")
    clinic.wiring.settings = replace(clinic.wiring.settings, connections=connections)
    for name in names:
        clinic.book("a1", at=name)
    mine = clinic.book("a1", at="zone")
    send.run(clinic.wiring)
    assert clinic.promise(mine).state == "accepted"
