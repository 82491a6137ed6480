"""One transaction for a batch of requests: which of its failures are whose, and which prove that nothing was stored."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import structlog
from sqlalchemy import exc

from store import events
from store.engine import Database

log = structlog.get_logger(__name__)

DATA_CLASSES = ("22", "23", "54")
"""SQLSTATE classes that some row of the batch causes: data, integrity, limits (an id too long for an index)."""


class Answer(StrEnum):
    """Why a request was not stored, or not provably."""

    UNSTORABLE = "unstorable"
    UNAVAILABLE = "unavailable"


class Waiting(Protocol):
    """One request of the batch."""

    arrivals: Sequence[events.Arrival]

    def settle(self, result: list[bool] | Answer) -> None: ...


def commit(database: Database, batch: Sequence[Waiting]) -> None:
    """Store the batch and settle every request of it, each exactly once. Raises only what is a bug of ours."""
    try:
        told = _twice(database, batch)
    except _BadRow:
        if len(batch) == 1:
            log.warning("webhook_unstorable", connection=batch[0].arrivals[0].connection)
            batch[0].settle(Answer.UNSTORABLE)
            return
        half = len(batch) // 2
        commit(database, batch[:half])
        commit(database, batch[half:])
        return
    except exc.SQLAlchemyError as error:
        # Also an answer to COMMIT that never came: it may be stored, but only a proof is answered with 2xx.
        log.warning("webhooks_not_stored", requests=len(batch), error=type(error).__name__)
        for each in batch:
            each.settle(Answer.UNAVAILABLE)
        return
    position = 0
    for each in batch:
        end = position + len(each.arrivals)
        each.settle(told[position:end])
        position = end


class _BadRow(Exception):
    """Some row cannot be stored, now or ever."""


def _twice(database: Database, batch: Sequence[Waiting]) -> list[bool]:
    """A deadlock or a lost connection is tried once more, unless it happened in COMMIT."""
    arrivals = [arrival for each in batch for arrival in each.arrivals]
    for may_repeat in (True, False):
        committing = False
        try:
            with database.begin() as tx:
                told = events.store(tx, arrivals)
                committing = True
        except (UnicodeEncodeError, OverflowError) as error:
            raise _BadRow from error
        except exc.DBAPIError as error:
            if not committing and is_bad_row(error):
                raise _BadRow from error
            if committing or not may_repeat or not _may_pass(error):
                raise
        else:
            return told
    raise AssertionError("unreachable: the second try returns or raises")


def is_bad_row(error: exc.SQLAlchemyError) -> bool:
    """Whether what was to be stored is at fault, not the database."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return isinstance(error, exc.DataError) or (state is not None and state[:2] in DATA_CLASSES)


def _may_pass(error: exc.DBAPIError) -> bool:
    """A deadlock, or a connection that was lost (a restarted server leaves stale ones in the pool)."""
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state is None or state.startswith(("40", "08", "57P"))
