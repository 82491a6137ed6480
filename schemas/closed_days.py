"""Days on which nobody is texted, from an iCalendar text: the files in which public holidays are published.

Read from it (RFC 5545): events with DTSTART and DTEND or DURATION, as dates or as instants (their date counts, as it is
written), and what comes every year (`schemas.yearly`), as Christmas does. Every other repetition is refused: a holiday
that is guessed wrong texts people on it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from schemas.yearly import yearly

LONGEST = 200_000  # characters; the holidays of a country over ten years are about 30,000
LONGEST_EVENT = timedelta(days=366)
LAST_YEAR = 2100
"""To which year a yearly day is written out."""

_LENGTH = re.compile(r"\+?P(?:([0-9]{1,3})W)?(?:([0-9]{1,4})D)?(T[0-9HMS]+)?")
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(T[0-9]{6}Z?)?")


class CalendarProblem(ValueError):
    """What is wrong, with the line."""


@dataclass
class _Event:
    line: int
    start: date | None = None
    end: date | None = None
    days: int | None = None
    rule: str = ""
    rule_line: int = 0
    without: set[date] = field(default_factory=set)


def closed_days(text: str) -> frozenset[date]:
    """Every date that an event of the calendar covers.

    Raises:
        CalendarProblem: for what is no calendar, or repeats in a way that is not read here.
    """
    if len(text) > LONGEST:
        raise CalendarProblem(f"the calendar is longer than {LONGEST} characters")
    lines = list(_unfolded(text.removeprefix("\ufeff")))
    if not lines or lines[0][1].strip().upper() != "BEGIN:VCALENDAR":
        raise CalendarProblem("line 1: a calendar begins with BEGIN:VCALENDAR")
    found: set[date] = set()
    event: _Event | None = None
    inner = 0
    for number, line in lines:
        name, value = _named(line)
        if (name, value.upper()) == ("BEGIN", "VEVENT"):
            event = _Event(number)
        elif (name, value.upper()) == ("END", "VEVENT") and event is not None:
            found |= _days(event)
            event = None
        elif event is not None and name in {"BEGIN", "END"}:
            inner += 1 if name == "BEGIN" else -1  # an alarm has a start of its own kind
        elif event is not None and not inner:
            _take(event, number, name, value)
    if event is not None:
        raise CalendarProblem(f"line {event.line}: this event does not end")
    return frozenset(found)


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; one that begins with a space continues the one before."""
    number, whole = 0, ""
    for count, line in enumerate(text.splitlines(), 1):
        if line[:1] in {" ", "\t"}:
            whole += line[1:]
            continue
        if whole:
            yield number, whole
        number, whole = count, line
    if whole:
        yield number, whole


def _named(line: str) -> tuple[str, str]:
    head, _, value = line.partition(":")
    return head.partition(";")[0].strip().upper(), value.strip()


def _take(event: _Event, number: int, name: str, value: str) -> None:
    if name == "DTSTART":
        event.start = _date(number, value)
    elif name == "DTEND":
        event.end = _date(number, value)
        if "T" in value and not re.search("T000000", value):
            event.end += timedelta(days=1)  # it ends inside that day
    elif name == "EXDATE":
        event.without |= {_date(number, each) for each in value.split(",")}
    elif name == "DURATION":
        match = _LENGTH.fullmatch(value.upper())
        if match is None:
            raise CalendarProblem(f"line {number}: {value[:30]} is not a length such as P3D")
        begun = 1 if match[3] else 0  # part of a day closes that day
        event.days = int(match[1] or 0) * 7 + int(match[2] or 0) + begun
    elif name == "RRULE":
        event.rule = f"{event.rule}|{value}" if event.rule else value  # two of them are one that is not read
        event.rule_line = number
    elif name == "RDATE":
        raise CalendarProblem(f"line {number}: RDATE is not read")


def _date(number: int, value: str) -> date:
    match = _DAY.fullmatch(value.strip())
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else _no_date(number, value)
    except ValueError:
        return _no_date(number, value)


def _no_date(number: int, value: str) -> date:
    raise CalendarProblem(f"line {number}: {value[:30]} is not a date such as 20261225")


def _days(event: _Event) -> set[date]:
    if event.start is None:
        raise CalendarProblem(f"line {event.line}: this event has no DTSTART")
    length = _length(event, event.start)
    if length > LONGEST_EVENT:
        raise CalendarProblem(f"line {event.line}: this event is longer than a year")
    starts = [event.start]
    if event.rule:
        rule = yearly(event.rule, event.start)
        if rule is None:
            known = "only what comes every year on a date or on a weekday of a month is read"
            raise CalendarProblem(f"line {event.rule_line}: {known}, not {event.rule[:60]}")
        starts = list(rule.days(event.start, LAST_YEAR))
    days = {start + timedelta(days=index) for start in starts for index in range(max(length.days, 1))}
    return days - event.without


def _length(event: _Event, start: date) -> timedelta:
    if event.end is not None:
        return event.end - start
    return timedelta(days=1 if event.days is None else event.days)
