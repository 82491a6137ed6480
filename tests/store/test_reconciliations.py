from datetime import timedelta
from typing import Any

import pytest

from rules.vendors import Window
from store import reconciliations, tables
from store.reconciliations import Scan
from tests.factories import days, hours, minutes
from tests.store.given import North, now

pytestmark = pytest.mark.servers
LEASE = timedelta(minutes=2)
TODAY = Window(now() - days(1), now() + days(30))
TOMORROW = Window(now(), now() + days(31))


@pytest.fixture(autouse=True)
def due(north: North) -> None:
    north.alters(tables.connection_states, reconcile_due_at=now() - minutes(1))


def claims(north: North, window: Window = TODAY) -> Scan | None:
    with north.db.begin() as tx:
        return reconciliations.claim(tx, "north", window, lease=LEASE)


def does(north: North, what: Any, *args: Any) -> None:
    with north.db.begin() as tx:
        what(tx, *args)


def test_a_scan_belongs_to_one_worker_until_it_ends(north: North) -> None:
    scan = claims(north)
    assert scan is not None
    assert claims(north) is None
    does(north, reconciliations.finish, scan, minutes(15))
    assert claims(north) is None, "not due again yet"


def test_case_22_an_interrupted_scan_goes_on_from_its_page_with_its_window(north: North) -> None:
    scan = claims(north)
    assert scan is not None
    scan.cursor = "page 2"
    does(north, reconciliations.advance, scan)
    does(north, reconciliations.release, scan, timedelta(0))
    resumed = claims(north, TOMORROW)
    assert resumed is not None
    assert (resumed.cursor, resumed.window, resumed.started_at) == ("page 2", TODAY, scan.started_at)


def test_a_killed_workers_scan_is_taken_over_when_its_lease_ends(north: North) -> None:
    scan = claims(north)
    assert scan is not None
    scan.cursor = "page 2"
    does(north, reconciliations.advance, scan)
    north.alters(tables.connection_states, reconcile_lease_until=now() - minutes(1))
    resumed = claims(north)
    assert resumed is not None
    assert resumed.cursor == "page 2"
    scan.cursor = "page 9"
    does(north, reconciliations.advance, scan)
    north.alters(tables.connection_states, reconcile_lease_until=now() - minutes(1))
    again = claims(north)
    assert again is not None
    assert again.cursor == "page 2", "who has lost the lease moves nothing"


@pytest.mark.parametrize("left", ["released", "killed"])
def test_a_scan_that_was_left_for_long_begins_anew(north: North, left: str) -> None:
    scan = claims(north)
    assert scan is not None
    scan.cursor = "page 2"
    does(north, reconciliations.advance, scan)
    long_ago = now() - hours(2)
    if left == "released":
        does(north, reconciliations.release, scan, timedelta(0))
        north.alters(tables.connection_states, reconcile_due_at=long_ago)
    else:
        north.alters(tables.connection_states, reconcile_lease_until=long_ago)
    fresh = claims(north, TOMORROW)
    assert fresh is not None
    assert (fresh.cursor, fresh.window) == (None, TOMORROW)


def test_a_cursor_that_the_vendor_refuses_is_not_tried_for_ever(north: North) -> None:
    scan = claims(north)
    assert scan is not None
    scan.cursor = "stale"
    does(north, reconciliations.advance, scan)
    does(north, reconciliations.abandon, scan, timedelta(0))
    fresh = claims(north)
    assert fresh is not None
    assert fresh.cursor is None


def test_case_15_known_ones_that_a_whole_scan_did_not_show_get_a_look_of_their_own(north: North) -> None:
    for number in range(4):
        north.books(days(number), external_id=f"app_{number}")
    table = tables.appointments
    north.alters(table, fetched_at=now() - hours(1))
    scan = claims(north)
    assert scan is not None
    north.alters(table, table.c.external_id == "app_0", fetched_at=now())  # shown
    north.alters(table, table.c.external_id == "app_1", starts_at=now() + days(200))  # outside the window
    north.alters(table, table.c.external_id == "app_2", presence="gone")
    with north.db.begin() as tx:
        assert reconciliations.unseen(tx, scan) == ["app_3"]


def test_case_15_the_first_scan_of_a_connection_is_no_sign_of_loss(north: North) -> None:
    north.alters(tables.connection_states, reconciled_at=None)
    first = claims(north)
    assert first is not None
    assert first.first is True
    does(north, reconciliations.finish, first, timedelta(0))
    second = claims(north)
    assert second is not None
    assert second.first is False


def test_a_scan_is_due_when_nobody_has_it_and_the_connection_is_not_paused(north: North) -> None:
    with north.db.begin() as tx:
        assert reconciliations.due(tx) == ["north"]
    north.alters(tables.connection_states, paused_until=now() + hours(1))
    with north.db.begin() as tx:
        assert reconciliations.due(tx) == []
