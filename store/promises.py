"""Which promises are looked at next. Lanes are served in turn: one clinic's rush never delays another's one text."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from store.tables import promises

DEEP = 500
"""Of a lane's backlog, as many of those that have waited longest are put in the order of their deadlines."""

_PICK = sa.text(
    """
    WITH RECURSIVE lanes AS (
        -- One probe of the index per lane, however many promises wait in it.
        (SELECT connection FROM promises WHERE state = 'planned' ORDER BY connection LIMIT 1)
        UNION ALL
        SELECT (SELECT p.connection FROM promises p
                WHERE p.state = 'planned' AND p.connection > lanes.connection ORDER BY p.connection LIMIT 1)
        FROM lanes WHERE lanes.connection IS NOT NULL
    ), clock AS MATERIALIZED (SELECT clock_timestamp() AS now),
    found AS (
        SELECT due.*,
               -- Of each lane the first in its turn, and of each turn the two kinds one by one.
               row_number() OVER (PARTITION BY due.turn, due.is_backlog ORDER BY due.due_at) AS place
        FROM lanes, clock, LATERAL (
            (SELECT *, row_number() OVER (ORDER BY due_at) AS turn, false AS is_backlog FROM (
                SELECT id, connection, due_at, not_after, next_sender, action FROM promises
                WHERE state = 'planned' AND connection = lanes.connection
                  AND look_at > clock.now - interval '1 minute' AND look_at <= clock.now + make_interval(secs => :ahead)
                  AND due_at > clock.now - interval '1 minute' AND mod(id, :shards) = :shard
                ORDER BY look_at LIMIT :limit
            ) fresh)
            UNION ALL
            (SELECT *, row_number() OVER (ORDER BY not_after) AS turn, true AS is_backlog FROM (
                SELECT id, connection, due_at, not_after, next_sender, action FROM promises
                WHERE state = 'planned' AND connection = lanes.connection
                  AND look_at <= clock.now AND due_at <= clock.now - interval '1 minute' AND mod(id, :shards) = :shard
                ORDER BY look_at LIMIT :deep
            ) waiting ORDER BY not_after LIMIT :limit)
        ) due
        WHERE lanes.connection IS NOT NULL AND lanes.connection <> ALL(CAST(:without AS text[]))
    )
    SELECT id, connection, due_at, next_sender, action,
           greatest(0, extract(epoch FROM due_at - clock.now)) AS wait_seconds,
           extract(epoch FROM not_after - clock.now) AS left_seconds,
           due_at < clock.now - interval '5 minutes' AND not_after > clock.now AS is_late
    FROM found, clock
    ORDER BY turn, place, is_backlog
    LIMIT :limit
    """
)


def pick(
    tx: Connection,
    *,
    limit: int,
    ahead_seconds: float = 0,
    shard: int = 0,
    shards: int = 1,
    without: Collection[str] = (),
) -> list[Row[Any]]:
    """Candidates for the fence, the first of every lane before the second of any. It claims nothing.

    Half of them fell due in the last minute, the other half are the backlog by deadline; where one half is short, the
    other fills it. `wait_seconds` is how long until each is due, for those that fall due within `ahead_seconds`;
    `left_seconds` how long until its deadline. Lanes named in `without` are left out.
    """
    values = {"limit": limit, "ahead": ahead_seconds, "shard": shard, "shards": shards, "deep": max(DEEP, limit)}
    return list(tx.execute(_PICK, {**values, "without": sorted(without)}).all())


def send_by(tx: Connection, promise_id: int, sender: str) -> None:
    """The next try of a planned promise goes to this sender."""
    mine = sa.and_(promises.c.id == promise_id, promises.c.state == "planned")
    tx.execute(sa.update(promises).where(mine).values(next_sender=sender))


_COUNT_DUE = sa.text(
    """
    WITH RECURSIVE lanes AS (
        (SELECT connection FROM promises WHERE state = 'planned' ORDER BY connection LIMIT 1)
        UNION ALL
        SELECT (SELECT p.connection FROM promises p
                WHERE p.state = 'planned' AND p.connection > lanes.connection ORDER BY p.connection LIMIT 1)
        FROM lanes WHERE lanes.connection IS NOT NULL
    ), clock AS MATERIALIZED (SELECT clock_timestamp() AS now)
    SELECT count(*) FROM (
        SELECT FROM lanes, clock, LATERAL (
            SELECT FROM promises
            WHERE state = 'planned' AND connection = lanes.connection
              AND look_at <= clock.now + make_interval(secs => :ahead)
            LIMIT :most
        ) due
        WHERE lanes.connection IS NOT NULL LIMIT :most
    ) counted
    """
)


def count_due(tx: Connection, *, ahead_seconds: float, most: int = 2000) -> int:
    """How many want a look now, counted up to `most`. Lane by lane: what waits for later is never touched."""
    return int(tx.execute(_COUNT_DUE, {"ahead": ahead_seconds, "most": most}).scalar_one())


_DUE_SOON = sa.text(
    """
    WITH RECURSIVE lanes AS (
        (SELECT connection FROM promises WHERE state = 'planned' ORDER BY connection LIMIT 1)
        UNION ALL
        SELECT (SELECT p.connection FROM promises p
                WHERE p.state = 'planned' AND p.connection > lanes.connection ORDER BY p.connection LIMIT 1)
        FROM lanes WHERE lanes.connection IS NOT NULL
    ), clock AS MATERIALIZED (SELECT clock_timestamp() AS now)
    SELECT soon.connection, soon.external_id, min(soon.due_at) AS due_at
    FROM lanes, clock, LATERAL (
        SELECT a.connection, a.external_id, p.due_at
        FROM promises p JOIN appointments a ON a.id = p.appointment_id
        WHERE p.state = 'planned' AND p.connection = lanes.connection
          AND p.look_at <= clock.now + make_interval(mins => :minutes)
          AND a.fetched_at < clock.now - make_interval(mins => :older)
        ORDER BY p.look_at LIMIT :limit
    ) soon
    GROUP BY soon.connection, soon.external_id ORDER BY min(soon.due_at) LIMIT :limit
    """
)


def due_soon(tx: Connection, *, minutes: int, older_than_minutes: int, limit: int = 2000) -> list[Any]:
    """Appointments whose promises fall due soon and whose record is older than that: to be asked ahead."""
    values = {"minutes": minutes, "older": older_than_minutes, "limit": limit}
    return list(tx.execute(_DUE_SOON, values).all())


def of_appointment(tx: Connection, appointment_id: int) -> list[Row[Any]]:
    query = sa.select(promises).where(promises.c.appointment_id == appointment_id).order_by(promises.c.id)
    return list(tx.execute(query).all())
