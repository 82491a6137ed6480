from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from store import connections, tables
from store.engine import Database
from tests.factories import days, hours, minutes
from tests.store.given import all_at_once, now

pytestmark = pytest.mark.servers


class States:
    """What is stored of `north`."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def declare(self, mode: str) -> Any:
        with self.db.begin() as tx:
            connections.declare(tx, {"north": mode})
        return self.row

    def confirm(self, mode: str, file_mode: str) -> Any:
        with self.db.begin() as tx:
            connections.confirm(tx, "north", mode, file_mode)
        return self.row

    def pause(self, reason: str, length: timedelta | None, **how: bool) -> bool:
        with self.db.begin() as tx:
            return connections.pause(tx, "north", reason, length, **how)

    def alters(self, **values: Any) -> None:
        with self.db.begin() as tx:
            tx.execute(sa.update(tables.connection_states).values(**values))

    def answered(self) -> int:
        with self.db.begin() as tx:
            return connections.answered(tx, "north")

    @property
    def row(self) -> Any:
        with self.db.begin() as tx:
            return connections.get(tx, "north")

    @property
    def is_paused(self) -> bool:
        with self.db.begin() as tx:
            return connections.is_paused(tx, "north")


@pytest.fixture
def states(database: Database) -> States:
    found = States(database)
    found.declare("live")
    return found


def test_case_75_a_connection_starts_in_observe_whatever_the_file_says(states: States) -> None:
    assert (states.row.mode, states.row.live_since) == ("observe", None)


@pytest.mark.parametrize(
    ("file_mode", "confirmed", "in_force"),
    [
        ("observe", "live", "observe"),
        ("trial", "live", "trial"),
        ("live", "trial", "trial"),
        ("live", "live", "live"),
        ("live", "observe", "observe"),
    ],
)
def test_case_75_the_more_cautious_of_file_and_person_counts(states, file_mode, confirmed, in_force) -> None:
    assert states.confirm(confirmed, file_mode).mode == in_force
    assert states.declare(file_mode).mode == in_force


def test_case_74_live_since_is_the_moment_somebody_said_so_and_stays(states: States) -> None:
    since = states.confirm("live", "live").live_since
    assert now() - since < minutes(1)
    assert states.confirm("live", "live").live_since == since
    assert states.declare("live").live_since == since


def test_case_74_from_trial_to_live_nothing_is_owed_anew(states: States) -> None:
    since = states.confirm("trial", "live").live_since
    assert states.confirm("live", "live").live_since == since


def test_case_74_a_file_that_lets_go_later_makes_nothing_owed_from_before(states: States) -> None:
    states.confirm("live", "observe")
    assert states.declare("observe").live_since is None
    live = states.declare("live")
    assert live.mode == "live"
    assert live.live_since is not None


def test_case_74_back_from_observe_nothing_is_owed_from_the_time_in_it(states: States) -> None:
    states.confirm("live", "live")
    states.alters(live_since=now() - days(9))
    states.declare("observe")
    assert now() - states.declare("live").live_since < minutes(1)


def test_a_pause_ends_by_itself_or_by_resume(states: States) -> None:
    states.pause("the vendor does not answer", minutes(1))
    assert states.is_paused
    states.alters(paused_until=now() - minutes(1))
    assert not states.is_paused
    states.pause("needs a person", None)
    assert states.row.paused_until - now() > days(3650)
    with states.db.begin() as tx:
        connections.resume(tx, "north")
    assert (states.is_paused, states.row.paused_reason) == (False, "")


def test_a_pause_for_something_else_is_told_though_another_runs(states: States) -> None:
    assert states.pause("the vendor does not answer", minutes(1)) is True
    assert states.pause("credentials rejected", None) is True
    assert states.pause("credentials rejected", None) is False


def test_the_longer_pause_is_the_one_that_counts_and_says_why(states: States) -> None:
    states.pause("credentials rejected", None)
    states.pause("the vendor does not answer", minutes(1))
    assert states.row.paused_reason == "credentials rejected"
    assert states.row.paused_until - now() > days(3650)


def test_texts_that_were_held_by_a_pause_that_has_ended_are_not_held_by_an_outage(states: States) -> None:
    states.pause("by an operator", hours(1), sends=True)
    states.pause("the vendor does not answer", minutes(1))
    assert states.row.sends_paused is True
    states.alters(paused_until=now() - minutes(1))
    states.pause("the vendor does not answer", minutes(1))
    assert states.row.sends_paused is False


def test_case_19_only_failures_of_the_vendor_count_towards_an_outage(states: States) -> None:
    states.pause("by an operator", None, sends=True)
    assert states.row.failures == 0
    for count in (1, 2, 3):
        states.pause("the vendor does not answer", minutes(1), failed=True)
        assert states.row.failures == count
    assert states.answered() == 3
    assert states.answered() == 0
    assert states.row.last_answer_at is not None


def test_many_workers_that_fail_at_once_are_each_counted_once(states: States) -> None:
    all_at_once(6, lambda _: states.pause("the vendor does not answer", minutes(1), failed=True))
    assert states.row.failures == 6
