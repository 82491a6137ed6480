import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from rules.appointment import Ref
from store import events, timeline
from store import sync_requests as requests
from store.engine import Database
from store.events import Arrival, Noted
from store.tables import connection_states, sync_requests
from store.tables import events as events_table
from tests.store.given import waiting_for_locks
from tests.until import until

pytestmark = pytest.mark.servers


@pytest.fixture
def database(fresh_postgres_url: str) -> Iterator[Database]:
    database = Database(fresh_postgres_url)
    yield database
    database.dispose()


def arrival(key: str, *refs: str, has_own_id: bool = True, connection: str = "north") -> Arrival:
    return Arrival(
        connection=connection,
        key=key,
        has_own_id=has_own_id,
        kind="changed",
        recognised=True,
        body=b"{}",
        refs=tuple(Ref("appointment", ref) for ref in refs),
    )


def test_a_batch_says_for_each_arrival_in_order_whether_it_was_new(database: Database) -> None:
    with database.begin() as tx:
        events.store(tx, [arrival("b", "b")])
    with database.begin() as tx:
        batch = [
            arrival("c", "3"),
            arrival("b", "2"),
            arrival("a", "1"),
            arrival("c", "3"),
            arrival("d", has_own_id=False),
        ]
        assert events.store(tx, batch) == [True, False, True, False, True]
        assert tx.execute(sa.select(sa.func.count()).select_from(events_table)).scalar() == 4


def test_one_look_serves_a_burst_until_it_has_begun(database: Database) -> None:
    def wanted(start: int) -> tuple[int, int]:
        with database.begin() as tx:
            events.store(tx, [arrival(str(start + n), "7") for n in range(10)])
            row = tx.execute(sa.select(sync_requests)).one()
        assert (row.done_gen, row.notified, row.cause) == (0, True, "webhook")
        return row.wanted_gen, row.claimed_gen

    assert [wanted(0), wanted(10)] == [(1, 0), (1, 0)]
    with database.begin() as tx:
        assert len(requests.claim(tx, "north", limit=5, lease=timedelta(seconds=60))) == 1
    assert [wanted(20), wanted(30)] == [(2, 1), (2, 1)], "a look that has begun may have seen the record as it was"


def test_a_look_that_waits_for_long_is_due_at_the_next_event(database: Database) -> None:
    with database.begin() as tx:
        events.store(tx, [arrival("a", "7")])
        tx.execute(sa.update(sync_requests).values(due_at=sa.func.clock_timestamp() + timedelta(hours=1)))
        events.store(tx, [arrival("b", "7")])
        assert len(requests.claim(tx, "north", limit=5, lease=timedelta(seconds=60))) == 1


def test_a_look_that_waits_learns_what_a_later_event_names(database: Database) -> None:
    newest, starts_at = datetime(2026, 3, 4, 12, 0, 0, 5, tzinfo=UTC), datetime(2026, 5, 6, 7, tzinfo=UTC)
    older = newest - timedelta(days=1)
    for key, version, start in (("a", None, None), ("b", newest, starts_at), ("c", older, None)):
        with database.begin() as tx:
            events.store(tx, [replace(arrival(key, "7"), version=version, starts_at=start)])
    with database.begin() as tx:
        row = tx.execute(sa.select(sync_requests)).one()
    assert (row.wanted_version, row.starts_at_hint) == (newest, starts_at)


def test_two_connections_may_use_the_same_keys(database: Database) -> None:
    with database.begin() as tx:
        assert events.store(tx, [arrival("a", "1"), arrival("a", "1", connection="south")]) == [True, True]
        assert len(tx.execute(sa.select(sync_requests)).all()) == 2


def test_what_came_is_on_the_timeline_of_its_appointment_and_a_duplicate_is_not(database: Database) -> None:
    odd = replace(arrival("b", "7"), kind="<b>Jane</b> wrote")
    for batch in ([arrival("a", "7")], [arrival("a", "7")], [odd]):
        with database.begin() as tx:
            events.store(tx, batch)
    with database.begin() as tx:
        assert [(row.kind, row.facts) for row in timeline.of(tx, "north", "7")] == [
            ("event", {"kind": "changed"}),
            ("event", {"kind": ""}),
        ]


def test_counters_add_up_and_what_was_not_seen_stays(database: Database) -> None:
    for noted in (Noted(arrived=True, skew_seconds=3.5), Noted(rejected=2), Noted(rejected=1)):
        with database.begin() as tx:
            events.note(tx, {"north": noted})
    with database.begin() as tx:
        c = connection_states.c
        row = tx.execute(sa.select(c.last_event_at, c.rejected_webhooks, c.skew_seconds)).one()
    assert row.last_event_at is not None
    assert (row.rejected_webhooks, row.skew_seconds) == (3, 3.5)


def test_case_90_two_receivers_write_the_same_keys_in_another_order_without_deadlock(database: Database) -> None:
    rounds, keys = 40, 30
    problems: list[Exception] = []
    together = threading.Barrier(2)

    def receive(seed: int) -> None:
        order = random.Random(seed)
        for number in range(rounds):
            batch = [arrival(f"{number}-{n}", str(n), has_own_id=n % 2 == 0) for n in order.sample(range(keys), keys)]
            together.wait(30)
            try:
                with database.begin() as tx:
                    events.store(tx, batch)
            except sa.exc.DBAPIError as error:
                problems.append(error)

    threads = [threading.Thread(target=receive, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with database.begin() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(events_table)).scalar() == rounds * keys


def test_case_90_two_receivers_that_meet_half_way_queue_up_behind_each_other(database: Database) -> None:
    """Both wait for a key in the middle: each may hold only what comes before it in the one order."""
    problems: list[Exception] = []

    def receive(*keys: str) -> None:
        try:
            with database.begin() as tx:
                events.store(tx, [arrival(key, key) for key in keys])
        except sa.exc.DBAPIError as error:
            problems.append(error)

    threads = [threading.Thread(target=receive, args=keys) for keys in (("z", "m", "a"), ("a", "m", "z"))]
    with database.engine.connect() as middle:
        events.store(middle, [arrival("m", "elsewhere")])
        for thread in threads:
            thread.start()
        until(lambda: waiting_for_locks(database) == len(threads), 10)
        middle.rollback()
    for thread in threads:
        thread.join(20)
    assert problems == []
