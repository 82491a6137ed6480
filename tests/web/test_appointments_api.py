"""The list of booked appointments, as its document has it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from rules.appointment import Appointment, Attendee, Contact
from rules.statuses import Standing, Status
from schemas.api import DATE_TIME
from store import appointments, connections
from store.engine import Database
from store.facts import ConnectionFacts
from tests.web.api_client import Caller, caller
from web.appointments import MOST

PATH = "/v2/customers/appointments"
START = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
FIELDS = {
    *("id", "customerId", "firstName", "lastName", "timezone", "state", "callerId", "postalCode"),
    *("appointmentDateTime", "appointmentAttended", "appointmentType", "campaignId", "campaignName"),
}


@pytest.fixture
def anybody(client: FlaskClient, database: Database) -> Caller:
    return caller(client, database)


def book(
    database: Database,
    connection: str,
    external_id: str,
    starts_at: datetime = START,
    *,
    status: Status = Status.SCHEDULED,
    people: tuple[str, ...] = ("ann",),
    raw: dict[str, Any] | None = None,
) -> None:
    seats = tuple(
        Attendee(each, each, Contact(each, each.title(), "Berg", "+31612345678", zone="Europe/Paris"))
        for each in people
    )
    appointment = Appointment(external_id, starts_at, None, Standing(status), attendees=seats)
    with database.begin() as tx:
        connections.declare(tx, {connection: "observe"})
        appointments.apply(
            tx, ConnectionFacts(connection, "Europe/Amsterdam", ""), appointment, raw or {"id": external_id}, {}, None
        )


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.get_json()
    return [each["id"] for each in answer.get_json()["results"]]


def window(start: str = "2026-03-01T00:00:00Z", end: str = "2026-04-01T00:00:00Z") -> dict[str, Any]:
    return {"query_string": {"startDate": start, "endDate": end}}


def test_a_booked_appointment_is_listed_with_every_documented_field(anybody: Caller, database: Database) -> None:
    book(database, "north", "a1", raw={"state": "AZ", "postalCode": "85001", "campaignName": "Spring"})
    (found,) = anybody.ask("GET", PATH, **window()).get_json()["results"]
    assert found == {
        "id": "a1",
        "customerId": "ann",
        "firstName": "Ann",
        "lastName": "Berg",
        "timezone": "Europe/Paris",
        "state": "AZ",
        "callerId": "+31612345678",
        "postalCode": "85001",
        "appointmentDateTime": "2026-03-03T09:00:00.000Z",
        "appointmentAttended": None,
        "appointmentType": None,
        "campaignId": None,
        "campaignName": "Spring",
    }
    assert set(found) == FIELDS


def test_all_connections_are_listed_or_the_key_s_own(client: FlaskClient, anybody: Caller, database: Database) -> None:
    book(database, "north", "n", START)
    book(database, "south", "s", START + timedelta(hours=1))
    assert ids(anybody.ask("GET", PATH, **window())) == ["n", "s"]
    assert ids(caller(client, database, "south").ask("GET", PATH, **window())) == ["s"]


def test_the_start_belongs_to_the_window_and_the_end_does_not(anybody: Caller, database: Database) -> None:
    book(database, "north", "a")
    at, later, before = "2026-03-03T10:00:00+01:00", "2026-03-03T09:00:01Z", "2026-03-03T08:59:59.999Z"
    found = [ids(anybody.ask("GET", PATH, **window(*each))) for each in ((at, later), (before, at), (later, before))]
    assert found == [["a"], [], []]


def test_a_cancelled_appointment_is_not_booked_and_a_missed_one_was_not_attended(
    anybody: Caller, database: Database
) -> None:
    for status in (Status.CANCELLED, Status.NO_SHOW, Status.COMPLETED):
        book(database, "north", status.value, status=status)
    answer = anybody.ask("GET", PATH, **window()).get_json()["results"]
    assert {each["id"]: each["appointmentAttended"] for each in answer} == {"no_show": False, "completed": True}


def test_each_seat_of_a_group_is_a_result_and_nobody_is_one_too(anybody: Caller, database: Database) -> None:
    book(database, "north", "group", people=("ann", "bob"))
    book(database, "north", "empty", START + timedelta(hours=1), people=())
    answer = anybody.ask("GET", PATH, **window()).get_json()["results"]
    assert [(each["id"], each["customerId"]) for each in answer] == [
        ("group", "ann"),
        ("group", "bob"),
        ("empty", None),
    ]


@pytest.mark.parametrize(
    "good",
    [
        *("2025-02-23T00:00:00.000Z", "2025-02-23T00:00Z", "2025-02-23T00:00:00+02:00", "2024-02-29T00:00:00Z"),
        *("0000-01-01T00:00Z", "0001-01-01T00:00+23:59", "9999-12-31T23:59:59.123456789-23:59"),
    ],
)
def test_every_date_of_the_documented_pattern_is_taken(anybody: Caller, good: str) -> None:
    assert anybody.ask("GET", PATH, **window(good, good)).status_code == 200


@pytest.mark.parametrize(
    "bad",
    [
        *("2025-02-23T00:00:00", "2025-02-23T00:00:00+0200", "2025-02-23 00:00:00Z", "2025-02-29T00:00:00Z"),
        *("2025-02-23T24:00:00Z", "2025-02-23", "", "2025-02-23T00:00:00Z\n", "٢٠٢٥-02-23T00:00:00Z"),
    ],
)
def test_every_other_date_is_refused_in_the_documented_shape(anybody: Caller, bad: str) -> None:
    answer = anybody.ask("GET", PATH, **window(end=bad))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "VALIDATION_ERROR")
    assert "failedRecords" not in answer.get_json()
    (error,) = answer.get_json()["errors"]
    assert (error["path"], error["received"], error["code"]) == (["endDate"], "string", "invalid_string")


def test_both_ends_are_asked_for(anybody: Caller) -> None:
    answer = anybody.ask("GET", PATH)
    assert [each["path"] for each in answer.get_json()["errors"]] == [["startDate"], ["endDate"]]


def test_the_pattern_is_the_document_s_own() -> None:
    assert DATE_TIME.startswith(r"^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|")
    assert DATE_TIME.endswith(
        r"T(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|([+-](?:[01]\d|2[0-3]):[0-5]\d)))$"
    )


def test_a_list_that_would_be_cut_off_is_refused_instead(
    anybody: Caller, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST == 10_000
    monkeypatch.setattr("web.appointments.MOST", 2)
    book(database, "north", "group", people=("ann", "bob", "eve"))
    answer = anybody.ask("GET", PATH, **window())
    assert (answer.status_code, json.loads(answer.data)["errors"][0]["path"]) == (422, ["endDate"])
