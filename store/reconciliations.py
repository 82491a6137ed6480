"""Scans: where each connection's reconciliation stands. Resumable after a kill: cursor and window are rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.vendors import Window
from store.tables import appointments
from store.tables import connection_states as states


@dataclass(slots=True)
class Scan:
    """A leased scan. `first` is the backfill of a new connection: what it finds was not missed by any webhook.

    `asked`: a window that an operator wants looked at. It says nothing of how fresh the whole is.
    """

    connection: str
    window: Window
    cursor: str | None
    started_at: datetime
    token: UUID
    first: bool
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """What one page showed: records, how many of them were new or changed, and those that no webhook had announced."""

    records: int = 0
    changes: int = 0
    unannounced: int = 0


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


COUNTS = ("scan_pages", "scan_records", "scan_changes", "scan_unannounced")
RESUMED_WITHIN = timedelta(hours=1)
"""A scan that was left alone for longer begins anew: cursors grow old, and its window no longer fits the day."""


def claim(tx: Connection, name: str, window: Window, *, lease: timedelta) -> Scan | None:
    """Lease a connection's scan, continuing one that was interrupted with the window it began with.

    Else the window that an operator asked for, once the first whole scan has ended; else `window`.
    """
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
    now = tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    resumes = _resumes(row, now)
    asks = not resumes and not row.scan_is_asked and row.asked_from is not None and row.reconciled_at is not None
    if asks:
        window = Window(row.asked_from, row.asked_to)
    elif resumes or row.scan_is_asked:
        window = Window(row.reconcile_from, row.reconcile_to)
    scan = Scan(
        name,
        window,
        row.reconcile_cursor if resumes else None,
        row.reconcile_started_at if resumes else now,
        uuid4(),
        first=row.reconciled_at is None,
        asked=asks or row.scan_is_asked,
    )
    begun: dict[str, Any] = (
        {} if resumes else dict.fromkeys(("scan_pages", "scan_records", "scan_changes", "scan_unannounced"), 0)
    )
    if asks:
        begun |= {"asked_from": None, "asked_to": None, "scan_trouble": ""}
    tx.execute(
        sa.update(states)
        .where(states.c.connection == name)
        .values(
            reconcile_token=scan.token,
            reconcile_lease_until=now + lease,
            reconcile_started_at=scan.started_at,
            reconcile_from=window.start,
            reconcile_to=window.end,
            reconcile_cursor=scan.cursor,
            scan_is_asked=scan.asked,
            **begun,
        )
    )
    return scan


def _resumes(row: Row[Any], now: datetime) -> bool:
    left_at = row.reconcile_lease_until or row.reconcile_due_at
    started = row.reconcile_cursor is not None and row.reconcile_from is not None
    return bool(started and now - left_at < RESUMED_WITHIN)


def _mine(scan: Scan) -> sa.ColumnElement[bool]:
    return sa.and_(states.c.connection == scan.connection, states.c.reconcile_token == scan.token)


def renew(tx: Connection, scan: Scan, *, lease: timedelta) -> Scan:
    tx.execute(sa.update(states).where(_mine(scan)).values(reconcile_lease_until=sa.func.clock_timestamp() + lease))
    return scan


def advance(tx: Connection, scan: Scan, read: Read = Read()) -> None:
    """Remember the page that comes next, and what this one showed."""
    following = {
        "reconcile_cursor": scan.cursor,
        "scan_pages": states.c.scan_pages + 1,
        "scan_records": states.c.scan_records + read.records,
        "scan_changes": states.c.scan_changes + read.changes,
        "scan_unannounced": states.c.scan_unannounced + read.unannounced,
    }
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


def abandon(tx: Connection, scan: Scan, pause: timedelta, why: str = "") -> None:
    """Give it up as it is: the vendor refuses its cursor or its window. It begins anew later.

    One that was asked for, and whose window is refused at its first page, does not.
    """
    refused = {"scan_is_asked": False, "scan_trouble": why[:200]} if scan.asked and scan.cursor is None else {}
    tx.execute(sa.update(states).where(_mine(scan)).values(reconcile_cursor=None, **refused))
    release(tx, scan, pause)


def finish(tx: Connection, scan: Scan, pause: timedelta) -> None:
    """It has ended. The next whole one comes after `pause`; a window that somebody asked for, at once."""
    ended = sa.func.clock_timestamp()
    whole_at = states.c.reconciled_at if scan.asked else ended
    due = sa.case((states.c.asked_from.is_not(None), ended), else_=sa.func.greatest(whole_at + pause, ended))
    measured = {
        "last_scan_pages": states.c.scan_pages,
        "last_scan_seconds": sa.extract("epoch", ended - states.c.reconcile_started_at),
        "reconciled_at": ended,
    }
    tx.execute(
        sa.update(states)
        .where(_mine(scan))
        .values(
            reconcile_token=None,
            reconcile_lease_until=None,
            reconcile_cursor=None,
            scan_is_asked=False,
            scan_ended_at=ended,
            reconcile_due_at=due,
            **({} if scan.asked else measured),
        )
    )


def want_now(tx: Connection, name: str, window: Window | None = None) -> bool:
    """An operator asks: the next sweep begins at once, with that window if one is given.

    False when another window was asked for, and its scan has not ended. The same one again is no second scan.
    """
    row = tx.execute(sa.select(states).where(states.c.connection == name).with_for_update()).one_or_none()
    if row is None:
        return False
    values: dict[str, Any] = {"reconcile_due_at": sa.func.clock_timestamp()}
    if window is not None:
        waiting = Window(row.asked_from, row.asked_to) if row.asked_from is not None else None
        running = Window(row.reconcile_from, row.reconcile_to) if row.scan_is_asked else None
        if window == running:
            return True
        if (waiting or running) not in {None, window}:
            return False
        values |= {"asked_from": window.start, "asked_to": window.end, "scan_trouble": ""}
    tx.execute(sa.update(states).where(states.c.connection == name).values(**values))
    return True


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
