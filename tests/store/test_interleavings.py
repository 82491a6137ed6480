"""Whatever commits between any two statements of a fence: no text leaves whose end was committed before the fence was.

For every statement of an undisturbed pass another transaction is started just before it, and the fence goes on once
that one has ended or waits for a lock of ours. Both fences, the one for a single promise and the one for many.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa

from rules.appointment import Contact
from rules.statuses import Standing, Status
from store import fences, tables
from store.engine import Database
from store.fence import Claimed
from store.fences import Alone, Candidate
from tests.factories import days, minutes
from tests.store.given import LEASE, North, Other, now, passes, waiting_for_locks
from tests.until import until

pytestmark = pytest.mark.servers


@dataclass
class Guest:
    """One appointment with a person of its own, due, and what becomes of it meanwhile."""

    north: North
    number: int

    def __post_init__(self) -> None:
        self.person = Contact(f"p{self.number}", "Ada", "", f"+4477009{self.number:05}")
        self.found = self.north.books(external_id=f"app_{self.number}", people=(self.person,))
        self.promise_id = self.north.promises[-1].id

    def cancels(self) -> None:
        self.north.answers(replace(self.found, standing=Standing(Status.CANCELLED)))

    def moves(self) -> None:
        self.north.answers(replace(self.found, starts_at=self.found.starts_at + days(2)))

    def stops(self) -> None:
        self.north.hears("STOP", self.person, sender_id=f"SM{self.number}")

    def vanishes(self) -> None:
        """Doubted for a minute, and now gone."""
        external_id = self.found.external_id
        self.north.lacks(external_id)
        table = tables.appointments
        self.north.alters(table, table.c.external_id == external_id, doubtful_at=now() - minutes(2))
        self.north.lacks(external_id)


def one(tx: sa.Connection, guest: Guest) -> Any:
    return passes(tx, guest.promise_id)


def together(tx: sa.Connection, guest: Guest) -> Any:
    wanted = Candidate(guest.promise_id, guest.north.facts, lambda said: f"{said.first_name} {said.starts_at}")
    return fences.pass_fences(tx, [wanted], LEASE).get(guest.promise_id)


@contextmanager
def just_before(db: Database, statement: int, act: Callable[[], None]) -> Iterator[None]:
    """Call it in this thread just before that statement of this thread; statements of `act` itself do not count."""
    mine, seen, busy = threading.get_ident(), [0], [False]

    def look(*_: Any) -> None:
        if threading.get_ident() != mine or busy[0]:
            return
        if seen[0] == statement:
            busy[0] = True
            act()
            busy[0] = False
        seen[0] += 1

    sa.event.listen(db.engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", look)


def statements(db: Database, work: Callable[[], Any]) -> int:
    """How many there are in an undisturbed pass."""
    mine, count = threading.get_ident(), [0]

    def look(*_: Any) -> None:
        count[0] += threading.get_ident() == mine

    sa.event.listen(db.engine, "before_cursor_execute", look)
    work()
    sa.event.remove(db.engine, "before_cursor_execute", look)
    return count[0]


def committed(guest: Guest, fence: Callable[..., Any]) -> Any:
    with guest.north.db.begin() as tx:
        return fence(tx, guest)


def disturbed(guest: Guest, fence: Callable[..., Any], what: str, statement: int | None) -> tuple[Any, bool, Other]:
    """A pass with something else at that statement; None: after the last one, before the commit.

    Returns what the fence said, whether the other had committed before it, and the other.
    """
    db, others = guest.north.db, []

    def start() -> None:
        others.append(Other(getattr(guest, what)))
        until(lambda: not others[0].is_alive() or waiting_for_locks(db) > 0, 10)

    with db.begin() as tx:
        if statement is None:
            said = fence(tx, guest)
            start()
        else:
            with just_before(db, statement, start):
                said = fence(tx, guest)
        [other] = others
        was_first = not other.is_alive()
    return said, was_first, other


@pytest.mark.parametrize("what", ["cancels", "moves", "stops", "vanishes"])
@pytest.mark.parametrize("fence", [one, together])
def test_case_43_whatever_commits_before_the_fence_keeps_the_text_from_leaving(
    north: North, fence: Callable[..., Any], what: str
) -> None:
    first = Guest(north, 0)
    committed(first, fence)  # its config is read now, and remembered
    undisturbed = Guest(north, 1)
    said = []
    count = statements(north.db, lambda: said.append(committed(undisturbed, fence)))
    assert isinstance(said[0], Claimed)
    orders = set()
    for number, statement in enumerate([*range(count), None], start=2):
        guest = Guest(north, number)
        said, was_first, other = disturbed(guest, fence, what, statement)
        other.ends()
        orders.add((isinstance(said, Claimed), was_first))
        attempts = [row for row in north.attempts if row.promise_id == guest.promise_id]
        assert len(attempts) == isinstance(said, Claimed)
        assert not (was_first and isinstance(said, Claimed)), f"a text left after {what} had been committed"
        if isinstance(said, Alone):
            assert not isinstance(committed(guest, one), Claimed)
    assert {sent for sent, _ in orders} == {True, False}, "both orders were met"
