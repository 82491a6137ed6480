"""The loss meter: what changed at a vendor without a webhook that announced it, and what was announced."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from store import timeline
from store.engine import CLOCK
from store.tables import announced_changes, appointments, attendees, losses, sync_requests
from store.tables import connection_states as states

GRACE = timedelta(minutes=10)
"""A webhook that comes this long after we found its change by asking was on its way: no loss."""


class Kind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Lost:
    """One change that nobody announced. `since`: when it happened at the vendor, where the vendor says so."""

    external_id: str
    kind: Kind
    since: datetime | None = None


def write(tx: Connection, connection: str, found: Iterable[Lost]) -> int:
    """Keep what was found by asking. Returns how many."""
    rows = [
        {"connection": connection, "external_id": each.external_id, "kind": each.kind, "delay_seconds": _delay(each)}
        for each in found
    ]
    if not rows:
        return 0
    for row in tx.execute(sa.insert(losses).values(rows).returning(losses)).all():
        told = {"kind": row.kind, "delay_seconds": None if row.delay_seconds is None else round(row.delay_seconds)}
        timeline.write(tx, connection, row.external_id, [("found_unannounced", told)])
    _count(tx, connection, len(rows))
    return len(rows)


def _delay(lost: Lost) -> Any:
    if lost.since is None:
        return None
    return sa.func.greatest(sa.extract("epoch", sa.func.clock_timestamp() - lost.since), 0)


def _count(tx: Connection, connection: str, by: int) -> None:
    changed = sa.update(states).where(states.c.connection == connection)
    tx.execute(changed.values(found_unannounced=states.c.found_unannounced + by))


def announced(tx: Connection, connection: str, changes: dict[str, Kind]) -> None:
    """These changes were asked for by a webhook. What was found a moment ago was on its way, not lost."""
    if not changes:
        return
    _withdraw(tx, connection, changes)
    counts = {kind: sum(each is kind for each in changes.values()) for kind in sorted(set(changes.values()))}
    today = sa.cast(sa.func.timezone("UTC", sa.func.clock_timestamp()), sa.Date)
    for kind, count in counts.items():
        row = insert(announced_changes).values(connection=connection, on_day=today, kind=kind, count=count)
        tx.execute(
            row.on_conflict_do_update(
                index_elements=["connection", "on_day", "kind"],
                set_={"count": announced_changes.c.count + row.excluded.count},
            )
        )


def came_after_all(tx: Connection, connection: str, external_ids: Iterable[str]) -> None:
    """A webhook asked for these, and nothing was new: what we had found by asking was on its way."""
    back = _withdraw(tx, connection, external_ids)
    announced(tx, connection, back)


def _withdraw(tx: Connection, connection: str, external_ids: Iterable[str]) -> dict[str, Kind]:
    gone = (
        sa.delete(losses)
        .where(
            losses.c.connection == connection,
            losses.c.found_at > CLOCK - GRACE,
            losses.c.external_id.in_(sorted(external_ids)),
        )
        .returning(losses.c.external_id, losses.c.kind)
    )
    back = {row.external_id: Kind(row.kind) for row in tx.execute(gone)}
    if back:
        _count(tx, connection, -len(back))
    return back


def expected(tx: Connection, connection: str, external_ids: Iterable[str]) -> set[str]:
    """Those that a webhook has announced, themselves or their person, and that still wait for their look."""
    waits = sa.and_(
        sync_requests.c.connection == connection,
        sync_requests.c.notified,
        sync_requests.c.wanted_gen > sync_requests.c.done_gen,
    )
    ids = sorted(external_ids)
    named = sa.select(sync_requests.c.key).where(
        waits, sync_requests.c.kind == "appointment", sync_requests.c.key.in_(ids)
    )
    by_person = (
        sa.select(appointments.c.external_id)
        .join(attendees, attendees.c.appointment_id == appointments.c.id)
        .join(sync_requests, sa.and_(waits, sync_requests.c.key == attendees.c.person_id))
        .where(
            sync_requests.c.kind == "customer",
            appointments.c.connection == connection,
            appointments.c.external_id.in_(ids),
        )
    )
    return set(tx.execute(named.union(by_person)).scalars())


def counted(tx: Connection, connection: str, since: datetime) -> list[Row[Any]]:
    """Per kind: `missed`, the delays' median and maximum in seconds (None where no vendor said when it happened)."""
    delay = losses.c.delay_seconds
    query = (
        sa.select(
            losses.c.kind,
            sa.func.count().label("missed"),
            sa.func.percentile_cont(0.5).within_group(delay).label("typical_seconds"),
            sa.func.max(delay).label("longest_seconds"),
        )
        .where(losses.c.connection == connection, losses.c.found_at >= since)
        .group_by(losses.c.kind)
    )
    return list(tx.execute(query).all())


def announced_since(tx: Connection, connection: str, since: datetime) -> dict[str, int]:
    """Per kind, in whole days of UTC."""
    query = (
        sa.select(announced_changes.c.kind, sa.func.sum(announced_changes.c.count))
        .where(announced_changes.c.connection == connection, announced_changes.c.on_day >= since.date())
        .group_by(announced_changes.c.kind)
    )
    return {kind: int(count) for kind, count in tx.execute(query)}


def sweep(tx: Connection, older_than: timedelta = timedelta(days=400)) -> None:
    """Forget what no summary reaches back to."""
    known = losses.c.connection.in_(sa.select(states.c.connection))  # one range of the index for each
    tx.execute(sa.delete(losses).where(known, losses.c.found_at < CLOCK - older_than))
