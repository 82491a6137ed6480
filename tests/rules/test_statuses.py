from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.statuses import OurWord, Standing, Status, effective
from tests.factories import NOON, SCHEDULED, days

START = NOON + days(3)
CONFIRMED = Standing(Status.SCHEDULED, confirmed=True)
WORD = OurWord(CONFIRMED, START, SCHEDULED)

standings = st.builds(Standing, st.sampled_from(Status), st.booleans())


def test_without_a_word_of_ours_the_vendor_counts() -> None:
    assert effective(SCHEDULED, None, START) == SCHEDULED


def test_case_81_a_confirmation_stays_though_the_record_cannot_show_it() -> None:
    assert effective(SCHEDULED, WORD, START) == CONFIRMED


@pytest.mark.parametrize("start", [None, START + days(1)])
def test_case_81_it_lapses_when_the_start_moves(start) -> None:
    assert effective(SCHEDULED, WORD, start) == SCHEDULED


@pytest.mark.parametrize("later", [Status.CANCELLED, Status.COMPLETED, Status.NO_SHOW, Status.UNKNOWN])
def test_case_81_it_lapses_when_the_vendor_says_otherwise(later: Status) -> None:
    assert effective(Standing(later), WORD, START) == Standing(later)


def test_case_81_it_lapses_when_the_vendor_takes_a_confirmation_back() -> None:
    word = replace(WORD, vendor_then=CONFIRMED)
    assert effective(CONFIRMED, word, START) == CONFIRMED
    assert effective(SCHEDULED, word, START) == SCHEDULED


def test_case_82_a_patients_yes_to_a_request_outlives_its_acceptance_by_staff() -> None:
    requested = Standing(Status.REQUESTED)
    word = OurWord(Standing(Status.REQUESTED, confirmed=True), START, requested)
    assert effective(requested, word, START) == Standing(Status.REQUESTED, confirmed=True)
    assert effective(SCHEDULED, word, START) == CONFIRMED


def test_a_status_that_we_were_told_counts_until_the_vendor_states_a_third_one() -> None:
    word = OurWord(Standing(Status.CANCELLED), START, SCHEDULED)
    assert effective(SCHEDULED, word, START).status is Status.CANCELLED
    assert effective(Standing(Status.CANCELLED), word, START).status is Status.CANCELLED
    assert effective(Standing(Status.COMPLETED), word, START).status is Status.COMPLETED


@given(vendor=standings, ours=standings, then=standings)
def test_what_counts_is_always_what_somebody_said(vendor: Standing, ours: Standing, then: Standing) -> None:
    found = effective(vendor, OurWord(ours, START, then), START)
    assert found.status in {vendor.status, ours.status}
    assert not found.confirmed or vendor.confirmed or ours.confirmed


@given(vendor=standings, ours=standings)
def test_a_vendor_that_says_the_same_as_before_takes_nothing_back(vendor: Standing, ours: Standing) -> None:
    assert effective(vendor, OurWord(ours, START, vendor), START).status is ours.status
