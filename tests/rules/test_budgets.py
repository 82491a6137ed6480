"""How classes of calls share a window of 57: what a vendor that documents 60 is asked at most."""

import pytest

from rules.budgets import SHARES, room

CALLS = 57


def free(cause: str, *asked: str, **used: int) -> int:
    return room(CALLS, cause, used, {*used, *asked})


def test_what_is_due_soon_may_take_everything_where_nobody_else_asks() -> None:
    assert free("due_soon") == CALLS


def test_webhooks_always_leave_a_call_for_what_is_due_soon() -> None:
    assert free("webhook") == 56
    assert free("due_soon", webhook=56) == 1


def test_a_class_that_asks_keeps_its_reserve_until_it_has_used_it() -> None:
    assert free("webhook", "reconcile") == CALLS - 5 - 1
    assert free("webhook", reconcile=3) == CALLS - 3 - 2 - 1
    assert free("webhook", reconcile=19) == CALLS - 19 - 1


def test_a_scan_stays_below_its_ceiling_however_idle_the_rest_is() -> None:
    assert free("reconcile") == 19
    assert free("backfill") == 17
    assert free("reconcile", backfill=17) == 5
    assert free("backfill", reconcile=19) == 3


@pytest.mark.parametrize("cause", SHARES)
def test_no_class_starves_beside_one_that_takes_all_it_can(cause: str) -> None:
    for greedy in SHARES:
        if greedy != cause:
            most = room(CALLS, greedy, {}, {cause})
            assert room(CALLS, cause, {greedy: most}, {cause, greedy}) > 0, greedy


@pytest.mark.parametrize("cause", ["", *SHARES])
def test_all_together_never_take_more_than_there_is(cause: str) -> None:
    used = {"webhook": 40, "write_back": 10}
    assert 0 <= room(CALLS, cause, used, set(used)) <= 7
    assert room(CALLS, cause, {"webhook": 57}, {"webhook"}) == 0


def test_calls_of_no_class_take_what_is_left() -> None:
    assert free("") == CALLS
    assert free("", webhook=50) == 7
