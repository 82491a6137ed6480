"""Keeps what senders report, also before our own "sent" was written. `store.attempts` applies it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from rules.senders import Receipt
from store.tables import receipts


def keep(tx: Connection, sender: str, told: Sequence[Receipt]) -> int:
    """Store each report once. Returns how many were new."""
    rows = {
        (each.sender_id, each.state.value): {
            "sender": sender,
            "sender_id": each.sender_id,
            "reference": each.reference,
            "state": each.state.value,
            "code": each.code,
        }
        for each in told
    }
    if not rows:
        return 0
    query = insert(receipts).values([row for _, row in sorted(rows.items())]).on_conflict_do_nothing()
    return len(tx.execute(query.returning(receipts.c.id)).all())


def waiting(tx: Connection) -> int:
    """How many reports have found no attempt yet."""
    query = sa.select(sa.func.count()).select_from(receipts).where(receipts.c.applied_at.is_(None))
    return int(tx.execute(query).scalar_one())


def unclaimed(tx: Connection, *, limit: int = 200) -> list[Row[Any]]:
    """Reports with a reference of ours that have found nothing yet, locked; those that another process has are left."""
    query = (
        sa.select(receipts)
        .where(
            receipts.c.applied_at.is_(None),
            receipts.c.reference != "",
            receipts.c.received_at > sa.func.clock_timestamp() - timedelta(days=3),
        )
        .order_by(receipts.c.received_at.desc())
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(tx.execute(query).all())


def spend(tx: Connection, receipt_id: int) -> None:
    tx.execute(sa.update(receipts).where(receipts.c.id == receipt_id).values(applied_at=sa.func.clock_timestamp()))
