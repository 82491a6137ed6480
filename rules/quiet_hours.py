"""Hours and days in which nobody is texted, in the person's own zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.workflow import QuietHours

FARTHEST_DAYS = 35
"""How far a text is moved over quiet days: beyond the longest deadline there is (30 days) nobody looks."""
LAST = timedelta(minutes=1)
"""How long before the quiet hours the other side of them is: long enough to be sent before they begin."""


def is_quiet(moment: datetime, hours: QuietHours, zone: ZoneInfo) -> bool:
    """Whether a text at this instant would arrive inside the quiet hours."""
    local = moment.astimezone(zone)
    return _is_quiet_day(local.date(), hours) or _is_quiet_time(local.time(), hours)


def shift(due: datetime, not_after: datetime, hours: QuietHours, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The better side of the quiet hours, inside the deadline; None when neither side is left.

    Later is better while it is before the deadline; else the last minute before the quiet hours, if still ahead.
    """
    if not is_quiet(due, hours, zone):
        return due
    opens = next((at for at in _openings(due, hours, zone) if at >= due and not is_quiet(at, hours, zone)), None)
    if opens is not None and opens < not_after:
        return opens
    closes = next((at for at in _closings(due, hours, zone) if at < due and not is_quiet(at, hours, zone)), None)
    return closes if closes is not None and closes + LAST > now else None


def _is_quiet_day(day: date, hours: QuietHours) -> bool:
    return day.weekday() in hours.days or day in hours.closed


def _is_quiet_time(local: time, hours: QuietHours) -> bool:
    if hours.start == hours.end:
        return False
    if hours.start < hours.end:
        return hours.start <= local < hours.end
    return local >= hours.start or local < hours.end


def _openings(due: datetime, hours: QuietHours, zone: ZoneInfo) -> Iterator[datetime]:
    """Instants at which quiet may end, in order: the end of the hours, and midnight after a quiet day."""
    first = due.astimezone(zone).date()
    for days in range(-1, FARTHEST_DAYS):
        day = first + timedelta(days=days)
        yield from sorted(_at(day, time.min, zone) | _at(day, hours.end, zone))


def _closings(due: datetime, hours: QuietHours, zone: ZoneInfo) -> Iterator[datetime]:
    """The last minutes before quiet may begin, latest first."""
    first = due.astimezone(zone).date()
    for days in range(1, -FARTHEST_DAYS, -1):
        day = first + timedelta(days=days)
        edges = _at(day, time.min, zone) | _at(day, hours.start, zone)
        yield from sorted((edge - LAST for edge in edges), reverse=True)


def _at(day: date, clock: time, zone: ZoneInfo) -> set[datetime]:
    """The instants at which the clock shows that time: two where it comes twice."""
    wall = datetime.combine(day, clock, tzinfo=zone)
    return {wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}
