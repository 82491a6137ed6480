"""Leave for one call to a vendor: a place in the window of its credential, and one of the slots of this address."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from outbound.clock import boottime
from rules.errors import NoLeave
from rules.vendors import Budget
from store import budgets
from store.engine import Database

SLOT_PATIENCE = timedelta(seconds=2)
"""How long a call waits for one of "n at a time": those before it take a tenth of a second each."""
SLOT_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Counted:
    """What a call is counted by: the credential's budget, the caller's class, the address that it leaves from."""

    name: str
    budget: Budget
    cause: str
    egress: str
    lease: timedelta
    """Of the slot: longer than the longest call, so that a killed worker's slot comes back by itself."""

    @property
    def slots(self) -> str:
        return f"{self.name.split('/', maxsplit=1)[0]}@{self.egress}"


@contextmanager
def leave(db: Database, call: Counted, *, patience: timedelta = timedelta(0)) -> Iterator[None]:
    """Wait for leave, `patience` at most, and hold it during the call.

    Raises:
        NoLeave: not now; `retry_after` says when.
    """
    token, granted, asked_at = _asked(db, call, patience)
    try:
        yield
    finally:
        outlasted = boottime() - asked_at >= granted.tick_left
        if token is not None or outlasted:
            with suppress(SQLAlchemyError), db.begin() as tx:  # the slot's lease ends by itself; the answer counts more
                if token is not None:
                    budgets.give_back_slot(tx, call.slots, token)
                if outlasted and granted.tick_at is not None:
                    budgets.ended(tx, call.name, call.budget, call.cause, granted.tick_at)


def _asked(db: Database, call: Counted, patience: timedelta) -> tuple[str | None, budgets.Grant, float]:
    """The slot's token, what was granted, and when that was asked: no later than the database granted it."""
    began = boottime()
    while True:
        asked_at = boottime()
        try:
            return *_ask(db, call), asked_at
        except _NoSlot:
            pause, most = SLOT_LOOK_SECONDS, max(patience, SLOT_PATIENCE)
            if boottime() - began + pause > most.total_seconds():
                raise NoLeave("all places at this vendor are taken", retry_after=SLOT_PATIENCE / 4) from None
        except NoLeave as refused:
            pause = refused.retry_after.total_seconds() if refused.retry_after else 0.0
            if boottime() - began + pause > patience.total_seconds():
                raise
        time.sleep(pause)


class _NoSlot(Exception):
    """All of them are taken."""


def _ask(db: Database, call: Counted) -> tuple[str | None, budgets.Grant]:
    """Both or neither: what was taken before a refusal goes back with the transaction."""
    token, granted = None, None
    with db.begin() as tx:
        if call.budget.at_once is not None:
            token = budgets.take_slot(tx, call.slots, call.budget.at_once, call.lease)
            if token is None:
                raise _NoSlot
        granted = budgets.grant(tx, call.name, call.budget, cause=call.cause)
        if not granted.count and token is not None:
            budgets.give_back_slot(tx, call.slots, token)
    if not granted.count:  # after the commit: that it was asked for is counted
        raise NoLeave("the budget of this minute is used up", retry_after=timedelta(seconds=granted.wait_seconds))
    return token, granted
