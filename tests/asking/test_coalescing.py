"""Many events on one appointment cost few fetches, and the last state is fetched after the last event."""

import threading
from collections.abc import Callable
from datetime import datetime

import pytest

from store import tables
from tests.asking.given import Desk, soon
from tests.until import until
from tests.vendors.conftest import Tenant
from workers import sync

Make = Callable[..., Tenant]


def reads(tenant: Tenant) -> list[datetime]:
    calls = [call for call in tenant.calls() if call["method"] == "GET" and "/appointments/" in call["path"]]
    return [datetime.fromisoformat(call["at"]) for call in calls]


def test_case_2_one_change_told_by_two_event_types_is_fetched_once(desk: Desk, tenant: Make) -> None:
    north = tenant("caspen")
    desk.has("north", north)
    external_id = north.book(starts_at=soon(days=2).isoformat(), announce=False)["id"]
    desk.hears("north", external_id, kind="appointment.updated")
    desk.hears("north", external_id, kind="appointment.rescheduled")
    sync.run(desk.wiring, "north")
    assert len(desk.rows(tables.events)) == 2
    assert len(reads(north)) == 1
    assert desk.waiting() == []


@pytest.mark.e2e
def test_case_17_fifty_changes_in_a_burst_cost_one_fetch_and_one_for_every_two_seconds(
    desk: Desk, tenant: Make
) -> None:
    north = tenant("caspen")
    desk.has("north", north)
    external_id = north.book(starts_at=soon(days=2).isoformat(), announce=False)["id"]
    wiring, over = desk.wiring, threading.Event()

    def work() -> None:
        while not over.is_set():
            sync.run(wiring, "north")
            over.wait(0.05)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        began, last = soon(), soon(days=2)
        for number in range(50):
            last = soon(days=2, minutes=number)
            north.act(external_id, "move", starts_at=last.isoformat(), announce=False)
            desk.hears("north", external_id)
            over.wait(0.1)  # the burst's own pace
        ended = soon()
        until(lambda: desk.waiting() == [], 30)
    finally:
        over.set()
        worker.join(20)
    length = (ended - began).total_seconds() + 1
    found = reads(north)
    assert len(found) <= 1 + length / 2 + 1, "leading edge, one per two seconds, trailing edge"
    assert found[-1] >= ended.replace(microsecond=0)
    assert desk.known()[external_id].starts_at == last
