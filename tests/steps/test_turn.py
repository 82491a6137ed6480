"""Only what may be called now is claimed; the rest waits where it is, and holds nobody else up."""

from collections.abc import Callable

import pytest

from store import budgets, tables
from tests.factories import days, minutes
from tests.steps.given import Clinic, now
from workers import sync

pytestmark = pytest.mark.servers
Make = Callable[..., Clinic]


def takes(north: Clinic, cause: str, wanted: int = 60) -> int:
    """Somebody else calls as often as this class of calls may."""
    call = north.wiring.counted("north", cause)
    with north.db.begin() as tx:
        return budgets.grant(tx, call.name, call.budget, wanted, cause=cause).count


def used(north: Clinic) -> int:
    return sum(row.used for row in north.rows(tables.budget_uses))


def test_case_18_without_leave_nothing_is_claimed_and_the_vendor_is_not_asked(clinic: Make) -> None:
    north = clinic()
    external_id = north.books(days(2))
    takes(north, "webhook")
    north.hears(external_id)
    assert north.syncs() == "north: 1 wait for leave"
    assert north.calls() == 0
    assert (north.request.attempts, north.request.lease_until) == (0, None)
    assert north.request.due_at > now()
    north.alters(tables.budget_uses, tick_at=now() - minutes(2))
    north.syncs()
    assert north.promise.state == "planned"


def test_what_asks_no_vendor_does_not_wait_for_leave(clinic: Make) -> None:
    north = clinic()
    north.known(days(2))
    takes(north, "webhook")
    north.hears(north.books(days(3)))
    north.wants("", kind="plan")
    assert north.syncs() == "north: 1 wait for leave, 1 appointments planned anew"


def test_a_class_that_has_used_its_share_holds_up_no_other(clinic: Make) -> None:
    north = clinic()
    soon, heard = north.books(days(2)), north.books(days(3))
    takes(north, "webhook", 1)
    takes(north, "due_soon")
    north.wants(soon, cause="due_soon")
    north.wants(heard, cause="webhook")
    assert "1 wait for leave, 1 fetched" in north.syncs()
    assert [row.external_id for row in north.rows(tables.appointments)] == [heard]


def test_leave_that_led_to_no_call_is_there_for_somebody_else(clinic: Make) -> None:
    north = clinic()
    north.hears(north.books(days(2)))
    north.alters(tables.sync_requests, attempts=sync.MOST_ATTEMPTS)
    north.syncs()
    assert (north.request.dead_reason != "", north.calls(), used(north)) == (True, 0, 0)


def test_the_leave_that_came_with_the_claim_is_counted_once(clinic: Make) -> None:
    north = clinic("officeplace")
    north.hears(north.books(days(2)))
    north.syncs()
    assert used(north) == len(north.tenant.calls())


def test_a_wait_of_a_moment_is_waited_out(clinic: Make) -> None:
    """Coming back for it would leave the place empty until a sweep rings."""
    north = clinic()
    north.wiring.budget_scale = 1 / 300  # 60 in a fifth of a second: less than is waited out
    north.hears(north.books(days(2)))
    said = ""
    for _ in range(20):  # until this machine was quick enough to find it used up
        north.wants(north.books(days(2)), cause="webhook")
        north.alters(tables.sync_requests, due_at=now() - minutes(1))
        takes(north, "webhook")
        said = north.syncs(due=False)
        if "wait for leave" in said:
            break
    assert "wait for leave" in said
    assert "fetched" in said


def test_case_18_a_429_without_a_word_pauses_longer_each_time(clinic: Make) -> None:
    north = clinic("officeplace")
    north.tenant.fault("rate_limited", count=None)
    for _ in range(3):
        north.wants("123")
        north.syncs()
        north.alters(tables.budgets, paused_until=None)
    told = [row.facts["seconds"] for row in north.rows(tables.timeline, kind="rate_limited")]
    assert [low - 0.5 <= pause <= 2 * low for low, pause in zip((2.5, 5, 10), told, strict=True)] == [True] * 3, told
