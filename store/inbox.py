"""Everything that needs a person. The same matter is told once while it is open, and counted."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from store.tables import inbox


def tell(tx: Connection, connection: str, kind: str, key: str, message: str, *, external_id: str = "") -> None:
    """Put a matter before staff. `message` is for people and must not hold names, numbers or texts."""
    row = insert(inbox).values(connection=connection, kind=kind, key=key, message=message, external_id=external_id)
    tx.execute(
        row.on_conflict_do_update(
            index_elements=[inbox.c.connection, inbox.c.key],
            index_where=inbox.c.resolved_at.is_(None),
            set_={"times": inbox.c.times + 1, "message": row.excluded.message},
        )
    )


def tell_once(tx: Connection, connection: str, kind: str, key: str, message: str, *, external_id: str = "") -> None:
    """For a matter that is found again at every sweep: told once, also after staff have resolved it."""
    known = tx.execute(sa.select(inbox.c.id).where(inbox.c.connection == connection, inbox.c.key == key)).first()
    if known is None:
        tell(tx, connection, kind, key, message, external_id=external_id)


def is_open(tx: Connection, connection: str, key: str) -> bool:
    """Whether staff know of it already."""
    mine = sa.and_(inbox.c.connection == connection, inbox.c.key == key, inbox.c.resolved_at.is_(None))
    return tx.execute(sa.select(inbox.c.id).where(mine)).first() is not None


def resolve(tx: Connection, connection: str, key: str) -> bool:
    """The matter is settled; a new occurrence is told anew."""
    done = tx.execute(
        sa.update(inbox)
        .where(inbox.c.connection == connection, inbox.c.key == key, inbox.c.resolved_at.is_(None))
        .values(resolved_at=sa.func.clock_timestamp())
    )
    return bool(done.rowcount)


def resolve_by_id(tx: Connection, item_id: int) -> bool:
    done = tx.execute(
        sa.update(inbox)
        .where(inbox.c.id == item_id, inbox.c.resolved_at.is_(None))
        .values(resolved_at=sa.func.clock_timestamp())
    )
    return bool(done.rowcount)


def open_items(tx: Connection, connection: str | None = None, *, limit: int = 200) -> list[Row[Any]]:
    query = sa.select(inbox).where(inbox.c.resolved_at.is_(None)).order_by(inbox.c.id).limit(limit)
    if connection is not None:
        query = query.where(inbox.c.connection == connection)
    return list(tx.execute(query).all())


def untold(tx: Connection, *, limit: int = 20) -> list[Row[Any]]:
    """What the staff channels have not been told yet; claimed by moving `tell_at` ahead, so two sweeps tell once."""
    due = (
        sa.select(inbox.c.id)
        .where(inbox.c.told_at.is_(None), inbox.c.resolved_at.is_(None), inbox.c.tell_at <= sa.func.clock_timestamp())
        .order_by(inbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = [row.id for row in tx.execute(due)]
    if not ids:
        return []
    claimed = (
        sa.update(inbox)
        .where(inbox.c.id.in_(ids))
        .values(
            tell_attempts=inbox.c.tell_attempts + 1,
            tell_at=sa.func.clock_timestamp()
            + sa.func.make_interval(0, 0, 0, 0, 0, sa.func.least(5 * inbox.c.tell_attempts + 1, 60)),
        )
        .returning(*inbox.c)
    )
    return list(tx.execute(claimed).all())


def told(tx: Connection, item_id: int) -> None:
    tx.execute(sa.update(inbox).where(inbox.c.id == item_id).values(told_at=sa.func.clock_timestamp()))
