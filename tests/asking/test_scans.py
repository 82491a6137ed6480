"""Scans of the coming 90 days: resumed after a kill, within their share, and without a text."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from store import configs, reconciliations, tables
from tests.asking.given import Desk, book_many, soon
from tests.factories import config_body
from tests.until import until
from tests.vendors.conftest import Tenant
from workers import reconcile, send, sync

ROOT = Path(__file__).parent.parent.parent
Make = Callable[..., Tenant]
PAGE = 100  # Caspen's


def pages(tenant: Tenant) -> list[dict[str, Any]]:
    return [call for call in tenant.calls() if call["path"].endswith("/appointments") and call["method"] == "GET"]


def state(desk: Desk) -> Any:
    [found] = desk.rows(tables.connection_states)
    return found


def due(desk: Desk) -> None:
    with desk.db.begin() as tx:
        reconciliations.want_now(tx, "north")


def looks(desk: Desk) -> None:
    desk.change(tables.sync_requests, due_at=soon(seconds=-1))
    sync.run(desk.wiring, "north", rounds=500)


@pytest.mark.e2e
def test_case_74_a_first_scan_that_is_killed_goes_on_at_its_page(
    desk: Desk, tenant: Make, sandbox: str, tmp_path: Path
) -> None:
    north = tenant("caspen")
    desk.has("north", north, scanned=False)
    person = north.book(starts_at=soon(days=1).isoformat(), announce=False)["person_id"]
    book_many(north, 4 * PAGE, soon(days=2), person_id=person)
    file = tmp_path / "north.pickle"
    file.write_bytes(pickle.dumps(desk.settings))
    httpx.put(f"{sandbox}/control/limits", json={"latency_seconds": 0.3}).raise_for_status()
    killed = subprocess.Popen([sys.executable, "-m", "tests.asking.scanner", str(file), "north"], cwd=ROOT)
    try:
        until(lambda: state(desk).scan_pages >= 2, 60)
    finally:
        killed.kill()
        killed.wait(10)
    before = state(desk)
    assert before.reconcile_cursor is not None
    assert before.reconciled_at is None
    httpx.put(f"{sandbox}/control/limits", json={"latency_seconds": 0}).raise_for_status()
    asked = len(pages(north))
    assert "not due" in reconcile.run(desk.wiring, "north"), "the dead process still holds its lease"
    desk.change(tables.connection_states, reconcile_lease_until=soon(seconds=-1))
    assert "scan finished" in reconcile.run(desk.wiring, "north")
    assert len(pages(north)) - asked <= 5 - before.scan_pages + 1, "it began anew"
    assert len(desk.known()) == 4 * PAGE + 1


def test_case_74_a_first_scan_keeps_within_its_share_and_sends_no_text(desk: Desk, tenant: Make) -> None:
    """Its people's numbers are asked for apart, each once, and never more than a backfill may take."""
    north = tenant("caspen")
    desk.has("north", north, scanned=False)
    with desk.db.begin() as tx:
        config_id, _ = configs.save(tx, config_body())
        configs.assign(tx, "north", config_id)
    for number in range(40):
        phone = f"+1312555{number:04}"
        north.book(starts_at=soon(days=1, minutes=number - 20).isoformat(), phone=phone, announce=False)
    due(desk)
    assert "scan finished" in reconcile.run(desk.wiring, "north")
    assert len(north.calls()) == 1, "a scan is its pages alone"
    assert len([row for row in desk.waiting() if row.kind == "contact"]) == 40
    looks(desk)
    assert {call["status"] for call in north.calls()} == {200}
    assert len(north.calls()) == 17, "a backfill's share of 57"
    send.run(desk.wiring)
    assert desk.phones.texts == []


def test_numbers_that_a_scan_asks_for_come_soonest_first_and_bring_their_plans(desk: Desk, tenant: Make) -> None:
    north = tenant("caspen")
    desk.has("north", north)
    with desk.db.begin() as tx:
        config_id, _ = configs.save(tx, config_body())
        configs.assign(tx, "north", config_id)
    late = north.book(starts_at=soon(days=60).isoformat(), phone="+13125550142", announce=False)["person_id"]
    early = north.book(starts_at=soon(days=3).isoformat(), phone="+13125550143", announce=False)["person_id"]
    due(desk)
    reconcile.run(desk.wiring, "north")
    assert [row.state for row in desk.rows(tables.promises)] == ["skipped", "skipped"]
    waiting = [row for row in desk.waiting() if row.kind == "contact"]
    assert [row.key for row in sorted(waiting, key=lambda row: row.due_at)] == [early, late]
    looks(desk)
    assert [row.state for row in desk.rows(tables.promises)] == ["planned", "planned"]
    asked = len(north.calls())
    due(desk)
    reconcile.run(desk.wiring, "north")
    assert len(north.calls()) == asked + 1, "a second scan asks for nobody again"


def test_case_22_a_record_that_moves_to_a_page_already_read_is_not_missed(desk: Desk, tenant: Make) -> None:
    north = tenant("carecycle")
    desk.has("north", north, horizon_days=6)
    moved = north.book(starts_at=soon(days=5).isoformat(), announce=False)["id"]
    stays = north.book(starts_at=soon(days=5).isoformat(), announce=False)["id"]
    due(desk)
    assert "scan finished" in reconcile.run(desk.wiring, "north")
    due(desk)
    desk.change(tables.appointments, fetched_at=soon(minutes=-5))
    desk.change(tables.budget_uses, used=0)  # a minute goes by
    reconcile.run(desk.wiring, "north", pages=4)  # past tomorrow, not yet at day 5
    north.act(moved, "move", starts_at=soon(days=1).isoformat(), announce=False)
    assert "scan finished" in reconcile.run(desk.wiring, "north")
    assert [row.key for row in desk.waiting()] == [moved], "whom the scan did not see gets a look"
    looks(desk)
    known = desk.known()
    assert known[moved].starts_at < soon(days=2)
    assert known[stays].presence == known[moved].presence == "present"


def test_a_run_that_has_read_its_pages_gives_the_scan_back_at_once(desk: Desk, tenant: Make) -> None:
    north = tenant("carecycle")
    desk.has("north", north)
    due(desk)
    reconcile.run(desk.wiring, "north", pages=2)
    with desk.db.begin() as tx:
        assert reconciliations.due(tx) == ["north"]
