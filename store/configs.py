"""Appointment configs with their revisions, their assignment to connections, and the pins of appointments."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from rules.workflow import Config
from schemas.appointment_rules import to_rules
from store.tables import appointment_configs as configs
from store.tables import appointments, assignments, pins

FIELDS = ("", "campaign_id", "location_id", "service_id", "practitioner_id", "appointment_type")
"""What a config may be assigned by; "" is the whole connection."""


class Pulled(ValueError):
    """The config is its vendor's: whoever edits it here would have it run here and there."""


@dataclass(frozen=True, slots=True)
class AtVendor:
    """Where a config has its other half: it was pulled from there (`is_theirs`), or pushed."""

    connection: str
    id: str
    is_theirs: bool


def save(
    tx: Connection,
    body: Mapping[str, Any],
    *,
    by: str = "",
    config_id: UUID | None = None,
    at_vendor: AtVendor | None = None,
) -> tuple[UUID, int]:
    """Store a config as a new revision and make it the current one. Returns its id and revision.

    An equal body makes no new revision, so that applying a file twice changes nothing. Where it runs, and its other
    half at the vendor, stay as they were unless they are said.

    Raises:
        Pulled: it is the vendor's own, and not the vendor's answer that is stored.
    """
    identity = config_id or uuid4()
    tx.execute(sa.select(sa.func.pg_advisory_xact_lock(identity.int & 0x7FFFFFFFFFFFFFFF)))
    last = tx.execute(
        sa.select(configs).where(configs.c.id == identity).order_by(configs.c.revision.desc()).limit(1)
    ).one_or_none()
    if last is not None and last.source == "vendor" and not (at_vendor and at_vendor.is_theirs):
        raise Pulled("it was pulled from its vendor; change it there, then pull it again")
    kept = {} if last is None or "runsAt" in body else _runs_at(last.body)
    raw = json.dumps({**body, **kept, "id": str(identity)}, sort_keys=True, ensure_ascii=True).encode()
    if last is not None and last.body == raw and last.deleted_at is None:
        return identity, last.revision
    revision = 1 if last is None else last.revision + 1
    tx.execute(sa.update(configs).where(configs.c.id == identity, configs.c.current).values(current=False))
    tx.execute(
        sa.insert(configs).values(
            id=identity,
            revision=revision,
            name=str(body.get("name") or ""),
            body=raw,
            created_by=by,
            source="vendor" if at_vendor is not None and at_vendor.is_theirs else "ours",
            vendor_connection=at_vendor.connection if at_vendor else last.vendor_connection if last else None,
            vendor_id=at_vendor.id if at_vendor else last.vendor_id if last else None,
        )
    )
    return identity, revision


def _runs_at(body: bytes) -> dict[str, Any]:
    found = json.loads(body).get("runsAt")
    return {} if found is None else {"runsAt": found}


def of_vendor(tx: Connection, connection: str) -> list[Row[Any]]:
    """Current configs that have another half at this connection's vendor."""
    query = sa.select(configs).where(
        configs.c.vendor_connection == connection, configs.c.current, configs.c.deleted_at.is_(None)
    )
    return list(tx.execute(query.order_by(configs.c.created_at)).all())


def note_vendor(tx: Connection, config_id: UUID, connection: str, vendor_id: str) -> None:
    """Its other half at the vendor is this one now."""
    tx.execute(
        sa.update(configs)
        .where(configs.c.id == config_id, configs.c.current)
        .values(vendor_connection=connection, vendor_id=vendor_id)
    )


def current(tx: Connection, config_id: UUID) -> Row[Any] | None:
    query = sa.select(configs).where(configs.c.id == config_id, configs.c.current, configs.c.deleted_at.is_(None))
    return tx.execute(query).one_or_none()


def revisions(tx: Connection, config_id: UUID) -> list[Row[Any]]:
    """Every one of them, the first first: appointments may be pinned to any."""
    return list(tx.execute(sa.select(configs).where(configs.c.id == config_id).order_by(configs.c.revision)).all())


def all_current(tx: Connection) -> list[Row[Any]]:
    query = sa.select(configs).where(configs.c.current, configs.c.deleted_at.is_(None)).order_by(configs.c.name)
    return list(tx.execute(query).all())


def by_name(tx: Connection, name: str) -> Row[Any] | None:
    query = (
        sa.select(configs)
        .where(configs.c.name == name, configs.c.current, configs.c.deleted_at.is_(None))
        .order_by(configs.c.created_at)
        .limit(1)
    )
    return tx.execute(query).one_or_none()


def delete(tx: Connection, config_id: UUID) -> bool:
    done = tx.execute(
        sa.update(configs)
        .where(configs.c.id == config_id, configs.c.current, configs.c.deleted_at.is_(None))
        .values(deleted_at=sa.func.clock_timestamp())
    )
    tx.execute(sa.delete(assignments).where(assignments.c.config_id == config_id))
    return bool(done.rowcount)


def assign(tx: Connection, connection: str, config_id: UUID, *, field: str = "", value: str = "") -> None:
    if field not in FIELDS:
        raise ValueError(f"a config can be assigned by {', '.join(name for name in FIELDS if name)}, not by {field!r}")
    row = insert(assignments).values(connection=connection, config_id=config_id, field=field, value=value)
    tx.execute(row.on_conflict_do_nothing())


def is_known(tx: Connection, connection: str, field: str, value: str) -> bool:
    """Whether any appointment of the connection has this value so far."""
    having = sa.select(appointments.c.id).where(appointments.c.connection == connection, appointments.c[field] == value)
    return bool(tx.execute(sa.select(having.exists())).scalar_one())


def unassign(tx: Connection, connection: str, config_id: UUID, *, only: tuple[str, str] | None = None) -> int:
    """Take all of the connection's assignments away, or the one by `only`, a field and its value."""
    mine = [assignments.c.connection == connection, assignments.c.config_id == config_id]
    if only is not None:
        mine += [assignments.c.field == only[0], assignments.c.value == only[1]]
    return tx.execute(sa.delete(assignments).where(*mine)).rowcount


def assigned(tx: Connection, connection: str) -> list[Row[Any]]:
    query = (
        sa.select(assignments, configs.c.revision, configs.c.name)
        .join(configs, sa.and_(configs.c.id == assignments.c.config_id, configs.c.current))
        .where(assignments.c.connection == connection, configs.c.deleted_at.is_(None))
        .order_by(assignments.c.config_id, assignments.c.field, assignments.c.value)
    )
    return list(tx.execute(query).all())


@lru_cache(maxsize=512)
def _parse(body: bytes, revision: int) -> Config:
    return to_rules(json.loads(body), revision)


def load(tx: Connection, wanted: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], Config]:
    """Parsed revisions. A revision never changes, so parsing is remembered."""
    if not wanted:
        return {}
    rows = tx.execute(sa.select(configs).where(sa.tuple_(configs.c.id, configs.c.revision).in_(list(wanted))))
    return {(row.id, row.revision): _parse(row.body, row.revision) for row in rows}


def pinned(tx: Connection, appointment: Row[Any]) -> dict[UUID, int]:
    """As `pin`, and nothing is written: for whoever only looks."""
    kept = {
        row.config_id: row.revision
        for row in tx.execute(sa.select(pins).where(pins.c.appointment_id == appointment.id))
    }
    matching = _matching(appointment, assigned(tx, appointment.connection))
    return {config_id: kept.get(config_id, revision) for config_id, revision in matching.items()}


def pin(tx: Connection, appointments: Sequence[Row[Any]], assigned: Sequence[Row[Any]]) -> dict[int, dict[UUID, int]]:
    """The revisions that these are planned with: those each was first planned with, and new assignments' current.

    `assigned` is what the function of that name says of their connection. Returns config id to pinned revision by
    appointment, for configs that are still assigned.
    """
    kept: dict[tuple[int, UUID], int] = {
        (row.appointment_id, row.config_id): row.revision
        for row in tx.execute(sa.select(pins).where(pins.c.appointment_id.in_(sorted(row.id for row in appointments))))
    }
    matching: dict[int, dict[UUID, int]] = {row.id: _matching(row, assigned) for row in appointments}
    fresh = [
        {"appointment_id": appointment_id, "config_id": config_id, "revision": revision}
        for appointment_id, of_one in sorted(matching.items())
        for config_id, revision in sorted(of_one.items())
        if (appointment_id, config_id) not in kept
    ]
    if fresh:
        tx.execute(insert(pins).on_conflict_do_nothing(), fresh)
    return {
        appointment_id: {config_id: kept.get((appointment_id, config_id), now) for config_id, now in of_one.items()}
        for appointment_id, of_one in matching.items()
    }


def _matching(appointment: Row[Any], assigned: Iterable[Row[Any]]) -> dict[UUID, int]:
    """The current revisions of the configs that are assigned to it."""
    return {
        row.config_id: row.revision for row in assigned if not row.field or getattr(appointment, row.field) == row.value
    }
