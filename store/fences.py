"""Many promises through the fence in one transaction: what `store.fence` does for one, statement by statement.

The order of locks is the same: appointments, numbers, promises, each by its key. What the fence guarantees holds for
each of them, because none leaves before the commit of them all. A lock that somebody else holds is not waited for: such
a promise, and one whose text depends on others (caps, merging) or that texts nobody, passes the fence alone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import ARRAY

from rules.fence import Decision, End, Go, Hold, Leave, decide
from rules.promises import SkipReason
from rules.workflow import Caps, Config, Workflow
from store import configs, scenes, timeline
from store.facts import ConnectionFacts
from store.fence import BROKEN, Claimed, Render
from store.material import NoName, material
from store.refusals import Refusal, end, hold
from store.tables import promises


@dataclass(frozen=True, slots=True)
class Candidate:
    """A promise that may be due, with what its connection brings to the fence."""

    promise_id: int
    facts: ConnectionFacts
    render: Render


@dataclass(frozen=True, slots=True)
class Alone:
    """It has to pass the fence by itself."""


Passed = Claimed | Refusal | Alone
Known = dict[tuple[UUID, int], Config]
"""Revisions of configs, parsed."""

SPACE = 0x50464E43  # of our advisory locks in the database

# The locks of `store.fence` in its order, one after the other because each needs what the one before it found. Nothing
# is waited for, so no order of locks can tie a knot with anybody's. A number is locked whole or not at all: its rows at
# all senders, those that exist. A fence under way elsewhere holds its promise's advisory lock: two processes that look
# at one backlog take different parts of it.
_LOCK = sa.text(
    """
    WITH wanted AS MATERIALIZED (
        SELECT p.id, p.appointment_id, pe.phone
        FROM promises p
        LEFT JOIN attendees s ON s.appointment_id = p.appointment_id AND s.key = p.attendee
        LEFT JOIN people pe ON pe.connection = s.connection AND pe.person_id = s.person_id
        WHERE p.id = ANY(CAST(:ids AS bigint[])) AND p.state = 'planned'
          AND pg_try_advisory_xact_lock(:space, CAST(p.id & 2147483647 AS integer))
    ), seen AS MATERIALIZED (
        SELECT id FROM appointments WHERE id IN (SELECT appointment_id FROM wanted) ORDER BY id FOR SHARE SKIP LOCKED
    ), held AS MATERIALIZED (
        SELECT sender, number FROM numbers
        WHERE sender = ANY(CAST(:senders AS text[]))
          AND number IN (SELECT w.phone FROM wanted w JOIN seen ON seen.id = w.appointment_id)
        ORDER BY number, sender FOR SHARE SKIP LOCKED
    ), taken AS MATERIALIZED (
        SELECT n.number FROM numbers n
        WHERE n.sender = ANY(CAST(:senders AS text[])) AND n.number IN (SELECT phone FROM wanted)
          AND NOT EXISTS (SELECT 1 FROM held h WHERE h.sender = n.sender AND h.number = n.number)
    ), free AS MATERIALIZED (
        SELECT w.id FROM wanted w JOIN seen ON seen.id = w.appointment_id
        WHERE w.phone IS NULL OR w.phone NOT IN (SELECT number FROM taken)
    ), mine AS MATERIALIZED (
        SELECT id FROM promises WHERE id IN (SELECT id FROM free) AND state = 'planned' ORDER BY id
        FOR UPDATE SKIP LOCKED
    )
    SELECT w.id, CASE WHEN w.phone IN (SELECT number FROM held) THEN w.phone END AS phone,
           w.id NOT IN (SELECT id FROM free) AS is_alone, w.id IN (SELECT id FROM mine) AS is_mine
    FROM wanted w
    """
)
_WRITE = sa.text(
    """
    WITH told AS MATERIALIZED (
        SELECT * FROM json_to_recordset(CAST(:drafts AS json))
        AS t (id uuid, promise_id bigint, connection text, appointment_id bigint, external_id text, sender text,
              from_number text, to_number text, body text, unverified boolean, starts_at timestamptz, now timestamptz,
              entry jsonb)
    ), made AS (
        INSERT INTO attempts (id, promise_id, connection, appointment_id, sender, from_number, to_number, body, state,
                              unverified, told_start, lease_until)
        SELECT id, promise_id, connection, appointment_id, sender, from_number, to_number, decode(body, 'hex'),
               'sending', unverified, starts_at, now + make_interval(secs => :lease)
        FROM told
    ), noted AS (
        INSERT INTO timeline (connection, external_id, kind, facts)
        SELECT connection, external_id, 'sending', entry FROM told
    )
    UPDATE promises p
    SET state = 'sending', tries = p.tries + 1, hold_reason = NULL, told_at = told.now, told_start = told.starts_at,
        changed_at = told.now
    FROM told WHERE p.id = told.promise_id
    """
)
"""Bodies travel as hexadecimal digits: whatever they hold, JSON carries it. One text is quicker than twelve arrays."""


@dataclass(slots=True)
class _Draft:
    """A text that leaves once all of them are written."""

    attempt_id: UUID
    row: Row[Any]
    claimed: Claimed
    unverified: bool


def pass_fences(
    tx: Connection, wanted: Sequence[Candidate], lease: timedelta, known: Known | None = None
) -> dict[int, Passed]:
    """Decide on each and make the attempts of those that may leave. The caller commits, then calls the senders.

    Those that are missing in the answer are somebody else's, or no longer planned. `known` keeps the configs' revisions
    from one fence to the next: a committed one never changes.
    """
    by_id = {each.promise_id: each for each in wanted}
    senders = sorted({sender for each in wanted for sender in each.facts.senders})
    rows = tx.execute(_LOCK, {"ids": sorted(by_id), "senders": senders, "space": SPACE}).all()
    found: dict[int, Passed] = {row.id: Alone() for row in rows if row.is_alone}
    locked = {row.id: row.phone for row in rows if row.is_mine}
    drafts: list[_Draft] = []
    for facts, ids in _by_senders(sorted(locked), by_id):
        scene = tx.execute(_everything(facts.senders), {"ids": ids}).all()
        loaded = _configs(tx, scene, {} if known is None else known)
        for row in scene:
            passed = _one(tx, row, by_id[row.promise_id], locked[row.promise_id], loaded)
            if isinstance(passed, _Draft):
                drafts.append(passed)
            else:
                found[row.promise_id] = passed
    _write(tx, drafts, lease)
    return found | {draft.row.promise_id: draft.claimed for draft in drafts}


def _configs(tx: Connection, scene: Sequence[Row[Any]], known: Known) -> Known:
    """The revisions that these rows go by, read once for all fences."""
    missing = set().union(*map(scenes.revisions_of, scene)) - known.keys()
    known.update(configs.load(tx, sorted(missing, key=str)))
    return known


def _by_senders(ids: Sequence[int], by_id: Mapping[int, Candidate]) -> list[tuple[ConnectionFacts, list[int]]]:
    """Nearly always one group: the connections of an installation send by the same sender."""
    groups: dict[tuple[str, ...], tuple[ConnectionFacts, list[int]]] = {}
    for promise_id in ids:
        facts = by_id[promise_id].facts
        groups.setdefault(facts.senders, (facts, []))[1].append(promise_id)
    return list(groups.values())


@lru_cache(maxsize=64)
def _everything(senders: tuple[str, ...]) -> sa.Select[Any]:
    """Statement 4 for several. Built once: it costs more to build than to run.

    The ids come through a subquery, whose length PostgreSQL does not know beforehand: else it takes a plan made for
    just so many ids for the cheaper one, and makes that plan anew in each fence, which takes longer than reading.
    """
    facts = ConnectionFacts(name="", zone="", sender=senders[0], failover_sender=senders[-1])
    ids = sa.bindparam("ids", type_=ARRAY(promises.c.id.type))
    return scenes.everything(sa.any_(sa.func.array(sa.select(sa.func.unnest(ids)).scalar_subquery())), facts)


def _one(
    tx: Connection, row: Row[Any], candidate: Candidate, locked: str | None, loaded: Mapping[tuple[UUID, int], Config]
) -> _Draft | Passed:
    facts = candidate.facts
    config, workflow = scenes.workflow_of(row, loaded)
    decision: Decision = decide(scenes.scene_of(row, config, workflow, facts, locked))
    if isinstance(decision, Leave):
        return Refusal(None)
    if isinstance(decision, End):
        return end(tx, row, decision.reason)
    if isinstance(decision, Hold):
        return hold(tx, row, decision)
    if workflow is None or not _is_plain(workflow) or decision.dry is not None or not facts.sender:
        return Alone()
    return _draft(tx, row, candidate, config, workflow, decision)


def _is_plain(workflow: Workflow) -> bool:
    """Its text depends on nothing but its own row."""
    return workflow.texts and workflow.caps == Caps() and not workflow.merge_minutes


def _draft(
    tx: Connection, row: Row[Any], candidate: Candidate, config: Config | None, workflow: Workflow, go: Go
) -> _Draft | Refusal:
    try:
        body = candidate.render(material(row, workflow, config))
    except NoName:
        return end(tx, row, SkipReason.NO_NAME)
    except BROKEN:
        return end(tx, row, SkipReason.TEMPLATE)
    attempt_id = uuid4()
    sender, from_number = candidate.facts.line(row.promise_next_sender)
    return _Draft(attempt_id, row, Claimed(attempt_id, row.phone, from_number, sender, body), go.unverified)


def _write(tx: Connection, drafts: Sequence[_Draft], lease: timedelta) -> None:
    """Attempts, promises and what is told of them."""
    if drafts:
        ordered = sorted(drafts, key=lambda draft: draft.row.promise_id)
        tx.execute(_WRITE, {"drafts": json.dumps([_told(each) for each in ordered]), "lease": lease.total_seconds()})


def _told(draft: _Draft) -> dict[str, Any]:
    """What `_WRITE` reads of one text."""
    row, claimed = draft.row, draft.claimed
    entry = {
        "promise": row.promise_id,
        "attempt": str(draft.attempt_id),
        "workflow": row.promise_workflow_id,
        "late_seconds": round((row.now - row.promise_due_at).total_seconds(), 1),
        "unverified": draft.unverified or None,
    }
    return {
        "id": str(draft.attempt_id),
        "promise_id": row.promise_id,
        "connection": row.promise_connection,
        "appointment_id": row.promise_appointment_id,
        "external_id": row.external_id,
        "sender": claimed.sender,
        "from_number": claimed.from_number,
        "to_number": claimed.to,
        "body": claimed.body.encode().hex(),
        "unverified": draft.unverified,
        "starts_at": row.starts_at.isoformat() if row.starts_at else None,
        "now": row.now.isoformat(),
        "entry": timeline.plain(entry),
    }
