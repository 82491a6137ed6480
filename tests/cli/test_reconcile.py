"""`punctual reconcile`, with a worker that does it, at emulated vendors."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from runtime.wiring import Wiring
from store import appointments, tables
from store.tables import connection_states
from tests.asking.given import book_many
from tests.cli.conftest import Bench
from tests.until import until
from tests.vendors.conftest import Tenant, sandbox, tenant
from workers import reconcile

__all__ = ["sandbox", "tenant"]

pytestmark = pytest.mark.servers

FILE = """
[senders.texts]
kind = "console"
numbers = ["+353861234567"]

[connections.acme]
vendor = "{vendor}"
base_url = "{base}"
zone = "America/Chicago"
credentials = {{ {credentials} }}
webhook = {webhook}
sender = "texts"
"""
HOOK = '{ scheme = "shared", header = "X-Secret", secret = "s" }'


@pytest.fixture
def file(bench: Bench, tenant: Callable[..., Tenant]) -> Callable[..., Tenant]:
    """`file("caspen")`: the connection acme at that vendor; its first scan is behind it."""

    def write(vendor: str, webhook: str = '"none"') -> Tenant:
        one = tenant(vendor)
        base = {"caspen": "/caspen/v1"}.get(vendor, f"/{vendor}")
        known = ", ".join(f'{name} = "{value}"' for name, value in one.credentials.items())
        bench.settings(FILE.format(vendor=vendor, base=one.url + base, credentials=known, webhook=webhook))
        bench.wiring().declare()
        state(bench, reconciled_at=sa.func.clock_timestamp(), reconcile_due_at=soon(days=1))
        return one

    return write


def state(bench: Bench, **values: Any) -> None:
    with bench.db.begin() as tx:
        tx.execute(sa.update(connection_states).where(connection_states.c.connection == "acme").values(**values))


def soon(**span: float) -> datetime:
    return datetime.now(UTC) + timedelta(**span)


@contextmanager
def worker(bench: Bench) -> Iterator[Wiring]:
    """Somebody who does what is due, as the sweep would have it done."""
    wiring, over = bench.wiring(), threading.Event()

    def work() -> None:
        while not over.wait(0.05):
            reconcile.run(wiring, "acme")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield wiring
    finally:
        over.set()
        thread.join()


def test_a_scan_on_demand_is_watched_to_its_end_and_summed_up(bench: Bench, file: Callable[..., Tenant]) -> None:
    acme = file("caspen", webhook=HOOK)
    book_many(acme, 3, soon(days=2))
    with worker(bench):
        said = bench.done("reconcile", "acme", "--json").json
    assert (said["connection"], said["finished"], said["calls"], said["records"]) == ("acme", True, 1, 3)
    assert (said["changed"], said["unannounced"]) == (3, 3)
    assert bench.state("acme").last_scan_pages == 1


def test_a_window_is_scanned_in_the_connections_zone_and_nothing_outside_it(
    bench: Bench, file: Callable[..., Tenant]
) -> None:
    acme = file("carecycle")
    inside = book_many(acme, 1, datetime(2026, 5, 12, 5, 0, tzinfo=UTC), phone="+13125550142")
    inside += book_many(acme, 1, datetime(2026, 5, 14, 4, 59, tzinfo=UTC), phone="+13125550142")
    book_many(acme, 1, datetime(2026, 5, 12, 4, 58, tzinfo=UTC), phone="+13125550142")
    book_many(acme, 1, datetime(2026, 5, 14, 5, 1, tzinfo=UTC), phone="+13125550142")
    before = bench.state("acme")
    with worker(bench):
        said = bench.done("reconcile", "acme", "--from", "2026-05-12", "--to", "2026-05-13").out
    assert said.startswith("acme: done, 12 May 2026 to 13 May 2026: 3 calls in ")
    with bench.db.begin() as tx:
        assert sorted(appointments.noted(tx, "acme", None)) == sorted(inside)
    after = bench.state("acme")
    assert after.reconciled_at == before.reconciled_at, "a part says nothing of how fresh the whole is"
    assert after.last_scan_pages is None
    assert after.reconcile_due_at > soon(minutes=5), "the usual scan comes when it would have come"


def test_where_the_vendor_lists_everything_the_summary_says_so(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("caspen")
    with worker(bench):
        said = bench.done("reconcile", "acme", "--from", "2026-05-12", "--to", "2026-05-12").out
    assert "12 May 2026 to 12 May 2026 (the vendor lists everything): 1 call in 0 seconds, 0 records" in said


def test_an_end_before_its_beginning_is_refused(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("caspen")
    for words, part in (
        (("--from", "2026-05-12", "--to", "2026-05-11"), "--to lies before --from"),
        (("--from", "2020-05-12", "--to", "2026-05-11"), "ask for less at a time"),
        (("--from", "12.5.2026"), "a day such as 2026-05-12"),
        (("--from", "2026-05-12T08:00:00"), "an instant such as"),
    ):
        said = bench.run("reconcile", "acme", *words)
        assert (said.status, part in said.err) == (2, True), said.err


def test_the_same_window_again_is_watched_and_another_one_waits_its_turn(
    bench: Bench, file: Callable[..., Tenant]
) -> None:
    acme = file("caspen")
    window = ("--from", "2026-05-12", "--to", "2026-05-13")
    assert bench.done("reconcile", "acme", *window, "--no-wait", "--json").json["finished"] is False
    assert bench.run("reconcile", "acme", "--from", "2026-06-01", "--no-wait").status == 1
    with worker(bench):
        assert bench.done("reconcile", "acme", *window, "--json").json["finished"] is True
    assert len(acme.calls()) == 1


def test_a_window_waits_for_the_first_whole_scan(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("caspen")
    state(bench, reconciled_at=None)
    with worker(bench):
        bench.done("reconcile", "acme", "--from", "2026-05-12", "--to", "2026-05-13")
    after = bench.state("acme")
    assert after.reconciled_at is not None
    assert after.scan_ended_at > after.reconciled_at


def test_ctrl_c_ends_the_watching_and_not_the_scan(bench: Bench, file: Callable[..., Tenant], sandbox: str) -> None:
    acme = file("caspen")
    book_many(acme, 250, soon(days=2))
    httpx.put(f"{sandbox}/control/limits", json={"latency_seconds": 0.5}).raise_for_status()

    def interrupts() -> None:
        until(lambda: bench.state("acme").scan_pages, 30)
        os.kill(os.getpid(), signal.SIGINT)

    impatient = threading.Thread(target=interrupts)
    with worker(bench):
        impatient.start()
        said = bench.run("reconcile", "acme", "--from", "2026-05-12", "--to", "2026-05-13")
        impatient.join()
        httpx.put(f"{sandbox}/control/limits", json={"latency_seconds": 0}).raise_for_status()
        assert (said.status, "the scan goes on" in said.err) == (130, True)
        until(lambda: bench.state("acme").scan_ended_at, 30)
    assert (bench.state("acme").scan_records, bench.state("acme").scan_pages) == (250, 3)


def test_a_window_that_is_left_in_the_middle_goes_on_at_its_page(bench: Bench, file: Callable[..., Tenant]) -> None:
    acme = file("caspen")
    book_many(acme, 250, soon(days=2))
    window = ("--from", "2026-05-12", "--to", "2026-05-13")
    bench.done("reconcile", "acme", *window, "--no-wait")
    reconcile.run(bench.wiring(), "acme", pages=1)
    assert (bench.state("acme").scan_is_asked, bench.state("acme").scan_pages) == (True, 1)
    with worker(bench):
        said = bench.done("reconcile", "acme", *window, "--json").json
    assert (said["calls"], said["records"], len(acme.calls())) == (3, 250, 3)


def test_a_window_that_the_vendor_refuses_is_said_and_the_usual_scans_go_on(
    bench: Bench, file: Callable[..., Tenant]
) -> None:
    file("officeplace")  # this tenant has mailboxes, and none is configured
    with worker(bench):
        said = bench.run("reconcile", "acme", "--from", "2026-05-12", "--to", "2026-05-13")
    assert (said.status, "the vendor refused this window" in said.err) == (1, True), said.err
    assert bench.state("acme").scan_is_asked is False


def test_nobody_is_waited_for_without_end(bench: Bench) -> None:
    said = bench.run("reconcile", "north", "--timeout", "0.1")
    assert (said.status, "nothing has moved for 0.1 s" in said.err) == (1, True)
    assert "north: waiting for a worker" in said.err
    assert bench.done("reconcile", "north", "--no-wait", "--json").json == {"connection": "north", "finished": False}


def test_a_paused_connection_is_not_reconciled(bench: Bench) -> None:
    bench.done("pause", "north")
    said = bench.run("reconcile", "north")
    assert (said.status, "`punctual resume north` first" in said.err) == (1, True)


def test_a_connection_that_no_process_has_taken_up_is_told(bench: Bench) -> None:
    with bench.db.begin() as tx:
        tx.execute(sa.delete(connection_states).where(connection_states.c.connection == "north"))
    said = bench.run("reconcile", "north")
    assert (said.status, "start `punctual up` again" in said.err) == (1, True)


def test_it_is_written_down_who_asked_for_which_window(bench: Bench) -> None:
    bench.done("reconcile", "north", "--from", "2026-05-12", "--to", "2026-05-12", "--no-wait")
    with bench.db.begin() as tx:
        [row] = tx.execute(sa.select(tables.operator_actions)).all()
    assert (row.action, row.target) == ("reconcile", "north")
    assert row.reason == "2026-05-11T23:00:00+00:00 to 2026-05-12T23:00:00+00:00"
