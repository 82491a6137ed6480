"""When a promise is due and when it is too late. Pure; instants are aware, zones are IANA names."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from rules.workflow import Anchor

DAY_MINUTES = 24 * 60
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
SMALLEST_GRACE = timedelta(minutes=5)
LARGEST_GRACE = timedelta(hours=4)
LEAST_GRACE = timedelta(minutes=1)
"""Of a grace that somebody has configured: with none at all nothing could ever be sent."""


@cache
def zone_or_none(name: str | None) -> ZoneInfo | None:
    """The zone of that name, or None for what is no zone (vendors send `string`, `../etc`, empty words)."""
    if not name or name.startswith(("/", ".")) or "\\" in name or "\x00" in name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def begin_of_month(now: datetime, zone: tzinfo) -> datetime:
    """The first instant of the month that it is in that zone: costs count by the practice's own calendar."""
    return now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)


def _at_wall(wall: datetime, zone: ZoneInfo, fold: int) -> datetime:
    """That wall time in that zone. In a gap, the time before the change is read: it lands after the gap, once."""
    first, second = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    comes_twice = (first.utcoffset() or timedelta()) > (second.utcoffset() or timedelta())
    return second if comes_twice and fold else first


def due_at(anchor_at: datetime, offset_minutes: int, zone: ZoneInfo) -> datetime | None:
    """`anchor + offset`, in UTC. Whole days count by the wall clock of the event zone, anything shorter elapses.

    A wall time that a zone skips (DST gap) moves forward by the gap; one that comes twice keeps the anchor's fold.
    None when the result is outside 1970 to 2200: offsets of 2^53 minutes are documented as valid.
    """
    whole_days = offset_minutes % DAY_MINUTES == 0
    try:
        if not whole_days:
            moment = anchor_at.astimezone(UTC) + timedelta(minutes=offset_minutes)
        else:
            local = anchor_at.astimezone(zone)
            wall = local.replace(tzinfo=None) + timedelta(days=offset_minutes // DAY_MINUTES)
            moment = _at_wall(wall, zone, local.fold).astimezone(UTC)
    except OverflowError:
        return None
    return moment if EARLIEST <= moment < LATEST else None


def not_after(
    anchor: Anchor, anchor_at: datetime, due: datetime, offset_minutes: int, grace_minutes: int | None
) -> datetime:
    """The deadline: never past the anchor for a reminder before the start, otherwise the grace after `due`.

    The default grace is a quarter of the offset, between 5 minutes and 4 hours.
    """
    if grace_minutes is not None:
        grace = max(timedelta(minutes=grace_minutes), LEAST_GRACE)
    else:
        grace = min(max(timedelta(minutes=abs(offset_minutes)) / 4, SMALLEST_GRACE), LARGEST_GRACE)
    deadline = due + grace
    if anchor is Anchor.EVENT_STARTS and offset_minutes < 0:
        return min(anchor_at, deadline)
    return deadline
