from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.fence import HOLD, End, Go, Hold, Leave, decide
from rules.promises import PromiseState, SkipReason
from rules.statuses import Presence, Standing, Status
from rules.workflow import Anchor, QuietHours
from tests.factories import ADA, BOB, LONDON, NOON, hours, minutes, scene, workflow


def test_what_is_due_with_nothing_against_it_goes() -> None:
    assert decide(scene()) == Go()


@pytest.mark.parametrize("state", sorted(set(PromiseState) - {PromiseState.PLANNED}))
def test_case_31_the_promises_state_decides_and_not_the_timer(state: PromiseState) -> None:
    assert decide(scene(state=state)) == Leave()


def test_what_is_not_due_yet_is_left() -> None:
    assert decide(scene(due_at=NOON + minutes(1))) == Leave()
    assert decide(scene(due_at=NOON)) == Go()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"workflow": None}, SkipReason.WORKFLOW_OFF),
        ({"presence": Presence.GONE}, SkipReason.RECORD_GONE),
        ({"standing": Standing(Status.CANCELLED)}, SkipReason.CANCELLED),
        ({"standing": Standing(Status.UNKNOWN)}, SkipReason.STATUS_UNKNOWN),
        ({"standing": Standing(Status.NO_SHOW)}, SkipReason.STATUS),
        ({"seat_problem": SkipReason.NO_VALID_PHONE}, SkipReason.NO_VALID_PHONE),
        ({"opted_out": True}, SkipReason.OPTED_OUT),
        ({"lacks_consent": True}, SkipReason.NO_CONSENT),
        ({"bad_number": True}, SkipReason.BAD_NUMBER),
        ({"owed_from": NOON}, SkipReason.BEFORE_START),
    ],
)
def test_what_is_certain_ends_the_promise_whatever_else_would_hold_it(changes, reason: SkipReason) -> None:
    assert decide(scene(**changes)) == End(reason)
    assert decide(scene(**changes, sends_paused=True, fetched_at=NOON - hours(48))) == End(reason)
    assert decide(scene(**changes, not_after=NOON)) == End(reason), "the truest reason, also when it is late"


def test_case_43_a_cancelled_appointment_sends_nothing_but_its_cancellation() -> None:
    sorry = workflow(anchor=Anchor.CANCELLED, statuses=frozenset({Status.CANCELLED}))
    changes = {"anchor": Anchor.CANCELLED, "standing": Standing(Status.CANCELLED)}
    assert decide(scene(**changes)) == End(SkipReason.CANCELLED)
    assert decide(scene(**changes, workflow=sorry)) == Go()
    assert decide(scene(workflow=sorry)) == End(SkipReason.STATUS), "reopened meanwhile"


def test_a_text_after_the_end_goes_to_completed_ones_too() -> None:
    assert decide(scene(anchor=Anchor.EVENT_ENDS, standing=Standing(Status.COMPLETED))) == Go()
    assert decide(scene(standing=Standing(Status.COMPLETED))) == End(SkipReason.STATUS)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"anchor_now": NOON + hours(30)}, SkipReason.MOVED),
        ({"anchor_now": None}, SkipReason.MOVED),
        ({"phone": BOB.phone}, SkipReason.NO_CONTACT),
        ({"locked_phone": None}, SkipReason.NO_CONTACT),
        ({"presence": Presence.DOUBTFUL}, SkipReason.RECORD_MISSING),
        ({"sends_paused": True}, SkipReason.PAUSED),
        ({"fetched_at": NOON - hours(25)}, SkipReason.RECORD_TOO_OLD),
    ],
)
def test_what_may_change_holds_the_promise_and_is_its_reason_at_the_deadline(changes, reason: SkipReason) -> None:
    assert decide(scene(**changes)) == Hold(reason, NOON + HOLD)
    assert decide(scene(**changes, hold_reason=reason, not_after=NOON)) == End(reason)


def test_case_30_past_the_deadline_nothing_is_sent() -> None:
    assert decide(scene(not_after=NOON)) == End(SkipReason.TOO_LATE)
    assert decide(scene(not_after=NOON + minutes(1))) == Go()


def test_case_19_an_old_record_is_used_and_marked_and_a_too_old_one_waits() -> None:
    assert decide(scene(fetched_at=NOON - minutes(36))) == Go(unverified=True)
    assert decide(scene(fetched_at=NOON - hours(24))) == Go(unverified=True)
    assert isinstance(decide(scene(fetched_at=NOON - hours(24) - minutes(1))), Hold)


def test_case_75_observe_renders_and_sends_nothing_and_trial_only_to_listed_numbers() -> None:
    assert decide(scene(mode="observe")) == Go(dry=SkipReason.OBSERVE)
    assert decide(scene(mode="trial")) == Go(dry=SkipReason.TRIAL)
    assert decide(scene(mode="trial", trial_numbers={ADA.phone})) == Go()


NIGHT = workflow(quiet_hours=QuietHours(time(21), time(8)))


def test_case_41_what_comes_to_the_fence_in_the_night_waits_for_the_morning() -> None:
    night = datetime(2026, 5, 12, 23, 0, tzinfo=LONDON)
    quiet = {"now": night, "due_at": night, "fetched_at": night, "workflow": NIGHT}
    assert decide(scene(**quiet, not_after=night + hours(10))) == Hold(SkipReason.QUIET_HOURS, night + hours(9))


def test_case_42_where_the_morning_is_too_late_it_ends() -> None:
    night = datetime(2026, 5, 12, 23, 0, tzinfo=LONDON)
    quiet = {"now": night, "due_at": night, "fetched_at": night, "workflow": NIGHT}
    assert decide(scene(**quiet, not_after=night + hours(9))) == End(SkipReason.QUIET_HOURS)


def test_the_hour_is_the_persons() -> None:
    assert decide(scene(workflow=NIGHT, person_zone=LONDON)) == Go()
    assert decide(scene(workflow=NIGHT, person_zone=ZoneInfo("Pacific/Kiritimati"))) == End(SkipReason.QUIET_HOURS)


scenes = st.builds(
    scene,
    due_at=st.sampled_from([NOON - hours(5), NOON - minutes(1), NOON, NOON + minutes(1)]),
    not_after=st.sampled_from([NOON - minutes(1), NOON, NOON + minutes(1), NOON + hours(20)]),
    hold_reason=st.sampled_from(["", "paused", "record_missing"]),
    anchor_now=st.sampled_from([None, NOON + hours(24), NOON + hours(30)]),
    standing=st.builds(Standing, st.sampled_from(Status), st.booleans()),
    presence=st.sampled_from(Presence),
    fetched_at=st.sampled_from([NOON, NOON - hours(2), NOON - hours(30)]),
    workflow=st.sampled_from([None, workflow(), NIGHT, workflow(statuses=frozenset({Status.CANCELLED}))]),
    phone=st.sampled_from([ADA.phone, BOB.phone]),
    opted_out=st.booleans(),
    bad_number=st.booleans(),
    person_zone=st.sampled_from([None, LONDON, ZoneInfo("Pacific/Kiritimati")]),
    mode=st.sampled_from(["observe", "trial", "live"]),
    sends_paused=st.booleans(),
    trial_numbers=st.sampled_from([frozenset(), frozenset({ADA.phone})]),
    owed_from=st.sampled_from([None, NOON - hours(6), NOON]),
)


@given(scenes)
def test_only_what_nothing_speaks_against_ever_leaves(found) -> None:
    decision = decide(found)
    if isinstance(decision, Go) and decision.dry is None:
        assert found.due_at <= found.now < found.not_after
        assert found.workflow is not None
        assert found.standing.status in found.workflow.statuses
        assert found.presence is Presence.PRESENT
        assert found.anchor_now == found.anchor_at
        assert not any((found.opted_out, found.bad_number, found.sends_paused))
        assert found.phone == found.locked_phone
        assert found.mode == "live" or (found.mode == "trial" and found.phone in found.trial_numbers)


@given(scenes)
def test_whatever_is_held_is_looked_at_again_before_it_is_too_late_or_soon_after(found) -> None:
    decision = decide(found)
    if isinstance(decision, Hold):
        assert found.now < decision.look_at < max(found.not_after, found.now + 2 * HOLD)


@given(scenes)
def test_past_its_deadline_every_promise_ends(found) -> None:
    if found.not_after <= found.now and found.due_at <= found.now:
        assert isinstance(decide(found), End)
