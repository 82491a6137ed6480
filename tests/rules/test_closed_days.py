"""Days without texts: weekdays, dates and calendars."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.quiet_hours import is_quiet, shift
from rules.workflow import QuietHours
from schemas.closed_days import CalendarProblem, closed_days

LONDON = ZoneInfo("Europe/London")
SUNDAY = datetime(2026, 5, 17, 12, 0, tzinfo=UTC)  # 13:00 in London
WEEK = timedelta(days=7)
NO_SUNDAYS = QuietHours(days=frozenset({6}))


def local(moment: datetime | None) -> str:
    return moment.astimezone(LONDON).strftime("%a %d %H:%M") if moment else "never"


def test_what_is_due_on_a_quiet_day_waits_for_the_next_mornings_first_hour() -> None:
    assert local(shift(SUNDAY, SUNDAY + WEEK, NO_SUNDAYS, LONDON, SUNDAY)) == "Mon 18 08:00"


def test_without_quiet_hours_it_waits_for_midnight() -> None:
    hours = QuietHours(time(0), time(0), frozenset({6}))
    assert local(shift(SUNDAY, SUNDAY + WEEK, hours, LONDON, SUNDAY)) == "Mon 18 00:00"


def test_it_goes_out_before_when_the_deadline_falls_into_the_quiet_days() -> None:
    before = SUNDAY - timedelta(days=3)
    closed = QuietHours(closed=frozenset({date(2026, 5, 16)}), days=frozenset({6}))
    assert local(shift(SUNDAY, SUNDAY + timedelta(hours=5), closed, LONDON, before)) == "Fri 15 20:59"


def test_where_neither_side_is_left_it_is_skipped() -> None:
    assert shift(SUNDAY, SUNDAY + timedelta(hours=5), NO_SUNDAYS, LONDON, SUNDAY) is None
    always = QuietHours(days=frozenset(range(7)))
    assert shift(SUNDAY, SUNDAY + WEEK, always, LONDON, SUNDAY - WEEK) is None


@given(
    due=st.integers(0, 365 * 24 * 60).map(lambda count: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=count)),
    start=st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    end=st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    days=st.frozensets(st.integers(0, 6), max_size=6),
    closed=st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=5),
    zone=st.sampled_from([LONDON, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago"), ZoneInfo("UTC")]),
)
def test_nothing_is_moved_into_quiet_or_past_its_deadline(due, start, end, days, closed, zone) -> None:
    hours = QuietHours(start, end, days, closed)
    until, now = due + timedelta(days=2), due - timedelta(days=1)
    moved = shift(due, until, hours, zone, now)
    if moved is not None:
        assert not is_quiet(moved, hours, zone)
        assert now < moved < until
    if not is_quiet(due, hours, zone):
        assert moved == due


CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261227
SUMMARY:Christ
 mas
BEGIN:VALARM
TRIGGER;VALUE=DATE-TIME:20261220T080000Z
END:VALARM
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20240229
RRULE:FREQ=YEARLY
EXDATE;VALUE=DATE:20280229
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=Europe/London:20260501T090000
DTEND;TZID=Europe/London:20260502T120000
END:VEVENT
END:VCALENDAR
"""


def test_a_calendar_closes_every_day_of_its_events() -> None:
    found = closed_days(CALENDAR.replace("\n", "\r\n"))
    assert {day for day in found if day.year == 2026} == {
        *(date(2026, 12, day) for day in (24, 25, 26)),
        *(date(2026, 5, day) for day in (1, 2)),
    }
    leap = sorted(day for day in found if (day.month, day.day) == (2, 29))
    assert leap[:2] == [date(2024, 2, 29), date(2032, 2, 29)]


def christmas(*lines: str) -> frozenset[date]:
    event = "\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])
    return closed_days(f"BEGIN:VCALENDAR\n{event}\nEND:VCALENDAR")


@pytest.mark.parametrize(
    ("start", "rule", "days"),
    [
        ("20201225", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", ["2025-12-25", "2026-12-25", "2027-12-25"]),
        ("20201126", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", ["2025-11-27", "2026-11-26", "2027-11-25"]),
        ("20201126", "FREQ=YEARLY;BYDAY=TH;BYMONTH=11;BYSETPOS=4", ["2025-11-27", "2026-11-26", "2027-11-25"]),
        ("20200525", "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;WKST=SU", ["2025-05-26", "2026-05-25", "2027-05-31"]),
        ("20200331", "FREQ=YEARLY;BYMONTH=3;BYDAY=5TU", ["2026-03-31", "2027-03-30"]),
        ("20251224", "FREQ=YEARLY;UNTIL=20261224T235959Z", ["2025-12-24", "2026-12-24"]),
        ("20251224", "FREQ=YEARLY;COUNT=1", ["2025-12-24"]),
        ("20231224", "FREQ=YEARLY;INTERVAL=2", ["2025-12-24", "2027-12-24"]),
    ],
)
def test_what_comes_every_year_closes_its_day_each_year(start: str, rule: str, days: list[str]) -> None:
    found = christmas(f"DTSTART;VALUE=DATE:{start}", f"RRULE:{rule}")
    assert sorted(str(day) for day in found if day.year in {2025, 2026, 2027}) == days


@pytest.mark.parametrize(("length", "days"), [("P3D", 3), ("P1W", 7), ("PT12H", 1), ("P1DT1H", 2)])
def test_a_length_closes_every_day_that_it_touches(length: str, days: int) -> None:
    assert len(christmas("DTSTART;VALUE=DATE:20261225", f"DURATION:{length}")) == days


def test_a_file_from_windows_begins_with_a_mark_of_its_encoding() -> None:
    assert closed_days("\ufeff" + CALENDAR) == closed_days(CALENDAR)


NO_RULES = [
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=SU",
    "FREQ=YEARLY;BYDAY=1MO",
    "FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1",
    "FREQ=YEARLY;BYMONTH=11;BYDAY=TH",
    "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;BYSETPOS=1",
    "FREQ=YEARLY;BYEASTER=1",
    "FREQ=YEARLY;BYMONTH=13",
    "FREQ=YEARLY;INTERVAL=0",
    "FREQ=YEARLY;UNTIL=soon",
    "BYMONTH=12",
]


@pytest.mark.parametrize("rule", NO_RULES)
def test_every_other_repetition_is_refused_with_its_line(rule: str) -> None:
    with pytest.raises(CalendarProblem, match="line 4: only what comes every year"):
        christmas("DTSTART;VALUE=DATE:20260101", f"RRULE:{rule}")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "line 1"),
        ("Christmas", "line 1"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:yesterday\nEND:VEVENT", "line 3"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\nRRULE:FREQ=YEARLY;BYDAY=1MO\nEND:VEVENT", "line 4"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT", "line 2"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101", "line 2"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20200101\nDTEND:20260101\nEND:VEVENT", "line 2"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260230\nEND:VEVENT", "line 3"),
    ],
)
def test_a_calendar_that_would_be_guessed_at_is_refused_with_its_line(text: str, line: str) -> None:
    with pytest.raises(CalendarProblem, match=line):
        closed_days(text)


@given(st.text(alphabet="BEGINVCALDTSRU:;=20260101\n \t,", max_size=80).map(lambda text: "BEGIN:VCALENDAR\n" + text))
def test_any_text_is_a_calendar_or_refused(text: str) -> None:
    with suppress(CalendarProblem):
        closed_days(text)
