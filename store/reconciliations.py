"""Scans: where each connection's reconciliation stands. Resumable after a kill: cursor and window are rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import Connection

from rules.vendors import Window
from store.tables import appointments
from store.tables import connection_states as states


@dataclass(slots=True)
class Scan:
    """A leased scan. `first` is the backfill of a new connection: what it finds was not missed by any webhook."""

    connection: str
    window: Window
    cursor: str | None
    started_at: datetime
    token: UUID
    first: bool


def due(tx: Connection) -> list[str]:
    """Connections whose scan is due, or was interrupted."""
    query = (
        sa.select(states.c.connection)
        .where(
            states.c.reconcile_due_at <= sa.func.clock_timestamp(),
            sa.or_(
                states.c.reconcile_lease_until.is_(None), states.c.reconcile_lease_until < sa.func.clock_timestamp()
            ),
            sa.or_(states.c.paused_until.is_(None), states.c.paused_until < sa.func.clock_timestamp()),
        )
        .order_by(states.c.reconcile_due_at)
    )
    return list(tx.execute(query).scalars())


RESUMED_WITHIN = timedelta(hours=1)
"""A scan that was left alone for longer begins anew: cursors grow old, and its window no longer fits the day."""


def claim(tx: Connection, name: str, window: Window, *, lease: timedelta) -> Scan | None:
    """Lease a connection's scan, continuing one that was interrupted with the window it began with."""
    row = tx.execute(
        sa.select(states)
        .where(
            states.c.connection == name,
            states.c.reconcile_due_at <= sa.func.clock_timestamp(),
            sa.or_(
                states.c.reconcile_lease_until.is_(None), states.c.reconcile_lease_until < sa.func.clock_timestamp()
            ),
        )
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    token = uuid4()
    now = tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    left_at = row.reconcile_lease_until or row.reconcile_due_at
    resumes = row.reconcile_cursor is not None and row.reconcile_from is not None and now - left_at < RESUMED_WITHIN
    if resumes:
        window = Window(row.reconcile_from, row.reconcile_to)
    started_at = row.reconcile_started_at if resumes else now
    tx.execute(
        sa.update(states)
        .where(states.c.connection == name)
        .values(
            reconcile_token=token,
            reconcile_lease_until=now + lease,
            reconcile_started_at=started_at,
            reconcile_from=window.start,
            reconcile_to=window.end,
            reconcile_cursor=row.reconcile_cursor if resumes else None,
            scan_pages=row.scan_pages if resumes else 0,
        )
    )
    return Scan(name, window, row.reconcile_cursor if resumes else None, started_at, token, row.reconciled_at is None)


def _mine(scan: Scan) -> sa.ColumnElement[bool]:
    return sa.and_(states.c.connection == scan.connection, states.c.reconcile_token == scan.token)


def renew(tx: Connection, scan: Scan, *, lease: timedelta) -> Scan:
    tx.execute(sa.update(states).where(_mine(scan)).values(reconcile_lease_until=sa.func.clock_timestamp() + lease))
    return scan


def advance(tx: Connection, scan: Scan) -> None:
    """Remember the page that comes next."""
    following = {"reconcile_cursor": scan.cursor, "scan_pages": states.c.scan_pages + 1}
    tx.execute(sa.update(states).where(_mine(scan)).values(**following))


def release(tx: Connection, scan: Scan, pause: timedelta) -> None:
    """Give it back for later; the cursor stays."""
    tx.execute(
        sa.update(states)
        .where(_mine(scan))
        .values(
            reconcile_token=None,
            reconcile_lease_until=None,
            reconcile_due_at=sa.func.clock_timestamp() + pause,
        )
    )


def abandon(tx: Connection, scan: Scan, pause: timedelta) -> None:
    """Give it up as it is: the vendor refuses its cursor or its window. It begins anew later."""
    tx.execute(sa.update(states).where(_mine(scan)).values(reconcile_cursor=None))
    release(tx, scan, pause)


def finish(tx: Connection, scan: Scan, pause: timedelta) -> None:
    tx.execute(
        sa.update(states)
        .where(_mine(scan))
        .values(
            reconcile_token=None,
            reconcile_lease_until=None,
            reconcile_cursor=None,
            last_scan_pages=states.c.scan_pages,
            last_scan_seconds=sa.extract("epoch", sa.func.clock_timestamp() - states.c.reconcile_started_at),
            reconciled_at=sa.func.clock_timestamp(),
            reconcile_due_at=sa.func.clock_timestamp() + pause,
        )
    )


def want_now(tx: Connection, name: str) -> None:
    """An operator asks: the next sweep begins at once."""
    tx.execute(sa.update(states).where(states.c.connection == name).values(reconcile_due_at=sa.func.clock_timestamp()))


def unseen(tx: Connection, scan: Scan) -> list[str]:
    """Known appointments inside the window that a whole scan did not show. Each gets a look of its own."""
    query = (
        sa.select(appointments.c.external_id)
        .where(
            appointments.c.connection == scan.connection,
            appointments.c.presence == "present",
            appointments.c.starts_at >= scan.window.start,
            appointments.c.starts_at < scan.window.end,
            appointments.c.fetched_at < scan.started_at,
        )
        .order_by(appointments.c.starts_at)
        .limit(500)
    )
    return list(tx.execute(query).scalars())
