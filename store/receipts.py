"""Keeps what senders report, also before our own "sent" was written. `store.attempts` applies it."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from rules.senders import Receipt
from store.engine import CLOCK
from store.tables import attempts, receipts

WAITS = timedelta(days=3)
"""How long a report may wait for the text that it is about: our own "accepted" is written within seconds, or never."""
PAGE = 1000


class Became(StrEnum):
    """What became of a report."""

    APPLIED = "applied"
    NOTHING_NEW = "nothing_new"
    """It came twice, or after a later one."""
    NOBODY_SENT_IT = "nobody_sent_it"
    """No text of ours has that reference or id: another system texts from the same number, or a database was lost."""


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


_OURS = sa.text(
    """
    (EXISTS (SELECT 1 FROM attempts a WHERE a.sender = receipts.sender AND a.sender_id = receipts.sender_id)
     OR EXISTS (SELECT 1 FROM attempts a WHERE a.sender = receipts.sender AND a.id = CASE
        WHEN receipts.reference ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' THEN CAST(receipts.reference AS uuid)
     END))
    """
)


def of_ours(tx: Connection, *, limit: int = 200) -> list[Row[Any]]:
    """Reports that wait and whose attempt is known by now, oldest first. Those of strangers never stand before ours."""
    query = (
        sa.select(receipts)
        .where(receipts.c.applied_at.is_(None), receipts.c.received_at > CLOCK - WAITS)
        .where(_OURS)
        .order_by(receipts.c.received_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(tx.execute(query).all())


def attempt_of(tx: Connection, sender: str, receipt: Receipt) -> UUID | None:
    """By our reference, else by the sender's id. A reference that is no id of ours finds nothing."""
    try:
        reference = UUID(receipt.reference)
    except ValueError:
        reference = None
    mine = attempts.c.sender == sender
    if reference is not None:
        found: UUID | None = tx.execute(sa.select(attempts.c.id).where(attempts.c.id == reference, mine)).scalar()
        if found is not None:
            return found
    by_sender_id = sa.select(attempts.c.id).where(attempts.c.sender_id == receipt.sender_id, mine)
    theirs: UUID | None = tx.execute(by_sender_id).scalar()
    return theirs


def unclaimed(tx: Connection, *, limit: int = 200) -> list[Row[Any]]:
    """Reports with a reference of ours that have found nothing yet, locked; those that another process has are left."""
    query = (
        sa.select(receipts)
        .where(
            receipts.c.applied_at.is_(None),
            receipts.c.reference != "",
            receipts.c.received_at > CLOCK - WAITS,
        )
        .order_by(receipts.c.received_at.desc())
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(tx.execute(query).all())


def spend(tx: Connection, receipt_id: int, outcome: Became = Became.APPLIED) -> None:
    """It has found its text."""
    spent = {"applied_at": sa.func.clock_timestamp(), "outcome": outcome.value}
    tx.execute(sa.update(receipts).where(receipts.c.id == receipt_id).values(spent))


def give_up(tx: Connection) -> int:
    """Let those go whose text has not turned up in time, a page at once. Returns how many."""
    old = (
        sa.select(receipts.c.id)
        .where(receipts.c.applied_at.is_(None), receipts.c.received_at <= CLOCK - WAITS)
        .order_by(receipts.c.received_at)
        .limit(PAGE)
        .with_for_update(skip_locked=True)
    )
    ids = list(tx.execute(old).scalars())
    for_nobody = {"applied_at": sa.func.clock_timestamp(), "outcome": Became.NOBODY_SENT_IT.value}
    if ids:
        tx.execute(sa.update(receipts).where(receipts.c.id.in_(ids)).values(for_nobody))
    return len(ids)
