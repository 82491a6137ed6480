"""The usual outcome, for many attempts in one transaction: the sender has taken the text."""

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from rules.senders import Accepted, AttemptState
from store import timeline
from store.attempts import Settled

SETTLED = Settled(AttemptState.ACCEPTED, "accepted")
"""What each of them came to."""

_LOCK = sa.text(
    "SELECT p.id FROM promises p JOIN attempts a ON a.promise_id = p.id WHERE a.id = ANY(CAST(:ids AS uuid[])) "
    "ORDER BY p.id FOR UPDATE OF p"
)
_WRITE = sa.text(
    """
    WITH told AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:sender_ids AS text[]), CAST(:segments AS integer[]))
        AS t (id, sender_id, segments)
    ), done AS (
        UPDATE attempts a
        SET state = 'accepted', settled_at = clock_timestamp(), sender_id = told.sender_id, segments = told.segments
        FROM told WHERE a.id = told.id AND a.state = 'sending' AND NOT a.released
        RETURNING a.id, a.promise_id, a.appointment_id, a.connection, a.segments
    ), kept AS (
        UPDATE promises p SET state = 'accepted', changed_at = clock_timestamp()
        FROM done WHERE p.id = done.promise_id RETURNING p.id, p.workflow_id
    )
    SELECT done.id, done.promise_id, done.connection, done.segments, kept.workflow_id, a.external_id
    FROM done JOIN kept ON kept.id = done.promise_id JOIN appointments a ON a.id = done.appointment_id
    """
)


def settle(tx: Connection, told: Mapping[UUID, Accepted]) -> set[UUID]:
    """Write down which texts were taken. Returns those that were `sending`; the others are `attempts.settle`'s."""
    ids = sorted(told)
    tx.execute(_LOCK, {"ids": ids})
    values = {"sender_ids": [told[each].sender_id for each in ids], "segments": [told[each].segments for each in ids]}
    rows = tx.execute(_WRITE, {"ids": ids, **values}).all()
    entries = [
        (
            row.connection,
            row.external_id,
            (
                "attempt_accepted",
                {
                    "promise": row.promise_id,
                    "attempt": str(row.id),
                    "workflow": row.workflow_id,
                    "segments": row.segments,
                },
            ),
        )
        for row in rows
    ]
    timeline.write_many(tx, entries)
    return {row.id for row in rows}
