"""What a connection's texts have cost, in segments; and its due texts put aside while that is too much."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from rules.promises import SkipReason
from store.tables import attempts, promises

HELD_FOR = timedelta(seconds=60)


BY_LENGTH = sa.case(
    (sa.func.coalesce(sa.func.octet_length(attempts.c.body), 0) <= 160, 1),
    else_=sa.func.ceil(sa.func.octet_length(attempts.c.body) / 153.0),
)
"""For senders that do not tell: right for GSM-7, near enough for the rest; a body that was emptied counts once."""


def segments_since(tx: Connection, name: str, since: datetime) -> int:
    """Segments of texts that have left, or may have."""
    query = sa.select(sa.func.coalesce(sa.func.sum(sa.func.coalesce(attempts.c.segments, BY_LENGTH)), 0)).where(
        attempts.c.connection == name,
        attempts.c.created_at >= since,
        attempts.c.state.not_in(("not_sent", "refused")),
    )
    return int(tx.execute(query).scalar_one())


def hold(tx: Connection, name: str) -> None:
    """Put its due texts aside for a while; their deadlines go on, and at its deadline each says why."""
    due = (
        sa.select(promises.c.id)
        .where(
            promises.c.connection == name,
            promises.c.state == "planned",
            promises.c.action == "sms",
            promises.c.look_at <= sa.func.clock_timestamp() + timedelta(seconds=2),
            promises.c.not_after > sa.func.clock_timestamp(),
        )
        .order_by(promises.c.id)
        .with_for_update(skip_locked=True)
    )
    tx.execute(
        sa.update(promises)
        .where(promises.c.id.in_(due))
        .values(
            look_at=sa.func.least(sa.func.clock_timestamp() + HELD_FOR, promises.c.not_after),
            hold_reason=SkipReason.TOO_DEAR,
        )
    )
