"""Holidays of every year as RRULE (RFC 5545, 3.3.10) writes them: by their date, or as the 4th Thursday of November.

Everything else that RRULE may say is refused: a holiday that is guessed wrong texts people on it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

_NTH = re.compile(r"([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(T[0-9]{6}Z?)?")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST"}
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Yearly:
    """One rule: `day` of `month`; with `nth` the nth `weekday` of it (0 is Monday), from its end where negative."""

    month: int
    day: int
    nth: int | None = None
    weekday: int = 0
    interval: int = 1
    count: int | None = None
    until: date | None = None

    def days(self, start: date, last_year: int) -> Iterator[date]:
        """Every one from `start` on."""
        left = self.count
        for year in range(start.year, last_year + 1, self.interval):
            day = self._in(year)
            if day is None or day < start:
                continue
            if left == 0 or (self.until is not None and day > self.until):
                return
            left = left - 1 if left is not None else None
            yield day

    def _in(self, year: int) -> date | None:
        """29 February is in a common year no day at all, nor is there always a 5th Monday."""
        try:
            if self.nth is None:
                return date(year, self.month, self.day)
        except ValueError:
            return None
        first = date(year, self.month, 1)
        after = date(year + self.month // 12, self.month % 12 + 1, 1)
        day = first + timedelta(days=(self.weekday - first.weekday()) % 7) + (self.nth - 1) * WEEK
        if self.nth < 0:
            last = after - timedelta(days=1)
            day = last - timedelta(days=(last.weekday() - self.weekday) % 7) + (self.nth + 1) * WEEK
        return day if first <= day < after else None


def yearly(rule: str, start: date) -> Yearly | None:
    """The rule as far as it is one of these; None for every other one."""
    said = dict(part.partition("=")[::2] for part in rule.upper().split(";") if part)
    if said.get("FREQ") != "YEARLY" or set(said) - KNOWN:
        return None
    try:
        month = int(said.get("BYMONTH", start.month))
        day = int(said.get("BYMONTHDAY", start.day))
        interval = int(said.get("INTERVAL", 1))
        count = int(said["COUNT"]) if "COUNT" in said else None
        until = _until(said["UNTIL"]) if "UNTIL" in said else None
        date(2000, month, day)  # a leap year
    except ValueError:
        return None
    if interval < 1 or (count is not None and count < 1):
        return None
    found = Yearly(month, day, interval=interval, count=count, until=until)
    if "BYDAY" in said:
        return _by_weekday(found, said)
    return None if "BYSETPOS" in said else found


def _by_weekday(found: Yearly, said: dict[str, str]) -> Yearly | None:
    """`BYMONTH=11;BYDAY=4TH`, or as Outlook writes it, `BYDAY=TH;BYMONTH=11;BYSETPOS=4`."""
    match = _NTH.fullmatch(said.get("BYSETPOS", "") + said["BYDAY"])
    if match is None or "BYMONTH" not in said or "BYMONTHDAY" in said:
        return None
    return replace(found, day=1, nth=int(match[1]), weekday=WEEKDAYS.index(match[2]))


def _until(text: str) -> date:
    match = _UNTIL.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return date(int(match[1]), int(match[2]), int(match[3]))
