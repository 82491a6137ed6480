"""The ledger of consents: append-only, each entry with its source and its scope, which is a sender.

What is in force is the newest entry; `numbers.opted_out_at` repeats an opt-out for the fence, which locks that row.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import distinct_on, insert

from store.tables import consents, numbers

OPT_OUT, OPT_IN = "opt_out", "opt_in"
PAGE = 500


def record(tx: Connection, sender: str, number: str, kind: str, source: str, reference: str = "") -> None:
    """Append an entry and put it in force. `source`: inbound, sender, operator or import; `reference`: its proof."""
    out = sa.func.clock_timestamp() if kind == OPT_OUT else None
    row = insert(numbers).values(sender=sender, number=number, opted_out_at=out)
    tx.execute(row.on_conflict_do_update(index_elements=["sender", "number"], set_={"opted_out_at": out}))
    entry = {"sender": sender, "number": number, "kind": kind, "source": source, "reference": reference}
    tx.execute(sa.insert(consents).values(**entry))


def has_opted_in(sender: str | Sequence[str], number: sa.ColumnElement[Any]) -> sa.ScalarSelect[bool]:
    """Whether the newest entry for a number, at a sender or at several, is an opt-in; NULL where there is none."""
    senders = [sender] if isinstance(sender, str) else list(sender)
    newest = sa.select(consents.c.kind == OPT_IN).where(consents.c.sender.in_(senders), consents.c.number == number)
    return newest.order_by(consents.c.id.desc()).limit(1).scalar_subquery()


def last(tx: Connection, sender: str, number: str) -> Row[Any] | None:
    """The newest entry for a number at a sender, which is the one in force."""
    mine = sa.and_(consents.c.sender == sender, consents.c.number == number)
    return tx.execute(sa.select(consents).where(mine).order_by(consents.c.id.desc()).limit(1)).one_or_none()


def stand(tx: Connection, sender: str, number: str) -> str:
    """What is in force: `opt_out`, `opt_in`, or "" where nobody has said anything."""
    found = last(tx, sender, number)
    return str(found.kind) if found is not None else ""


def history(tx: Connection, number: str) -> list[Row[Any]]:
    """Every entry of a number at all senders, oldest first."""
    return list(tx.execute(sa.select(consents).where(consents.c.number == number).order_by(consents.c.id)).all())


def newest(tx: Connection, *, sender: str = "", kind: str = "", limit: int = PAGE) -> list[Row[Any]]:
    """What is in force, one entry for each number and sender, the latest first."""
    each = sa.select(consents).ext(distinct_on(consents.c.sender, consents.c.number))
    if sender:
        each = each.where(consents.c.sender == sender)
    found = each.order_by(consents.c.sender, consents.c.number, consents.c.id.desc()).subquery()
    query = sa.select(found).order_by(found.c.id.desc()).limit(limit)
    return list(tx.execute(query.where(found.c.kind == kind) if kind else query).all())


def page(tx: Connection, *, sender: str = "", after: int = 0, limit: int = PAGE) -> list[Row[Any]]:
    """One page of the whole ledger, in the order in which it was written."""
    query = sa.select(consents).where(consents.c.id > after).order_by(consents.c.id).limit(limit)
    return list(tx.execute(query.where(consents.c.sender == sender) if sender else query).all())
