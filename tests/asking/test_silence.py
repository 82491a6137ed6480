"""A vendor that has stopped posting is told to staff, once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from runtime.settings import Scheme, WebhookSettings
from store import tables
from tests.asking.given import Desk, soon
from tests.vendors.conftest import Tenant
from workers import silence

Make = Callable[..., Tenant]


@pytest.fixture
def hourly(desk: Desk, tenant: Make) -> Desk:
    """An event each hour for two weeks, the last of them a day ago."""
    desk.has("north", tenant("caspen"))
    last = soon(days=-1)
    rows = [{"connection": "north", "key": f"k{n}", "received_at": last - timedelta(hours=n)} for n in range(24 * 14)]
    with desk.db.begin() as tx:
        tx.execute(sa.insert(tables.events), rows)
    desk.change(tables.connection_states, last_event_at=last, reconcile_due_at=soon(hours=1))
    return desk


def test_case_14_silence_that_is_longer_than_usual_is_told_once_and_a_scan_begins(hourly: Desk) -> None:
    assert "gone silent" in silence.run(hourly.wiring)
    assert silence.run(hourly.wiring) == ""
    [told] = hourly.rows(tables.inbox)
    assert (told.kind, told.times) == ("silent", 1)
    [state] = hourly.rows(tables.connection_states)
    assert state.reconcile_due_at <= soon(seconds=1)


def test_case_14_the_next_webhook_settles_the_matter(hourly: Desk) -> None:
    silence.run(hourly.wiring)
    hourly.change(tables.connection_states, last_event_at=soon())
    assert "heard again" in silence.run(hourly.wiring)
    assert hourly.rows(tables.inbox)[0].resolved_at is not None


def test_case_14_silence_that_is_usual_is_told_to_nobody(hourly: Desk) -> None:
    with hourly.db.begin() as tx:
        gap = sa.and_(tables.events.c.received_at > soon(days=-8), tables.events.c.received_at < soon(days=-6))
        tx.execute(sa.delete(tables.events).where(gap))
    assert silence.run(hourly.wiring) == ""


def test_case_86_nobody_waits_for_webhooks_that_are_not_configured(hourly: Desk, tenant: Make) -> None:
    hourly.connections["north"] = replace(hourly.connections["north"], webhook=WebhookSettings(Scheme.NONE))
    assert silence.run(hourly.wiring) == ""
