"""Writes the steps of many plans at once: one statement for what is there, one for what is new.

The appointments' rows must be locked by this transaction.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.planning import Act, Step
from store.timeline import Entry

_CHANGE = sa.text(
    """
    UPDATE promises p
    SET state = s.state, due_at = s.due_at, look_at = s.due_at, not_after = s.not_after, skip_reason = s.reason,
        hold_reason = NULL, changed_at = clock_timestamp(), config_id = coalesce(s.config_id, p.config_id),
        config_revision = coalesce(s.config_revision, p.config_revision), action = coalesce(s.action, p.action),
        merged_into = CASE WHEN s.revives THEN NULL ELSE p.merged_into END
    FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:dues AS timestamptz[]),
                CAST(:deadlines AS timestamptz[]), CAST(:reasons AS text[]), CAST(:configs AS uuid[]),
                CAST(:revisions AS integer[]), CAST(:actions AS text[]), CAST(:revive AS boolean[]))
         AS s (id, state, due_at, not_after, reason, config_id, config_revision, action, revives)
    WHERE p.id = s.id
      AND CASE WHEN s.revives THEN p.state IN ('skipped', 'superseded', 'cancelled') ELSE p.state = 'planned' END
    RETURNING p.id
    """
)
_ADD = sa.text(
    """
    INSERT INTO promises (appointment_id, connection, config_id, config_revision, workflow_id, anchor, anchor_at,
                          attendee, round, state, due_at, look_at, not_after, skip_reason, action)
    SELECT appointment_id, connection, config_id, config_revision, workflow_id, anchor, anchor_at, attendee, round,
           state, due_at, due_at, not_after, reason, action
    FROM unnest(CAST(:appointments AS bigint[]), CAST(:connections AS text[]), CAST(:configs AS uuid[]),
                CAST(:revisions AS integer[]), CAST(:workflows AS text[]), CAST(:anchors AS text[]),
                CAST(:anchor_ats AS timestamptz[]), CAST(:attendees AS text[]), CAST(:rounds AS bigint[]),
                CAST(:states AS text[]), CAST(:dues AS timestamptz[]), CAST(:deadlines AS timestamptz[]),
                CAST(:reasons AS text[]), CAST(:actions AS text[]))
         AS s (appointment_id, connection, config_id, config_revision, workflow_id, anchor, anchor_at, attendee, round,
               state, due_at, not_after, reason, action)
    ON CONFLICT DO NOTHING
    RETURNING id, appointment_id, workflow_id, anchor_at, attendee, round
    """
)
KINDS = {Act.RETIME: "retimed", Act.RESTAMP: "restamped", Act.REVIVE: "revived", Act.END: "ended"}

Planned = tuple[Row[Any], Step]
"""An appointment's row, and one step of its plan."""


def write(tx: Connection, planned: Sequence[Planned]) -> list[tuple[str, str, Entry]]:
    """All of them as rows; what the timeline says of each that was carried out, with its connection and external id.

    A promise that has meanwhile left `planned` is left alone, and nothing is said of it.
    """
    added = _add(tx, [(row, step) for row, step in planned if step.act is Act.ADD])
    changed = _change(tx, [step for _, step in planned if step.act is not Act.ADD])
    told: list[tuple[str, str, Entry]] = []
    for row, step in planned:
        promise = added.get(_place(row.id, step)) if step.act is Act.ADD else step.promise_id
        if promise is not None and (step.act is Act.ADD or promise in changed):
            told.append((row.connection, row.external_id, _entry(step, promise)))
    return told


def _entry(step: Step, promise: int) -> Entry:
    said = {"workflow": step.key.workflow_id, "due_at": step.due_at, "attendee": step.key.attendee, "promise": promise}
    if step.act is Act.ADD:
        return ("promised" if step.reason is None else "not_promised"), {**said, "reason": step.reason}
    return KINDS[step.act], {**said, "state": step.state, "reason": step.reason}


def _place(appointment_id: int, step: Step) -> tuple[Any, ...]:
    return (appointment_id, step.key.workflow_id, step.key.anchor_at, step.key.attendee, step.key.round)


def _add(tx: Connection, planned: Sequence[Planned]) -> dict[tuple[Any, ...], int]:
    """The new promises' ids by what makes each of them one and the same."""
    if not planned:
        return {}
    steps = [step for _, step in planned]
    values = {
        **_shared(steps),
        "appointments": [row.id for row, _ in planned],
        "connections": [row.connection for row, _ in planned],
        "configs": [step.config_id for step in steps],
        "revisions": [step.config_revision for step in steps],
        "workflows": [step.key.workflow_id for step in steps],
        "anchors": [step.anchor.value for step in steps],
        "anchor_ats": [step.key.anchor_at for step in steps],
        "attendees": [step.key.attendee for step in steps],
        "rounds": [step.key.round for step in steps],
        "actions": [step.action.value for step in steps],
    }
    found = tx.execute(_ADD, values)
    return {(row.appointment_id, row.workflow_id, row.anchor_at, row.attendee, row.round): row.id for row in found}


def _change(tx: Connection, steps: Sequence[Step]) -> set[int]:
    """The ids of those that were still as the plan saw them. What ends keeps the config that it was planned by."""
    if not steps:
        return set()
    ends = [step.act is Act.END for step in steps]
    values = {
        **_shared(steps),
        "ids": [step.promise_id for step in steps],
        "configs": [None if end else step.config_id for step, end in zip(steps, ends, strict=True)],
        "revisions": [None if end else step.config_revision for step, end in zip(steps, ends, strict=True)],
        "actions": [None if end else step.action.value for step, end in zip(steps, ends, strict=True)],
        "revive": [step.act is Act.REVIVE for step in steps],
    }
    return set(tx.execute(_CHANGE, values).scalars())


def _shared(steps: Iterable[Step]) -> dict[str, list[Any]]:
    each = list(steps)
    return {
        "states": [step.state.value for step in each],
        "dues": [step.due_at for step in each],
        "deadlines": [step.not_after for step in each],
        "reasons": [None if step.reason is None else step.reason.value for step in each],
    }
