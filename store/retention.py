"""Empties what holds foreign words once nobody needs it any more."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from store.engine import CLOCK
from store.tables import answers, attempts, events, inbound_texts

PAGE = 500

Page = Callable[[Connection, int, datetime | None], tuple[int, datetime | None]]
"""(days, where the page before ended) -> how many were emptied, where this one ended."""


def _empty(table: sa.Table, column: sa.Column[Any]) -> Page:
    def page(tx: Connection, days: int, after: datetime | None) -> tuple[int, datetime | None]:
        old = (
            sa.select(table.c.id, column)
            .where(column < CLOCK - timedelta(days=days), table.c.body.is_not(None))
            .order_by(column)
            .limit(PAGE)
            .with_for_update(skip_locked=True)
        )
        rows = tx.execute(old if after is None else old.where(column >= after)).all()
        if rows:
            tx.execute(sa.update(table).where(table.c.id.in_([row[0] for row in rows])).values(body=None))
        return len(rows), rows[-1][1] if rows else None

    return page


PAGES: dict[str, Page] = {
    "events": _empty(events, events.c.received_at),
    "texts": _empty(attempts, attempts.c.created_at),
    "replies": _empty(inbound_texts, inbound_texts.c.received_at),
    "answers": _empty(answers, answers.c.created_at),
}
"""Each goes on where the page before ended, so that what was emptied long ago is passed over once."""
