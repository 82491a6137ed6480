"""Answers are written and texts fenced in one transaction; where that fails, nothing that has left goes unwritten."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from rules.senders import Accepted, Outcome, Text
from store import tables
from tests.factories import days
from tests.steps.given import Clinic, Scripted, now
from tests.until import until
from workers.desk import FRESH_SECONDS

pytestmark = pytest.mark.servers

Make = Callable[..., Clinic]
PHONES = [f"+1312555{number:04}" for number in range(3)]


def three_are_due(clinic: Make) -> Clinic:
    north = clinic("pexip")
    for phone in PHONES:
        north.hears(north.books(phone=phone))
    north.syncs()
    north.alters(tables.appointments, known_from=now() - days(7))
    north.wants("", kind="plan")
    north.syncs()
    assert len(north.rows(tables.promises, state="planned")) >= len(PHONES)
    return north


@contextmanager
def altered(north: Clinic, before: str, after: str) -> Iterator[None]:
    with north.db.begin() as tx:
        tx.execute(sa.text(before))
    try:
        yield
    finally:
        with north.db.begin() as tx:
            tx.execute(sa.text(after))


def test_an_answer_that_the_database_refuses_holds_up_no_other_and_is_said(clinic: Make) -> None:
    north = three_are_due(clinic)
    check = f"ADD CONSTRAINT a_test CHECK (state <> 'accepted' OR to_number <> '{PHONES[1]}') NOT VALID"
    with altered(north, f"ALTER TABLE attempts {check}", "ALTER TABLE attempts DROP CONSTRAINT a_test"):
        with pytest.raises(IntegrityError):
            north.sends()
        north.sends()
    assert [len(north.texts(phone)) for phone in PHONES] == [1, 1, 1]
    states = {row.to_number: row.state for row in north.rows(tables.attempts)}
    assert states == {PHONES[0]: "accepted", PHONES[1]: "sending", PHONES[2]: "accepted"}


@dataclass
class Meanwhile(Scripted):
    """Something happens while a text is on its way."""

    act: Callable[[], None] = lambda: None

    def send(self, text: Text, *, send_by: float, timeout_seconds: float) -> Outcome:  # noqa: ARG002 - the contract
        self.act()
        return Accepted(f"SM-{text.reference}", 1)


def test_what_was_taken_is_written_although_no_further_text_can_be_looked_for(clinic: Make) -> None:
    north = three_are_due(clinic)
    began = time.monotonic()

    def lose_the_budgets() -> None:
        until(lambda: time.monotonic() - began > 2 * FRESH_SECONDS, 5)  # the next turn looks again
        with north.db.begin() as tx:
            tx.execute(sa.text("ALTER TABLE budgets RENAME TO budgets_away"))

    north.sender = Meanwhile([], act=lose_the_budgets)
    with altered(north, "SELECT 1", "ALTER TABLE budgets_away RENAME TO budgets"):
        north.sends()
    assert [row.state for row in north.rows(tables.attempts)] == ["accepted"]
