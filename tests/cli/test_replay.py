"""`punctual replay`."""

import sqlalchemy as sa

from store import events, tables
from store.events import Arrival
from tests.cli.conftest import Bench

BODY = b'{"type": "appointment.updated", "timestamp": "2024-01-01T12:00:00Z", "data": {"id": "app_1"}}'


def test_case_73_a_day_of_events_is_asked_for_again(bench: Bench) -> None:
    with bench.db.begin() as tx:
        events.store(tx, [Arrival("north", "k1", True, "unrecognised", False, BODY)])
    said = bench.done("replay", "north", "--since", "24h", "--json").json
    assert said == {"connection": "north", "events": 1, "refs": 1, "forgotten": 0, "unread": 0}
    with bench.db.begin() as tx:
        kinds = tx.execute(sa.select(tables.sync_requests.c.kind).order_by("kind")).scalars().all()
        assert kinds == ["appointment", "plan"]
        assert tx.execute(sa.select(tables.operator_actions.c.action)).scalars().all() == ["replay"]


def test_a_moment_without_an_offset_is_not_understood(bench: Bench) -> None:
    for when in ("2026-05-12T08:00:00", "yesterday", "24"):
        said = bench.run("replay", "north", "--since", when)
        assert said.status == 2
        assert "24h" in said.err


def test_a_connection_that_is_not_there_is_refused(bench: Bench) -> None:
    assert bench.run("replay", "nroth", "--since", "2d").status == 2
