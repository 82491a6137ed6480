"""Asking the vendor what we missed, against the emulated vendors over HTTP."""

from collections.abc import Callable

import pytest

from runtime.settings import Scheme, WebhookSettings
from store import sync_requests, tables
from tests.factories import days, hours, minutes
from tests.steps.given import Clinic, now
from workers import reconcile

pytestmark = pytest.mark.servers
Make = Callable[..., Clinic]
ANNOUNCED = WebhookSettings(Scheme.STANDARD, ("whsec_c2VjcmV0",))
VENDORS = ("caspen", "pexip", "carecycle")


def scans(north: Clinic, **how: int) -> str:
    north.alters(tables.connection_states, reconcile_due_at=now() - minutes(1))
    return reconcile.run(north.wiring, "north", **how)


@pytest.mark.parametrize("vendor", VENDORS)
def test_case_15_what_no_webhook_announced_is_found_and_planned_the_same_way(clinic: Make, vendor: str) -> None:
    north = clinic(vendor)
    for due_in in (days(1), days(2), days(3)):
        north.books(due_in)
    assert "3 fetched" in scans(north)
    north.syncs()
    assert [row.state for row in north.rows(tables.promises)] == ["planned"] * 3


def test_case_15_what_was_missed_is_counted_and_what_is_on_its_way_is_not(clinic: Make) -> None:
    north = clinic(webhook=ANNOUNCED)
    lost, coming = north.books(days(1)), north.books(days(2))
    north.hears(coming)
    scans(north)
    assert "found_unannounced" in north.told(lost)
    assert "found_unannounced" not in north.told(coming)
    assert north.state.found_unannounced == 1


def test_case_15_a_change_that_was_missed_is_applied(clinic: Make) -> None:
    north = clinic()
    external_id = north.known(days(2))
    north.tenant.act(external_id, "cancel", announce=False)
    scans(north)
    assert north.promise.skip_reason == "cancelled"


def test_case_74_what_a_new_connection_finds_is_no_loss_and_no_booking(clinic: Make) -> None:
    north = clinic(webhook=ANNOUNCED)
    north.alters(tables.connection_states, reconciled_at=None)
    north.books(days(1))
    scans(north)
    assert north.state.found_unannounced == 0
    assert north.state.reconciled_at is not None


def test_case_80_what_a_whole_scan_does_not_show_gets_a_look_of_its_own(clinic: Make) -> None:
    north = clinic("carecycle", horizon_days=5)
    external_id = north.known(days(2))
    north.tenant.act(external_id, "cancel", announce=False)
    assert "1 not in the list" in scans(north)
    north.syncs()
    assert north.appointment.presence == "doubtful"


def test_case_22_a_scan_that_stops_between_pages_goes_on_where_it_was_and_misses_nothing(clinic: Make) -> None:
    north = clinic("pexip", options={"page_size": 5})
    for number in range(12):
        north.books(days(1) + minutes(number))
    assert "scan finished" not in scans(north, pages=1)
    north.books(days(3))  # meanwhile
    lines = [scans(north, pages=1) for _ in range(6)]
    assert any("scan finished" in line for line in lines)
    assert len(north.rows(tables.appointments)) == 13


def test_case_22_a_record_seen_twice_costs_nothing(clinic: Make) -> None:
    north = clinic()
    external_id = north.known(days(2))
    before = north.appointment.revision
    scans(north)
    scans(north)
    assert north.appointment.revision == before
    assert north.told(external_id).count("first_seen") == 1


def test_case_19_a_scan_notices_an_outage_and_its_end(clinic: Make) -> None:
    north = clinic()
    north.books(days(2))
    north.tenant.fault("error_500", count=3)
    for _ in range(4):
        north.alters(tables.connection_states, paused_until=None)
        scans(north)
    assert [kind for kind in north.told() if kind.startswith("vendor")] == ["vendor_away", "vendor_back"]
    assert north.inbox == []
    assert len(north.rows(tables.appointments)) == 1


def test_case_18_a_429_stops_the_scan_and_pauses_the_credential(clinic: Make) -> None:
    north = clinic()
    north.books(days(2))
    north.tenant.fault("rate_limited")
    scans(north)
    assert north.row(tables.budgets).paused_until > now()
    assert north.rows(tables.appointments) == []
    north.alters(tables.budgets, paused_until=None)
    scans(north)
    assert len(north.rows(tables.appointments)) == 1


def test_a_cursor_that_the_vendor_refuses_begins_anew(clinic: Make) -> None:
    north = clinic()
    north.books(days(2))
    scans(north, pages=0)
    stale = {"reconcile_cursor": "http://elsewhere.example/next", "reconcile_from": now(), "reconcile_to": now()}
    north.alters(tables.connection_states, **stale, reconcile_started_at=now(), reconcile_lease_until=None)
    assert "begins anew" in scans(north)
    assert "scan finished" in scans(north)


def test_rejected_credentials_pause_a_scan_too(clinic: Make) -> None:
    north = clinic()
    north.tenant.configure(credentials={"token": f"another than {north.tenant.name}"})
    scans(north)
    assert (north.state.paused_reason, north.inbox) == ("credentials rejected", ["needs_person"])
    assert scans(north) == "north: paused"


def test_case_86_a_scan_that_is_not_due_asks_nothing(clinic: Make) -> None:
    north = clinic()
    scans(north)
    before = north.calls()
    assert reconcile.run(north.wiring, "north") == "north: not due"
    assert north.calls() == before


def test_a_scan_wakes_no_dead_letter(clinic: Make) -> None:
    north = clinic("carecycle", horizon_days=5)
    external_id = north.known(days(2))
    north.tenant.act(external_id, "cancel", announce=False)
    north.wants(external_id)
    north.alters(tables.sync_requests, due_at=now())
    with north.db.begin() as tx:
        [claim] = sync_requests.claim(tx, "north", limit=1, lease=hours(1))
        sync_requests.bury(tx, claim, "poison")
    scans(north)
    assert north.request.dead_reason == "poison"
