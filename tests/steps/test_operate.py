"""What operators do, and what is forgotten with time."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from rules.senders import Accepted, Unknown
from store import catch_up, tables
from tests.factories import days, hours, minutes
from tests.steps.given import Clinic, Scripted, now
from workers import operate, retention, sweep
from workers.terms import RUNG_AHEAD_SECONDS

pytestmark = pytest.mark.servers
Make = Callable[..., Clinic]


def test_a_pause_asks_nothing_and_sends_nothing_and_loses_nothing(clinic: Make) -> None:
    north = clinic()
    external_id = north.known()
    operate.pause(north.wiring, "north", "the practice has called")
    north.hears(external_id)
    assert north.syncs() == "north: paused"
    north.sends()
    assert (north.texts(), north.promise.hold_reason) == ([], "paused")
    operate.resume(north.wiring, "north")
    north.alters(tables.promises, look_at=now())
    north.sends()
    assert len(north.texts()) == 1
    assert [row.action for row in north.rows(tables.operator_actions)] == ["pause", "resume"]


def test_a_name_that_is_not_configured_is_refused(clinic: Make) -> None:
    north = clinic()
    for act in (operate.pause, operate.resume, operate.reconcile, operate.retry):
        with pytest.raises(LookupError, match="nowhere"):
            act(north.wiring, "nowhere")
    assert north.rows(tables.operator_actions) == []


@pytest.mark.parametrize("outcome", [Accepted("SM1"), Unknown("timed out")])
def test_case_72_a_retry_sends_nothing_again_that_was_sent_or_may_have_been(clinic: Make, outcome) -> None:
    north = clinic()
    external_id = north.known()
    north.sender = Scripted([outcome])
    north.sends()
    before = north.promise
    operate.retry(north.wiring, "north")
    north.wants(external_id)
    north.syncs()
    north.sends()
    assert len(north.sender.texts) == 1
    assert (north.promise.id, north.promise.state, north.promise.round) == (before.id, before.state, before.round)


def test_case_73_a_replay_of_a_whole_day_sends_only_what_is_still_owed(clinic: Make) -> None:
    north = clinic()
    sent, late, ahead = north.known(), north.known(hours(-5), phone="+13125550143"), north.known(hours(5))
    north.sends()
    assert len(north.texts()) == 1
    for external_id in (sent, late, ahead):
        north.hears(external_id, f"replay {external_id}")
        north.wants(external_id)
    north.wants("", kind="plan")
    north.syncs()
    north.syncs()
    north.sends()
    assert (len(north.texts()), north.texts("+13125550143")) == (1, [])
    assert {row.state for row in north.rows(tables.promises)} == {"accepted", "skipped", "planned"}


def test_case_77_many_owed_after_an_outage_wait_for_a_person_who_says_send(clinic: Make) -> None:
    north = clinic(catch_up_limit=3)
    phones = [f"+1312555017{number}" for number in range(5)]
    for phone in phones:
        north.known(hours(-1), phone=phone)
    north.sends()
    assert [north.texts(phone) for phone in phones] == [[]] * 5
    assert north.inbox == ["catch_up"]
    with north.db.begin() as tx:
        assert len(catch_up.listed(tx, "north")) == 5
        catch_up.send(tx, "north")
    north.sends()
    assert [len(north.texts(phone)) for phone in phones] == [1] * 5


def test_case_77_or_who_says_skip(clinic: Make) -> None:
    north = clinic(catch_up_limit=1)
    for number in range(3):
        north.known(hours(-1), phone=f"+1312555017{number}")
    north.sends()
    with north.db.begin() as tx:
        assert catch_up.skip(tx, "north") == 3
    north.sends()
    assert {row.skip_reason for row in north.rows(tables.promises)} == {"by_operator"}
    north.wants("", kind="plan")
    north.syncs()
    assert {row.state for row in north.rows(tables.promises)} == {"skipped"}


def test_case_77_nobody_who_says_anything_until_the_deadline_is_said(clinic: Make) -> None:
    north = clinic(catch_up_limit=1)
    for number in range(3):
        north.known(hours(-1), phone=f"+1312555017{number}")
    north.sends()
    north.alters(tables.promises, not_after=now(), look_at=now())
    north.sends()
    assert {row.skip_reason for row in north.rows(tables.promises)} == {"catch_up"}


def test_case_13_what_nobody_rang_for_is_rung_for_by_the_sweeps(clinic: Make) -> None:
    north = clinic()
    north.known()
    north.hears(north.books(days(2)))
    north.bell.rings.clear()
    sweep.send(north.wiring)
    sweep.sync(north.wiring)
    assert {name for name, _ in north.bell.rings} == {"promises.send", "appointments.sync"}


def test_a_rush_rings_for_its_threads_once_and_the_next_one_for_all_of_its_own(
    clinic: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads that were rung for stay while there is something to do; when a rush is over they have left."""
    monkeypatch.setattr(sweep, "PER_RING", 1)
    monkeypatch.setattr(sweep, "LEAST_RINGS", 1)
    north, moment = clinic(), [0.0]

    def rings() -> int:
        moment[0] += 1
        north.bell.rings.clear()
        sweep.send(north.wiring, clock=lambda: moment[0])
        return len(north.bell.rings)

    for number in range(4):
        north.known(phone=f"+1312555014{number}")
    assert rings() == 4
    assert rings() == 1, "the others are on their way"
    due = [row.look_at for row in north.rows(tables.promises)]
    north.alters(tables.promises, look_at=now() + hours(1))
    assert rings() == 0
    north.alters(tables.promises, look_at=min(due))
    assert rings() == 4


def test_who_is_rung_for_before_anything_is_due_stays_until_it_is(clinic: Make) -> None:
    """The sweep comes once a second, so it rings ahead. Who found nothing yet and left would not be rung for again."""
    north = clinic()
    north.known(hours(1))
    table = tables.promises
    moment = now() + timedelta(seconds=RUNG_AHEAD_SECONDS - 0.1)
    north.alters(table, due_at=moment, look_at=moment, not_after=moment + hours(1))
    sweep.send(north.wiring)
    assert len(north.bell.rings) == 1
    north.sends()
    assert len(north.texts()) == 1


def test_case_89_a_sweep_that_has_just_run_leaves_at_once(clinic: Make) -> None:
    north = clinic()
    assert sweep.just_ran(north.wiring, "sweeps.send", 60) is False
    assert sweep.just_ran(north.wiring, "sweeps.send", 60) is True
    north.alters(tables.slots, lease_until=now() - minutes(1))
    assert sweep.just_ran(north.wiring, "sweeps.send", 60) is False


def test_records_of_what_falls_due_soon_are_asked_for_ahead(clinic: Make) -> None:
    north = clinic()
    soon, later = north.known(minutes(20)), north.known(hours(3))
    north.alters(tables.appointments, fetched_at=now() - minutes(40))
    sweep.refresh(north.wiring)
    wanted = {row.key: row.wanted_gen > row.done_gen for row in north.rows(tables.sync_requests, kind="appointment")}
    assert wanted == {soon: True, later: False}


def test_a_number_that_is_hours_old_is_asked_for_ahead_of_its_text(clinic: Make) -> None:
    north = clinic()
    booked = north.known(minutes(20))
    north.alters(tables.appointments, fetched_at=now() - minutes(40))
    north.alters(tables.people, fetched_at=now() - hours(7))
    person = north.row(tables.people).person_id
    other = "+13125550177"
    north.tenant.change_person(person, phone=other)
    assert "1 records" in sweep.refresh(north.wiring)
    north.syncs()
    assert (north.row(tables.people).phone, north.promise.state) == (other, "planned")
    calls = north.calls(path="/clients/")
    north.alters(tables.promises, due_at=now() - minutes(1), look_at=now() - minutes(1))
    north.sends()
    assert (len(north.texts(other)), north.texts(), north.calls(path="/clients/")) == (1, [], calls)
    assert north.told(booked).count("sending") == 1


def test_bodies_are_emptied_after_their_days_and_a_repeat_is_still_known(clinic: Make) -> None:
    north = clinic()
    external_id = north.known()
    north.sends()
    old = now() - timedelta(days=31)
    north.alters(tables.events, received_at=old)
    north.alters(tables.attempts, created_at=old)
    assert "emptied" in retention.run(north.wiring)
    assert {row.body for row in north.rows(tables.events)} == {None}
    assert north.row(tables.attempts).body is None
    before = north.request.wanted_gen
    north.hears(external_id, "event 0")
    assert north.request.wanted_gen == before


def test_what_is_young_is_kept(clinic: Make) -> None:
    north = clinic()
    north.known()
    north.sends()
    retention.run(north.wiring)
    assert north.row(tables.attempts).body is not None
