"""From an event to promises, against the emulated vendors over HTTP."""

from collections.abc import Callable

import pytest

from rules.errors import RateLimited
from store import budgets, connections, tables
from tests.factories import days, hours, minutes
from tests.steps.given import Clinic, now
from workers import sync

pytestmark = pytest.mark.servers
Make = Callable[..., Clinic]
VENDORS = ("caspen", "pexip", "carecycle")
BURIED = sync.UNSEEN_FOR + minutes(1)


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_event_leads_to_a_record_its_person_and_a_promise(clinic: Make, vendor: str) -> None:
    north = clinic(vendor)
    external_id = north.books(days(2))
    north.hears(external_id)
    assert "1 fetched" in north.syncs()
    assert north.appointment.external_id == external_id
    assert [row.phone for row in north.rows(tables.people)] == ["+13125550142"]
    assert (north.promise.state, north.promise.attendee) == ("planned", north.row(tables.attendees).key)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_reminder_moves_when_the_appointment_moves(clinic: Make, vendor: str) -> None:
    north = clinic(vendor)
    external_id = north.known(days(2))
    moved_to = now().replace(microsecond=0) + days(5)
    north.tenant.act(external_id, "move", starts_at=moved_to.isoformat(), announce=False)
    north.hears(external_id)
    north.syncs()
    planned = north.row(tables.promises, state="planned")
    assert abs(planned.due_at - (moved_to - days(1))) < minutes(1)
    assert len(north.rows(tables.promises, state="superseded")) == 1


@pytest.mark.parametrize("vendor", ["caspen", "pexip"])
def test_case_43_a_cancellation_that_is_announced_ends_the_promise(clinic: Make, vendor: str) -> None:
    north = clinic(vendor)
    external_id = north.known(days(2))
    north.tenant.act(external_id, "cancel", announce=False)
    north.hears(external_id)
    north.syncs()
    assert (north.promise.state, north.promise.skip_reason) == ("cancelled", "cancelled")


def test_case_2_two_events_of_one_change_cost_one_fetch_and_double_nothing(clinic: Make) -> None:
    north = clinic()
    external_id = north.books(days(2))
    for key in ("changed", "rescheduled"):
        north.hears(external_id, key)
    north.syncs()
    assert north.calls(path="/appointments/") == 1
    assert len(north.rows(tables.promises)) == 1
    assert len(north.rows(tables.events)) == 2


def test_case_6_a_webhook_that_is_hours_late_leads_to_what_is_still_owed(clinic: Make) -> None:
    north = clinic()
    owed, too_late = north.books(hours(-1)), north.books(hours(-5), phone="+13125550143")
    week = {"created_at": (now() - days(7)).isoformat()}
    for external_id in (owed, too_late):
        north.tenant.act(external_id, "set", fields=week)
        north.hears(external_id)
    north.syncs()
    found = {(row.state, row.skip_reason) for row in north.rows(tables.promises)}
    assert found == {("planned", None), ("skipped", "too_late")}
    north.sends()
    assert (len(north.texts()), north.texts("+13125550143")) == (1, [])


def test_case_6_a_webhook_that_is_a_day_late_undoes_what_is_no_longer_so(clinic: Make) -> None:
    north = clinic()
    external_id = north.known(hours(1))
    north.tenant.act(external_id, "move", starts_at=(now() + days(9)).isoformat(), announce=False)
    north.hears(external_id, version=now() - days(1))
    north.syncs()
    north.alters(tables.promises, tables.promises.c.state == "planned", look_at=now())
    north.sends()
    assert [row.state for row in north.rows(tables.promises)] == ["superseded", "planned"]
    assert north.texts() == []


def test_case_7_what_cannot_be_read_yet_is_asked_for_again_and_then_read(clinic: Make) -> None:
    north = clinic()
    external_id = north.books(days(2))
    north.tenant.fault("not_found", count=2)
    north.hears(external_id)
    for _ in range(3):
        north.syncs()
    assert len(north.rows(tables.promises, state="planned")) == 1
    assert north.request.wanted_gen == north.request.done_gen


def test_case_7_the_pauses_grow_with_the_time_that_it_has_been_missing(clinic: Make) -> None:
    north = clinic()
    north.hears("nobody")
    north.syncs()
    first = (north.request.due_at - now()).total_seconds()
    north.alters(tables.sync_requests, wanted_at=now() - minutes(10))
    north.syncs()
    later = (north.request.due_at - now()).total_seconds()
    assert 0 < first <= 5
    assert 290 < later <= 301


def test_case_7_what_never_can_be_read_is_a_dead_letter_that_an_event_wakes(clinic: Make) -> None:
    north = clinic()
    north.hears("nobody")
    north.syncs()
    north.alters(tables.sync_requests, wanted_at=now() - BURIED)
    north.syncs()
    assert (north.request.dead_reason, north.inbox) == ("record_unseen", ["dead_letter"])
    before = north.calls()
    north.syncs()
    assert north.calls() == before
    north.hears("nobody", "again")
    north.syncs()
    assert north.calls() > before


def test_case_8_a_deleted_record_is_doubtful_and_a_minute_later_gone(clinic: Make) -> None:
    north = clinic()
    external_id = north.known(days(2))
    north.tenant.act(external_id, "delete", announce=False)
    north.hears(external_id)
    north.syncs()
    assert (north.appointment.presence, north.promise.state) == ("doubtful", "planned")
    assert 59 < (north.request.due_at - now()).total_seconds() <= 61, "a second look follows by itself"
    north.alters(tables.appointments, doubtful_at=now() - minutes(1.1))
    north.syncs()
    assert (north.appointment.presence, north.promise.skip_reason) == ("gone", "record_gone")


def test_case_8_a_vendor_that_loses_many_at_once_is_doubted_itself(clinic: Make) -> None:
    north = clinic("pexip")
    for _ in range(6):
        north.hears(north.books(days(2)))
    north.syncs()
    for row in north.rows(tables.appointments):
        north.tenant.act(row.external_id, "delete", announce=False)
        north.hears(row.external_id, f"deleted {row.id}")
    north.syncs()
    north.alters(tables.appointments, doubtful_at=now() - minutes(2))
    assert north.syncs() == "north: paused"
    assert {row.presence for row in north.rows(tables.appointments)} == {"doubtful"}, "nothing is buried"
    assert north.inbox == ["vanished"]


def test_case_80_at_carecycle_cancelled_shows_only_as_absent(clinic: Make) -> None:
    north = clinic("carecycle")
    external_id = north.known()
    north.tenant.act(external_id, "cancel", announce=False)
    north.wants(external_id)
    north.syncs()
    assert north.appointment.presence == "doubtful"
    assert "record_missing" in north.sends()
    assert (north.promise.state, north.texts()) == ("planned", [])
    north.alters(tables.appointments, doubtful_at=now() - minutes(2))
    north.syncs()
    assert (north.promise.state, north.promise.skip_reason) == ("skipped", "record_missing")


def test_case_18_a_429_pauses_the_credential_for_every_worker_and_loses_nothing(clinic: Make) -> None:
    north = clinic()
    external_id = north.books(days(2))
    north.tenant.fault("rate_limited")
    north.hears(external_id)
    north.syncs()
    calls = north.calls()
    with pytest.raises(RateLimited):
        north.another_process().vendor("north").contact("somebody")
    assert north.calls() == calls, "nobody asks meanwhile"
    assert (north.request.attempts, north.request.due_at > now()) == (0, True)
    north.alters(tables.budgets, paused_until=None)
    north.syncs()
    assert north.promise.state == "planned"


def test_case_19_an_outage_pauses_the_connection_longer_each_time_and_is_told_once(clinic: Make) -> None:
    north = clinic()
    external_id = north.known(days(2))
    north.tenant.fault("error_500", count=None)
    north.hears(external_id)
    pauses = []
    for _ in range(5):
        north.alters(tables.connection_states, paused_until=None)
        north.syncs()
        pauses.append((north.state.paused_until - now()).total_seconds())
    assert pauses == sorted(pauses)
    assert north.syncs() == "north: paused"
    assert (north.inbox, north.told().count("vendor_away")) == (["vendor_away"], 1)
    assert north.promise.state == "planned", "due texts go by the last known record"


def test_case_19_the_end_of_an_outage_is_told_once_and_lets_everything_go_on(clinic: Make) -> None:
    north = clinic()
    external_id = north.known(days(2))
    north.tenant.fault("error_500", count=3)
    north.hears(external_id)
    for _ in range(5):
        north.alters(tables.connection_states, paused_until=None)
        north.syncs()
    assert (north.inbox, north.told().count("vendor_back")) == ([], 1)
    assert north.state.failures == 0


def test_case_19_a_single_failure_is_no_outage(clinic: Make) -> None:
    north = clinic()
    north.tenant.fault("error_500")
    north.hears(north.books(days(2)))
    for _ in range(2):
        north.alters(tables.connection_states, paused_until=None)
        north.syncs()
    assert not {"vendor_away", "vendor_back"} & set(north.told())


def test_case_20_a_stale_copy_is_looked_at_again_after_half_a_minute(clinic: Make) -> None:
    north = clinic()
    external_id = north.known(days(2))
    north.tenant.act(external_id, "move", starts_at=(now() + days(5)).isoformat(), announce=False)
    north.tenant.fault("stale_read")
    north.hears(external_id)
    north.syncs()
    assert len(north.rows(tables.promises)) == 1, "the copy was the old one"
    assert 28 < (north.request.due_at - now()).total_seconds() <= 30
    north.syncs()
    assert len(north.rows(tables.promises)) == 2
    before = north.calls()
    north.syncs()
    assert north.calls() == before, "once"


def test_case_20_an_event_that_names_an_update_time_is_done_when_the_record_has_it(clinic: Make) -> None:
    north = clinic("pexip")
    external_id = north.known(days(2))
    newer = now() + minutes(5)
    north.hears(external_id, version=newer)
    north.syncs()
    assert north.request.wanted_gen > north.request.done_gen
    assert 28 < (north.request.due_at - now()).total_seconds() <= 30
    north.alters(tables.appointments, version=newer)
    north.tenant.act(external_id, "set", fields={"updatedAt": newer.isoformat()})
    north.syncs()
    assert north.request.wanted_gen == north.request.done_gen


def test_case_20_a_record_that_never_gets_there_is_not_asked_for_without_end(clinic: Make) -> None:
    north = clinic("pexip")
    external_id = north.known(days(2))
    north.hears(external_id, version=now() + days(1))
    for _ in range(12):
        north.syncs()
    assert north.request.dead_at is None, "it is no poison"
    north.alters(tables.sync_requests, wanted_at=now() - BURIED)
    north.syncs()
    assert north.request.wanted_gen == north.request.done_gen


def test_case_55_a_number_that_is_none_is_said_at_once(clinic: Make) -> None:
    north = clinic()
    north.known(days(2), phone="call my mother")
    assert (north.promise.state, north.promise.skip_reason) == ("skipped", "no_valid_phone")


@pytest.mark.parametrize("vendor", ["caspen", "carecycle"])
def test_case_84_a_corrected_number_gets_the_text(clinic: Make, vendor: str) -> None:
    north = clinic(vendor)
    external_id = north.known(days(2), phone="call my mother")
    person_id = north.row(tables.people).person_id
    north.tenant.change_person(person_id, phone="+13125550177")
    north.alters(tables.people, fetched_at=now() - days(1))
    north.hears(external_id)
    north.syncs()
    assert north.row(tables.promises).state == "planned"
    assert north.row(tables.people).phone == "+13125550177"


def test_case_85_a_contact_that_changes_moves_the_other_appointments_of_that_person(clinic: Make) -> None:
    north = clinic()
    first = north.known(days(2))
    person_id = north.row(tables.people).person_id
    second = north.known(days(3), person_id=person_id)
    north.tenant.change_person(person_id, phone="call my mother")
    north.alters(tables.people, fetched_at=now() - days(1))
    north.hears(first)
    north.syncs()
    reasons = {row.skip_reason for row in north.rows(tables.promises)}
    assert (second != first, reasons) == (True, {"no_valid_phone"})


def test_case_71_a_record_that_ends_its_worker_is_a_dead_letter_and_holds_up_nobody(clinic: Make) -> None:
    north = clinic()
    poison, fine = north.books(days(2)), north.books(days(3))
    north.hears(poison)
    north.alters(tables.sync_requests, attempts=sync.MOST_ATTEMPTS)
    north.hears(fine)
    north.syncs()
    rows = {row.key: row for row in north.rows(tables.sync_requests, kind="appointment")}
    assert rows[poison].dead_at is not None
    assert "none of them came to an end" in rows[poison].dead_reason
    assert (rows[fine].dead_at, north.inbox) == (None, ["dead_letter"])


def test_case_71_a_record_that_is_answered_with_errors_ends_as_a_dead_letter_with_its_error(clinic: Make) -> None:
    north = clinic()
    good, bad = north.known(days(2)), north.books(days(3))
    north.tenant.fault("error_500", count=None, path=bad)
    north.hears(bad)
    for number in range(sync.MOST_ATTEMPTS + 1):
        north.hears(good, f"good {number}")
        north.alters(tables.connection_states, paused_until=None)
        north.syncs()
        north.alters(tables.connection_states, paused_until=None)
        north.syncs()
    rows = {row.key: row for row in north.rows(tables.sync_requests, kind="appointment")}
    assert "500" in rows[bad].dead_reason
    assert rows[good].dead_at is None
    assert "vendor_away" not in north.inbox, "the vendor answers everybody else"


def test_case_19_an_outage_counts_against_no_request(clinic: Make) -> None:
    north = clinic()
    external_id = north.books(days(2))
    north.tenant.fault("error_500", count=None)
    north.hears(external_id)
    for _ in range(sync.MOST_ATTEMPTS + 3):
        north.alters(tables.connection_states, paused_until=None)
        north.syncs()
    assert north.request.dead_at is None
    assert north.request.attempts == 0


def test_rejected_credentials_pause_the_connection_and_tell_staff_once(clinic: Make) -> None:
    north = clinic()
    external_id = north.books(days(2))
    north.tenant.configure(credentials={"token": f"another than {north.tenant.name}"})
    north.hears(external_id)
    north.syncs()
    assert (north.state.paused_reason, north.inbox) == ("credentials rejected", ["needs_person"])
    assert north.syncs() == "north: paused"
    north.tenant.configure()
    with north.db.begin() as tx:
        connections.resume(tx, "north")
    north.syncs()
    assert north.promise.state == "planned", "nothing was lost"


def test_rejected_credentials_are_told_though_the_vendor_was_just_away(clinic: Make) -> None:
    north = clinic()
    north.hears(north.books(days(2)))
    with north.db.begin() as tx:
        connections.pause(tx, "north", "the vendor does not answer", minutes(1), failed=True)
    north.alters(tables.connection_states, paused_until=now())
    north.tenant.configure(credentials={"token": f"another than {north.tenant.name}"})
    north.syncs()
    assert north.inbox == ["needs_person"]


def test_no_more_workers_than_its_share_look_at_one_connection(clinic: Make) -> None:
    north = clinic()
    with north.db.begin() as tx:
        for _ in range(sync.AT_ONCE):
            assert budgets.take_slot(tx, "sync north", sync.AT_ONCE, minutes(1))
    north.hears(north.books(days(2)))
    assert "at it already" in north.syncs()
    assert north.calls() == 0


def test_many_wanted_ids_cost_one_request_where_the_vendor_can(clinic: Make) -> None:
    north = clinic("pexip")
    for _ in range(10):
        north.hears(north.books(days(2)))
    north.syncs()
    assert len(north.rows(tables.appointments)) == 10
    assert north.calls(path="/appointments") == 1


def test_carecycle_answers_for_every_wanted_appointment_of_a_window_at_once(clinic: Make) -> None:
    north = clinic("carecycle")
    for _ in range(10):
        north.hears(north.books(days(2)))
    north.syncs()
    assert len(north.rows(tables.appointments)) == 10
    assert north.calls(path="/customers/appointments") == 1


def test_a_customers_event_leads_to_all_of_their_appointments(clinic: Make) -> None:
    north = clinic("carecycle")
    first = north.books(days(2))
    north.wants(first)
    north.syncs()
    person_id = north.row(tables.people).person_id
    north.books(days(3), person_id=person_id)
    north.hears(person_id, kind="customer")
    north.syncs()
    assert len(north.rows(tables.appointments)) == 2


def test_case_80_a_customers_missing_appointment_gets_a_look_of_its_own(clinic: Make) -> None:
    north = clinic("carecycle")
    external_id = north.known(days(2))
    person_id = north.row(tables.people).person_id
    north.tenant.act(external_id, "cancel", announce=False)
    north.hears(person_id, kind="customer")
    north.syncs()
    north.syncs()
    assert north.appointment.presence == "doubtful"


def test_case_74_a_connection_that_is_new_texts_nobody_about_what_it_finds(clinic: Make) -> None:
    north = clinic()
    north.alters(tables.connection_states, live_since=now(), reconciled_at=None)
    for due_in in (days(-5), hours(-2), minutes(-1), days(3)):
        north.hears(north.books(due_in))
    north.syncs()
    planned = north.rows(tables.promises, state="planned")
    assert [row.due_at > now() for row in planned] == [True]
    assert north.sends() == ""
    assert north.texts() == []


ODD = ["\u0000", "a\u0000b", "\U0001f600" * 9, "x" * 100_000, -1, [], {"a": 1}, True]


@pytest.mark.parametrize("field", ["note", "status", "service_id", "location_id"])
def test_case_71_whatever_a_vendor_writes_into_records_each_of_them_is_read(clinic: Make, field: str) -> None:
    north = clinic("caspen")
    fine = north.books(days(3))
    for value in ODD:
        external_id = north.books(days(2))
        north.tenant.act(external_id, "set", fields={field: value})
        north.hears(external_id)
    north.hears(fine)
    north.syncs()
    north.syncs()
    assert fine in {row.external_id for row in north.rows(tables.appointments)}
    assert len(north.rows(tables.appointments)) == len(ODD) + 1
