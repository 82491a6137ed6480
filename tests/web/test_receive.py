import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from runtime.doorbell import Doorbell
from runtime.observe.counters import registry
from store import inbox
from store import sync_requests as sync_requests_store
from store.engine import Database
from store.tables import connection_states, events, sync_requests
from tests.web.given import OLD_SECRET, MakeApp, Rung, signed, standard, until, with_hmac
from web.bodies import MOST_BYTES

pytestmark = pytest.mark.servers

Count = Callable[[str], int]


def wanted(database: Database) -> dict[tuple[str, str, str], int]:
    with database.begin() as tx:
        rows = tx.execute(sa.select(sync_requests))
        return {(row.connection, row.kind, row.key): row.wanted_gen for row in rows}


def state(database: Database, connection: str) -> sa.Row | None:
    with database.begin() as tx:
        c = connection_states.c
        query = sa.select(c.last_event_at, c.rejected_webhooks, c.skew_seconds).where(c.connection == connection)
        return tx.execute(query).one_or_none()


def test_a_signed_webhook_is_stored_and_wanted(client: FlaskClient, database: Database, rung: Rung) -> None:
    answer = client.post("/hooks/north", **standard("app_7"))
    assert answer.status_code == 202
    assert answer.json == {"accepted": 1, "duplicates": 0}
    assert wanted(database) == {("north", "appointment", "app_7"): 1}
    with database.begin() as tx:
        row = tx.execute(sa.select(events)).one()
    assert (row.kind, row.recognised) == ("appointment.updated", True)
    assert b"app_7" in row.body
    until(lambda: rung.rings == [("appointments.sync", ("north",))])


def test_case_01_the_same_webhook_twice_is_one_row_and_changes_nothing(
    client: FlaskClient, database: Database, count: Count
) -> None:
    client.post("/hooks/north", **standard())
    with database.begin() as tx:  # it was looked at: another look would be a wish of its own
        tx.execute(sa.update(sync_requests).values(claimed_gen=1, done_gen=1))
    answer = client.post("/hooks/north", **standard())
    assert answer.status_code == 202
    assert answer.json == {"accepted": 0, "duplicates": 1}
    assert count("events") == 1
    assert wanted(database) == {("north", "appointment", "app_1"): 1}


def test_case_01_two_receivers_store_one_webhook_once_when_it_comes_to_both_at_once(
    make_app: MakeApp, count: Count
) -> None:
    clients = [make_app(Rung()).test_client() for _ in range(2)]
    for number in range(10):
        call, together = standard(message_id=f"msg_{number}"), threading.Barrier(2)

        def post(client: FlaskClient, call: dict[str, Any] = call, together: threading.Barrier = together) -> int:
            together.wait(10)
            answer = client.post("/hooks/north", **call)
            assert answer.status_code == 202
            return int(answer.get_json()["accepted"])

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(post, clients)) == [0, 1]
    assert count("events") == 10


def test_case_03_an_equal_body_without_an_id_is_stored_once_but_asks_again(
    client: FlaskClient, database: Database, count: Count
) -> None:
    thin, other = (f'{{"type": "appointment.changed", "data": {{"id": "{key}"}}}}' for key in ("42", "43"))

    def post(*bodies: str) -> None:
        for each in bodies:
            assert client.post("/hooks/south", **with_hmac(each.encode())).status_code == 202

    post(thin)
    with database.begin() as tx:  # the look has begun: it may have seen the record before the change
        assert len(sync_requests_store.claim(tx, "south", limit=5, lease=timedelta(seconds=60))) == 1
    post(thin, other)
    assert count("events") == 2
    assert wanted(database) == {("south", "appointment", "42"): 2, ("south", "appointment", "43"): 1}
    with database.begin() as tx:
        assert max(tx.execute(sa.select(events.c.copies)).scalars()) == 2


def test_case_04_an_older_event_after_a_newer_one_keeps_the_newer_version_wanted(
    client: FlaskClient, database: Database
) -> None:
    for version in ("2026-03-02T10:00:00Z", "2026-03-01T10:00:00Z"):
        appointment = {"id": "42", "updatedAt": version}
        body = json.dumps({"id": version, "entity": "Appointment", "data": {"appointment": appointment}})
        assert client.post("/hooks/east", **with_hmac(body.encode())).status_code == 202
    with database.begin() as tx:
        assert tx.execute(sa.select(sync_requests.c.wanted_version)).scalar_one() == datetime(
            2026, 3, 2, 10, tzinfo=UTC
        )


def test_case_09_a_forged_webhook_is_refused_stored_nowhere_and_counted(
    client: FlaskClient, database: Database, count: Count
) -> None:
    forged = standard()
    forged["data"] = forged["data"].replace(b"app_1", b"app_2")
    assert client.post("/hooks/north", **forged).status_code == 401
    assert client.post("/hooks/north", data=forged["data"]).status_code == 401
    assert client.post("/hooks/secretless", **standard()).status_code == 401
    assert count("events") == 0
    assert count("sync_requests") == 0
    until(lambda: (row := state(database, "north")) is not None and row.rejected_webhooks == 2)
    until(lambda: (row := state(database, "secretless")) is not None and row.rejected_webhooks == 1)


@pytest.mark.parametrize(("minutes", "status"), [(-6, 401), (-4, 202), (0, 202), (4, 202), (6, 401)])
def test_case_10_five_minutes_of_clock_skew_either_way_are_taken(
    client: FlaskClient, minutes: int, status: int
) -> None:
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    assert client.post("/hooks/north", **standard(at=at)).status_code == status


def test_case_10_the_skew_that_was_seen_is_kept_before_and_after_the_first_rejection(
    client: FlaskClient, database: Database
) -> None:
    def seen(seconds: int) -> bool:
        row = state(database, "north")
        return row is not None and abs((row.skew_seconds or 0) - seconds) < 5

    client.post("/hooks/north", **standard(at=datetime.now(UTC) + timedelta(minutes=4)))
    until(lambda: seen(240))
    client.post("/hooks/north", **standard(at=datetime.now(UTC) + timedelta(minutes=6)))
    until(lambda: seen(360))


def test_case_10_staff_are_warned_before_the_first_rejection_and_told_no_more_when_it_is_over(
    client: FlaskClient, database: Database
) -> None:
    def warned() -> bool:
        with database.begin() as tx:
            return [item.kind for item in inbox.open_items(tx, "north")] == ["clock_skew"]

    late = datetime.now(UTC) - timedelta(minutes=3)
    assert client.post("/hooks/north", **standard(at=late)).status_code == 202
    until(warned)
    client.post("/hooks/north", **standard(message_id="msg_2"))
    until(lambda: not warned())


def test_case_11_the_old_secret_still_proves_and_is_counted_apart(client: FlaskClient) -> None:
    def counted(which: str) -> float:
        return registry.get_sample_value("punctual_webhook_secret_total", {"connection": "north", "which": which}) or 0

    new, old = counted("0"), counted("1")
    assert client.post("/hooks/north", **standard(secret=OLD_SECRET)).status_code == 202
    assert (counted("0"), counted("1")) == (new, old + 1)
    assert 'punctual_webhook_secret_total{connection="north",which="1"}' in client.get("/metrics").text


@pytest.fixture(params=["refuses", "hangs"])
def lost_broker(request: pytest.FixtureRequest) -> Iterator[Doorbell]:
    """The real doorbell, to a broker that is away or that takes the connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1] if request.param == "hangs" else 9
        doorbell = Doorbell(f"redis://127.0.0.1:{port}/0")
        yield doorbell
        doorbell.close(0.1)


def test_case_12_a_broker_that_is_away_or_hangs_delays_no_answer(
    make_app: MakeApp, lost_broker: Doorbell, count: Count
) -> None:
    client = make_app(lost_broker).test_client()
    for number in range(3):
        began = time.monotonic()
        assert client.post("/hooks/north", **standard(message_id=f"msg_{number}")).status_code == 202
        assert time.monotonic() - began < 0.5
    assert count("events") == 3


def test_case_13_what_was_answered_waits_in_a_row_although_nobody_rang(
    make_app: MakeApp, lost_broker: Doorbell, database: Database
) -> None:
    make_app(lost_broker).test_client().post("/hooks/north", **standard())
    with database.begin() as tx:
        assert sync_requests_store.waiting_connections(tx) == ["north"]


def test_a_duplicate_rings_too(client: FlaskClient, rung: Rung) -> None:
    client.post("/hooks/north", **standard())
    until(lambda: len(rung.rings) == 1)
    client.post("/hooks/north", **standard())
    until(lambda: len(rung.rings) == 2)


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"{}", b"\xff\xfe", b'{"type": "weather.changed"}'])
def test_what_is_authentic_but_not_understood_is_stored_as_such(
    client: FlaskClient, database: Database, body: bytes
) -> None:
    answer = client.post("/hooks/south", **with_hmac(body))
    assert answer.status_code == 202
    assert answer.json == {"accepted": 1, "duplicates": 0}
    with database.begin() as tx:
        row = tx.execute(sa.select(events)).one()
    assert (row.recognised, bytes(row.body)) == (False, body)
    assert wanted(database) == {}


def test_an_unknown_connection_and_one_without_webhooks_are_404_in_words(client: FlaskClient) -> None:
    assert client.post("/hooks/nobody").status_code == 404
    answer = client.post("/hooks/polled")
    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["error"] == "no_webhook"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_any_other_method_is_405(client: FlaskClient, method: str) -> None:
    answer = client.open("/hooks/north", method=method)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


def test_a_body_above_a_mebibyte_is_413(client: FlaskClient, count: Count) -> None:
    assert client.post("/hooks/north", **signed(b"x" * (MOST_BYTES + 1))).status_code == 413
    assert count("events") == 0


def test_a_body_of_exactly_a_mebibyte_is_taken(client: FlaskClient) -> None:
    assert client.post("/hooks/north", **signed(b"x" * MOST_BYTES)).status_code == 202


def test_a_new_event_wakes_a_dead_letter_and_respects_the_spacing(client: FlaskClient, database: Database) -> None:
    client.post("/hooks/north", **standard())
    with database.begin() as tx:
        moment = sa.func.clock_timestamp()
        tx.execute(
            sa.update(sync_requests).values(
                done_gen=1, attempts=7, dead_at=moment, dead_reason="record_unseen", last_fetch_at=moment
            )
        )
    client.post("/hooks/north", **standard(message_id="msg_2"))
    with database.begin() as tx:
        row = tx.execute(sa.select(sync_requests)).one()
    assert (row.wanted_gen, row.dead_at, row.dead_reason, row.attempts) == (2, None, "", 0)
    assert row.due_at - row.last_fetch_at == timedelta(seconds=2)


def test_the_last_event_of_a_connection_is_noted(client: FlaskClient, database: Database) -> None:
    client.post("/hooks/north", **standard())
    until(lambda: (row := state(database, "north")) is not None and row.last_event_at is not None)
