import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rules.appointment import MeetingType, Ref
from rules.statuses import Status
from rules.vendors import Change, MappingFacts, Way
from schemas.carecycle import ERROR
from schemas.fields import read
from vendors.carecycle.mapping import to_appointment, way_to
from vendors.carecycle.settings import check_options
from vendors.carecycle.webhook import parse

FIXTURES = Path(__file__).parent.parent / "fixtures" / "carecycle"
START = datetime(2026, 6, 20, 16, tzinfo=UTC)
FACTS = MappingFacts(zone="America/Chicago", now=START - timedelta(days=1))
SVIX = {"svix-id": "msg_1", "svix-timestamp": "1", "svix-signature": "v1,x"}


def record(**fields: Any) -> dict[str, Any]:
    return {
        "id": "a-1",
        "customerId": "c-1",
        "firstName": "Ada",
        "lastName": "Byron",
        "timezone": "America/Phoenix",
        "callerId": "(312) 555-0142",
        "appointmentDateTime": "2026-06-20T16:00:00Z",
        "appointmentAttended": False,
        "campaignId": "k-1",
    } | fields


def test_case_87_the_documents_own_example_loads_and_shows_what_it_lacks() -> None:
    (raw,) = json.loads((FIXTURES / "records" / "appointments.json").read_bytes())["results"]
    found = to_appointment(raw, FACTS)
    assert (found.external_id, found.starts_at) == ("string", datetime(2019, 8, 24, 14, 15, 22, tzinfo=UTC))
    assert found.standing.status is Status.COMPLETED
    assert found.zone is None
    (seat,) = found.attendees
    assert seat.contact is not None
    assert (seat.contact.phone, seat.contact.phone_problem, seat.contact.zone) == (None, "no_valid_phone", None)


def test_the_record_itself_says_who_is_texted() -> None:
    found = to_appointment(record(), FACTS)
    (seat,) = found.attendees
    assert seat.contact is not None
    assert (seat.key, seat.person_id, seat.contact.person_id) == ("c-1", "c-1", "c-1")
    assert (seat.contact.first_name, seat.contact.last_name) == ("Ada", "Byron")
    assert (seat.contact.phone, seat.contact.zone, found.zone) == ("+13125550142", "America/Phoenix", "America/Phoenix")
    assert (found.starts_at, found.ends_at, found.campaign_id) == (START, None, "k-1")
    assert found.meeting_type is MeetingType.PHONE


def test_a_national_number_is_read_by_the_connections_country() -> None:
    raw = record(callerId="020 123 4567")
    dutch = to_appointment(raw, replace(FACTS, country="NL")).attendees[0].contact
    by_option = to_appointment(raw, replace(FACTS, options={"country": "NL"})).attendees[0].contact
    assert dutch == by_option
    assert dutch is not None
    assert dutch.phone == "+31201234567"


def test_two_records_without_a_customer_are_two_people() -> None:
    seats = [to_appointment(record(id=name, customerId=None), FACTS).attendees[0] for name in ("a-1", "a-2")]
    assert [seat.key for seat in seats] == ["customer", "customer"]
    assert seats[0].person_id != seats[1].person_id
    assert all(seat.contact is not None and seat.contact.person_id == seat.person_id for seat in seats)


@pytest.mark.parametrize(
    ("attended", "minutes_after_start", "status"),
    [
        (True, -60, Status.COMPLETED),
        (True, 60, Status.COMPLETED),
        (False, -60, Status.SCHEDULED),
        (False, 0, Status.SCHEDULED),
        (False, 1, Status.NO_SHOW),
        (None, 60, Status.SCHEDULED),
        ("false", 60, Status.SCHEDULED),
    ],
)
def test_not_attended_is_a_no_show_only_after_the_start(
    attended: Any, minutes_after_start: int, status: Status
) -> None:
    facts = replace(FACTS, now=START + timedelta(minutes=minutes_after_start))
    assert to_appointment(record(appointmentAttended=attended), facts).status is status


def test_how_long_after_the_start_can_be_set() -> None:
    facts = replace(FACTS, now=START + timedelta(minutes=30), options={"no_show_after_minutes": 45})
    assert to_appointment(record(), facts).status is Status.SCHEDULED
    assert to_appointment(record(), replace(facts, now=START + timedelta(minutes=46))).status is Status.NO_SHOW


def test_case_24_a_naive_time_is_no_time() -> None:
    assert to_appointment(record(appointmentDateTime="2026-06-20T16:00:00"), FACTS).starts_at is None


@pytest.mark.parametrize("change", list(Change))
def test_every_change_goes_to_the_callback_because_no_write_is_documented(change: Change) -> None:
    assert way_to(change, record(), {}) is Way.CALLBACK


@pytest.mark.parametrize("name", ["customer_updated", "call_completed"])
def test_documented_events_name_the_customer(name: str) -> None:
    (notice,) = parse(SVIX, (FIXTURES / "webhooks" / f"{name}.json").read_bytes())
    assert notice.refs == (Ref("customer", "b1f7c0e2-3a4d-4e5f-8a9b-0c1d2e3f4a5b"),)
    assert (notice.key, notice.recognised, notice.kind) == ("msg_1", True, name.replace("_", "."))


@pytest.mark.parametrize(
    ("fields", "person"),
    [
        ({"customerId": "c-1", "customer": {"id": "c-2"}, "clientCustomerId": "c-3"}, "c-1"),
        ({"customerId": None, "customer": {"id": "c-2"}, "clientCustomerId": "c-3"}, "c-2"),
        ({"customer": "c-2", "clientCustomerId": "c-3"}, "c-3"),
    ],
)
def test_a_call_names_its_customer_in_one_of_three_places(fields: dict[str, Any], person: str) -> None:
    (notice,) = parse(SVIX, json.dumps({"event_type": "call.completed", "id": "call-1", **fields}).encode())
    assert notice.refs == (Ref("customer", person),)


def test_our_own_event_names_the_appointment_and_where_to_look() -> None:
    (notice,) = parse(SVIX, (FIXTURES / "webhooks" / "appointment_updated.json").read_bytes())
    assert notice.refs == (Ref("appointment", "0f6f9c3b-5a1e-4c7d-9a57-1c2d3e4f5a6b"),)
    assert notice.starts_at == START


@pytest.mark.parametrize(
    "said",
    [
        {"event_type": "call.completed", "id": "call-1"},
        {"event_type": "customer.updated", "id": ""},
        {"event_type": "appointment.updated", "id": "event-1"},
        {"event_type": "invoice.paid", "id": "x"},
        {"type": "customer.updated", "id": "c-1"},
        [],
    ],
)
def test_an_event_that_names_nobody_is_kept_as_unrecognised(said: Any) -> None:
    (notice,) = parse(SVIX, json.dumps(said).encode())
    assert (notice.refs, notice.recognised, notice.key) == ((), False, "msg_1")


@pytest.mark.parametrize("path", sorted((FIXTURES / "errors").glob("*.json")), ids=lambda path: path.stem)
def test_every_documented_error_body_loads(path: Path) -> None:
    raw = json.loads(path.read_bytes())
    said = read(ERROR, raw)
    assert (said["message"], said["code"]) == (raw["message"], raw["code"])
    assert said["retryAfter"] == raw.get("retryAfter")
    assert said["errors"] == raw.get("errors", [])
    assert said["failedRecords"] == raw.get("failedRecords", [])


def test_options_are_checked_with_their_names() -> None:
    assert check_options({}) == []
    assert check_options({"horizon_days": 30, "country": "CA", "no_show_after_minutes": 60}) == []
    wrong = check_options({"horizon": 1, "horizon_days": True, "country": "USA", "no_show_after_minutes": -1})
    assert [line.split(":")[0] for line in wrong] == [
        "options.horizon",
        "options.horizon_days",
        "options.no_show_after_minutes",
        "options.country",
    ]
