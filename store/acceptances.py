"""The usual outcome, for many attempts in one transaction: the sender has taken the text."""

import json
from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from rules.senders import Accepted, AttemptState
from store.attempts import Settled

SETTLED = Settled(AttemptState.ACCEPTED, "accepted")
"""What each of them came to."""

_WRITE = sa.text(
    """
    WITH told AS MATERIALIZED (
        SELECT * FROM json_to_recordset(CAST(:told AS json)) AS t (id uuid, sender_id text, segments integer)
    ), held AS MATERIALIZED (
        -- The promise before its attempt, as everywhere.
        SELECT p.id FROM promises p JOIN attempts a ON a.promise_id = p.id JOIN told ON told.id = a.id
        ORDER BY p.id FOR UPDATE OF p
    ), done AS (
        UPDATE attempts a
        SET state = 'accepted', settled_at = clock_timestamp(), sender_id = told.sender_id, segments = told.segments
        FROM told, held
        WHERE a.id = told.id AND a.promise_id = held.id AND a.state = 'sending' AND NOT a.released
        RETURNING a.id, a.promise_id, a.appointment_id, a.connection, a.segments
    ), kept AS (
        UPDATE promises p SET state = 'accepted', changed_at = clock_timestamp()
        FROM done WHERE p.id = done.promise_id RETURNING p.id, p.workflow_id
    ), noted AS (
        INSERT INTO timeline (connection, external_id, kind, facts)
        SELECT done.connection, a.external_id, 'attempt_accepted', jsonb_strip_nulls(jsonb_build_object(
                   'promise', done.promise_id, 'attempt', done.id, 'workflow', kept.workflow_id,
                   'segments', done.segments))
        FROM done JOIN kept ON kept.id = done.promise_id JOIN appointments a ON a.id = done.appointment_id
    )
    SELECT id FROM done
    """
)
"""One statement: each further one costs a round trip. What changed while it waited for a lock is read again."""


def settle(tx: Connection, told: Mapping[UUID, Accepted]) -> set[UUID]:
    """Write down which texts were taken. Returns those that were `sending`; the others are `attempts.settle`'s."""
    rows = [
        {"id": str(attempt), "sender_id": said.sender_id, "segments": said.segments} for attempt, said in told.items()
    ]
    return set(tx.execute(_WRITE, {"told": json.dumps(rows)}).scalars())
