"""The directory of names: what vendors give as ids and texts must say as words."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from store.tables import appointments, names

KINDS = ("location", "practitioner", "service", "subject")
LONGEST = 120  # characters, as texts cut them


def put(tx: Connection, connection: str, kind: str, key: str, name: str) -> bool:
    """Keep a name. True when it is new or another than before."""
    known = tx.execute(
        sa.select(names.c.name).where(names.c.connection == connection, names.c.kind == kind, names.c.key == key)
    ).scalar()
    if known == name:
        return False
    row = insert(names).values(connection=connection, kind=kind, key=key, name=name)
    changed = {"name": name, "changed_at": sa.func.clock_timestamp()}
    tx.execute(row.on_conflict_do_update(index_elements=["connection", "kind", "key"], set_=changed))
    return True


def forget(tx: Connection, connection: str, kind: str, key: str) -> bool:
    gone = sa.delete(names).where(names.c.connection == connection, names.c.kind == kind, names.c.key == key)
    return bool(tx.execute(gone).rowcount)


def listed(tx: Connection, connection: str) -> list[Row[Any]]:
    query = sa.select(names).where(names.c.connection == connection).order_by(names.c.kind, names.c.key)
    return list(tx.execute(query).all())


ID_COLUMNS = {
    "location": appointments.c.location_id,
    "practitioner": appointments.c.practitioner_id,
    "service": appointments.c.service_id,
}


def missing(tx: Connection, connection: str, known_locations: Iterable[str] = ()) -> list[tuple[str, str, int]]:
    """Ids of stored appointments from the last month on that have no name: kind, id, how many appointments."""
    found: list[tuple[str, str, int]] = []
    for kind, column in ID_COLUMNS.items():
        kinds = ("service", "subject") if kind == "service" else (kind,)
        named = sa.exists().where(names.c.connection == connection, names.c.kind.in_(kinds), names.c.key == column)
        query = (
            sa.select(column, sa.func.count())
            .where(
                appointments.c.connection == connection,
                appointments.c.starts_at > sa.func.clock_timestamp() - sa.text("interval '31 days'"),
                column.is_not(None),
                ~named,
            )
            .group_by(column)
            .order_by(sa.func.count().desc(), column)
            .limit(200)
        )
        found += [(kind, row[0], row[1]) for row in tx.execute(query)]
    settled = set(known_locations)
    return [each for each in found if not (each[0] == "location" and each[1] in settled)]
