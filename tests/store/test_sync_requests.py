from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from rules.appointment import Ref
from store import events, sync_requests, tables
from store.engine import Database
from store.events import Arrival
from store.sync_requests import Claim
from tests.factories import minutes
from tests.store.given import all_at_once, now, waits_for_a_lock

pytestmark = pytest.mark.servers
LEASE = timedelta(seconds=30)


class Desk:
    """The requests of `north`."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def event(self, key: str, external_id: str = "7", **more: Any) -> None:
        refs = (Ref("appointment", external_id),)
        with self.db.begin() as tx:
            events.store(tx, [Arrival("north", key, True, "changed", True, b"{}", refs, **more)])

    def ask(self, external_id: str = "7", cause: str = "reconcile", **more: Any) -> None:
        with self.db.begin() as tx:
            sync_requests.ask(tx, "north", [Ref("appointment", external_id)], cause, **more)

    def claim(self, limit: int = 50) -> list[Claim]:
        with self.db.begin() as tx:
            return sync_requests.claim(tx, "north", limit=limit, lease=LEASE)

    def one(self) -> Claim:
        [claim] = self.claim()
        return claim

    def finish(self, claim: Claim, *, look_again: bool = False) -> bool:
        with self.db.begin() as tx:
            return sync_requests.finish(tx, claim, look_again=look_again)

    def finish_all(self, claims: list[Claim]) -> set[int]:
        with self.db.begin() as tx:
            sync_requests.hold(tx, claims)
            return sync_requests.finish_all(tx, claims)

    def again(self, claim: Claim, pause: timedelta = timedelta(0), *, counts: bool = True) -> None:
        with self.db.begin() as tx:
            sync_requests.again(tx, claim, pause, "it failed", counts=counts)

    def passes(self, **values: Any) -> None:
        """Time goes on: everything is due, or what is said."""
        with self.db.begin() as tx:
            tx.execute(sa.update(tables.sync_requests).values(**values or {"due_at": now() - minutes(1)}))

    def row(self, external_id: str = "7") -> Any:
        with self.db.begin() as tx:
            return tx.execute(sa.select(tables.sync_requests).filter_by(key=external_id)).one()

    def in_seconds(self, external_id: str = "7") -> float:
        return (self.row(external_id).due_at - now()).total_seconds()


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_a_request_is_leased_to_one_and_comes_back_when_the_lease_ends(desk: Desk) -> None:
    desk.ask()
    assert desk.one().attempts == 1
    assert desk.claim() == []
    desk.passes(lease_until=now() - minutes(1))
    assert desk.one().attempts == 2


def test_many_workers_share_requests_and_none_is_claimed_twice(desk: Desk) -> None:
    for number in range(40):
        desk.ask(str(number))
    claimed = [claim.id for found in all_at_once(5, lambda _: desk.claim(limit=8)) for claim in found]
    assert sorted(claimed) == sorted(set(claimed))
    assert len(claimed) == 40


def test_who_has_lost_the_lease_changes_nothing_any_more(desk: Desk) -> None:
    desk.ask()
    late = desk.one()
    desk.passes(lease_until=now() - minutes(1))
    current = desk.one()
    desk.finish(late)
    desk.again(late, minutes(9))
    assert desk.row().token == current.token
    assert desk.row().done_gen == 0


def test_case_2_two_events_of_one_change_cost_one_fetch(desk: Desk) -> None:
    desk.event("changed")
    desk.event("rescheduled")
    assert desk.finish(desk.one()) is False
    desk.passes()
    assert desk.claim() == []


def test_case_17_an_event_during_the_fetch_is_looked_at_after_it_and_not_before_two_seconds(desk: Desk) -> None:
    desk.event("1")
    claim = desk.one()
    for key in range(20):
        desk.event(f"more {key}")
    assert desk.finish(claim) is True
    assert 1 < desk.in_seconds() <= 2
    desk.passes()
    trailing = desk.one()
    assert desk.finish(trailing) is False


def test_case_17_a_burst_costs_one_fetch_at_once_and_one_after_it(desk: Desk) -> None:
    desk.event("1")
    assert desk.in_seconds() <= 0, "the leading edge"
    desk.finish(desk.one())
    for key in range(50):
        desk.event(f"burst {key}")
    spacing = desk.row().due_at - desk.row().last_fetch_at
    assert timedelta(seconds=2) <= spacing < timedelta(seconds=4), "the trailing edge"
    desk.passes()
    desk.finish(desk.one())
    desk.passes()
    assert desk.claim() == []


def test_case_1_a_duplicate_by_the_vendors_own_id_wants_nothing_more(desk: Desk) -> None:
    desk.event("1")
    desk.finish(desk.one())
    desk.event("1")
    desk.passes()
    assert desk.claim() == []


def test_case_20_a_notified_fetch_without_change_is_repeated_once_after_half_a_minute(desk: Desk) -> None:
    desk.event("1")
    first = desk.one()
    assert (first.notified, first.looked_again) == (True, False)
    assert desk.finish(first, look_again=True) is True
    assert 29 < desk.in_seconds() <= 30
    desk.passes()
    second = desk.one()
    assert (second.notified, second.looked_again) == (True, True)
    assert desk.finish(second) is False
    desk.passes()
    assert desk.claim() == []
    assert desk.row().notified is False


def test_case_20_an_event_before_the_second_look_is_looked_at_soon_and_has_a_second_look_of_its_own(desk: Desk) -> None:
    desk.event("1")
    desk.finish(desk.one(), look_again=True)
    desk.event("2")
    assert desk.in_seconds() <= 2
    desk.passes()
    assert desk.one().looked_again is False


def test_case_20_an_event_during_the_fetch_has_a_second_look_of_its_own(desk: Desk) -> None:
    desk.event("1")
    claim = desk.one()
    desk.event("2")
    assert desk.finish(claim, look_again=True) is True
    assert desk.in_seconds() <= 2
    desk.passes()
    trailing = desk.one()
    assert (trailing.notified, trailing.looked_again) == (True, False)


def test_case_20_the_newest_update_time_that_an_event_names_is_kept_until_it_is_done(desk: Desk) -> None:
    newest = now()
    desk.event("1", version=newest)
    desk.event("2", version=newest - minutes(5))
    claim = desk.one()
    assert claim.wanted_version == newest
    desk.again(claim)
    desk.passes()
    again = desk.one()
    assert again.wanted_version == newest
    desk.finish(again)
    assert desk.row().wanted_version is None


def test_what_is_asked_for_twice_keeps_its_earlier_time_and_its_better_cause(desk: Desk) -> None:
    desk.ask(cause="reconcile", after=minutes(5))
    desk.ask(cause="due_soon")
    assert (desk.in_seconds() <= 0, desk.row().cause) == (True, "due_soon")
    desk.ask(cause="backfill", after=minutes(9))
    assert (desk.in_seconds() <= 0, desk.row().cause) == (True, "due_soon")


def test_what_is_due_soon_comes_before_webhooks_and_those_before_the_rest(desk: Desk) -> None:
    desk.ask("late", cause="backfill")
    desk.ask("scan", cause="reconcile")
    desk.event("1", "event")
    desk.ask("soon", cause="due_soon")
    found = [desk.claim(limit=1)[0].ref.key for _ in range(4)]
    assert found == ["soon", "event", "scan", "late"]


def test_where_to_look_is_remembered(desk: Desk) -> None:
    hint = now() + minutes(90)
    desk.ask(starts_at=hint)
    desk.ask()
    assert desk.one().starts_at_hint == hint


def test_case_71_after_its_second_try_a_request_is_claimed_alone(desk: Desk) -> None:
    for key in ("poison", "a", "b", "c"):
        desk.ask(key)
    for _ in range(2):  # two workers die with all four
        assert len(desk.claim()) == 4
        desk.passes(lease_until=now() - minutes(1), due_at=now() - minutes(1))
    alone = [desk.claim() for _ in range(4)]
    assert [len(claims) for claims in alone] == [1, 1, 1, 1]


def test_case_71_fresh_requests_are_not_held_up_by_a_poisonous_one(desk: Desk) -> None:
    desk.ask("poison")
    for _ in range(2):
        desk.again(desk.one())
    desk.ask("fresh")
    assert [claim.ref.key for claim in desk.claim()] == ["fresh"]
    assert [claim.ref.key for claim in desk.claim()] == ["poison"]


def test_what_was_not_its_fault_is_not_counted_against_a_request(desk: Desk) -> None:
    desk.ask()
    for _ in range(5):
        desk.again(desk.one(), counts=False)
    assert desk.one().attempts == 1


def test_case_71_a_dead_letter_says_why_and_waits_for_an_event_or_an_operator(desk: Desk) -> None:
    desk.ask()
    with desk.db.begin() as tx:
        sync_requests.bury(tx, desk.one(), "record_unseen")
    assert desk.row().dead_reason == "record_unseen"
    desk.passes()
    assert desk.claim() == []
    with desk.db.begin() as tx:
        assert sync_requests.waiting_connections(tx) == []
    desk.event("new")
    assert desk.one().attempts == 1
    assert desk.row().dead_at is None


def test_case_71_a_dead_letter_is_not_woken_by_a_sweep_that_comes_by(desk: Desk) -> None:
    desk.ask()
    with desk.db.begin() as tx:
        sync_requests.bury(tx, desk.one(), "poison")
    desk.ask(cause="reconcile")
    desk.ask(cause="due_soon")
    assert desk.claim() == []
    desk.ask(cause="operator")
    desk.passes()
    assert desk.one().attempts == 1


def test_case_71_an_operators_retry_wakes_dead_letters_once(desk: Desk) -> None:
    desk.ask()
    with desk.db.begin() as tx:
        sync_requests.bury(tx, desk.one(), "poison")
    with desk.db.begin() as tx:
        assert sync_requests.retry_dead(tx, "north") == 1
        assert sync_requests.retry_dead(tx, "north") == 0
    assert desk.one().attempts == 1


def test_case_71_a_dead_letter_with_a_newer_wish_is_dead_until_it_is_woken(desk: Desk) -> None:
    desk.event("1")
    claim = desk.one()
    desk.event("2")
    with desk.db.begin() as tx:
        sync_requests.bury(tx, claim, "poison")
    desk.passes()
    assert desk.claim() == []


def test_case_13_what_waits_is_found_by_the_sweep_whoever_forgot_to_ring(desk: Desk) -> None:
    desk.event("1")
    with desk.db.begin() as tx:
        assert sync_requests.waiting_connections(tx) == ["north"]
    desk.claim()
    with desk.db.begin() as tx:
        assert sync_requests.waiting_connections(tx) == []
    desk.passes(lease_until=now() - minutes(1))
    with desk.db.begin() as tx:
        assert sync_requests.waiting_connections(tx) == ["north"]


def test_a_batch_that_is_finished_and_a_receiver_that_wants_the_same_again_never_deadlock(desk: Desk) -> None:
    """The receiver takes its rows in the order of their keys; whoever finishes several does so too."""
    for key in ("b", "a"):  # the ids are in the other order than the keys
        desk.event(f"first {key}", key)
    claims = desk.claim()
    requests = tables.sync_requests
    with ThreadPoolExecutor(1) as pool:
        with desk.db.begin() as receiver:
            receiver.execute(sa.update(requests).where(requests.c.key == "a").values(looked_again=False))
            finished = pool.submit(desk.finish_all, claims)
            assert waits_for_a_lock(desk.db)
            receiver.execute(sa.update(requests).where(requests.c.key == "b").values(looked_again=False))
        assert finished.result(20) == set()
    assert [desk.row(key).done_gen for key in ("a", "b")] == [1, 1]


def test_what_is_asked_for_together_is_looked_at_in_that_order(desk: Desk) -> None:
    """What is asked for ahead comes earliest first, and a vendor may allow one call a second."""
    keys = ["b", "c", "a", "b"]
    with desk.db.begin() as tx:
        sync_requests.ask(tx, "north", sync_requests.refs(keys), "due_soon")
    desk.event("soon", "d")
    assert [desk.claim(limit=1)[0].ref.key for _ in range(4)] == ["b", "c", "a", "d"]


@pytest.mark.parametrize("names", [("south", "north"), ("north", "south")])
def test_several_are_written_in_the_order_in_which_a_receiver_takes_them(desk: Desk, names: tuple[str, str]) -> None:
    """Asked for in any order, at two connections, and yet neither waits for the other for ever."""
    asked = [(name, Ref("appointment", "7")) for name in names]
    for name, ref in asked:
        with desk.db.begin() as tx:
            sync_requests.ask(tx, name, [ref], "reconcile")

    def ahead() -> None:
        with desk.db.begin() as tx:
            sync_requests.ask_all(tx, asked, "due_soon")

    requests = tables.sync_requests
    with ThreadPoolExecutor(1) as pool:
        with desk.db.begin() as receiver:
            receiver.execute(sa.update(requests).where(requests.c.connection == "north").values(looked_again=False))
            done = pool.submit(ahead)
            assert waits_for_a_lock(desk.db)
            receiver.execute(sa.update(requests).where(requests.c.connection == "south").values(looked_again=False))
        done.result(20)
    with desk.db.begin() as tx:
        assert set(tx.execute(sa.select(requests.c.cause)).scalars()) == {"due_soon"}


def test_case_17_the_two_seconds_count_from_the_beginning_of_a_look(desk: Desk) -> None:
    """What came while a slow one was under way has waited already."""
    desk.event("first")
    claim = desk.one()
    desk.event("second")
    desk.finish(replace(claim, claimed_at=claim.claimed_at - sync_requests.SPACING))
    assert desk.in_seconds() <= 0
