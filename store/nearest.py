"""Ids that a person may have meant."""

import difflib

import sqlalchemy as sa
from sqlalchemy import Connection

from store.tables import appointments

NEWEST = 2000  # that an id is compared with: what people look for is recent
SHORTEST_PART = 4


def external_ids(tx: Connection, connection: str, meant: str, *, limit: int = 5) -> list[str]:
    """Of the connection's newest appointments, those whose id holds this text, or nearly is it."""
    query = (
        sa.select(appointments.c.external_id)
        .where(appointments.c.connection == connection)
        .order_by(appointments.c.id.desc())
        .limit(NEWEST)
    )
    known = list(tx.execute(query).scalars())
    inside = [each for each in known if len(meant) >= SHORTEST_PART and meant.lower() in each.lower()]
    return inside[:limit] or difflib.get_close_matches(meant, known, limit, cutoff=0.75)
