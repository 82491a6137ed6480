from datetime import timedelta

import pytest
import sqlalchemy as sa

from rules.vendors import Budget
from store import budgets, tables
from store.engine import Database
from tests.factories import minutes
from tests.store.given import all_at_once, now

pytestmark = pytest.mark.servers
SIXTY = Budget(calls=60, per=timedelta(seconds=60))
ALLOWED = int(SIXTY.calls * budgets.SHARE)


def takes(db: Database, wanted: int = 1, name: str = "caspen/1", budget: Budget = SIXTY) -> tuple[int, float]:
    with db.begin() as tx:
        return budgets.take(tx, name, budget, wanted)


def takes_slot(db: Database, count: int = 4, lease: timedelta = timedelta(minutes=1)) -> str | None:
    with db.begin() as tx:
        return budgets.take_slot(tx, "pexip@default", count, lease)


def test_several_threads_never_take_more_than_is_allowed_together(database: Database) -> None:
    def greedy(_: int) -> int:
        return sum(takes(database)[0] for _ in range(20))

    assert sum(all_at_once(6, greedy)) == ALLOWED
    granted, wait = takes(database)
    assert granted == 0
    assert 0 < wait <= 62


def test_many_at_once_are_cut_to_what_is_left(database: Database) -> None:
    assert takes(database, 50)[0] == 50
    assert takes(database, 50)[0] == ALLOWED - 50


def test_a_use_counts_for_a_whole_window_and_not_for_longer(database: Database) -> None:
    takes(database, ALLOWED)
    for age, left in ((timedelta(seconds=58), 0), (timedelta(seconds=63), ALLOWED)):
        with database.begin() as tx:
            uses = tables.budget_uses
            tx.execute(sa.update(uses).where(uses.c.used == ALLOWED).values(tick_at=now() - age))
        assert takes(database, ALLOWED)[0] == left


def test_credentials_do_not_take_from_one_another(database: Database) -> None:
    takes(database, ALLOWED)
    assert takes(database, name="caspen/2")[0] == 1


def test_case_18_a_pause_stops_everybody_until_its_end_and_a_shorter_one_does_not_end_it(database: Database) -> None:
    for length in (minutes(2), minutes(1)):
        with database.begin() as tx:
            budgets.pause(tx, "caspen/1", length)
    granted, wait = takes(database)
    assert granted == 0
    assert 110 < wait <= 120


def test_no_more_slots_are_held_at_once_than_there_are(database: Database) -> None:
    tokens = all_at_once(10, lambda _: takes_slot(database))
    held = [token for token in tokens if token is not None]
    assert 1 <= len(held) <= 4
    assert len(set(held)) == len(held)
    with database.begin() as tx:
        budgets.give_back_slot(tx, "pexip@default", held[0])
    assert takes_slot(database) is not None


def test_a_slot_comes_back_by_itself_from_a_worker_that_was_killed_and_not_by_a_strangers_token(
    database: Database,
) -> None:
    token = takes_slot(database, 1)
    assert token is not None
    assert takes_slot(database, 1) is None
    with database.begin() as tx:
        budgets.give_back_slot(tx, "pexip@default", "00000000-0000-4000-8000-000000000000")
    assert takes_slot(database, 1) is None
    with database.begin() as tx:
        tx.execute(sa.update(tables.slots).values(lease_until=now() - minutes(1)))
    second = takes_slot(database, 1)
    assert second is not None
    with database.begin() as tx:
        budgets.give_back_slot(tx, "pexip@default", token)
    assert takes_slot(database, 1) is None, "the killed worker's token is worth nothing any more"
