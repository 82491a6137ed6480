"""Empties what holds foreign words once nobody needs it any more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from store.engine import CLOCK
from store.tables import answers, attempts, events, inbound_texts

PAGE = 500


def _empty(table: sa.Table, column: sa.Column[Any]) -> Callable[[Connection, int], int]:
    def page(tx: Connection, days: int) -> int:
        old = (
            sa.select(table.c.id)
            .where(column < CLOCK - timedelta(days=days), table.c.body.is_not(None))
            .order_by(column)
            .limit(PAGE)
            .with_for_update(skip_locked=True)
        )
        ids = list(tx.execute(old).scalars())
        if ids:
            tx.execute(sa.update(table).where(table.c.id.in_(ids)).values(body=None))
        return len(ids)

    return page


PAGES: dict[str, Callable[[Connection, int], int]] = {
    "events": _empty(events, events.c.received_at),
    "texts": _empty(attempts, attempts.c.created_at),
    "replies": _empty(inbound_texts, inbound_texts.c.received_at),
    "answers": _empty(answers, answers.c.created_at),
}
