"""What the writer does when the database is slow, away, or refuses one row of a batch."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import Connection

from rules.appointment import Ref
from runtime.settings import Settings
from store import migrate
from store.engine import Database
from store.events import Arrival
from store.tables import events
from tests.web.given import Rung, settings_with, standard, until
from web.app import create_app
from web.commit import Answer, commit
from web.writer import Entry, Writer

pytestmark = pytest.mark.servers

Count = Callable[[str], int]


def arrival(key: str, ref: str = "1") -> Arrival:
    return Arrival("north", key, True, "changed", True, b"{}", (Ref("appointment", ref),))


def never() -> None:
    raise AssertionError("the writer ended its process")


@pytest.fixture
def writer(database: Database) -> Writer:
    return Writer(database, never)


@pytest.fixture
def held(database: Database) -> Iterator[Connection]:
    """A transaction that keeps every other one from writing to `events`."""
    with database.engine.connect() as connection:
        connection.execute(sa.text("LOCK TABLE events IN EXCLUSIVE MODE"))
        yield connection


def in_thread(call: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()
    return thread, results


def test_what_queues_up_while_a_batch_is_in_flight_goes_into_one_transaction(
    writer: Writer, database: Database, held: Connection
) -> None:
    first, results = in_thread(lambda: writer.store([arrival("first")], 10))
    until(lambda: writer._in_flight_for() > 0)
    waiting = [in_thread(lambda n=n: writer.store([arrival(f"w{n}")], 10)) for n in range(5)]
    until(lambda: writer._queue.qsize() == 5)
    held.rollback()
    for thread, _ in [(first, results), *waiting]:
        thread.join()
    assert results == [[True]]
    assert [result for _, result in waiting] == [[[True]]] * 5
    with database.begin() as tx:
        # xmin is the transaction that wrote a row
        writers = tx.execute(
            sa.text("SELECT key <> 'first' AS later, count(DISTINCT xmin::text) FROM events GROUP BY 1")
        )
        assert dict(writers.all()) == {False: 1, True: 1}


def test_while_a_batch_is_stuck_new_requests_are_refused_at_once_and_readiness_says_why(
    writer: Writer, held: Connection
) -> None:
    stuck, results = in_thread(lambda: writer.store([arrival("stuck")], 10))
    until(lambda: writer._in_flight_for() > 0.5)
    began = time.monotonic()
    assert writer.store([arrival("next")], 10) is Answer.UNAVAILABLE
    assert time.monotonic() - began < 0.2
    assert "stuck" in writer.trouble()
    stuck.join()
    assert results == [Answer.UNAVAILABLE], "a sender was left without an answer for a second"


def test_an_entry_whose_sender_has_left_is_not_stored(
    writer: Writer, database: Database, held: Connection, count: Count
) -> None:
    first, _ = in_thread(lambda: writer.store([arrival("first")], 10))
    until(lambda: writer._in_flight_for() > 0)
    left = Entry([arrival("left")], 10)
    left.wait(0)
    writer._queue.put(left)
    held.rollback()
    first.join()
    assert writer.store([arrival("last")], 10) == [True]
    with database.begin() as tx:
        assert set(tx.execute(sa.select(events.c.key)).scalars()) == {"first", "last"}


def test_the_queue_is_bounded_by_bytes(writer: Writer, held: Connection) -> None:
    first, _ = in_thread(lambda: writer.store([arrival("first")], 10))
    until(lambda: writer._in_flight_for() > 0)
    assert writer.store([arrival("huge")], 17 * 1024 * 1024) is Answer.UNAVAILABLE
    held.rollback()
    first.join()


@pytest.mark.parametrize("ref", ["nul \0", "surrogate \ud800"])
def test_case_90_one_bad_row_fails_alone(database: Database, count: Count, ref: str) -> None:
    batch = [Entry([arrival(f"k{n}", ref if n == 3 else str(n))], 10) for n in range(8)]
    commit(database, batch)
    results = [entry.wait(0) for entry in batch]
    assert results == [Answer.UNSTORABLE if n == 3 else [True] for n in range(8)]
    assert count("events") == 7


def test_case_90_an_id_that_no_index_can_hold_fails_alone(database: Database, count: Count) -> None:
    noise = "".join(chr(0x4E00 + (n * 7919) % 20000) for n in range(3000))  # too long, and nothing to compress
    batch = [Entry([arrival(f"k{n}", noise if n == 0 else "1")], 10) for n in range(3)]
    commit(database, batch)
    assert [entry.wait(0) for entry in batch] == [Answer.UNSTORABLE, [True], [True]]


@pytest.fixture
def own(fresh_postgres_url: str) -> Iterator[Database]:
    """A database whose sessions may be ended: in the shared one they may be idle lines of other tests."""
    found = Database(fresh_postgres_url, size=2)
    yield found
    found.dispose()


def end_other_sessions(url: str) -> None:
    other = Database(url, size=1)
    with other.begin() as tx:
        sessions = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        tx.execute(sa.text(f"SELECT pg_terminate_backend(pid, 5000) {sessions}"))
    other.dispose()


def test_a_lost_connection_is_tried_once_more(own: Database, fresh_postgres_url: str) -> None:
    writer = Writer(own, never)
    assert writer.store([arrival("before")], 10) == [True]
    end_other_sessions(fresh_postgres_url)
    assert writer.store([arrival("after")], 10) == [True]


def test_an_ambiguous_commit_is_never_a_success(own: Database, fresh_postgres_url: str) -> None:
    """The connection is lost in COMMIT: whether the rows are there is not known, so the sender must repeat."""
    lost: list[Connection] = []

    def lose(connection: Connection) -> None:
        if not lost:
            lost.append(connection)
            end_other_sessions(fresh_postgres_url)

    sa.event.listen(own.engine, "commit", lose)
    try:
        entry = Entry([arrival("a")], 10)
        commit(own, [entry])
    finally:
        sa.event.remove(own.engine, "commit", lose)
    assert entry.wait(0) is Answer.UNAVAILABLE


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_ends_refuses_fails_readiness_and_ends_the_process(database: Database) -> None:
    ended = threading.Event()
    writer = Writer(database, ended.set)
    broken = Entry([object()], 10)  # type: ignore[list-item]  # a bug of ours, not a failure of the database
    writer._thread.ensure()
    writer._queue.put(broken)
    assert ended.wait(5)
    assert writer.trouble() == "the writer has ended"
    assert writer.store([arrival("late")], 10) is Answer.UNAVAILABLE


@pytest.fixture
def away() -> Settings:
    return settings_with("postgresql+psycopg://nobody@127.0.0.1:9/nothing")


@pytest.fixture
def hanging() -> Iterator[Settings]:
    """A database that takes the connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        yield settings_with(f"postgresql+psycopg://nobody@127.0.0.1:{port}/nothing")


@pytest.mark.parametrize("which", ["away", "hanging"])
def test_case_12_without_a_database_a_sender_is_told_to_come_back_within_a_second(
    which: str, request: pytest.FixtureRequest
) -> None:
    rung = Rung()
    app = create_app(request.getfixturevalue(which), doorbell=rung, on_death=never)
    client = app.test_client()
    for number in range(3):
        began = time.monotonic()
        answer = client.post("/hooks/north", **standard(message_id=f"msg_{number}"))
        assert time.monotonic() - began < 1
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
    assert rung.rings == []
    began = time.monotonic()
    assert client.get("/health/ready").status_code == 503
    assert time.monotonic() - began < 1.5
    assert client.get("/health/live").status_code == 200
    app.extensions["punctual"].tallies.close()


def test_a_ready_receiver_says_so_and_a_newer_schema_is_refused(client: FlaskClient, database: Database) -> None:
    assert client.get("/health/ready").status_code == 200
    with database.begin() as tx:
        known = tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999_from_tomorrow' RETURNING 1")).all()
    try:
        answer = client.get("/health/ready")
        assert known
        assert answer.status_code == 503
        assert "newer" in answer.get_json()["message"]
    finally:
        with database.begin() as tx:
            tx.execute(sa.text("UPDATE alembic_version SET version_num = :head"), {"head": migrate.head()})
