"""Opens the database: one engine per process, made after fork, with bounded waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from store import arrays

CONNECT_SECONDS = 3
LOCK_SECONDS = 10
"""Nothing of ours holds a row for longer; beyond it a peer is stuck, and an error is better than a stuck thread."""
STATEMENT_SECONDS = 30

CLOCK = sa.select(sa.func.clock_timestamp(type_=sa.DateTime(timezone=True))).scalar_subquery()
"""The database's clock, read once for a statement: an index finds what is compared with it.

The bare function is volatile: compared with that, every row of a range is read and asked again.
"""


class Database:
    """A pool of connections. `begin()` is one transaction, READ COMMITTED, committed at its end.

    No connection may be held across a network call: leave the block first, then call.
    """

    def __init__(self, url: str, *, size: int = 8) -> None:
        self.engine: Engine = sa.create_engine(
            url,
            pool_size=size,
            max_overflow=size,
            pool_timeout=5,
            pool_pre_ping=False,
            pool_recycle=1800,
            connect_args={
                "connect_timeout": CONNECT_SECONDS,
                "application_name": "punctual",
                # A silent partition is noticed in half a minute, not in the two hours of TCP's own default.
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 4,
                "tcp_user_timeout": 30_000,
                "options": f"-c lock_timeout={LOCK_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s -c timezone=UTC",
            },
        )
        sa.event.listen(self.engine, "connect", lambda connection, _record: arrays.teach(connection))

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        self.engine.dispose()


def now(tx: Connection) -> datetime:
    """The database's clock, which alone decides what is due."""
    moment: datetime = tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return moment
