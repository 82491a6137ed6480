"""Whether anything runs at all, as far as rows tell."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from store.tables import slots


def last_sweeps(tx: Connection, names: Iterable[str]) -> dict[str, datetime]:
    """When each of these sweeps last took its place, to within half its period; one that never did is left out."""
    query = (
        sa.select(slots.c.name, sa.func.max(slots.c.lease_until))
        .where(slots.c.name.in_(sorted(names)), slots.c.lease_until.is_not(None))
        .group_by(slots.c.name)
    )
    return {row[0]: row[1] for row in tx.execute(query)}
