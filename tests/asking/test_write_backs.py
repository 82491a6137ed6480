"""What follows a write to the vendor, and what comes between."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from rules.vendors import Change
from runtime import operating
from store import tables, write_backs
from tests.asking.given import Desk, soon
from tests.vendors.conftest import Tenant
from workers import sync, write_back

Make = Callable[..., Tenant]


def known(desk: Desk, tenant: Tenant) -> str:
    """An appointment in two days at `north` that was looked at."""
    desk.has("north", tenant)
    external_id = tenant.book(starts_at=soon(days=2).isoformat(), announce=False)["id"]
    desk.hears("north", external_id)
    sync.run(desk.wiring, "north")
    return str(external_id)


def confirmed(desk: Desk, external_id: str) -> str:
    row = desk.known()[external_id]
    with desk.db.begin() as tx:
        write_backs.want(tx, row.id, "north", Change.CONFIRM, row.starts_at, "operator")
    return write_back.run(desk.wiring)


def test_case_65_an_echo_is_looked_at_once_and_no_second_time(desk: Desk, tenant: Make) -> None:
    north = tenant("caspen")
    external_id = known(desk, north)
    confirmed(desk, external_id)
    before = desk.known()[external_id].revision
    desk.hears("north", external_id)
    desk.change(tables.sync_requests, due_at=soon(seconds=-1))
    sync.run(desk.wiring, "north")
    assert desk.waiting() == []
    assert desk.known()[external_id].revision == before


def test_case_20_a_webhook_after_the_echo_that_shows_nothing_is_looked_at_again(desk: Desk, tenant: Make) -> None:
    """Case 65: an echo is expected once."""
    north = tenant("caspen")
    external_id = known(desk, north)
    confirmed(desk, external_id)
    for _ in range(2):
        desk.hears("north", external_id)
        desk.change(tables.sync_requests, due_at=soon(seconds=-1))
        sync.run(desk.wiring, "north")
    assert [row.key for row in desk.waiting()] == [external_id]


def test_case_67_rejected_credentials_pause_the_connection_and_keep_the_wish(desk: Desk, tenant: Make) -> None:
    north = tenant("caspen")
    external_id = known(desk, north)
    right = desk.connections["north"]
    desk.connections["north"] = replace(right, adapter=replace(right.adapter, credentials={"token": "nobody"}))
    assert "later" in confirmed(desk, external_id)
    assert "waits" in again(desk)
    assert [row.key for row in desk.rows(tables.inbox)] == ["credentials"]
    desk.connections["north"] = right
    operating.resume(desk.wiring, "north", actor="test")
    assert "done" in again(desk)


def again(desk: Desk) -> str:
    desk.change(tables.write_backs, due_at=soon(seconds=-1))
    return write_back.run(desk.wiring)


@pytest.mark.parametrize("change", [Change.CANCEL, Change.COMPLETE, Change.NO_SHOW])
def test_what_the_vendor_cannot_be_told_is_handed_to_staff(desk: Desk, tenant: Make, change: Change) -> None:
    north = tenant("caspen")
    external_id = known(desk, north)
    row = desk.known()[external_id]
    with desk.db.begin() as tx:
        write_backs.want(tx, row.id, "north", change, row.starts_at, "operator")
    assert "handed_over" in write_back.run(desk.wiring)
    assert [item.kind for item in desk.rows(tables.inbox)] == ["write_back"]
