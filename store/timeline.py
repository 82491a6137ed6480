"""The append-only account of what happened and why. Our own words, ids and instants only; no names, numbers, texts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from store.tables import timeline

Entry = tuple[str, Mapping[str, Any]]
"""A kind (see `runtime.explain` for the sentence of each) and its facts."""


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as JSON can hold them; instants become ISO 8601 in UTC."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in facts.items()
        if value is not None
    }


def of_call(trace: str) -> dict[str, str]:
    """The fact by which a vendor can find the call that led here; none where it documents no such name."""
    return {"trace": trace} if trace else {}


def write(tx: Connection, connection: str, external_id: str, entries: Iterable[Entry]) -> None:
    rows = [
        {"connection": connection, "external_id": external_id, "kind": kind, "facts": plain(facts)}
        for kind, facts in entries
    ]
    if rows:
        tx.execute(sa.insert(timeline), rows)


_WRITE_MANY = sa.text(
    """
    INSERT INTO timeline (connection, external_id, kind, facts)
    SELECT * FROM unnest(CAST(:connections AS text[]), CAST(:ids AS text[]), CAST(:kinds AS text[]),
                         CAST(CAST(:facts AS text[]) AS jsonb[]))
    """
)


def write_many(tx: Connection, told: Sequence[tuple[str, str, Entry]]) -> None:
    """Entries of many appointments, each with its connection and external id, in one statement."""
    values = {
        "connections": [connection for connection, _, _ in told],
        "ids": [external_id for _, external_id, _ in told],
        "kinds": [kind for _, _, (kind, _) in told],
        "facts": [json.dumps(plain(facts)) for _, _, (_, facts) in told],
    }
    if told:
        tx.execute(_WRITE_MANY, values)


def count(tx: Connection, connection: str, external_id: str, kind: str, within: timedelta) -> int:
    """How many entries of a kind are younger than that."""
    mine = (timeline.c.connection == connection, timeline.c.external_id == external_id, timeline.c.kind == kind)
    young = timeline.c.at > sa.func.clock_timestamp() - within
    return int(tx.execute(sa.select(sa.func.count()).where(*mine, young)).scalar_one())


def of(tx: Connection, connection: str, external_id: str, *, limit: int = 500) -> list[Row[Any]]:
    """The newest `limit` entries of one appointment, oldest first."""
    newest = (
        sa.select(timeline)
        .where(timeline.c.connection == connection, timeline.c.external_id == external_id)
        .order_by(timeline.c.id.desc())
        .limit(limit)
    )
    return list(reversed(tx.execute(newest).all()))
