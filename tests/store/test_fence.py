"""The fence on real, concurrent transactions: the schedules that broke simpler designs are held on purpose."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from rules.promises import SkipReason
from rules.statuses import Standing, Status
from store import appointments, catch_up, connections, people, tables
from store.fence import Claimed, Refusal, pass_fence
from store.planning import lock, replan
from tests.factories import ADA, BOB, config_body, days, hours, minutes, workflow_body
from tests.store.given import CLINIC, North, Other, all_at_once, now, passes, raw, trial, waits_for_a_lock

pytestmark = pytest.mark.servers
CANCELLED = Standing(Status.CANCELLED)


def test_what_is_due_becomes_an_attempt_with_its_lease_and_what_it_told(north: North) -> None:
    found = north.books()
    claimed = north.passes()
    assert claimed == Claimed(claimed.attempt_id, ADA.phone, CLINIC, "texts", f"Ada {found.starts_at}")
    [attempt] = north.attempts
    assert (attempt.state, attempt.id, attempt.told_start) == ("sending", claimed.attempt_id, found.starts_at)
    assert timedelta(seconds=20) < attempt.lease_until - now() <= timedelta(seconds=30)
    promise = north.promise
    assert (promise.state, promise.tries, promise.told_start) == ("sending", 1, found.starts_at)


def test_what_is_not_due_yet_is_left(north: North) -> None:
    north.books(minutes(5))
    assert north.passes() == Refusal(None)
    assert (north.promise.state, north.attempts) == ("planned", [])


def test_case_43_a_cancellation_before_the_fence_sends_nothing(north: North) -> None:
    found = north.books()
    north.answers(replace(found, standing=CANCELLED))
    assert north.passes() == Refusal(None)
    assert (north.promise.skip_reason, north.attempts) == ("cancelled", [])


def test_case_43_the_fence_waits_for_a_cancellation_that_is_being_written(north: North) -> None:
    found = north.books()
    promise_id, noted = north.promise.id, north.noted()
    with north.db.begin() as tx:
        cancelled = replace(found, standing=CANCELLED)
        appointments.apply(tx, north.facts, cancelled, raw(cancelled), {}, noted)
        sending = Other(lambda: north.passes(promise_id))
        assert waits_for_a_lock(north.db)
    assert sending.ends() == Refusal(None)
    assert (north.promise.skip_reason, north.attempts) == ("cancelled", [])


def test_case_43_the_fence_sees_what_was_committed_while_it_waited(north: North) -> None:
    """Statement 4 reads with a fresh snapshot: a plan that did not end the promise does not help the text out."""
    north.books()
    promise_id = north.promise.id
    with north.db.begin() as tx:
        tx.execute(sa.update(tables.appointments).values(vendor_status="cancelled"))
        sending = Other(lambda: north.passes(promise_id))
        assert waits_for_a_lock(north.db)
    assert sending.ends() == Refusal(SkipReason.CANCELLED)
    assert (north.promise.state, north.attempts) == ("cancelled", [])


def test_case_43_a_cancellation_waits_for_a_fence_that_has_passed(north: North) -> None:
    found = north.books()
    with north.db.begin() as tx:
        claimed = passes(tx, north.promise.id)
        cancelling = Other(lambda: north.answers(replace(found, standing=CANCELLED)))
        assert waits_for_a_lock(north.db)
    assert isinstance(claimed, Claimed)
    cancelling.ends()
    assert (north.promise.state, north.row().vendor_status) == ("sending", "cancelled"), "it had already left"


def test_case_43_a_planner_that_holds_the_promise_while_both_a_cancellation_and_a_stop_commit(north: North) -> None:
    """Under READ COMMITTED one UPDATE with joins re-checks only the row it waited for, and was seen to send here."""
    north.books()
    promise_id = north.promise.id
    with north.db.begin() as planner:
        planner.execute(sa.update(tables.promises).values(hold_reason=None))
        assert Other(lambda: north.passes(promise_id)).ends() == Refusal(None), "it does not wait for the promise"
        north.alters(tables.appointments, vendor_status="cancelled")
        north.hears("STOP")
        sending = Other(lambda: north.passes(promise_id))
        assert sending.ends() == Refusal(None)
    assert north.passes(promise_id) == Refusal(SkipReason.CANCELLED)
    assert north.attempts == []


def test_case_51_a_stop_that_is_being_written_is_waited_for(north: North) -> None:
    north.books()
    promise_id = north.promise.id
    with north.db.begin() as tx:
        tx.execute(sa.update(tables.numbers).values(opted_out_at=sa.func.clock_timestamp()))
        sending = Other(lambda: north.passes(promise_id))
        assert waits_for_a_lock(north.db)
    assert sending.ends() == Refusal(SkipReason.OPTED_OUT)
    assert north.attempts == []


def test_case_51_a_stop_waits_for_a_fence_that_has_passed(north: North) -> None:
    north.books()
    with north.db.begin() as tx:
        claimed = passes(tx, north.promise.id)
        stopping = Other(lambda: north.hears("STOP"))
        assert waits_for_a_lock(north.db)
    assert isinstance(claimed, Claimed)
    assert stopping.ends() == 1
    [number] = north.rows(tables.numbers)
    assert number.opted_out_at is not None


def test_case_44_a_move_that_is_being_written_holds_the_text_and_the_new_time_is_planned(north: North) -> None:
    found = north.books()
    promise_id = north.promise.id
    with north.db.begin() as tx:
        tx.execute(sa.update(tables.appointments).values(starts_at=found.starts_at + days(2)))
        sending = Other(lambda: north.passes(promise_id))
        assert waits_for_a_lock(north.db)
    refusal = sending.ends()
    assert refusal == Refusal(SkipReason.MOVED, replan=north.row().id)
    assert (north.promise.state, north.promise.hold_reason, north.attempts) == ("planned", "moved", [])
    north.replans()
    assert [row.state for row in north.promises] == ["superseded", "planned"]


def test_case_44_the_text_is_made_of_what_the_fence_has_read(north: North) -> None:
    found = north.books()
    north.alters(tables.people, first_name="Augusta")
    claimed = north.passes()
    assert isinstance(claimed, Claimed)
    assert claimed.body == f"Augusta {found.starts_at}"


def test_case_84_a_number_that_changes_while_the_fence_waits_is_locked_before_it_is_used(north: North) -> None:
    north.books()
    promise_id = north.promise.id
    with north.db.begin() as tx:
        lock(tx, north.row().id)
        people.upsert(tx, "north", replace(ADA, phone=BOB.phone), "record")
        sending = Other(lambda: north.passes(promise_id))
        assert waits_for_a_lock(north.db)
    assert sending.ends() == Refusal(SkipReason.NO_CONTACT, replan=north.row().id)
    with north.db.begin() as tx:
        people.know_numbers_of(tx, north.facts.senders, north.row().id)
    claimed = north.passes(promise_id)
    assert isinstance(claimed, Claimed)
    assert claimed.to == BOB.phone


def test_case_45_of_many_workers_at_one_promise_one_wins(north: North) -> None:
    for number in range(6):
        north.books(external_id=f"app_{number}")
        promise_id = north.promises[-1].id
        results = all_at_once(6, lambda _, promise_id=promise_id: north.passes(promise_id))
        assert sum(isinstance(result, Claimed) for result in results) == 1
        assert len(north.attempts) == number + 1


def test_case_45_the_index_itself_refuses_a_second_live_attempt(north: North) -> None:
    north.books()
    north.passes()
    [row] = north.rows(tables.attempts)
    again = sa.insert(tables.attempts).values(**dict(row._mapping) | {"id": uuid4()})
    with north.db.begin() as tx, pytest.raises(sa.exc.IntegrityError, match="uq_attempts_live"):
        tx.execute(again)


@pytest.mark.parametrize("state", ["sending", "unknown", "accepted", "delivered", "undelivered"])
def test_case_45_a_promise_that_is_wrongly_planned_again_still_cannot_send_twice(north: North, state: str) -> None:
    north.books()
    north.passes()
    north.alters(tables.attempts, state=state)
    north.alters(tables.promises, state="planned")
    with pytest.raises(sa.exc.IntegrityError):
        north.passes()
    assert len(north.attempts) == 1


def test_two_promises_of_one_appointment_pass_side_by_side(north: North) -> None:
    north.books(people=(ADA, BOB))
    ids = [row.id for row in north.promises]
    with north.db.begin() as tx:
        assert isinstance(passes(tx, ids[0]), Claimed)
        assert isinstance(Other(lambda: north.passes(ids[1])).ends(), Claimed), "shared locks hold up nobody"


def test_case_8_a_doubtful_record_holds_its_text_and_lets_it_go_when_it_is_found(north: North) -> None:
    found = north.books()
    north.lacks()
    assert north.passes() == Refusal(SkipReason.RECORD_MISSING)
    assert (north.promise.state, north.promise.hold_reason) == ("planned", "record_missing")
    north.answers(found)
    assert isinstance(north.passes(), Claimed)


def test_case_8_a_record_that_stays_away_is_the_reason_at_the_deadline(north: North) -> None:
    north.books()
    north.lacks()
    north.passes()
    north.alters(tables.promises, not_after=now())
    assert north.passes() == Refusal(SkipReason.RECORD_MISSING)
    assert (north.promise.state, north.promise.skip_reason) == ("skipped", "record_missing")


def test_case_19_a_record_that_is_too_old_is_asked_for_and_is_the_reason_at_the_deadline(north: North) -> None:
    north.books()
    north.alters(tables.appointments, fetched_at=now() - hours(25))
    assert north.passes() == Refusal(SkipReason.RECORD_TOO_OLD, refresh=("north", "app_1"))
    north.alters(tables.promises, not_after=now())
    north.passes()
    assert north.promise.skip_reason == "record_too_old"


def test_case_30_late_is_sent_inside_the_deadline_with_its_lateness_and_not_after_it(north: North) -> None:
    north.books(minutes(-90))
    assert isinstance(north.passes(), Claimed)
    told = [row.facts["late_seconds"] for row in north.rows(tables.timeline) if row.kind == "sending"]
    assert told == [pytest.approx(5400, abs=20)]
    north.books(minutes(-10), external_id="app_2")
    north.alters(tables.promises, tables.promises.c.state == "planned", not_after=now())
    assert north.passes(north.promises[1].id) == Refusal(SkipReason.TOO_LATE)


def test_case_37_a_workflow_that_is_off_sends_nothing_though_nobody_has_planned_since(north: North) -> None:
    north.books()
    north.has_config(config_body(workflow_body(enabled=False)))
    assert north.passes() == Refusal(SkipReason.WORKFLOW_OFF)


def test_case_74_what_was_due_before_the_connection_went_live_does_not_pass(north: North) -> None:
    north.books()
    north.alters(tables.connection_states, live_since=now())
    assert north.passes() == Refusal(SkipReason.BEFORE_START)


def test_case_75_observe_keeps_what_it_would_have_sent_and_sends_nothing(north: North) -> None:
    north.books()
    north.alters(tables.connection_states, mode="observe")
    assert north.passes() == Refusal(SkipReason.OBSERVE)
    [attempt] = north.attempts
    assert (attempt.state, attempt.reason, attempt.body.decode()[:4]) == ("not_sent", "observe", "Ada ")
    assert (north.promise.state, north.promise.skip_reason) == ("skipped", "observe")
    north.alters(tables.connection_states, mode="live")
    north.replans()
    assert north.promise.state == "skipped", "nobody is texted by surprise"


def test_case_75_trial_sends_to_listed_numbers_alone(north: North) -> None:
    north.books(people=(ADA, BOB))
    north.alters(tables.connection_states, mode="trial")
    north.facts = trial(north.facts, str(BOB.phone))
    ada, bob = (north.passes(row.id) for row in north.promises)
    assert ada == Refusal(SkipReason.TRIAL)
    assert isinstance(bob, Claimed)


def test_an_operators_pause_holds_texts_and_an_outage_of_the_vendor_does_not(north: North) -> None:
    north.books()
    with north.db.begin() as tx:
        connections.pause(tx, "north", "paused by an operator", None, sends=True)
    assert north.passes() == Refusal(SkipReason.PAUSED)
    with north.db.begin() as tx:
        connections.resume(tx, "north")
        connections.pause(tx, "north", "the vendor does not answer", minutes(5))
    assert isinstance(north.passes(), Claimed)


def test_case_55_a_seat_without_a_number_ends_with_its_own_reason(north: North) -> None:
    north.books()
    north.alters(tables.people, phone=None, phone_problem="no_valid_phone")
    assert north.passes() == Refusal(SkipReason.NO_VALID_PHONE)


def test_case_39_a_seat_that_left_gets_nothing_though_nobody_has_planned_since(north: North) -> None:
    north.books()
    with north.db.begin() as tx:
        tx.execute(sa.delete(tables.attendees))
    assert north.passes() == Refusal(SkipReason.NO_CONTACT)


def test_a_number_without_a_row_is_not_used_before_it_can_be_locked(north: North) -> None:
    north.books()
    with north.db.begin() as tx:
        tx.execute(sa.delete(tables.numbers))
    assert north.passes() == Refusal(SkipReason.NO_CONTACT, replan=north.row().id)
    assert north.attempts == []


def test_a_text_that_cannot_be_made_is_skipped_and_blocks_nobody(north: North) -> None:
    north.books()

    def broken(_: object) -> str:
        raise ValueError("no start")

    with north.db.begin() as tx:
        assert pass_fence(tx, north.promise.id, north.facts, hours(1), broken) == Refusal(SkipReason.TEMPLATE)
    assert north.promise.skip_reason == "template"


def test_a_promise_that_does_not_exist_is_nobodys(north: North) -> None:
    with north.db.begin() as tx:
        assert passes(tx, 4711) == Refusal(None)


def test_the_planner_and_many_fences_never_deadlock(north: North) -> None:
    for number in range(6):
        north.books(external_id=f"app_{number}", people=(ADA, BOB))
    ids = [row.id for row in north.promises]
    rows = [row.id for row in north.rows(tables.appointments)]

    def work(number: int) -> None:
        for step in range(12):
            if number == 0:
                with north.db.begin() as tx:
                    replan(tx, lock(tx, rows[step % 6]), north.facts)
            elif number == 1:
                north.hears("START" if step % 2 else "HELP", sender_id=f"{number}.{step}")
            elif number == 2:
                with north.db.begin() as tx:
                    catch_up.hold(tx, "north")
            else:
                north.passes(ids[(step * number) % len(ids)])

    all_at_once(6, work)
    states = {row.state for row in north.promises}
    assert states <= {"planned", "sending"}
    assert len(north.attempts) == sum(row.state == "sending" for row in north.promises)
