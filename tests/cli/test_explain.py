from datetime import timedelta

import pytest
import sqlalchemy as sa

from rules.statuses import Status
from runtime.wording import text_of
from store import fence
from store.tables import promises
from tests.cli.conftest import ADA, Bench, config

pytestmark = pytest.mark.servers


def fall_due(bench: Bench) -> None:
    """What is planned comes to the fence now."""
    wiring = bench.wiring()
    facts, connection = wiring.facts("north"), wiring.connection("north")
    with bench.db.begin() as tx:
        due = sa.func.clock_timestamp() - timedelta(seconds=1)
        tx.execute(sa.update(promises).where(promises.c.state == "planned").values(due_at=due, look_at=due))
        for promise_id in list(tx.execute(sa.select(promises.c.id)).scalars()):
            fence.pass_fence(tx, promise_id, facts, timedelta(seconds=30), lambda found: text_of(connection, found))


@pytest.fixture
def booked(bench: Bench) -> Bench:
    bench.done("configs", "apply", bench.file("c.json", config()), "--assign", "north")
    bench.book("app_1001", ADA)
    return bench


def test_it_tells_what_was_promised_and_why_nothing_was_sent(booked: Bench) -> None:
    fall_due(booked)
    said = booked.done("explain", "north", "app_1001").out
    assert said.startswith("north app_1001: scheduled; starts ")
    assert "promises: 1 skipped" in said
    assert "record fetched for the first time: scheduled" in said
    assert "will not be sent (observe): The connection only observes" in said
    assert "not sent: observe, to +353…321" in said
    assert "Hi Ada, see you at" in said
    assert "+353867654321" not in said


def test_the_same_for_machines(booked: Bench) -> None:
    fall_due(booked)
    told = booked.done("explain", "north", "app_1001", "--json").json
    assert told["appointment"]["status"] == "scheduled"
    assert told["appointment"]["presence"] == "present"
    assert told["promises"] == {"skipped": 1}
    assert [each["kind"] for each in told["timeline"]] == ["first_seen", "transition", "promised", "ended"]
    assert told["texts"][0]["reason"] == "observe"
    assert told["texts"][0]["text"].startswith("Hi Ada")


def test_a_cancelled_appointment_says_so(booked: Bench) -> None:
    booked.book("app_1001", ADA, status=Status.CANCELLED)
    said = booked.done("explain", "north", "app_1001").out
    assert said.startswith("north app_1001: cancelled; ")
    assert "The appointment was cancelled." in said


@pytest.mark.parametrize("meant", ["app_1002", "1001", "APP_1001"])
def test_a_mistyped_id_is_told_with_the_nearest(booked: Bench, meant: str) -> None:
    said = booked.run("explain", "north", meant)
    assert (said.status, said.out) == (1, "")
    assert "did you mean app_1001?" in said.err


def test_an_unknown_one_is_told_with_how_fresh_the_connection_is(booked: Bench) -> None:
    with booked.db.begin() as tx:
        tx.execute(sa.text("UPDATE connection_states SET last_answer_at = '2026-03-03T12:00:00Z'"))
    said = booked.run("explain", "north", "zzz")
    assert said.status == 1
    assert (
        "knows no appointment 'zzz'; it had 0 webhooks, its vendor answered last Tue 03 Mar 2026 12:00 GMT" in said.err
    )


def test_an_unknown_connection_is_told_with_the_nearest(booked: Bench) -> None:
    said = booked.run("explain", "nroth", "app_1001")
    assert (said.status, "did you mean north?" in said.err) == (2, True)


def test_a_text_that_retention_has_emptied_is_said_to_be(booked: Bench) -> None:
    fall_due(booked)
    with booked.db.begin() as tx:
        tx.execute(sa.text("UPDATE attempts SET body = NULL"))
    assert "(the text is no longer kept)" in booked.done("explain", "north", "app_1001").out
    assert booked.done("explain", "north", "app_1001", "--json").json["texts"][0]["text"] is None
