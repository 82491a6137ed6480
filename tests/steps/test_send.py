"""From a due promise to the phone, with the worker killed between every two steps of the way."""

from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from outbound.clock import boottime
from rules.promises import SkipReason
from rules.senders import Accepted, AttemptState, Inbound, NotSent, Receipt, Refused, Text, Unknown, Verdict
from store import attempts, configs, connections, fence, inbound, receipts, tables
from store.fence import Claimed
from tests.factories import config_body, days, hours, minutes, workflow_body
from tests.steps.given import PHONE, Clinic, Scripted, now
from tests.store.given import all_at_once
from workers import send

pytestmark = pytest.mark.servers
Make = Callable[..., Clinic]


def test_a_due_reminder_arrives_once_with_the_name_and_the_local_time(clinic: Make) -> None:
    north = clinic()
    north.known()
    assert "1 accepted" in north.sends()
    [body] = north.texts()
    local = north.appointment.starts_at.astimezone(ZoneInfo("America/Chicago"))
    assert body.startswith(f"Ada, see you at {local.hour % 12 or 12}:{local.minute:02}")
    assert north.sends() == ""
    assert len(north.texts()) == 1


def test_what_falls_due_within_the_look_is_waited_for_and_not_late_by_a_tick(clinic: Make) -> None:
    north = clinic()
    north.known(minutes(10))
    due = now()
    north.alters(tables.promises, due_at=due, look_at=due)
    north.sends()
    [attempt] = north.rows(tables.attempts)
    assert attempt.created_at >= due


def stop_before_the_fence(north: Clinic) -> None:
    """Picked, and nothing more."""


def stop_inside_the_fence(north: Clinic) -> None:
    """Decided and written, not committed."""
    with north.db.engine.connect() as tx:
        assert isinstance(pass_fence(north, tx), Claimed)
        tx.rollback()


def stop_before_the_call(north: Clinic) -> None:
    with north.db.begin() as tx:
        pass_fence(north, tx)


def stop_after_the_call(north: Clinic) -> None:
    with north.db.begin() as tx:
        claimed = pass_fence(north, tx)
    assert isinstance(claimed, Claimed)
    text = Text(claimed.to, claimed.from_number, claimed.body, str(claimed.attempt_id))
    outcome = north.wiring.sender("texts").send(text, send_by=boottime() + 5, timeout_seconds=5)
    assert isinstance(outcome, Accepted)


def stop_after_the_outcome(north: Clinic) -> None:
    north.sends()


def pass_fence(north: Clinic, tx: sa.Connection):
    facts = north.wiring.facts("north")
    return fence.pass_fence(
        tx, north.promise.id, facts, send.LEASE, lambda material: send.text_of(north.wiring, "north", material)
    )


@pytest.mark.parametrize(
    ("killed", "arrived", "state"),
    [
        (stop_before_the_fence, 1, "accepted"),
        (stop_inside_the_fence, 1, "accepted"),
        (stop_before_the_call, 0, "unknown"),
        (stop_after_the_call, 1, "unknown"),
        (stop_after_the_outcome, 1, "accepted"),
    ],
)
def test_case_46_killed_anywhere_on_the_way_it_arrives_once_at_most_and_unknown_is_never_sent_again(
    clinic: Make, killed: Callable[[Clinic], None], arrived: int, state: str
) -> None:
    north = clinic()
    north.known()
    killed(north)
    north.sends()
    north.alters(tables.attempts, tables.attempts.c.state == "sending", lease_until=now() - minutes(1))
    north.settles()
    for _ in range(2):
        north.wants("", kind="plan")
        north.syncs()
        north.sends()
    assert (len(north.texts()), north.promise.state) == (arrived, state)


def test_case_46_what_was_accepted_before_the_kill_is_found_by_a_look_up(clinic: Make) -> None:
    north = clinic()
    north.known()
    stop_after_the_call(north)
    old = now() - minutes(2)
    north.alters(tables.attempts, lease_until=old)
    north.settles()
    assert north.promise.state == "unknown"
    # The network's own list shows when it was created; the attempt must not be younger than that.
    north.alters(tables.attempts, created_at=old)
    north.settles()
    assert (north.promise.state, len(north.texts())) == ("accepted", 1)


def test_case_46_what_never_left_is_reported_at_its_deadline_and_never_sent_blindly(clinic: Make) -> None:
    north = clinic()
    north.known()
    stop_before_the_call(north)
    north.alters(tables.attempts, lease_until=now() - minutes(1))
    north.settles()
    north.alters(tables.promises, not_after=now())
    north.settles()
    north.settles()
    assert (north.promise.state, north.texts(), north.inbox) == ("unknown", [], ["unknown_attempt"])


def test_case_47_a_sender_that_accepts_and_never_answers_is_settled_by_its_receipt(clinic: Make) -> None:
    north = clinic()
    north.known()
    north.sender = Scripted([Unknown("timed out")])
    assert "1 unknown" in north.sends()
    [attempt] = north.rows(tables.attempts)
    with north.db.begin() as tx:
        receipts.keep(tx, "texts", [Receipt("SM1", AttemptState.DELIVERED, str(attempt.id))])
    north.settles()
    assert north.promise.state == "accepted"


def test_case_47_a_call_that_outlives_its_lease_and_then_says_not_sent_is_sent_inside_its_deadline(
    clinic: Make,
) -> None:
    north = clinic()
    north.known()
    with north.db.begin() as tx:
        claimed = pass_fence(north, tx)
    assert isinstance(claimed, Claimed)
    north.alters(tables.attempts, lease_until=now() - minutes(1))
    north.settles()
    with north.db.begin() as tx:
        attempts.settle(tx, claimed.attempt_id, NotSent("later than send_by"))
    north.alters(tables.promises, look_at=now())
    north.sends()
    assert (north.promise.state, len(north.texts())) == ("accepted", 1)


def test_a_text_that_would_be_written_too_late_is_not_written(clinic: Make) -> None:
    north = clinic()
    text = Text(PHONE, north.network.number, "late", "reference")
    outcome = north.wiring.sender("texts").send(text, send_by=boottime() - 1, timeout_seconds=5)
    assert isinstance(outcome, NotSent)
    assert north.texts() == []


def test_case_45_two_workers_that_send_at_once_send_each_text_once(clinic: Make) -> None:
    north = clinic("pexip")
    phones = [f"+1312555{number:04}" for number in range(12)]
    for phone in phones:
        north.hears(north.books(phone=phone))
    north.syncs()
    north.alters(tables.appointments, known_from=now() - days(7))
    north.wants("", kind="plan")
    north.syncs()
    all_at_once(3, lambda _: send.run(north.another_process()))
    assert [len(north.texts(phone)) for phone in phones] == [1] * 12


def test_case_30_after_an_outage_of_the_scheduler_what_is_inside_its_deadline_goes_out(clinic: Make) -> None:
    north = clinic()
    north.known(hours(-3))
    north.known(hours(-3), phone="+13125550143")
    second = north.rows(tables.promises)[1].id
    north.alters(tables.promises, tables.promises.c.id == second, not_after=now() - minutes(1))
    north.sends()
    assert [row.state for row in north.rows(tables.promises)] == ["accepted", "skipped"]
    assert north.rows(tables.promises)[1].skip_reason == "too_late"
    assert [row.facts["late_seconds"] > 10_000 for row in north.rows(tables.timeline, kind="sending")] == [True]


def test_case_43_a_cancellation_between_planning_and_sending_sends_nothing(clinic: Make) -> None:
    north = clinic()
    external_id = north.known()
    north.tenant.act(external_id, "cancel", announce=False)
    north.hears(external_id)
    north.syncs()
    assert (north.sends(), north.texts()) == ("", [])


def test_case_34_moved_later_after_the_reminder_went_out_it_goes_out_once_for_the_new_time(clinic: Make) -> None:
    north = clinic()
    external_id = north.known()
    north.sends()
    later = now() + days(1) + minutes(-0.5)
    north.tenant.act(external_id, "move", starts_at=later.isoformat(), announce=False)
    for _ in range(2):
        north.hears(external_id)
        north.syncs()
        north.alters(tables.appointments, known_from=now() - days(7))  # or it would be moved at too short notice
        north.wants("", kind="plan")
        north.syncs()
        north.sends()
    assert [row.state for row in north.rows(tables.promises)] == ["accepted", "accepted"]
    assert [row.told_start for row in north.rows(tables.promises)][1] == north.appointment.starts_at
    assert len(north.texts()) == 2


def test_case_44_a_move_that_only_the_fence_notices_is_planned_anew_and_the_old_time_is_not_told(clinic: Make) -> None:
    north = clinic()
    north.known()
    north.alters(tables.appointments, starts_at=now() + days(4))
    assert "moved" in north.sends()
    assert [row.state for row in north.rows(tables.promises)] == ["superseded", "planned"]
    assert north.texts() == []


def test_case_84_a_number_that_changed_after_planning_is_the_one_that_is_texted(clinic: Make) -> None:
    north = clinic()
    north.known()
    north.alters(tables.people, phone="+13125550188")
    assert "no_contact" in north.sends()
    north.alters(tables.promises, look_at=now())
    north.sends()
    assert (north.texts(), len(north.texts("+13125550188"))) == ([], 1)


@pytest.mark.parametrize("phone", ["+15005550001", "+15005550009"])
def test_case_50_a_number_that_the_network_refuses_is_tried_once_and_marked(clinic: Make, phone: str) -> None:
    north = clinic()
    north.known(phone=phone)
    north.sends()
    assert (north.promise.state, north.promise.skip_reason) == ("failed", "bad_number")
    assert north.row(tables.numbers, number=phone).bad_at is not None
    assert north.inbox == ["bad_number"]
    assert north.sends() == ""


def test_case_58_whoever_said_stop_gets_nothing_more(clinic: Make) -> None:
    north = clinic()
    north.known()
    with north.db.begin() as tx:
        inbound.keep(tx, "texts", [Inbound("SM1", PHONE, north.network.number, "Stop. Thank you")])
    north.sends()
    assert (north.promise.skip_reason, north.texts()) == ("opted_out", [])


def test_case_75_observe_shows_the_text_and_sends_none(clinic: Make) -> None:
    north = clinic()
    north.known()
    north.alters(tables.connection_states, mode="observe")
    assert "skipped observe" in north.sends()
    [kept] = north.rows(tables.attempts)
    assert (kept.state, kept.body.decode()[:16], north.texts()) == ("not_sent", "Ada, see you at ", [])


def test_case_75_trial_texts_only_listed_numbers(clinic: Make) -> None:
    north = clinic(trial_numbers=("+13125550143",))
    north.known()
    north.known(phone="+13125550143")
    north.alters(tables.connection_states, mode="trial")
    north.sends()
    assert (north.texts(), len(north.texts("+13125550143"))) == ([], 1)


def test_case_78_a_connection_that_goes_wild_is_paused_and_told_though_it_was_paused_for_an_outage(
    clinic: Make,
) -> None:
    north = clinic(max_texts_per_hour=2)
    for number in range(4):
        north.known(phone=f"+1312555016{number}")
    with north.db.begin() as tx:
        connections.pause(tx, "north", "the vendor does not answer", minutes(9), failed=True)
    north.sends()
    north.sends()
    sent = sum(len(north.texts(f"+1312555016{number}")) for number in range(4))
    assert sent >= 2
    assert (north.state.sends_paused, "flood" in north.inbox) == (True, True)


def test_a_sender_that_asks_to_wait_is_asked_again_and_the_text_goes_once(clinic: Make) -> None:
    north = clinic()
    north.known()
    north.sender = Scripted([Refused("20429", Verdict.RETRY, retry_after_seconds=1), Accepted("SM1")])
    north.sends()
    assert north.promise.state == "planned"
    north.alters(tables.promises, look_at=now())
    north.alters(tables.budgets, paused_until=None)
    north.sends()
    assert (north.promise.state, len(north.sender.texts)) == ("accepted", 2)


def test_what_belongs_to_a_connection_that_is_no_longer_configured_does_not_keep_the_workers_busy(
    clinic: Make,
) -> None:
    north = clinic()
    north.known()
    gone = north.another_process()
    gone.settings = replace(gone.settings, connections={})
    looks = []

    def clock() -> float:
        looks.append(1)
        return 0.0 if len(looks) < 200 else 99.0

    send.run(gone, clock=clock)
    assert len(looks) < 100, "it looked again and again at what nobody can send"
    assert north.promise.state == "planned"


@pytest.mark.parametrize(
    "template", ["{{ clientCustomer.firstName", "{% if place.phone != '' %}Call {{ place.phone }}{% endif %}"]
)
def test_a_template_that_cannot_be_rendered_or_makes_nothing_is_said(clinic: Make, template: str) -> None:
    north = clinic()
    broken = workflow_body(action={"type": "sms", "template": template})
    with north.db.begin() as tx:
        configs.save(tx, config_body(broken), config_id=north.row(tables.assignments).config_id)
    north.known()
    north.sends()
    assert (north.promise.skip_reason, north.texts()) == (SkipReason.TEMPLATE, [])
