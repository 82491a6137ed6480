"""Attempts whose end nobody has told us: looked up, sent again where asked, reported, or called unconfirmed."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.senders import AttemptState
from store import attempts as settling
from store import inbox, timeline
from store.engine import CLOCK
from store.tables import appointments, attempts, promises

RESEND_BEFORE = timedelta(seconds=60)
"""With `on_unproven = "resend"` an attempt has until this long before its deadline to be proven."""
UNCONFIRMED_AFTER = timedelta(hours=1)
"""A text is unconfirmed once its deadline has passed and it has been out this long without a final receipt."""
FORGOTTEN_AFTER = timedelta(days=3)
"""Receipts are matched for as long; what is older is never called unconfirmed anew."""

now = sa.func.clock_timestamp()


def to_look_up(tx: Connection, *, after: timedelta, limit: int = 20) -> list[Row[Any]]:
    """Unknown attempts that a look-up may settle, the longest unasked first. Claimed by noting the moment.

    The older one is, the more seldom it is asked after; beyond six hours no sender lists it near the top any more.
    """
    now = sa.func.clock_timestamp()
    age = now - attempts.c.created_at
    asked = sa.func.coalesce(now - attempts.c.looked_up_at > sa.func.greatest(after, age / 4), sa.true())
    due = (
        sa.select(attempts.c.id)
        .where(attempts.c.state == "unknown", age > after, age < timedelta(hours=6), asked)
        .order_by(attempts.c.looked_up_at.nulls_first(), attempts.c.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(tx.execute(due).scalars())
    if not ids:
        return []
    tx.execute(sa.update(attempts).where(attempts.c.id.in_(ids)).values(looked_up_at=now))
    return list(tx.execute(sa.select(attempts).where(attempts.c.id.in_(ids)).order_by(attempts.c.created_at)).all())


def owned_ids(tx: Connection, to: str, from_: str, since: Any) -> frozenset[str]:
    """The sender's ids that belong to our other attempts between these numbers."""
    query = sa.select(attempts.c.sender_id).where(
        attempts.c.to_number == to,
        attempts.c.from_number == from_,
        attempts.c.created_at >= since - timedelta(hours=1),
        attempts.c.sender_id.is_not(None),
    )
    return frozenset(tx.execute(query).scalars())


def send_again(tx: Connection, resending: Collection[str], *, settled_after: timedelta, limit: int = 50) -> int:
    """Plan again what is still unproven shortly before its deadline, at connections that ask for it. At most once each.

    The attempt is released, not judged: a receipt may still prove it, and then nothing more is sent.
    """
    earlier = attempts.alias("earlier")
    had = sa.exists().where(earlier.c.promise_id == attempts.c.promise_id, earlier.c.released)
    due = (
        sa.select(attempts.c.id)
        .join(promises, promises.c.id == attempts.c.promise_id)
        .where(
            attempts.c.state == "unknown",
            attempts.c.connection.in_(resending),
            attempts.c.created_at < now - settled_after,
            promises.c.state == "unknown",
            promises.c.not_after > now,
            promises.c.not_after <= now + RESEND_BEFORE,
            ~had,
        )
        .order_by(promises.c.not_after)
        .limit(limit)
    )
    count = 0
    for attempt_id in tx.execute(due).scalars().all():
        row = settling.locked(tx, attempt_id)
        if row is None or row.state != AttemptState.UNKNOWN or row.released or not row.in_time:
            continue
        tx.execute(sa.update(attempts).where(attempts.c.id == row.id).values(released=True))
        again = {"state": "planned", "look_at": now, "changed_at": now}
        tx.execute(sa.update(promises).where(promises.c.id == row.promise_id).values(**again))
        entry = {"promise": row.promise_id, "attempt": str(row.id), "workflow": row.workflow_id}
        timeline.write(tx, row.connection, row.external_id, [("resent", entry)])
        count += 1
    return count


def report(tx: Connection, *, limit: int = 50) -> int:
    """Tell staff, once, of each attempt whose deadline has passed without proof. Returns how many."""
    due = (
        sa.select(attempts.c.id, attempts.c.connection, attempts.c.released, appointments.c.external_id)
        .join(promises, promises.c.id == attempts.c.promise_id)
        .join(appointments, appointments.c.id == promises.c.appointment_id)
        .where(attempts.c.state == "unknown", attempts.c.reported_at.is_(None), promises.c.not_after <= now)
        .order_by(attempts.c.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=attempts)
    )
    rows = tx.execute(due).all()
    for row in rows:
        then = "It was sent again, as this connection asks." if row.released else "It is not sent again."
        message = f"A text of appointment {row.external_id} may or may not have been sent. {then}"
        key = f"unknown:{row.id}"
        inbox.tell_once(tx, row.connection, "unknown_attempt", key, message, external_id=row.external_id)
    _mark(tx, [row.id for row in rows], attempts.c.reported_at)
    return len(rows)


def find_unconfirmed(tx: Connection, silent: Collection[str], *, limit: int = 500) -> int:
    """Mark accepted texts whose final receipt has not come in its time. `silent` senders never report; not theirs.

    A receipt that comes later still counts. Returns how many.
    """
    due = (
        sa.select(
            attempts.c.id,
            attempts.c.promise_id,
            attempts.c.connection,
            promises.c.workflow_id,
            appointments.c.external_id,
        )
        .join(promises, promises.c.id == attempts.c.promise_id)
        .join(appointments, appointments.c.id == promises.c.appointment_id)
        .where(
            attempts.c.state == "accepted",
            attempts.c.unconfirmed_at.is_(None),
            attempts.c.created_at < CLOCK - UNCONFIRMED_AFTER,
            attempts.c.created_at > CLOCK - FORGOTTEN_AFTER,
            promises.c.not_after <= now,
            attempts.c.sender.not_in(silent),
        )
        .order_by(attempts.c.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=attempts)
    )
    rows = tx.execute(due).all()
    for row in rows:
        entry = {"promise": row.promise_id, "attempt": str(row.id), "workflow": row.workflow_id}
        timeline.write(tx, row.connection, row.external_id, [("unconfirmed", entry)])
    _mark(tx, [row.id for row in rows], attempts.c.unconfirmed_at)
    return len(rows)


def _mark(tx: Connection, ids: list[Any], column: sa.Column[Any]) -> None:
    if ids:
        tx.execute(sa.update(attempts).where(attempts.c.id.in_(ids)).values({column.name: now}))
