"""Windows of whole UTC days: one call lists a window, and a window cut at day borders serves everybody in it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from rules.vendors import Window

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
LATEST = datetime(2199, 12, 30, tzinfo=UTC)  # promises are owed until 2200; later hints are nobody's appointment


def day_of(moment: datetime) -> datetime:
    """Midnight, UTC, of the day that holds this instant."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def is_hint(moment: datetime | None) -> bool:
    """Whether an instant is good enough to look there first."""
    return moment is not None and EARLIEST <= moment < LATEST


def runs(moments: Iterable[datetime]) -> list[Window]:
    """The windows of the days of these instants; neighbouring days make one window."""
    windows: list[Window] = []
    for day in sorted({day_of(moment) for moment in moments}):
        if windows and windows[-1].end == day:
            windows[-1] = Window(windows[-1].start, day + DAY)
        else:
            windows.append(Window(day, day + DAY))
    return windows


def horizon(now: datetime, ahead_days: int) -> Window:
    """From yesterday to as many days ahead, cut at day borders so that it covers both ends."""
    return Window(day_of(now - DAY), day_of(now + timedelta(days=ahead_days)) + DAY)


def steps(whole: Window, now: datetime, ahead_days: Iterable[int]) -> list[Window]:
    """The window cut so many days ahead of now: what was booked last lies mostly in the first part."""
    cuts = [day_of(now + timedelta(days=ahead)) + DAY for ahead in ahead_days]
    ends = [*(cut for cut in cuts if whole.start < cut < whole.end), whole.end]
    return [Window(start, end) for start, end in zip([whole.start, *ends], ends, strict=False)]


def halves(window: Window) -> tuple[Window, Window] | None:
    """Two windows that meet at a day border, or inside the day where it is only one; None for an hour and less."""
    length = window.end - window.start
    if length <= HOUR:
        return None
    middle = day_of(window.start + length / 2)
    if not window.start < middle < window.end:
        middle = window.start + length / 2
    return Window(window.start, middle), Window(middle, window.end)


def covers(windows: Iterable[Window], wanted: Window) -> bool:
    """Whether these windows together leave no gap in the wanted one."""
    reached = wanted.start
    for window in sorted(windows, key=lambda each: each.start):
        if window.start > reached:
            break
        reached = max(reached, window.end)
    return reached >= wanted.end


def holds(window: Window, moment: datetime) -> bool:
    return window.start <= moment < window.end
