"""Every fault that the sandbox has a switch for, and what becomes of it here. EDGE_CASES has the numbers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from sandbox.faults import KINDS
from store import tables
from store.engine import Database
from store.planning import lock
from tests.factories import days, minutes
from tests.senders.given import Network
from tests.steps.given import Clinic, now
from tests.steps.hooked import hooked, posted
from tests.vendors.conftest import Tenant
from workers import reconcile, reply, write_back

pytestmark = pytest.mark.servers
Make = Callable[..., Clinic]


@pytest.fixture
def heard(database: Database, tenant: Callable[..., Tenant], network: Network) -> Iterator[Make]:
    """`heard("caspen")`: a clinic whose vendor's webhooks arrive over HTTP."""
    with ExitStack() as stack:
        yield lambda vendor="caspen", **more: stack.enter_context(hooked(database, tenant, network, vendor, **more))


def scans(north: Clinic) -> str:
    north.alters(tables.connection_states, reconcile_due_at=now() - minutes(1))
    return reconcile.run(north.wiring, "north")


def announced(north: Clinic) -> str:
    """Booked at the vendor for in two days; its webhook goes, or does not, as a fault says."""
    start = now() + days(3)
    return str(north.tenant.book(starts_at=start.isoformat(), phone="+13125550142", zone="America/Chicago")["id"])


def test_every_switch_has_a_test_here() -> None:
    tests = [name for name in globals() if name.startswith("test_")]
    assert [fault for fault in KINDS if not any(name.endswith(f"__{fault}") for name in tests)] == []


def test_case_01_a_webhook_that_comes_twice_is_one_event_and_one_plan__duplicate(heard: Make) -> None:
    north = heard()
    north.tenant.fault("duplicate")
    announced(north)
    assert all(200 <= each["status"] < 300 for each in posted(north))
    assert len({each["event_id"] for each in posted(north)}) == 1 < len(posted(north))
    assert len(north.rows(tables.events)) == 1
    north.syncs()
    north.syncs()
    assert (len(north.rows(tables.appointments)), len(north.rows(tables.promises))) == (1, 1)


def test_case_04_a_cancellation_that_overtakes_the_move_before_it_stands__out_of_order(heard: Make) -> None:
    north = heard()
    external_id = north.known(days(2))
    north.tenant.fault("out_of_order")
    north.tenant.act(external_id, "move", starts_at=(now() + days(5)).isoformat())
    north.tenant.act(external_id, "cancel")
    late, early = posted(north)
    assert late["attempts"][0]["at"] > early["attempts"][0]["at"], "the cancellation was told first"
    for _ in range(2):
        north.syncs()
    assert north.appointment.vendor_status == "cancelled"
    assert {row.state for row in north.rows(tables.promises)} <= {"cancelled", "superseded", "skipped"}


def test_case_06_a_webhook_that_comes_after_a_scan_has_found_it_doubles_nothing__delayed(heard: Make) -> None:
    north = heard()
    north.tenant.fault("delayed", seconds=3)
    announced(north)
    scans(north)
    north.syncs()
    assert (north.state.found_unannounced, north.promise.state) == (1, "planned")
    assert [each["status"] for each in posted(north)] == [202]
    north.syncs()
    assert north.promise.state == "planned"
    assert north.state.found_unannounced == 0, "it was on its way"


def test_case_15_what_is_never_announced_is_found_by_the_scan_and_counted__lost(heard: Make) -> None:
    north = heard()
    north.tenant.fault("lost")
    external_id = announced(north)
    assert north.rows(tables.events) == []
    assert "1 not announced" in scans(north)
    north.syncs()
    assert north.promise.state == "planned"
    assert (north.row(tables.losses).external_id, north.row(tables.losses).kind) == (external_id, "new")


def test_case_09_a_wrongly_signed_webhook_is_refused_and_the_scan_finds_it__wrong_signature(heard: Make) -> None:
    north = heard()
    north.tenant.fault("wrong_signature")
    announced(north)
    assert [each["status"] for each in posted(north)] == [401]
    assert north.rows(tables.events) == []
    assert "1 not announced" in scans(north)
    north.syncs()
    assert north.promise.state == "planned"


def test_case_07_what_is_gone_before_it_was_ever_read_is_looked_for_and_told__deleted_after_event(heard: Make) -> None:
    north = heard()
    north.tenant.fault("deleted_after_event")
    external_id = announced(north)
    assert [each["status"] for each in posted(north)] == [202]
    north.syncs()
    assert (north.rows(tables.appointments), north.request.done_gen < north.request.wanted_gen) == ([], True)
    north.alters(tables.sync_requests, wanted_at=now() - days(2))
    north.syncs()
    assert (north.request.dead_reason, north.request.key) == ("record_unseen", external_id)


def test_case_08_what_is_deleted_with_its_last_event_is_held_and_then_gone__deleted_after_event(heard: Make) -> None:
    north = heard()
    external_id = north.known(days(2))
    north.tenant.fault("deleted_after_event")
    north.tenant.act(external_id, "move", starts_at=(now() + days(4)).isoformat())
    assert [each["status"] for each in posted(north)] == [202]
    north.syncs()
    assert (north.appointment.presence, north.promise.state) == ("doubtful", "planned")
    north.alters(tables.appointments, doubtful_at=now() - minutes(2))
    north.syncs()
    assert (north.appointment.presence, north.promise.skip_reason) == ("gone", "record_gone")


def test_case_18_everybody_waits_and_nothing_is_lost__rate_limited(heard: Make) -> None:
    north = heard()
    north.tenant.fault("rate_limited")
    announced(north)
    posted(north)
    north.syncs()
    assert north.row(tables.budgets).paused_until > now()
    north.alters(tables.budgets, paused_until=None)
    north.syncs()
    assert north.promise.state == "planned"


def test_case_19_it_is_asked_again_and_read__error_500(heard: Make) -> None:
    north = heard()
    north.tenant.fault("error_500")
    announced(north)
    posted(north)
    north.syncs()
    assert (north.rows(tables.appointments), north.told()) == ([], [])
    north.alters(tables.connection_states, paused_until=None)
    north.syncs()
    assert north.promise.state == "planned"


def test_case_19_a_call_that_takes_too_long_is_given_up_and_made_again__slow(heard: Make) -> None:
    north = heard()
    north.tenant.fault("slow", seconds=3)
    announced(north)
    posted(north)
    north.is_patient_for(0.7)
    north.syncs()
    assert north.rows(tables.appointments) == []
    north.is_patient_for(10)
    north.alters(tables.connection_states, paused_until=None)
    north.syncs()
    assert north.promise.state == "planned"


def test_case_68_a_write_that_was_taken_and_not_answered_is_never_repeated__timeout_after_acceptance(
    heard: Make,
) -> None:
    north = heard()
    external_id = north.known(days(2))
    with north.db.begin() as tx:
        reply.confirm(north.wiring, tx, lock(tx, north.appointment.id), source="reply")
    north.tenant.fault("timeout_after_acceptance", seconds=2)
    north.is_patient_for(0.7)
    write_back.run(north.wiring)
    north.is_patient_for(10)
    for _ in range(2):
        north.alters(tables.write_backs, due_at=now() - minutes(1))
        write_back.run(north.wiring)
    assert north.row(tables.write_backs).outcome == "the vendor says so already"
    assert [each["subject"] for each in posted(north)] == [external_id], "its one echo"
    north.syncs()
    assert north.appointment.vendor_confirmed is True
    assert len(north.rows(tables.write_backs)) == 1


def test_case_80_a_list_that_leaves_one_out_buries_nobody__omit_record(heard: Make) -> None:
    north = heard("carecycle", horizon_days=5)
    external_id = north.known(days(2))
    north.tenant.fault("omit_record", id=external_id)
    assert "1 not in the list" in scans(north)
    assert (north.appointment.presence, north.promise.state) == ("present", "planned"), "one list proves nothing"
    north.tenant.fault("omit_record", id=external_id, count=None)
    north.syncs()
    assert (north.appointment.presence, north.promise.state) == ("doubtful", "planned"), "held, not ended"


def test_case_20_an_older_copy_is_never_applied_and_looked_at_again__stale_read(heard: Make) -> None:
    north = heard("pexip")
    external_id = north.known(days(2))
    before = north.appointment
    north.tenant.fault("stale_read")
    north.tenant.act(external_id, "move", starts_at=(now() + days(6)).isoformat())
    posted(north)
    north.syncs()
    assert (north.appointment.starts_at, north.appointment.revision) == (before.starts_at, before.revision)
    assert north.request.done_gen < north.request.wanted_gen, "the event named a newer one"
    north.syncs()
    assert north.appointment.starts_at > now() + days(5)
    assert [row.state for row in north.rows(tables.promises)] == ["superseded", "planned"]


def test_case_08_a_404_for_a_record_that_is_there_holds_its_texts_until_it_is_found__not_found(heard: Make) -> None:
    north = heard()
    external_id = north.known(days(2))
    north.tenant.fault("not_found", id=external_id)
    north.tenant.act(external_id, "set", fields={"note": "x"})
    posted(north)
    north.syncs()
    assert (north.appointment.presence, north.promise.state) == ("doubtful", "planned")
    north.syncs()
    assert (north.appointment.presence, north.promise.state, north.inbox) == ("present", "planned", [])


def test_an_expired_token_is_renewed_once_and_nobody_notices__token_expired(heard: Make) -> None:
    north = heard("pexip")
    north.known(days(2))
    north.tenant.fault("token_expired")
    announced(north)
    posted(north)
    north.syncs()
    assert len(north.rows(tables.promises)) == 2
    assert (north.state.paused_until, north.inbox) == (None, [])
