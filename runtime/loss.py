"""How far a connection's webhooks can be relied upon, and how fresh it is without them: for `doctor` and the pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from rules.scans import scan_seconds
from rules.vendors import Budget
from store import connections, losses
from store.engine import now as database_now
from store.losses import Kind

OVER = timedelta(days=7)
"""A week has every weekday once."""


@dataclass(frozen=True, slots=True)
class Meter:
    """Changes of one kind. Delays are from the vendor's own instant to our finding it; None where it gives none."""

    kind: Kind
    missed: int
    announced: int
    typical_seconds: float | None = None
    longest_seconds: float | None = None

    @property
    def rate(self) -> float | None:
        """The part that no webhook announced, 0 to 1; None where nothing has changed."""
        changes = self.missed + self.announced
        return self.missed / changes if changes else None


@dataclass(frozen=True, slots=True)
class Summary:
    """The loss meter of one connection since an instant."""

    connection: str
    since: datetime
    kinds: tuple[Meter, ...]

    @property
    def missed(self) -> int:
        return sum(each.missed for each in self.kinds)

    @property
    def announced(self) -> int:
        return sum(each.announced for each in self.kinds)

    @property
    def rate(self) -> float | None:
        changes = self.missed + self.announced
        return self.missed / changes if changes else None


def summary(tx: Connection, connection: str, *, over: timedelta = OVER) -> Summary:
    """What no webhook announced. Begins at midnight, UTC, because announced changes are counted by the day."""
    since = (database_now(tx) - over).replace(hour=0, minute=0, second=0, microsecond=0)
    found = {row.kind: row for row in losses.counted(tx, connection, since)}
    announced = losses.announced_since(tx, connection, since)
    return Summary(
        connection,
        since,
        tuple(
            Meter(
                kind,
                missed=found[kind].missed if kind in found else 0,
                announced=announced.get(kind, 0),
                typical_seconds=found[kind].typical_seconds if kind in found else None,
                longest_seconds=found[kind].longest_seconds if kind in found else None,
            )
            for kind in Kind
        ),
    )


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old what we know may be where no webhook tells. None: no scan has ended yet."""

    age_seconds: float | None
    """Since the last whole scan ended."""
    pages: int | None
    """Of the last scan."""
    took_seconds: float | None
    """By the clock, pauses included."""
    least_seconds: float | None
    """What as many pages cost at least, within the budget's share for scans. None where the budget is not known."""
    oldest_seconds: float | None
    """A change is seen this late at worst: the time between scans, and a scan."""


def freshness(tx: Connection, connection: str, budget: Budget | None, every: timedelta) -> Freshness:
    """`every` is the connection's `reconcile_minutes`. `budget` None: for whoever does not call vendors."""
    state = connections.find(tx, connection)
    if state is None or state.reconciled_at is None:
        return Freshness(None, None, None, None, None)
    age = (database_now(tx) - state.reconciled_at).total_seconds()
    if state.last_scan_pages is None:
        return Freshness(age, None, None, None, None)
    least = scan_seconds(state.last_scan_pages, budget) if budget is not None else None
    length = max(state.last_scan_seconds or 0.0, least or 0.0)
    return Freshness(age, state.last_scan_pages, state.last_scan_seconds, least, every.total_seconds() + length)
