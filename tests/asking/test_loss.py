"""What no webhook announced: counted, and not counted where one was on its way."""

from collections.abc import Callable
from datetime import timedelta

from runtime import explain, loss
from runtime.settings import Scheme, WebhookSettings
from store import reconciliations, tables
from store.losses import Kind
from tests.asking.given import Desk, soon
from tests.vendors.conftest import Tenant
from workers import reconcile, sync

Make = Callable[..., Tenant]


def scans(desk: Desk) -> str:
    with desk.db.begin() as tx:
        reconciliations.want_now(tx, "north")
    return reconcile.run(desk.wiring, "north")


def looks(desk: Desk) -> None:
    desk.change(tables.sync_requests, due_at=soon(seconds=-1))
    sync.run(desk.wiring, "north")


def booked(tenant: Tenant) -> str:
    return str(tenant.book(starts_at=soon(days=2).isoformat(), announce=False)["id"])


def counts(desk: Desk) -> dict[Kind, tuple[int, int]]:
    with desk.db.begin() as tx:
        return {each.kind: (each.missed, each.announced) for each in loss.summary(tx, "north").kinds}


def test_case_15_what_was_found_that_no_webhook_announced_is_a_loss_of_its_kind(desk: Desk, tenant: Make) -> None:
    north = tenant("caspen")
    desk.has("north", north)
    announced, missed = booked(north), booked(north)
    desk.hears("north", announced)
    looks(desk)
    scans(desk)
    assert counts(desk) == {Kind.NEW: (1, 1), Kind.CHANGED: (0, 0), Kind.GONE: (0, 0)}
    north.act(missed, "move", starts_at=soon(days=3).isoformat(), announce=False)
    scans(desk)
    assert counts(desk)[Kind.CHANGED] == (1, 0)
    with desk.db.begin() as tx:
        found = loss.summary(tx, "north")
    assert (found.missed, found.rate) == (2, 2 / 3)
    assert [row.kind for row in desk.rows(tables.timeline)].count("found_unannounced") == 2


def test_case_15_a_loss_says_how_late_it_was_where_the_vendor_says_when(desk: Desk, tenant: Make) -> None:
    north = tenant("caspen")
    desk.has("north", north)
    booked(north)
    scans(desk)
    [row] = desk.rows(tables.losses)
    assert 0 <= row.delay_seconds < 60
    with desk.db.begin() as tx:
        told = [line.text for line in explain.lines(tx, "north", row.external_id)]
    assert f"found by asking the vendor, {round(row.delay_seconds)} s after it had happened" in " ".join(told)


def test_case_15_a_webhook_that_comes_a_moment_later_was_on_its_way(desk: Desk, tenant: Make) -> None:
    north = tenant("caspen")
    desk.has("north", north)
    external_id = booked(north)
    scans(desk)
    assert counts(desk)[Kind.NEW] == (1, 0)
    desk.hears("north", external_id)
    looks(desk)
    assert counts(desk)[Kind.NEW] == (0, 1)


def test_case_15_a_webhook_that_comes_an_hour_later_was_lost_on_its_way(desk: Desk, tenant: Make) -> None:
    north = tenant("caspen")
    desk.has("north", north)
    external_id = booked(north)
    scans(desk)
    desk.change(tables.losses, found_at=soon(hours=-1))
    desk.hears("north", external_id)
    looks(desk)
    assert counts(desk)[Kind.NEW] == (1, 0)


def test_case_15_what_waits_for_its_look_is_no_loss(desk: Desk, tenant: Make) -> None:
    north = tenant("caspen")
    desk.has("north", north)
    desk.hears("north", booked(north))
    scans(desk)
    assert counts(desk)[Kind.NEW] == (0, 0)


def test_case_15_a_record_that_is_gone_is_a_loss_once_it_is_proven(desk: Desk, tenant: Make) -> None:
    north = tenant("caspen")
    desk.has("north", north)
    external_id = booked(north)
    desk.hears("north", external_id)
    looks(desk)
    north.act(external_id, "delete", announce=False)
    desk.change(tables.appointments, fetched_at=soon(minutes=-5))
    scans(desk)
    looks(desk)
    assert counts(desk)[Kind.GONE] == (0, 0), "it is doubtful, no more"
    desk.change(tables.appointments, doubtful_at=soon(minutes=-2))
    looks(desk)
    assert counts(desk)[Kind.GONE] == (1, 0)


def test_case_86_a_polled_connection_loses_nothing_and_says_how_fresh_it_is(desk: Desk, tenant: Make) -> None:
    north = tenant("officeplace")
    desk.has("north", north, scanned=False, webhook=WebhookSettings(Scheme.NONE))
    with desk.db.begin() as tx:
        budget = desk.wiring.budget("north")
        assert loss.freshness(tx, "north", budget, timedelta(minutes=15)).age_seconds is None
    scans(desk)
    booked(north)
    scans(desk)
    assert desk.rows(tables.losses) == []
    with desk.db.begin() as tx:
        fresh = loss.freshness(tx, "north", budget, timedelta(minutes=15))
    assert fresh.age_seconds is not None
    assert fresh.age_seconds < 60
    assert fresh.pages == 3  # a mailbox and a month each
    assert fresh.oldest_seconds is not None
    assert fresh.oldest_seconds >= 900


def test_case_74_a_first_scan_finds_no_losses(desk: Desk, tenant: Make) -> None:
    north = tenant("caspen")
    desk.has("north", north, scanned=False)
    booked(north)
    scans(desk)
    assert desk.rows(tables.losses) == []
