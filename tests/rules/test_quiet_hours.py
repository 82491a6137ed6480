from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rules.quiet_hours import is_quiet, shift
from rules.workflow import QuietHours
from tests.factories import hours, minutes

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
NIGHT = QuietHours()
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

clocks = st.times(max_value=time(23, 59)).map(lambda clock: clock.replace(second=0, microsecond=0))
quiet = st.builds(QuietHours, start=clocks, end=clocks)
instants = st.integers(0, 5_000_000).map(lambda count: datetime(2020, 1, 1, tzinfo=UTC) + minutes(count))
zones = st.sampled_from(["Europe/London", "America/New_York", "Pacific/Kiritimati", "Asia/Kolkata"]).map(ZoneInfo)


def at(hour: int, minute: int = 0, *, day: int = 12, zone: ZoneInfo = LONDON) -> datetime:
    """An instant in May 2026."""
    return datetime(2026, 5, day, hour, minute, tzinfo=zone)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [((20, 59), False), ((21, 0), True), ((23, 59), True), ((0, 0), True), ((7, 59), True), ((8, 0), False)],
)
def test_the_night_begins_at_21_and_ends_at_8(clock, expected: bool) -> None:
    assert is_quiet(at(*clock), NIGHT, LONDON) is expected


@pytest.mark.parametrize(("clock", "expected"), [((11, 59), False), ((12, 0), True), ((13, 0), False)])
def test_quiet_hours_within_a_day(clock, expected: bool) -> None:
    assert is_quiet(at(*clock), QuietHours(time(12), time(13)), LONDON) is expected


def test_equal_ends_are_never_quiet() -> None:
    assert not any(is_quiet(at(hour), QuietHours(time(9), time(9)), LONDON) for hour in range(24))


def test_the_zone_is_the_persons() -> None:
    assert is_quiet(at(8, 30, zone=LONDON), NIGHT, NEW_YORK)


def test_case_41_what_falls_into_the_night_waits_for_the_morning_inside_its_deadline() -> None:
    assert shift(at(6), at(10), NIGHT, LONDON, LONG_AGO) == at(8)
    assert shift(at(22), at(9, day=13), NIGHT, LONDON, LONG_AGO) == at(8, day=13)


def test_case_41_outside_the_quiet_hours_nothing_moves() -> None:
    assert shift(at(12), at(13), NIGHT, LONDON, LONG_AGO) == at(12)


def test_case_42_where_the_morning_is_too_late_it_goes_out_on_the_evening_before() -> None:
    assert shift(at(6), at(7, 30), NIGHT, LONDON, at(12, day=11)) == at(20, 59, day=11)
    assert shift(at(6), at(8), NIGHT, LONDON, at(12, day=11)) == at(20, 59, day=11), "the deadline itself is too late"


def test_case_42_where_the_evening_before_is_over_too_nothing_is_left() -> None:
    assert shift(at(6), at(7, 30), NIGHT, LONDON, at(23, day=11)) is None


def test_case_42_within_the_last_minute_before_the_night_it_still_goes_out() -> None:
    assert shift(at(6), at(7, 30), NIGHT, LONDON, at(20, 59, day=11) + timedelta(seconds=30)) == at(20, 59, day=11)


def test_case_26_the_quiet_hour_that_comes_twice_ends_with_its_second_time() -> None:
    hour = QuietHours(time(1), time(1, 30))
    second = datetime(2026, 11, 1, 1, 10, tzinfo=NEW_YORK, fold=1)
    opens = shift(second, second + hours(4), hour, NEW_YORK, LONG_AGO)
    assert opens is not None
    assert opens - second.astimezone(UTC) == minutes(20)


def test_case_25_quiet_hours_that_end_in_the_gap_end_after_it() -> None:
    due = datetime(2026, 3, 8, 1, 30, tzinfo=NEW_YORK)
    opens = shift(due, due + hours(12), QuietHours(time(0), time(2, 30)), NEW_YORK, LONG_AGO)
    assert opens is not None
    assert f"{opens.astimezone(NEW_YORK):%d %H:%M}" == "08 03:30"


@given(due=instants, grace=st.integers(1, 3000), quiet=quiet, zone=zones, ahead=st.integers(-3000, 3000))
def test_whatever_is_chosen_is_allowed_and_inside_the_deadline(due, grace, quiet, zone, ahead) -> None:
    until, now = due + minutes(grace), due - minutes(ahead)
    moment = shift(due, until, quiet, zone, now)
    if moment is not None:
        assert not is_quiet(moment, quiet, zone)
        assert moment < until
        assert moment >= due or moment > now - minutes(1)


@given(due=instants, grace=st.integers(1, 3000), quiet=quiet, zone=zones)
def test_later_is_better_and_as_soon_as_it_may(due, grace, quiet, zone) -> None:
    assume(is_quiet(due, quiet, zone))
    until = due + minutes(grace)
    moment = shift(due, until, quiet, zone, due)
    allowed = next((due + minutes(n) for n in range(grace) if not is_quiet(due + minutes(n), quiet, zone)), None)
    if allowed is None:
        assert moment is None
    else:
        assert moment is not None
        assert timedelta() <= moment - allowed <= hours(1), "a change of clocks may hide the first minutes"


@given(due=instants, grace=st.integers(1, 3000), quiet=quiet, zone=zones)
def test_a_moment_once_chosen_stays(due, grace, quiet, zone) -> None:
    until = due + minutes(grace)
    moment = shift(due, until, quiet, zone, due - hours(48))
    if moment is not None:
        assert shift(moment, until, quiet, zone, due - hours(48)) == moment
