"""Absent is not gone, but it blocks: what follows when the vendor does not have a known appointment any more."""

from datetime import timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.statuses import Presence
from rules.transitions import Kind, Transition
from store import appointments, timeline
from store.engine import now as database_now
from store.facts import ConnectionFacts
from store.planning import replan
from store.tables import appointments as table

GONE_AFTER = timedelta(seconds=60)
"""Two answers of absence must lie this far apart before an appointment counts as gone."""


class Absence(StrEnum):
    """What an answer of absence led to."""

    NEVER_SEEN = "never_seen"
    DOUBTFUL = "doubtful"
    STILL_DOUBTFUL = "still_doubtful"
    GONE = "gone"
    LOST = "lost"


def absent(
    tx: Connection, facts: ConnectionFacts, external_id: str, revision: int | None, *, trace: str = ""
) -> Absence:
    """The vendor does not have it (a 404, or a whole window without it). Absent is not gone, but it blocks."""
    row = appointments.locked(tx, facts.name, external_id)
    if row is None:
        return Absence.NEVER_SEEN
    if row.revision != revision:
        return Absence.LOST
    if row.presence == Presence.GONE:
        return Absence.GONE
    now = database_now(tx)
    if row.presence == Presence.PRESENT:
        _set_presence(tx, row, Presence.DOUBTFUL)
        timeline.write(tx, facts.name, external_id, [("doubtful", timeline.of_call(trace))])
        return Absence.DOUBTFUL
    if now - row.doubtful_at < GONE_AFTER:
        return Absence.STILL_DOUBTFUL
    fresh = _set_presence(tx, row, Presence.GONE)
    appointments.write_transitions(tx, fresh, [Transition(Kind.GONE, None, row.starts_at, None)])
    replan(tx, fresh, facts)
    return Absence.GONE


def _set_presence(tx: Connection, row: Row[Any], presence: Presence) -> Row[Any]:
    values: dict[str, Any] = {"presence": presence, "revision": table.c.revision + 1}
    if presence is Presence.DOUBTFUL:
        values["doubtful_at"] = sa.func.clock_timestamp()
    changed = sa.update(table).where(table.c.id == row.id).values(**values)
    return tx.execute(changed.returning(table)).one()


def suddenly_doubtful(tx: Connection, connection: str) -> bool:
    """Whether so many records vanished within 10 minutes that the vendor, not the records, must be doubted."""
    row = tx.execute(
        sa.text(
            "SELECT count(*) FILTER (WHERE presence <> 'present' AND doubtful_at > clock_timestamp() - interval "
            "'10 minutes') AS vanished, count(*) FILTER (WHERE presence <> 'gone' OR doubtful_at > clock_timestamp() "
            "- interval '10 minutes') AS known FROM appointments WHERE connection = :connection "
            "AND starts_at > (SELECT clock_timestamp()) - interval '1 day'"
        ),
        {"connection": connection},
    ).one()
    return bool(row.vanished >= 5 and row.vanished > row.known * 0.2)
