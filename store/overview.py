"""What the status page shows. Read only, and bounded in time: a page must not hold up what it shows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from store.tables import attempts, connection_states, events, inbox, sync_requests

MOST_SECONDS = 3


def bound(tx: Connection) -> None:
    """Make the transaction read only, and give each of its statements three seconds."""
    tx.execute(sa.text("SET TRANSACTION READ ONLY"))
    tx.execute(sa.text(f"SET LOCAL statement_timeout = '{MOST_SECONDS}s'"))


def states(tx: Connection) -> dict[str, Row[Any]]:
    """How each connection stands. `is_paused` goes by the database's clock."""
    is_paused = (connection_states.c.paused_until > sa.func.clock_timestamp()).label("is_paused")
    return {row.connection: row for row in tx.execute(sa.select(connection_states, is_paused))}


def dead_letters(tx: Connection) -> dict[str, int]:
    query = (
        sa.select(sync_requests.c.connection, sa.func.count().label("n"))
        .where(sync_requests.c.dead_at.is_not(None))
        .group_by(sync_requests.c.connection)
    )
    return {row.connection: row.n for row in tx.execute(query)}


def unrecognised(tx: Connection, since: datetime) -> dict[str, int]:
    """Webhooks that were authentic and not understood, by connection."""
    query = (
        sa.select(events.c.connection, sa.func.count().label("n"))
        .where(events.c.received_at >= since, events.c.recognised.is_(False))
        .group_by(events.c.connection)
    )
    return {row.connection: row.n for row in tx.execute(query)}


def unconfirmed(tx: Connection, since: datetime) -> dict[str, int]:
    """Accepted texts of that time, by connection, whose final receipt has not come (see `store.unproven`)."""
    query = (
        sa.select(attempts.c.connection, sa.func.count().label("n"))
        .where(attempts.c.created_at >= since, attempts.c.state == "accepted", attempts.c.unconfirmed_at.is_not(None))
        .group_by(attempts.c.connection)
    )
    return {row.connection: row.n for row in tx.execute(query)}


def inbox_counts(tx: Connection) -> dict[str, int]:
    query = (
        sa.select(inbox.c.connection, sa.func.count().label("n"))
        .where(inbox.c.resolved_at.is_(None))
        .group_by(inbox.c.connection)
    )
    return {row.connection: row.n for row in tx.execute(query)}


_TODAY = sa.text(
    """
    SELECT p.connection, p.state, coalesce(p.skip_reason, '') AS skip_reason, count(*) AS n
    FROM unnest(CAST(:names AS text[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
         AS day (connection, starts_at, ends_at)
    JOIN promises p ON p.connection = day.connection AND p.due_at >= day.starts_at AND p.due_at < day.ends_at
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC
    """
)


def today(tx: Connection, days: Mapping[str, tuple[datetime, datetime]]) -> list[Row[Any]]:
    """Promises due within each connection's own day (start inclusive, end exclusive), by state and skip reason."""
    if not days:
        return []
    values = {
        "names": list(days),
        "starts": [start for start, _ in days.values()],
        "ends": [end for _, end in days.values()],
    }
    return list(tx.execute(_TODAY, values).all())


_UPCOMING = sa.text(
    """
    SELECT next.connection, next.due_at, next.anchor, next.hold_reason, a.external_id, a.starts_at
    FROM (
        SELECT p.* FROM unnest(CAST(:names AS text[])) AS lane (connection), LATERAL (
            -- One short walk of the index per connection, however many promises wait in it.
            SELECT appointment_id, connection, due_at, look_at, anchor, hold_reason FROM promises
            WHERE state = 'planned' AND connection = lane.connection AND look_at < :until
            ORDER BY look_at LIMIT :limit
        ) p
        ORDER BY p.look_at LIMIT :limit
    ) next
    JOIN appointments a ON a.id = next.appointment_id
    ORDER BY next.look_at
    """
)


def upcoming(tx: Connection, names: Sequence[str], until: datetime, *, limit: int) -> list[Row[Any]]:
    """Planned promises of these connections due before `until`, next first, with their appointment."""
    return list(tx.execute(_UPCOMING, {"names": list(names), "until": until, "limit": limit}).all())
