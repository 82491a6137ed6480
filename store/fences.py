"""Many promises through the fence in one transaction: what `store.fence` does for one, statement by statement.

The order of locks is the same: appointments, numbers, promises, each by its key. What the fence guarantees holds for
each of them, because none leaves before the commit of them all. A lock that somebody else holds is not waited for: such
a promise, and one whose text depends on others (caps, merging) or that texts nobody, passes the fence alone.
"""

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

# A fence under way elsewhere holds its promise's advisory lock: two processes that look at one backlog take different
# parts of it. It is only tried for, so it stands outside the order of locks.
_KEYS = sa.text(
    """
    SELECT p.id, p.appointment_id, pe.phone
    FROM promises p
    LEFT JOIN attendees s ON s.appointment_id = p.appointment_id AND s.key = p.attendee
    LEFT JOIN people pe ON pe.connection = s.connection AND pe.person_id = s.person_id
    WHERE p.id = ANY(CAST(:ids AS bigint[])) AND p.state = 'planned'
      AND pg_try_advisory_xact_lock(:space, CAST(p.id & 2147483647 AS integer))
    """
)
SPACE = 0x50464E43  # of our advisory locks in the database
_LOCK_APPOINTMENTS = sa.text(
    "SELECT id FROM appointments WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id FOR SHARE SKIP LOCKED"
)
# A number is locked whole or not at all: its rows at all senders, those that exist.
_LOCK_NUMBERS = sa.text(
    """
    WITH locked AS MATERIALIZED (
        SELECT sender, number FROM numbers
        WHERE sender = ANY(CAST(:senders AS text[])) AND number = ANY(CAST(:numbers AS text[]))
        ORDER BY number, sender FOR SHARE SKIP LOCKED
    )
    SELECT n.number FROM numbers n
    WHERE n.sender = ANY(CAST(:senders AS text[])) AND n.number = ANY(CAST(:numbers AS text[]))
      AND NOT EXISTS (SELECT 1 FROM locked l WHERE l.sender = n.sender AND l.number = n.number)
    """
)
_LOCK_PROMISES = sa.text(
    "SELECT id FROM promises WHERE id = ANY(CAST(:ids AS bigint[])) AND state = 'planned' ORDER BY id "
    "FOR UPDATE SKIP LOCKED"
)
_WRITE = sa.text(
    """
    WITH told AS (
        SELECT * FROM unnest(
            CAST(:attempts AS uuid[]), CAST(:promises AS bigint[]), CAST(:connections AS text[]),
            CAST(:appointments AS bigint[]), CAST(:senders AS text[]), CAST(:from_numbers AS text[]),
            CAST(:to_numbers AS text[]), CAST(:bodies AS bytea[]), CAST(:unverified AS boolean[]),
            CAST(:starts AS timestamptz[]), CAST(:nows AS timestamptz[]))
        AS t (id, promise_id, connection, appointment_id, sender, from_number, to_number, body, unverified, starts_at,
              now)
    ), made AS (
        INSERT INTO attempts (id, promise_id, connection, appointment_id, sender, from_number, to_number, body, state,
                              unverified, told_start, lease_until)
        SELECT id, promise_id, connection, appointment_id, sender, from_number, to_number, body, 'sending',
               unverified, starts_at, now + make_interval(secs => :lease)
        FROM told
    )
    UPDATE promises p
    SET state = 'sending', tries = p.tries + 1, hold_reason = NULL, told_at = told.now, told_start = told.starts_at,
        changed_at = told.now
    FROM told WHERE p.id = told.promise_id
    """
)


@dataclass(slots=True)
class _Draft:
    """A text that leaves once all of them are written."""

    attempt_id: UUID
    row: Row[Any]
    claimed: Claimed
    unverified: bool


def pass_fences(tx: Connection, wanted: Sequence[Candidate], lease: timedelta) -> dict[int, Passed]:
    """Decide on each and make the attempts of those that may leave. The caller commits, then calls the senders.

    Those that are missing in the answer are somebody else's, or no longer planned.
    """
    by_id = {each.promise_id: each for each in wanted}
    keys = {row.id: row for row in tx.execute(_KEYS, {"ids": sorted(by_id), "space": SPACE})}
    if not keys:
        return {}
    mine, alone = _locked(tx, keys, by_id)
    found: dict[int, Passed] = dict.fromkeys(alone, Alone())
    drafts: list[_Draft] = []
    for facts, ids in _by_senders(mine, by_id):
        rows = tx.execute(_everything(facts.senders), {"ids": ids}).all()
        loaded = configs.load(tx, sorted(set().union(*map(scenes.revisions_of, rows)), key=str))
        for row in rows:
            passed = _one(tx, row, by_id[row.promise_id], keys[row.promise_id].phone, loaded)
            if isinstance(passed, _Draft):
                drafts.append(passed)
            else:
                found[row.promise_id] = passed
    _write(tx, drafts, lease)
    return found | {draft.row.promise_id: draft.claimed for draft in drafts}


def _locked(tx: Connection, keys: Mapping[int, Any], by_id: Mapping[int, Candidate]) -> tuple[list[int], list[int]]:
    """Promises that are ours now, and those that somebody else's lock stands before."""
    appointments = {row.appointment_id for row in keys.values()}
    free = set(tx.execute(_LOCK_APPOINTMENTS, {"ids": sorted(appointments)}).scalars())
    numbers = sorted({row.phone for row in keys.values() if row.phone is not None})
    senders = sorted({sender for promise_id in keys for sender in by_id[promise_id].facts.senders})
    taken = set(tx.execute(_LOCK_NUMBERS, {"senders": senders, "numbers": numbers}).scalars()) if numbers else set()
    alone = [key for key, row in keys.items() if row.appointment_id not in free or row.phone in taken]
    rest = sorted(keys.keys() - set(alone))
    return list(tx.execute(_LOCK_PROMISES, {"ids": rest}).scalars()), alone


def _by_senders(ids: Sequence[int], by_id: Mapping[int, Candidate]) -> list[tuple[ConnectionFacts, list[int]]]:
    """Nearly always one group: the connections of an installation send by the same sender."""
    groups: dict[tuple[str, ...], tuple[ConnectionFacts, list[int]]] = {}
    for promise_id in ids:
        facts = by_id[promise_id].facts
        groups.setdefault(facts.senders, (facts, []))[1].append(promise_id)
    return list(groups.values())


@lru_cache(maxsize=64)
def _everything(senders: tuple[str, ...]) -> sa.Select[Any]:
    """Statement 4 for several. Built once: it costs more to build than to run."""
    facts = ConnectionFacts(name="", zone="", sender=senders[0], failover_sender=senders[-1])
    return scenes.everything(sa.any_(sa.bindparam("ids", type_=ARRAY(promises.c.id.type))), facts)


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
    if not drafts:
        return
    drafts = sorted(drafts, key=lambda draft: draft.row.promise_id)
    rows = [draft.row for draft in drafts]
    tx.execute(
        _WRITE,
        {
            "attempts": [draft.attempt_id for draft in drafts],
            "promises": [row.promise_id for row in rows],
            "connections": [row.promise_connection for row in rows],
            "appointments": [row.promise_appointment_id for row in rows],
            "senders": [draft.claimed.sender for draft in drafts],
            "from_numbers": [draft.claimed.from_number for draft in drafts],
            "to_numbers": [draft.claimed.to for draft in drafts],
            "bodies": [draft.claimed.body.encode() for draft in drafts],
            "unverified": [draft.unverified for draft in drafts],
            "starts": [row.starts_at for row in rows],
            "nows": [row.now for row in rows],
            "lease": lease.total_seconds(),
        },
    )
    timeline.write_many(tx, [_told(draft) for draft in drafts])


def _told(draft: _Draft) -> tuple[str, str, timeline.Entry]:
    row = draft.row
    entry = {
        "promise": row.promise_id,
        "attempt": str(draft.attempt_id),
        "workflow": row.promise_workflow_id,
        "late_seconds": round((row.now - row.promise_due_at).total_seconds(), 1),
        "unverified": draft.unverified or None,
    }
    return row.promise_connection, row.external_id, ("sending", entry)
