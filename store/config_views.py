"""Appointment configs with who made them, when, and what they are assigned to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from store.tables import appointment_configs as configs
from store.tables import assignments


@dataclass(frozen=True, slots=True)
class Assigned:
    """To which appointments a config belongs. `field` "" is the whole connection."""

    connection: str
    field: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """The current revision, and the first one's origin."""

    id: UUID
    revision: int
    body: bytes
    source: str
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    assigned: tuple[Assigned, ...]


def all_of(tx: Connection) -> list[View]:
    """Every config that is not deleted, oldest first."""
    return _views(tx, sa.true())


def one(tx: Connection, config_id: UUID) -> View | None:
    found = _views(tx, configs.c.id == config_id)
    return found[0] if found else None


def _views(tx: Connection, which: sa.ColumnElement[bool]) -> list[View]:
    first = configs.alias("first")
    query = (
        sa.select(configs, first.c.created_at.label("first_at"), first.c.created_by.label("first_by"))
        .join(first, sa.and_(first.c.id == configs.c.id, first.c.revision == 1))
        .where(configs.c.current, configs.c.deleted_at.is_(None), which)
        .order_by(first.c.created_at, configs.c.id)
    )
    rows = tx.execute(query).all()
    assigned = _assigned(tx, [row.id for row in rows])
    return [
        View(
            row.id,
            row.revision,
            row.body,
            row.source,
            row.first_at,
            row.first_by,
            row.created_at,
            row.created_by,
            tuple(assigned.get(row.id, ())),
        )
        for row in rows
    ]


def _assigned(tx: Connection, ids: Sequence[UUID]) -> dict[Any, list[Assigned]]:
    found: dict[Any, list[Assigned]] = {}
    query = sa.select(assignments).where(assignments.c.config_id.in_(ids))
    for row in tx.execute(query.order_by(assignments.c.connection, assignments.c.field, assignments.c.value)):
        found.setdefault(row.config_id, []).append(Assigned(row.connection, row.field, row.value))
    return found
