"""The first moment of a connection that texts: what was due before it was never owed."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from store import timeline
from store.tables import appointments

_END = sa.text(
    """
    WITH due AS MATERIALIZED (
        -- What another transaction holds is at the fence, which still sees the old mode.
        SELECT p.id FROM promises p JOIN connection_states s ON s.connection = p.connection
        WHERE p.connection = :connection AND p.state = 'planned' AND p.due_at < s.live_since
        FOR UPDATE OF p SKIP LOCKED
    )
    UPDATE promises p
    SET state = 'skipped', skip_reason = 'before_start', hold_reason = NULL, changed_at = clock_timestamp()
    FROM due WHERE p.id = due.id
    RETURNING p.id, p.appointment_id, p.workflow_id
    """
)


def end_what_was_due(tx: Connection, connection: str) -> int:
    """End what waits from before `live_since`, in the transaction that sets it. Returns how many."""
    ended = tx.execute(_END, {"connection": connection}).all()
    ids = _external_ids(tx, [row.appointment_id for row in ended])
    for row in ended:
        told = {"promise": row.id, "workflow": row.workflow_id, "state": "skipped", "reason": "before_start"}
        timeline.write(tx, connection, ids[row.appointment_id], [("ended", told)])
    return len(ended)


def _external_ids(tx: Connection, appointment_ids: list[Any]) -> dict[int, str]:
    query = sa.select(appointments.c.id, appointments.c.external_id).where(appointments.c.id.in_(appointment_ids))
    return {row[0]: row[1] for row in tx.execute(query)}
