"""Stored appointments as planning would see them with an edited config: read only, in short key-set pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.promises import Promise
from rules.rehearsal import Pinned
from rules.wishes import Subject
from rules.workflow import Config, Workflow
from store import configs
from store.facts import ConnectionFacts
from store.material import Material, material, of_seats
from store.planning import read, subject_of
from store.tables import appointments, pins, promises


@dataclass(frozen=True, slots=True)
class Edited:
    """A config as it would be. `scope`: also the appointments that it is not assigned to yet."""

    id: UUID
    config: Config
    scope: tuple[str, str] | None = None
    """Field and value; ("", "") is the whole connection."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One appointment with what it is planned with, and what it would be planned with."""

    row: Row[Any]
    subject: Subject
    before: Pinned
    after: Pinned
    promises: tuple[Promise, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """`last_id` None: there is no further one."""

    seen: list[Seen]
    last_id: int | None


def page(
    tx: Connection, facts: ConnectionFacts, edited: Edited | None, *, after_id: int, since: datetime, limit: int
) -> Page:
    """The next appointments that start from `since` on, or have no start, and that the config would plan for.

    Without an edited config: every one, planned as it is.
    """
    rows = tx.execute(
        sa.select(appointments)
        .where(
            appointments.c.connection == facts.name,
            appointments.c.id > after_id,
            sa.or_(appointments.c.starts_at.is_(None), appointments.c.starts_at >= since),
        )
        .order_by(appointments.c.id)
        .limit(limit)
    ).all()
    seen = [
        Seen(row, subject_of(tx, row, facts, [*known.before, *known.after]), known.before, known.after, known.promises)
        for row, known in _known(tx, facts.name, rows, edited)
    ]
    return Page(seen, rows[-1].id if len(rows) == limit else None)


@dataclass(frozen=True, slots=True)
class _Known:
    before: Pinned
    after: Pinned
    promises: tuple[Promise, ...]


def _known(
    tx: Connection, connection: str, rows: Sequence[Row[Any]], edited: Edited | None
) -> list[tuple[Row[Any], _Known]]:
    """Pins, revisions and promises of a whole page, in three statements."""
    ids = [row.id for row in rows]
    assigned = configs.assigned(tx, connection)
    heads = {each.config_id: each.revision for each in assigned}
    pinned: dict[int, dict[UUID, int]] = {}
    for row in tx.execute(sa.select(pins).where(pins.c.appointment_id.in_(ids))):
        pinned.setdefault(row.appointment_id, {})[row.config_id] = row.revision
    existing: dict[int, list[Promise]] = {}
    for row in tx.execute(sa.select(promises).where(promises.c.appointment_id.in_(ids)).order_by(promises.c.id)):
        existing.setdefault(row.appointment_id, []).append(read(row))
    wanted = set(heads.items()) | {each for found in pinned.values() for each in found.items() if each[0] in heads}
    loaded = configs.load(tx, sorted(wanted, key=str))
    found = []
    for row in rows:
        matching = [each.config_id for each in assigned if not each.field or getattr(row, each.field) == each.value]
        mine = {each: pinned.get(row.id, {}).get(each, heads[each]) for each in matching}
        before = _workflows({each: loaded[each, revision] for each, revision in mine.items()}, loaded, heads)
        if edited is None:
            found.append((row, _Known(before, before, tuple(existing.get(row.id, ())))))
            continue
        is_touched = edited.id in mine or (edited.scope is not None and _in_scope(row, edited.scope))
        if is_touched:
            others = {each: loaded[each, revision] for each, revision in mine.items() if each != edited.id}
            after = [*_workflows(others, loaded, heads), *_enabled(edited.config)]
            found.append((row, _Known(before, after, tuple(existing.get(row.id, ())))))
    return found


def _workflows(mine: dict[UUID, Config], loaded: dict[Any, Config], heads: dict[UUID, int]) -> Pinned:
    """As `store.planning` pairs them: what the current revision lacks or disables is off at once."""
    pairs: list[tuple[Config, Workflow]] = []
    for config_id, config in sorted(mine.items(), key=str):
        on = {each.id for each in loaded[config_id, heads[config_id]].workflows if each.enabled}
        pairs += [(config, each) for each in config.workflows if each.id in on]
    return pairs


def _enabled(config: Config) -> list[tuple[Config, Workflow]]:
    return [(config, each) for each in config.workflows if each.enabled]


def _in_scope(row: Row[Any], scope: tuple[str, str]) -> bool:
    field, value = scope
    return not field or getattr(row, field) == value


def materials(tx: Connection, seen: Seen, wanted: Iterable[tuple[str, Workflow]]) -> dict[tuple[str, str], Material]:
    """What the texts to these attendees would be made of, by attendee and workflow id."""
    rows = {row.key: row for row in of_seats(tx, seen.row.id)}
    modes = {workflow.id: config for config, workflow in seen.after}
    return {
        (seat, workflow.id): material(rows[seat], workflow, modes.get(workflow.id))
        for seat, workflow in wanted
        if seat in rows
    }


def move_pins(tx: Connection, config_id: UUID, revision: int, *, limit: int) -> int:
    """Move the next appointments to this revision, as far as something may still be owed. Returns how many."""
    behind = (
        sa.select(pins.c.appointment_id)
        .join(appointments, appointments.c.id == pins.c.appointment_id)
        .where(
            pins.c.config_id == config_id,
            pins.c.revision != revision,
            sa.or_(
                appointments.c.starts_at.is_(None),
                appointments.c.starts_at > sa.func.clock_timestamp() - timedelta(days=31),
            ),
        )
        .order_by(pins.c.appointment_id)
        .limit(limit)
    )
    moved = (
        sa.update(pins)
        .where(pins.c.config_id == config_id, pins.c.appointment_id.in_(behind))
        .values(revision=revision, pinned_at=sa.func.clock_timestamp())
    )
    return tx.execute(moved).rowcount
