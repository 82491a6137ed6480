"""Credentials that the vendor rejects: told once, and nothing is lost until a person has mended them."""

from collections.abc import Callable
from dataclasses import replace

from structlog.testing import capture_logs

from runtime import operating
from store import tables
from tests.asking.given import Desk, soon
from tests.vendors.conftest import Tenant
from workers import reconcile, sync

Make = Callable[..., Tenant]


def test_rejected_credentials_are_told_once_and_nothing_is_lost_meanwhile(desk: Desk, tenant: Make) -> None:
    north = tenant("caspen")
    right = desk.has("north", north)
    desk.connections["north"] = replace(right, adapter=replace(right.adapter, credentials={"token": "nobody"}))
    ids = [north.book(starts_at=soon(days=2).isoformat(), announce=False)["id"] for _ in range(3)]
    said: list[str] = []
    for external_id in ids:
        desk.hears("north", external_id)
        with capture_logs() as logs:
            sync.run(desk.wiring, "north")
            reconcile.run(desk.wiring, "north")
        said += [each["event"] for each in logs]
    assert said.count("connection_paused") == 1
    [told] = desk.rows(tables.inbox)
    assert (told.key, told.times) == ("credentials", 1)
    assert [row.kind for row in desk.rows(tables.timeline)].count("paused") == 1
    desk.connections["north"] = right
    assert "paused" in sync.run(desk.wiring, "north"), "a person must say that it is mended"
    operating.resume(desk.wiring, "north", actor="test")
    sync.run(desk.wiring, "north")
    assert sorted(desk.known()) == sorted(ids)
    assert desk.rows(tables.inbox)[0].resolved_at is not None


def test_other_connections_do_not_notice(desk: Desk, tenant: Make) -> None:
    north, south = tenant("caspen"), tenant("caspen")
    right = desk.has("north", north)
    desk.has("south", south)
    desk.connections["north"] = replace(right, adapter=replace(right.adapter, credentials={"token": "nobody"}))
    external_id = south.book(starts_at=soon(days=2).isoformat(), announce=False)["id"]
    desk.hears("north", "app_1")
    desk.hears("south", external_id)
    sync.run(desk.wiring, "north")
    sync.run(desk.wiring, "south")
    assert list(desk.known()) == [external_id]
