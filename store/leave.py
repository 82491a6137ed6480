"""Leave for one call to a vendor: a place in the window of its credential, and one of the slots of this address."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection
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


@dataclass(slots=True)
class Hand:
    """Leave for one call, granted in the transaction that claimed what the call is for.

    Only what may be called now is claimed then, and whoever may not call learns it from one short transaction.
    """

    call: Counted
    granted: budgets.Grant
    asked_at: float
    """`boottime()`, no later than the database granted it."""
    is_open: bool = True

    def put_back(self, tx: Connection) -> None:
        """It led to no call."""
        if self.is_open and self.granted.tick_at is not None:
            budgets.give_back(tx, self.call.name, self.call.cause, self.granted.tick_at)
        self.is_open = False


@contextmanager
def leave(
    db: Database, call: Counted, *, patience: timedelta = timedelta(0), hand: Hand | None = None
) -> Iterator[None]:
    """Wait for leave, `patience` at most, and hold it during the call. What is in hand is used first.

    Raises:
        NoLeave: not now; `retry_after` says when.
    """
    taken = hand if hand is not None and hand.is_open and hand.call.name == call.name else None
    token, granted, asked_at = _asked(db, call, patience, taken)
    cause = call.cause if taken is None else taken.call.cause
    try:
        yield
    finally:
        answered_at = boottime()
        outlasted = answered_at - asked_at >= granted.tick_left
        if token is not None or outlasted:
            with suppress(SQLAlchemyError), db.begin() as tx:  # the slot's lease ends by itself; the answer counts more
                if token is not None:
                    budgets.give_back_slot(tx, call.slots, token)
                if outlasted and granted.tick_at is not None:
                    ago = boottime() - answered_at
                    budgets.ended(tx, call.name, call.budget, cause, granted.tick_at, ago_seconds=ago)


def _asked(
    db: Database, call: Counted, patience: timedelta, hand: Hand | None
) -> tuple[str | None, budgets.Grant, float]:
    """The slot's token, what was granted, and when that was asked: no later than the database granted it."""
    began = boottime()
    while True:
        asked_at = boottime() if hand is None else hand.asked_at
        try:
            return *_ask(db, call, hand), asked_at
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


def _ask(db: Database, call: Counted, hand: Hand | None) -> tuple[str | None, budgets.Grant]:
    """Both or neither: what was taken before a refusal goes back with the transaction."""
    token, granted = None, None
    if hand is not None and call.budget.at_once is None:
        hand.is_open = False
        return None, hand.granted
    with db.begin() as tx:
        if call.budget.at_once is not None:
            token = budgets.take_slot(tx, call.slots, call.budget.at_once, call.lease)
            if token is None:
                raise _NoSlot
        granted = budgets.grant(tx, call.name, call.budget, cause=call.cause) if hand is None else hand.granted
        if not granted.count and token is not None:
            budgets.give_back_slot(tx, call.slots, token)
    if not granted.count:  # after the commit: that it was asked for is counted
        raise NoLeave("the budget of this minute is used up", retry_after=timedelta(seconds=granted.wait_seconds))
    if hand is not None:
        hand.is_open = False
    return token, granted
