"""A day of events is looked at again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from runtime.replay import replay
from store import configs, tables
from store.events import Arrival, store
from tests.asking.given import Desk, soon
from tests.factories import config_body
from tests.vendors.conftest import Tenant
from workers import send, sync

Make = Callable[..., Tenant]
BODY = '{"type": "appointment.updated", "timestamp": "2024-01-01T12:00:00Z", "data": {"id": "%s"}}'


def heard(desk: Desk, external_id: str, key: str) -> None:
    """Stored whole, as the receiver does, but misread: it names nothing."""
    body = (BODY % external_id).encode()
    with desk.db.begin() as tx:
        store(tx, [Arrival("north", key, True, "unrecognised", False, body)])


@pytest.fixture
def north(desk: Desk, tenant: Make) -> Tenant:
    at = tenant("caspen")
    desk.has("north", at)
    with desk.db.begin() as tx:
        config_id, _ = configs.save(tx, config_body())
        configs.assign(tx, "north", config_id)
    return at


def booked(north: Tenant, due_in: timedelta) -> str:
    """Its reminder, a day before, falls due then."""
    start = soon(days=1) + due_in
    said = {"starts_at": start.isoformat(), "phone": "+13125550142", "zone": "America/Chicago", "announce": False}
    return str(north.book(**said)["id"])


def test_case_73_what_was_misread_is_found_and_planned(desk: Desk, north: Tenant) -> None:
    ids = [booked(north, timedelta(hours=hour)) for hour in (1, 2)]
    for number, external_id in enumerate([*ids, ids[0]]):
        heard(desk, external_id, f"k{number}")
    said = replay(desk.wiring, "north", soon(days=-1), actor="test")
    assert (said.events, said.refs, said.forgotten, said.unread) == (3, 2, 0, 0)
    sync.run(desk.wiring, "north")
    assert sorted(desk.known()) == sorted(ids)
    assert [row.state for row in desk.rows(tables.promises)] == ["planned", "planned"]
    assert desk.rows(tables.operator_actions)[0].action == "replay"


def test_case_73_nothing_that_was_sent_is_sent_again_and_nothing_late_goes_out(desk: Desk, north: Tenant) -> None:
    due, late = booked(north, timedelta(seconds=-30)), booked(north, timedelta(hours=-12))
    for number, external_id in enumerate((due, late)):
        heard(desk, external_id, f"k{number}")
    replay(desk.wiring, "north", soon(days=-1), actor="test")
    sync.run(desk.wiring, "north")
    desk.change(tables.appointments, known_from=soon(days=-7))
    for _ in range(2):
        replay(desk.wiring, "north", soon(days=-1), actor="test")
        desk.change(tables.sync_requests, due_at=soon(seconds=-1))
        sync.run(desk.wiring, "north")
        send.run(desk.wiring)
    assert len(desk.phones.texts) == 1
    told = {row.external_id: row.id for row in desk.rows(tables.appointments)}
    states = {row.appointment_id: row.state for row in desk.rows(tables.promises)}
    assert (states[told[due]], states[told[late]]) == ("accepted", "skipped")


def test_case_73_a_body_that_is_no_longer_kept_is_counted_and_older_events_are_left_alone(
    desk: Desk, north: Tenant
) -> None:
    heard(desk, "app_1", "k1")
    heard(desk, "app_2", "k2")
    with desk.db.begin() as tx:
        tx.execute(sa.update(tables.events).where(tables.events.c.key == "k1").values(body=None))
        tx.execute(sa.update(tables.events).where(tables.events.c.key == "k2").values(received_at=soon(days=-2)))
    said = replay(desk.wiring, "north", soon(days=-1), actor="test")
    assert (said.events, said.refs, said.forgotten) == (1, 0, 1)
