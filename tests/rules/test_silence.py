"""How long a connection may be silent before anybody is told."""

from datetime import datetime

from rules.silence import patience
from tests.factories import NOON, days, hours


def working_days(count: int) -> list[datetime]:
    """An event each hour from 8 to 18 on weekdays."""
    moments = [NOON + hours(n) for n in range(count * 24)]
    return [each for each in moments if each.weekday() < 5 and 8 <= each.hour < 18]


def test_case_14_a_weekend_is_usual_where_weekends_are_silent() -> None:
    longest = hours(63)  # Friday 17:00 to Monday 08:00
    assert patience(working_days(28)) == longest * 1.5


def test_case_14_a_connection_that_never_rests_is_missed_within_hours() -> None:
    assert patience([NOON + hours(n / 4) for n in range(4 * 24 * 9)]) == hours(6)


def test_case_14_nothing_is_said_of_a_connection_that_is_too_young_or_too_quiet() -> None:
    assert patience([NOON + hours(n) for n in range(24 * 5)]) is None
    assert patience([NOON + days(2 * n) for n in range(14)]) is None
    assert patience([]) is None
