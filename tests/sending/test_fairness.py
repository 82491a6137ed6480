"""Case 88: lanes are served in turn; what has just fallen due and the backlog share each look."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from rules.senders import Accepted, Outcome, Text
from store import promises
from tests.sending.given import Practice
from workers import send

Make = Callable[..., Practice]
RUSH = 5_000
"""An honest size: a tenth of the case's 50,000, some 300 looks deep, on a machine that runs other tests."""
CALM = "+13125550142"


def picked(clinic: Practice, limit: int = 16, **how: int) -> list[str]:
    with clinic.db.begin() as tx:
        return [row.connection for row in promises.pick(tx, limit=limit, **how)]


def test_case_88_the_one_text_of_one_clinic_goes_out_in_its_second_beside_five_thousand_of_another(practice: Make):
    arrived: dict[str, float] = {}

    def take(text: Text) -> Outcome:
        time.sleep(0.01)  # a quick sender's answer
        arrived[text.to] = time.monotonic()
        return Accepted(f"SM{text.reference}")

    clinic = practice(first=[take], names=("rush", "calm"), max_texts_per_hour=100_000)
    clinic.crowd("rush", RUSH)
    due_at = time.monotonic() + 1
    clinic.book("a1", CALM, at="calm", due_in=timedelta(seconds=1))
    shards = 4
    with ThreadPoolExecutor(shards) as pool:
        list(pool.map(lambda shard: send.run(clinic.wiring, shard, shards), range(shards)))
    assert len(arrived) < RUSH  # the rush was still going on
    assert 0 <= arrived[CALM] - due_at < 1


def test_case_88_every_lane_comes_before_the_second_of_any(practice: Make):
    names = ("rush", "b", "c", "d")
    clinic = practice(first=[Accepted("SM1")], names=names)
    clinic.crowd("rush", 100)
    for name in names[1:]:
        clinic.book("a1", at=name)
    assert sorted(picked(clinic, 4)) == sorted(names)
    assert picked(clinic, 16)[4:] == ["rush"] * 12


def test_half_of_a_look_is_for_the_last_minute_and_half_for_the_backlog_by_deadline(practice: Make):
    clinic = practice(first=[Accepted("SM1")], names=("north",))
    old = [clinic.book(f"old{n}", due_in=timedelta(minutes=-3, seconds=n)) for n in range(20)]
    new = [clinic.book(f"new{n}", due_in=timedelta(seconds=-20 + n)) for n in range(20)]
    for place, promise in enumerate(old):
        clinic.put(promise, not_after=clinic.now() + timedelta(minutes=30 - place))
    with clinic.db.begin() as tx:
        found = [row.id for row in promises.pick(tx, limit=16)]
    assert [each for each in found if each in new] == new[:8]
    assert [each for each in found if each in old] == old[::-1][:8]  # the nearest deadline first


def test_where_one_half_is_short_the_other_fills_the_look(practice: Make):
    clinic = practice(first=[Accepted("SM1")], names=("north",))
    for number in range(20):
        clinic.book(f"new{number}", due_in=timedelta(seconds=-1))
    assert len(picked(clinic)) == 16
    for number in range(20):
        clinic.book(f"old{number}", due_in=timedelta(minutes=-3))
    assert len(picked(clinic)) == 16


def test_a_share_of_a_look_is_the_same_rows_every_time_and_no_row_is_in_two(practice: Make):
    clinic = practice(first=[Accepted("SM1")], names=("north",))
    clinic.crowd("north", 30)
    with clinic.db.begin() as tx:
        shares = [{row.id for row in promises.pick(tx, limit=30, shard=n, shards=3)} for n in range(3)]
    assert sum(len(each) for each in shares) == len(set.union(*shares)) == 30
