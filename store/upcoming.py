"""What a connection would send next, with everything its texts are made of. For people: nothing is locked here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.workflow import Config, Workflow
from store import configs
from store.material import Material, material, name_columns
from store.tables import appointments, attendees, people, promises


@dataclass(frozen=True, slots=True)
class Upcoming:
    """One planned text. `material` is None when its workflow is not in the revision it was planned with."""

    promise_id: int
    external_id: str
    due_at: datetime
    not_after: datetime
    zone: str | None
    to: str | None
    material: Material | None


def of(tx: Connection, connection: str, *, since: datetime, until: datetime, limit: int) -> list[Upcoming]:
    """The next `limit` promises that fall due from `since` on and before `until`, in their order."""
    rows = tx.execute(_query(connection, since, until, limit)).all()
    workflows = _workflows(tx, rows)
    return [
        Upcoming(
            row.promise_id,
            row.external_id,
            row.due_at,
            row.not_after,
            row.zone,
            row.phone,
            _material(row, *workflows.get((row.config_id, row.config_revision, row.workflow_id), (None, None))),
        )
        for row in rows
    ]


def count(tx: Connection, connection: str, *, since: datetime, until: datetime) -> int:
    query = sa.select(sa.func.count()).select_from(promises).where(*_due(connection, since, until))
    return tx.execute(query).scalar_one()


def _due(connection: str, since: datetime, until: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    # look_at is what is indexed; it is never before due_at.
    return (
        promises.c.state == "planned",
        promises.c.connection == connection,
        promises.c.look_at >= since,
        promises.c.due_at >= since,
        promises.c.due_at < until,
    )


def _query(connection: str, since: datetime, until: datetime, limit: int) -> sa.Select[Any]:
    seat = sa.and_(attendees.c.appointment_id == promises.c.appointment_id, attendees.c.key == promises.c.attendee)
    person = sa.and_(people.c.connection == attendees.c.connection, people.c.person_id == attendees.c.person_id)
    return (
        sa.select(
            promises.c.id.label("promise_id"),
            promises.c.config_id,
            promises.c.config_revision,
            promises.c.workflow_id,
            promises.c.due_at,
            promises.c.not_after,
            appointments,
            people.c.first_name,
            people.c.last_name,
            people.c.phone,
            people.c.language,
            *name_columns(),
        )
        .select_from(promises)
        .join(appointments, appointments.c.id == promises.c.appointment_id)
        .outerjoin(attendees, seat)
        .outerjoin(people, person)
        .where(*_due(connection, since, until))
        .order_by(promises.c.due_at, promises.c.id)
        .limit(limit)
    )


def _workflows(tx: Connection, rows: Iterable[Row[Any]]) -> dict[tuple[Any, int, str], tuple[Config, Workflow]]:
    pinned = sorted({(row.config_id, row.config_revision) for row in rows}, key=str)
    return {
        (config_id, revision, workflow.id): (config, workflow)
        for (config_id, revision), config in configs.load(tx, pinned).items()
        for workflow in config.workflows
    }


def _material(row: Row[Any], config: Config | None, workflow: Workflow | None) -> Material | None:
    return None if workflow is None else material(row, workflow, config)
