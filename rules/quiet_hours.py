"""Hours in which nobody is texted, in the person's own zone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.workflow import QuietHours


def is_quiet(moment: datetime, hours: QuietHours, zone: ZoneInfo) -> bool:
    """Whether a text at this instant would arrive inside the quiet hours."""
    if hours.start == hours.end:
        return False
    local = moment.astimezone(zone).time()
    if hours.start < hours.end:
        return hours.start <= local < hours.end
    return local >= hours.start or local < hours.end


def _edge(moment: datetime, at: time, zone: ZoneInfo, *, forward: bool) -> datetime:
    """The nearest instant, in one direction, at which the local clock shows `at`."""
    local = moment.astimezone(zone)
    candidates = [
        datetime.combine(local.date() + timedelta(days=days), at, tzinfo=zone).astimezone(UTC) for days in (-1, 0, 1)
    ]
    if forward:
        return min(c for c in candidates if c >= moment)
    return max(c for c in candidates if c <= moment)


def shift(due: datetime, not_after: datetime, hours: QuietHours, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The better side of the quiet hours, inside the deadline; None when neither side is left.

    Later is better while it is before the deadline; else the last minute before the quiet hours, if still ahead.
    """
    if not is_quiet(due, hours, zone):
        return due
    opens = _edge(due, hours.end, zone, forward=True)
    if opens < not_after:
        return opens
    closes = _edge(due, hours.start, zone, forward=False) - timedelta(minutes=1)
    return closes if closes > now and not is_quiet(closes, hours, zone) else None
