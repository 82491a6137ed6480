from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.statuses import Presence, Standing, Status
from rules.transitions import Before, Kind, Transition, between
from tests.factories import NOON, SCHEDULED, appointment, days, hours

START = NOON + days(3)
BEFORE = Before(SCHEDULED, START, Presence.PRESENT)
CANCELLED = Standing(Status.CANCELLED)


def kinds(before: Before | None, after) -> set[Kind]:
    return {change.kind for change in between(before, after)}


def test_a_first_sight_is_a_booking_at_the_vendors_own_instant() -> None:
    found = appointment(booked_at=NOON - days(2))
    assert between(None, found) == [Transition(Kind.BOOKED, NOON - days(2), None, START)]


def test_a_first_sight_of_a_cancelled_one_is_no_booking() -> None:
    assert kinds(None, appointment(standing=CANCELLED)) == {Kind.CANCELLED}


def test_a_cancellation_first_seen_later_is_as_old_as_the_vendor_says() -> None:
    by_time = appointment(standing=CANCELLED, cancelled_at=NOON - days(90))
    by_version = appointment(standing=CANCELLED, version=NOON - days(80))
    assert [change.at for found in (by_time, by_version) for change in between(None, found)] == [
        NOON - days(90),
        NOON - days(80),
    ]


def test_nothing_new_is_no_transition() -> None:
    assert between(BEFORE, appointment()) == []


def test_another_start_is_a_reschedule_with_both_starts() -> None:
    moved = appointment(starts_at=START + hours(2), version=NOON)
    assert between(BEFORE, moved) == [Transition(Kind.RESCHEDULED, NOON, START, START + hours(2))]


@pytest.mark.parametrize(("before", "after"), [(None, START), (START, None)])
def test_a_start_that_comes_or_goes_is_no_move(before, after) -> None:
    assert Kind.RESCHEDULED not in kinds(replace(BEFORE, starts_at=before), appointment(starts_at=after))


def test_a_cancelled_one_that_has_another_start_was_not_moved() -> None:
    assert kinds(BEFORE, appointment(standing=CANCELLED, starts_at=START + hours(2))) == {Kind.CANCELLED}


def test_case_36_cancelled_and_then_standing_again_is_reopened() -> None:
    assert kinds(Before(CANCELLED, START, Presence.PRESENT), appointment()) == {Kind.REOPENED}


def test_case_8_gone_and_then_there_again_is_reopened() -> None:
    assert kinds(Before(SCHEDULED, START, Presence.GONE), appointment()) == {Kind.REOPENED}
    assert kinds(Before(SCHEDULED, START, Presence.DOUBTFUL), appointment()) == set(), "doubt alone changed nothing"


def test_confirmed_completed_and_missed_are_told_once() -> None:
    confirmed = appointment(standing=Standing(Status.SCHEDULED, confirmed=True))
    assert kinds(BEFORE, confirmed) == {Kind.CONFIRMED}
    assert kinds(replace(BEFORE, standing=confirmed.standing), confirmed) == set()
    assert kinds(BEFORE, appointment(standing=Standing(Status.COMPLETED))) == {Kind.COMPLETED}
    assert kinds(BEFORE, appointment(standing=Standing(Status.NO_SHOW))) == {Kind.NO_SHOW}


@given(
    status=st.sampled_from(Status),
    confirmed=st.booleans(),
    start=st.none() | st.just(START) | st.just(START + days(1)),
    presence=st.sampled_from([Presence.PRESENT, Presence.DOUBTFUL]),
)
def test_a_record_seen_twice_changes_nothing_the_second_time(status, confirmed, start, presence) -> None:
    found = appointment(standing=Standing(status, confirmed=confirmed), starts_at=start)
    assert between(Before(found.standing, start, presence), found) == []
