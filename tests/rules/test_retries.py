from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.retries import CALLBACK_DELAYS, LONGEST, back_off


@pytest.mark.parametrize(
    ("attempt", "least", "most"),
    [(0, 2.5, 5), (1, 2.5, 5), (2, 5, 10), (3, 10, 20), (5, 40, 80), (10, 900, 1800), (10_000, 900, 1800)],
)
def test_a_pause_doubles_up_to_half_an_hour_and_jitters_by_half(attempt: int, least: float, most: float) -> None:
    assert back_off(attempt, spread=0).total_seconds() == least
    assert back_off(attempt, spread=0.999999).total_seconds() == pytest.approx(most, rel=1e-3)


@pytest.mark.parametrize(("asked", "expected"), [(1, 2.5), (3600, 3600)])
def test_case_18_what_the_other_side_asks_for_wins_when_it_is_longer(asked: float, expected: float) -> None:
    assert back_off(1, asked=timedelta(seconds=asked), spread=0).total_seconds() == expected


@given(attempt=st.integers(-5, 10**9))
def test_a_pause_is_never_nothing_and_never_longer_than_the_longest(attempt: int) -> None:
    assert timedelta(0) < back_off(attempt) <= LONGEST


def test_callbacks_are_tried_at_once_and_then_ever_later() -> None:
    assert CALLBACK_DELAYS[0] == timedelta(0)
    assert list(CALLBACK_DELAYS) == sorted(CALLBACK_DELAYS)
