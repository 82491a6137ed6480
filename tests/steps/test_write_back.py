"""What the vendor is told, against the emulated vendors over HTTP."""

from collections.abc import Callable
from datetime import datetime

import pytest

from rules.vendors import Change
from runtime.settings import StatusCallback
from store import appointments, tables, write_backs
from store.planning import lock
from store.standing import standing
from tests.factories import days, hours, minutes
from tests.steps.given import Clinic, now
from tests.until import until
from tests.web.given import SECRET
from workers import reply, write_back

pytestmark = pytest.mark.servers
Make = Callable[..., Clinic]


def confirms(north: Clinic) -> None:
    """The person says C."""
    with north.db.begin() as tx:
        reply.confirm(north.wiring, tx, lock(tx, north.rows(tables.appointments)[-1].id), source="reply")


def runs(north: Clinic, *, due: bool = True) -> str:
    if due:
        north.alters(tables.write_backs, due_at=now() - minutes(1))
    return write_back.run(north.wiring)


def wanted(north: Clinic) -> tuple[str, str]:
    row = north.rows(tables.write_backs)[-1]
    return row.state, row.outcome


def test_case_57_a_confirmation_is_read_afresh_written_and_taken_as_a_record(clinic: Make) -> None:
    north = clinic()
    north.known(days(2))
    confirms(north)
    assert "1 done" in runs(north)
    assert wanted(north) == ("done", "confirm written")
    assert (north.appointment.vendor_confirmed, north.raw()["confirmed"]) == (True, True)
    assert [each["method"] for each in north.tenant.calls()][-2:] == ["GET", "POST"]


def test_case_65_the_echo_of_our_own_write_leads_to_nothing(clinic: Make) -> None:
    north = clinic()
    external_id = north.known(days(2))
    confirms(north)
    runs(north)
    before = (north.appointment.revision, north.calls("POST"), north.told(external_id))
    north.hears(external_id)
    north.syncs()
    assert north.request.wanted_gen == north.request.done_gen, "an echo needs no second look"
    north.syncs()
    assert runs(north) == ""
    assert (north.appointment.revision, north.calls("POST")) == before[:2]
    assert [kind for kind in north.told(external_id) if kind != "event"] == [k for k in before[2] if k != "event"]


def test_case_66_an_appointment_that_moved_since_is_not_confirmed(clinic: Make) -> None:
    north = clinic()
    external_id = north.known(days(2))
    confirms(north)
    north.tenant.act(external_id, "move", starts_at=(now() + days(4)).isoformat(), announce=False)
    runs(north)
    assert wanted(north) == ("overtaken", "the appointment has moved since")
    assert north.calls("POST") == 0
    assert len(north.rows(tables.promises)) == 2, "what the fresh read has shown is planned"


def test_case_66_a_cancelled_appointment_is_not_confirmed(clinic: Make) -> None:
    north = clinic()
    external_id = north.known(days(2))
    confirms(north)
    north.tenant.act(external_id, "cancel", announce=False)
    runs(north)
    assert wanted(north)[0] == "overtaken"
    assert north.calls("POST") == 0


@pytest.mark.parametrize("word", ["completed", "no show"])
def test_case_66_what_staff_have_ended_is_not_confirmed(clinic: Make, word: str) -> None:
    north = clinic(options={"statuses": {"completed": "completed", "no show": "no_show"}})
    external_id = north.known(days(2))
    confirms(north)
    north.tenant.act(external_id, "set", fields={"status": word})
    runs(north)
    assert (wanted(north)[0], north.calls("POST")) == ("overtaken", 0)


def test_case_66_what_staff_have_confirmed_meanwhile_is_done(clinic: Make) -> None:
    north = clinic()
    external_id = north.known(days(2))
    confirms(north)
    north.tenant.act(external_id, "confirm", announce=False)
    runs(north)
    assert wanted(north) == ("done", "the vendor says so already")
    assert north.calls("POST") == 0


def test_case_66_a_finished_one_is_never_asserted_again(clinic: Make) -> None:
    north = clinic()
    external_id = north.known(days(2))
    confirms(north)
    runs(north)
    north.tenant.act(external_id, "set", fields={"confirmed": False})
    north.hears(external_id)
    north.syncs()
    assert runs(north) == ""
    assert (north.calls("POST"), north.appointment.vendor_confirmed) == (1, False)


def test_case_66_a_record_that_is_gone_is_overtaken(clinic: Make) -> None:
    north = clinic()
    external_id = north.known(days(2))
    confirms(north)
    north.tenant.act(external_id, "delete", announce=False)
    runs(north)
    assert wanted(north) == ("overtaken", "the vendor no longer has the appointment")


def test_case_67_what_fails_for_hours_is_tried_until_the_appointment_has_long_ended(clinic: Make) -> None:
    north = clinic()
    north.known(days(2))
    confirms(north)
    north.tenant.fault("error_500", count=None)
    for _ in range(3):
        assert "later" in runs(north)
    assert wanted(north)[0] == "wanted"
    assert north.row(tables.write_backs).due_at > now()
    old = now() - days(2)
    north.alters(tables.appointments, starts_at=old)
    north.alters(tables.write_backs, for_start=old)
    runs(north)
    assert (wanted(north)[0], "write_back" in north.inbox) == ("failed", True)


def test_case_67_only_the_newest_wish_is_kept(clinic: Make) -> None:
    north = clinic()
    north.known(days(2))
    confirms(north)
    with north.db.begin() as tx:
        late = write_backs.claim(tx, lease=minutes(1))
        assert late is not None
    with north.db.begin() as tx:
        write_backs.want(tx, late.appointment_id, "north", Change.CANCEL, late.for_start, "operator")
        assert write_backs.finish(tx, late, "confirm written") is False, "a newer wish took its place"
    row = north.row(tables.write_backs)
    assert (row.state, row.change, row.attempts) == ("wanted", "cancel", 0)


def test_case_68_an_answer_that_was_lost_is_read_back_and_never_repeated(clinic: Make) -> None:
    north = clinic()
    north.known(days(2))
    confirms(north)
    north.tenant.fault("timeout_after_acceptance", seconds=2)
    north.is_patient_for(0.7)
    assert "later" in runs(north)
    assert wanted(north) == ("wanted", "the answer was lost")
    runs(north)
    assert wanted(north) == ("done", "the vendor says so already")
    until(lambda: north.calls("POST"), 10)  # the sandbox lists a call when it is over
    assert north.calls("POST") == 1


def test_case_18_a_429_to_a_write_back_pauses_the_credential_and_loses_nothing(clinic: Make) -> None:
    north = clinic()
    north.known(days(2))
    confirms(north)
    north.tenant.fault("rate_limited")
    assert "later" in runs(north)
    assert north.row(tables.budgets).paused_until > now()
    north.alters(tables.budgets, paused_until=None)
    runs(north)
    assert wanted(north)[0] == "done"


def test_case_81_at_a_vendor_whose_record_cannot_show_it_the_word_is_kept_and_the_callback_told(clinic: Make) -> None:
    callback = StatusCallback("http://127.0.0.1:9/crm", SECRET, allow_private=True)
    north = clinic("pexip", status_callback=callback)
    external_id = north.known(days(2))
    confirms(north)
    runs(north)
    assert wanted(north) == ("handed_over", "to the status callback")
    [owed] = north.rows(tables.callbacks)
    assert (owed.kind, owed.state) == ("status", "waiting")
    north.hears(external_id)
    north.syncs()
    assert north.appointment.our_confirmed is True
    assert north.promise.state == "planned"


def test_case_81_without_a_callback_staff_are_told(clinic: Make) -> None:
    north = clinic("pexip")
    north.known(days(2))
    confirms(north)
    runs(north)
    assert (wanted(north)[0], north.inbox) == ("handed_over", ["write_back"])


def test_case_82_a_yes_to_a_request_goes_to_staff_and_nothing_is_accepted(clinic: Make) -> None:
    north = clinic("pexip")
    north.known(days(2), status="INCOMING_REQUEST")
    assert north.appointment.vendor_status == "requested"
    confirms(north)
    runs(north)
    assert wanted(north) == ("handed_over", "staff must decide")
    assert (north.calls("POST", "accept"), north.inbox) == (0, ["write_back"])
    assert north.appointment.our_confirmed is True


def test_case_82_after_staff_have_accepted_the_patients_yes_still_counts(clinic: Make) -> None:
    north = clinic("pexip")
    external_id = north.known(days(2), status="INCOMING_REQUEST")
    confirms(north)
    north.tenant.act(external_id, "accept", announce=False)
    north.hears(external_id)
    north.syncs()
    assert (standing(north.appointment).status, standing(north.appointment).confirmed) == ("scheduled", True)


def test_an_invite_that_the_patient_accepts_is_accepted_where_the_connection_says_so(clinic: Make) -> None:
    north = clinic("pexip", options={"accept_invites": True})
    north.known(days(2), status="OUTGOING_INVITE")
    confirms(north)
    runs(north)
    assert (wanted(north)[0], north.calls("POST", "accept")) == ("done", 1)
    assert north.appointment.vendor_status == "scheduled"


def test_a_write_back_waits_while_the_connection_is_paused(clinic: Make) -> None:
    north = clinic()
    north.known(days(2))
    confirms(north)
    north.alters(tables.connection_states, paused_until=now() + hours(1))
    assert "waits" in runs(north)
    assert (wanted(north)[0], north.calls("POST")) == ("wanted", 0)


def test_a_killed_workers_write_back_is_done_by_the_next_one(clinic: Make) -> None:
    north = clinic()
    north.known(days(2))
    confirms(north)
    with north.db.begin() as tx:
        assert write_backs.claim(tx, lease=minutes(5)) is not None
    assert runs(north) == ""
    north.alters(tables.write_backs, lease_until=now() - minutes(1))
    assert "1 done" in runs(north)


def test_what_belongs_to_no_connection_any_more_fails_and_says_so(clinic: Make) -> None:
    north = clinic()
    north.known(days(2))
    confirms(north)
    north.alters(tables.write_backs, connection="gone")
    runs(north)
    assert wanted(north) == ("failed", "its connection is no longer configured")


def test_the_start_it_was_wanted_for_is_kept_with_it(clinic: Make) -> None:
    north = clinic()
    north.known(days(2))
    confirms(north)
    with north.db.begin() as tx:
        start: datetime = appointments.by_id(tx, north.appointment.id).starts_at
    assert north.row(tables.write_backs).for_start == start
