"""Many texts owed at once wait for a person: an outage that ends must not become a flood (edge case 77)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from rules.promises import SkipReason
from store import timeline
from store.engine import CLOCK
from store.tables import appointments, attempts, connection_states, promises

LATE = timedelta(minutes=5)
"""Owed and later than this counts as a backlog."""
HELD_FOR = timedelta(seconds=60)


def _late(name: str) -> sa.ColumnElement[bool]:
    """Planned promises of the backlog, found by the index on (connection, look_at)."""
    return sa.and_(
        promises.c.connection == name,
        promises.c.state == "planned",
        promises.c.look_at <= CLOCK + (HELD_FOR + HELD_FOR),
        promises.c.due_at < CLOCK - LATE,
        promises.c.not_after > CLOCK,
    )


def backlog(tx: Connection, name: str, *, most: int) -> int:
    """How many late promises nobody has decided on, counted up to `most`."""
    approved = (
        sa.select(connection_states.c.catch_up_before).where(connection_states.c.connection == name).scalar_subquery()
    )
    undecided = sa.func.coalesce(promises.c.due_at >= approved, sa.true())
    found = sa.select(promises.c.id).where(_late(name), undecided).limit(most).subquery()
    return tx.execute(sa.select(sa.func.count()).select_from(found)).scalar_one()


def hold(tx: Connection, name: str) -> None:
    """Put the whole backlog aside for a while, in one statement; its deadlines go on."""
    held = sa.select(promises.c.id).where(_late(name)).order_by(promises.c.id).with_for_update(skip_locked=True)
    tx.execute(
        sa.update(promises)
        .where(promises.c.id.in_(held))
        .values(
            # At its deadline the fence ends it, with this reason.
            look_at=sa.func.least(sa.func.clock_timestamp() + HELD_FOR, promises.c.not_after),
            hold_reason=SkipReason.CATCH_UP,
        )
    )


def count(tx: Connection, name: str) -> int:
    """How many are owed late, decided on or not."""
    return int(tx.execute(sa.select(sa.func.count()).select_from(promises).where(_late(name))).scalar_one())


def listed(tx: Connection, name: str, *, limit: int = 200) -> list[Any]:
    """The backlog, for the person who decides."""
    query = (
        sa.select(
            promises.c.id, promises.c.due_at, promises.c.not_after, appointments.c.external_id, appointments.c.starts_at
        )
        .join(appointments, appointments.c.id == promises.c.appointment_id)
        .where(_late(name))
        .order_by(promises.c.not_after)
        .limit(limit)
    )
    return list(tx.execute(query).all())


def send(tx: Connection, name: str) -> None:
    """A person says: send what was due until now, each inside its own deadline."""
    tx.execute(
        sa.update(connection_states)
        .where(connection_states.c.connection == name)
        .values(catch_up_before=sa.func.clock_timestamp())
    )
    tx.execute(sa.update(promises).where(_late(name)).values(look_at=sa.func.clock_timestamp(), hold_reason=None))


def skip(tx: Connection, name: str) -> int:
    """A person says: none of them. Returns how many were skipped."""
    rows = tx.execute(
        sa.update(promises)
        .where(_late(name))
        .values(
            state="skipped",
            skip_reason=SkipReason.BY_OPERATOR,
            hold_reason=None,
            changed_at=sa.func.clock_timestamp(),
        )
        .returning(promises.c.id, promises.c.appointment_id, promises.c.workflow_id)
    ).all()
    ids = {row.appointment_id for row in rows}
    found = tx.execute(sa.select(appointments.c.id, appointments.c.external_id).where(appointments.c.id.in_(ids)))
    external = {each.id: each.external_id for each in found}
    for row in rows:
        entry = {"promise": row.id, "workflow": row.workflow_id, "state": "skipped", "reason": SkipReason.BY_OPERATOR}
        timeline.write(tx, name, external[row.appointment_id], [("ended", entry)])
    return len(rows)


def sent_last_hour(tx: Connection, name: str, *, most: int) -> int:
    """Texts that a connection has handed over within an hour, counted up to `most`."""
    found = (
        sa.select(attempts.c.id)
        .where(
            attempts.c.connection == name,
            attempts.c.created_at > CLOCK - timedelta(hours=1),
            attempts.c.state.not_in(("not_sent", "refused")),
        )
        .limit(most)
        .subquery()
    )
    return tx.execute(sa.select(sa.func.count()).select_from(found)).scalar_one()


_SENT = sa.text(
    """
    SELECT lane.name, found.n
    FROM unnest(CAST(:names AS text[]), CAST(:most AS bigint[])) AS lane (name, most), LATERAL (
        SELECT count(*) AS n FROM (
            SELECT FROM attempts
            WHERE connection = lane.name AND created_at > (SELECT clock_timestamp()) - interval '1 hour'
              AND state NOT IN ('not_sent', 'refused')
            LIMIT lane.most
        ) sent
    ) found
    """
)


def sent_last_hours(tx: Connection, most: Mapping[str, int]) -> dict[str, int]:
    """`sent_last_hour` of many connections, each counted up to its own limit, in one statement."""
    rows = tx.execute(_SENT, {"names": list(most), "most": list(most.values())})
    return {row.name: int(row.n) for row in rows}
