"""Case 37 over the API: what is booked keeps its revision, unless somebody says otherwise, having seen what changes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from rules.appointment import Appointment, Attendee, Contact
from rules.statuses import Standing, Status
from store import appointments, configs, connections
from store.engine import Database
from store.facts import ConnectionFacts
from store.planning import lock, replan
from store.tables import appointment_configs, connection_states, pins, promises
from tests.web.api_client import PATH, Caller, caller, reminder
from tests.web.given import Rung

FACTS = ConnectionFacts("north", "Europe/Amsterdam", "texts")
NEVER_QUIET = {"quietHours": {"start": "00:00", "end": "00:00"}}
OTHER = "11111111-2222-4333-8444-555555555555"


class Booked:
    """Two appointments of north, planned with a reminder a day before."""

    def __init__(self, asks: Caller, database: Database) -> None:
        self.asks, self.database = asks, database
        made = asks.made({"workflows": [reminder(**NEVER_QUIET)]})
        self.config_id = UUID(made["id"])
        with database.begin() as tx:
            connections.declare(tx, {"north": "live"})
            connections.confirm(tx, "north", "live", "live")
            long_ago = datetime.now(UTC) - timedelta(days=9)
            tx.execute(sa.update(connection_states).values(live_since=long_ago, first_seen_at=long_ago))
            configs.assign(tx, "north", self.config_id)
        for number in (1, 2):
            self.book(f"a{number}", datetime.now(UTC) + timedelta(days=3, hours=number))

    def book(self, external_id: str, starts_at: datetime) -> None:
        ann = Contact("ann", "Ann", "Berg", "+31612345678")
        found = Appointment(
            external_id,
            starts_at,
            None,
            Standing(Status.SCHEDULED),
            attendees=(Attendee("ann", "ann", ann),),
            booked_at=datetime.now(UTC) - timedelta(days=8),
        )
        with self.database.begin() as tx:
            appointments.apply(tx, FACTS, found, {"id": external_id}, {}, None)

    def put(self, word: str, *workflows: dict[str, Any]) -> Any:
        query = {"applyToBooked": word} if word else {}
        path = f"{PATH}/{self.config_id}"
        answer = self.asks.ask("PUT", path, json={"workflows": list(workflows)}, query_string=query)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()["appointmentConfig"]["punctual"].get("applyToBooked")

    def rows(self, table: sa.Table) -> list[Any]:
        with self.database.begin() as tx:
            return list(tx.execute(sa.select(table).order_by(*table.primary_key.columns)).all())

    def planned_anew(self) -> None:
        for row in {each.appointment_id for each in self.rows(promises)}:
            with self.database.begin() as tx:
                replan(tx, lock(tx, row), FACTS)


@pytest.fixture
def booked(client: FlaskClient, database: Database) -> Booked:
    return Booked(caller(client, database), database)


def two_days_before(**parts: Any) -> dict[str, Any]:
    return reminder(trigger={"anchor": "event_starts", "offsetMinutes": -2880}, **NEVER_QUIET, **parts)


def test_case_37_without_a_word_what_is_booked_keeps_its_revision(booked: Booked) -> None:
    due = [row.due_at for row in booked.rows(promises)]
    assert booked.put("", two_days_before()) is None
    booked.planned_anew()
    assert [row.due_at for row in booked.rows(promises)] == due
    assert {row.revision for row in booked.rows(pins)} == {1}


def test_case_37_a_preview_says_what_would_move_and_stores_nothing(booked: Booked) -> None:
    told = booked.put("preview", two_days_before(name="Earlier"))
    assert (told["applied"], told["counts"]) == (False, {"new": 0, "moved": 2, "gone": 0, "doubled": 0})
    first = told["promises"][0]
    before, after = (datetime.fromisoformat(first[each]) for each in ("dueBefore", "dueAfter"))
    assert before - after == timedelta(days=1)
    assert (first["appointmentId"], first["workflowName"], first["text"]) == ("a1", "Earlier", "See you, Ann")
    assert (first["segments"], first["encoding"]) == (1, "gsm7")
    assert len(booked.rows(appointment_configs)) == 1
    assert {row.revision for row in booked.rows(pins)} == {1}


def test_case_37_a_preview_names_what_would_be_new_gone_and_doubled(booked: Booked) -> None:
    told = booked.put("preview", reminder(id=OTHER, **NEVER_QUIET))
    assert told["counts"] == {"new": 2, "moved": 0, "gone": 2, "doubled": 0}
    assert {each["reason"] for each in told["promises"] if each["change"] == "gone"} == {"workflow_off"}
    told = booked.put("preview", reminder(**NEVER_QUIET), reminder(id=OTHER, **NEVER_QUIET))
    assert told["counts"] == {"new": 0, "moved": 0, "gone": 0, "doubled": 2}
    assert {each["doubles"] for each in told["promises"]} == {reminder()["id"]}


def test_case_37_a_text_that_was_sent_already_makes_a_new_workflow_a_double(booked: Booked) -> None:
    with booked.database.begin() as tx:
        sent = sa.update(promises).where(promises.c.id == sa.select(sa.func.min(promises.c.id)).scalar_subquery())
        start = sa.select(sa.func.min(promises.c.anchor_at)).scalar_subquery()
        tx.execute(sent.values(state="accepted", told_at=sa.func.now(), told_start=start))
    told = booked.put("preview", two_days_before(id=OTHER))
    assert told["counts"] == {"new": 1, "moved": 0, "gone": 1, "doubled": 1}


def test_case_37_applied_it_moves_the_pins_and_the_promises_follow(booked: Booked, rung: Rung) -> None:
    due = [row.due_at for row in booked.rows(promises)]
    told = booked.put("true", two_days_before())
    assert (told["applied"], told["appointmentsMoved"]) == (True, 2)
    booked.planned_anew()
    rows = booked.rows(promises)
    assert [row.due_at for row in rows] == [each - timedelta(days=1) for each in due]
    assert {row.config_revision for row in rows} == {row.revision for row in booked.rows(pins)} == {2}


def test_another_word_is_refused(booked: Booked) -> None:
    answer = booked.asks.ask("PUT", f"{PATH}/{booked.config_id}", json={}, query_string={"applyToBooked": "yes"})
    assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, ["applyToBooked"])
