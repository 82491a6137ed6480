from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.timing import EARLIEST, LATEST, due_at, not_after, zone_or_none
from rules.workflow import Anchor
from tests.factories import DAY, NOON, days, hours, minutes

NEW_YORK = ZoneInfo("America/New_York")
LONDON = ZoneInfo("Europe/London")
ZONES = [
    *("Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham", "America/Sao_Paulo"),
    *("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata", "UTC", "Africa/Casablanca", "Antarctica/Troll"),
]
instants = st.integers(0, 60_000_000).map(lambda count: datetime(1980, 1, 1, tzinfo=UTC) + minutes(count))
zones = st.sampled_from(ZONES).map(ZoneInfo)


def local(year: int, month: int, day: int, hour: int, minute: int, zone: ZoneInfo, fold: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=zone, fold=fold)


def wall(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("name", "anchor", "offset", "expected"),
    [
        # Clocks go forward in New York on 2026-03-08, back on 2026-11-01.
        ("forward, a day before", (2026, 3, 8, 15, 0), -DAY, (2026, 3, 7, 15, 0)),
        ("forward, a day after", (2026, 3, 7, 15, 0), DAY, (2026, 3, 8, 15, 0)),
        ("forward, a week before", (2026, 3, 10, 9, 30), -7 * DAY, (2026, 3, 3, 9, 30)),
        ("back, a day before", (2026, 11, 1, 15, 0), -DAY, (2026, 10, 31, 15, 0)),
        ("back, two days after", (2026, 10, 31, 15, 0), 2 * DAY, (2026, 11, 2, 15, 0)),
    ],
)
def test_case_27_whole_days_count_by_the_wall_clock(name: str, anchor, offset: int, expected) -> None:
    assert due_at(local(*anchor, NEW_YORK), offset, NEW_YORK) == local(*expected, NEW_YORK)


@pytest.mark.parametrize("offset", [-23 * 60, -25 * 60, 90, -1, 36 * 60])
@pytest.mark.parametrize("day", [(2026, 3, 8), (2026, 11, 1)])
def test_case_27_anything_shorter_than_whole_days_is_elapsed_time(offset: int, day) -> None:
    anchor = local(*day, 15, 0, NEW_YORK)
    assert due_at(anchor, offset, NEW_YORK) == anchor.astimezone(UTC) + minutes(offset)


def test_case_27_a_day_is_23_or_25_elapsed_hours_where_the_clocks_change() -> None:
    forward, back = local(2026, 3, 8, 15, 0, NEW_YORK), local(2026, 11, 1, 15, 0, NEW_YORK)
    assert forward.astimezone(UTC) - due_at(forward, -DAY, NEW_YORK) == hours(23)
    assert back.astimezone(UTC) - due_at(back, -DAY, NEW_YORK) == hours(25)


def test_case_25_a_wall_time_that_does_not_exist_moves_forward_by_the_gap() -> None:
    anchor = local(2026, 3, 9, 2, 30, NEW_YORK)
    due = due_at(anchor, -DAY, NEW_YORK)
    assert wall(due, NEW_YORK) == "2026-03-08 03:30"
    assert due == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


def test_case_25_a_gap_of_half_an_hour_moves_by_half_an_hour() -> None:
    howe = ZoneInfo("Australia/Lord_Howe")
    due = due_at(local(2026, 10, 5, 2, 15, howe), -DAY, howe)
    assert wall(due, howe) == "2026-10-04 02:45"


@pytest.mark.parametrize("fold", [0, 1])
def test_case_26_a_wall_time_that_comes_twice_keeps_the_fold_of_its_anchor(fold: int) -> None:
    anchor = local(2026, 11, 1, 1, 30, NEW_YORK, fold)
    assert due_at(anchor, 0, NEW_YORK) == anchor.astimezone(UTC)
    assert due_at(anchor, -DAY, NEW_YORK) == local(2026, 10, 31, 1, 30, NEW_YORK)


def test_case_26_a_day_before_lands_once_in_the_hour_that_comes_twice() -> None:
    due = due_at(local(2026, 11, 2, 1, 30, NEW_YORK), -DAY, NEW_YORK)
    assert due == datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "the first of the two"


@pytest.mark.parametrize(
    ("zone", "anchor", "expected"),
    [
        ("Pacific/Kiritimati", (2026, 1, 1, 0, 30), (2025, 12, 31, 0, 30)),  # UTC+14
        ("Pacific/Pago_Pago", (2026, 1, 1, 23, 30), (2025, 12, 31, 23, 30)),  # UTC-11
        ("Asia/Kolkata", (2026, 3, 8, 2, 30), (2026, 3, 7, 2, 30)),  # no change of clocks
        ("Europe/London", (2028, 3, 1, 9, 0), (2028, 2, 29, 9, 0)),  # a leap day
        ("Europe/London", (2027, 3, 1, 9, 0), (2027, 2, 28, 9, 0)),
        ("Europe/London", (2100, 3, 1, 9, 0), (2100, 2, 28, 9, 0)),  # 2100 is no leap year
    ],
)
def test_a_day_before_is_the_same_wall_time_in_every_zone_and_year(zone: str, anchor, expected) -> None:
    there = ZoneInfo(zone)
    assert due_at(local(*anchor, there), -DAY, there) == local(*expected, there)


def test_a_year_of_days_from_a_leap_day_ends_a_day_earlier() -> None:
    assert due_at(local(2028, 2, 29, 9, 0, LONDON), 365 * DAY, LONDON) == local(2029, 2, 28, 9, 0, LONDON)


@given(anchor=instants, zone=zones, count=st.integers(-400, 400))
def test_whole_days_keep_the_wall_clock_wherever_that_time_exists(anchor, zone: ZoneInfo, count: int) -> None:
    due = due_at(anchor, count * DAY, zone)
    wanted = anchor.astimezone(zone).replace(tzinfo=None) + timedelta(days=count)
    shown = due.astimezone(zone).replace(tzinfo=None)
    assert shown == wanted or timedelta() < shown - wanted <= hours(3), "only a gap moves it, and only forward"


@given(anchor=instants, zone=zones, offset=st.integers(-600_000, 600_000).filter(lambda offset: offset % DAY))
def test_parts_of_days_elapse_whatever_the_zone(anchor, zone: ZoneInfo, offset: int) -> None:
    assert due_at(anchor, offset, zone) == anchor + minutes(offset)


@given(anchor=instants, zone=zones, offset=st.integers(-(2**63), 2**63))
def test_case_87_any_offset_gives_a_date_that_exists_or_none(anchor, zone: ZoneInfo, offset: int) -> None:
    due = due_at(anchor, offset, zone)
    assert due is None or EARLIEST <= due < LATEST


@pytest.mark.parametrize("offset", [-9007199254740991, 9007199254740991, 2**53 * DAY])
def test_case_87_the_documents_own_extremes_are_no_error(offset: int) -> None:
    assert due_at(NOON, offset, LONDON) is None


@pytest.mark.parametrize(
    ("offset", "grace", "expected"),
    [
        (-DAY, None, hours(4)),  # a quarter would be six hours
        (-8 * 60, None, hours(2)),
        (-60, None, minutes(15)),
        (-10, None, minutes(5)),
        (-3, None, minutes(3)),  # never past the start
        (60, None, minutes(15)),
        (0, None, minutes(5)),
        (-DAY, 90, minutes(90)),
        (-60, 600, minutes(60)),  # never past the start, however much grace
        (60, 600, minutes(600)),
    ],
)
def test_the_deadline_is_the_grace_and_never_past_the_start(offset: int, grace: int | None, expected) -> None:
    due = NOON + minutes(offset)
    assert not_after(Anchor.EVENT_STARTS, NOON, due, offset, grace) - due == expected


def test_a_grace_of_nothing_still_leaves_a_minute_to_send_in() -> None:
    due = NOON - days(1)
    assert not_after(Anchor.EVENT_STARTS, NOON, due, -DAY, 0) - due == minutes(1)


@given(offset=st.integers(-600_000, 600_000), grace=st.none() | st.integers(0, 43_200), anchor=st.sampled_from(Anchor))
def test_a_deadline_leaves_time_and_a_reminder_never_comes_after_the_start(offset: int, grace, anchor: Anchor) -> None:
    due = due_at(NOON, offset, LONDON)
    until = not_after(anchor, NOON, due, offset, grace)
    assert until > due
    if anchor is Anchor.EVENT_STARTS and offset < 0:
        assert until <= NOON


@pytest.mark.parametrize(
    "name", [None, "", "string", "../etc/passwd", "/etc/localtime", "a\x00b", "..\\x", "Europe", "Nowhere/At_All"]
)
def test_what_is_no_zone_is_none(name: str | None) -> None:
    assert zone_or_none(name) is None


def test_a_zone_is_found_by_its_name() -> None:
    assert zone_or_none("Pacific/Kiritimati") == ZoneInfo("Pacific/Kiritimati")
