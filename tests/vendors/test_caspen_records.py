"""Caspen's records and webhooks in our words."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rules.appointment import Ref
from rules.statuses import Standing, Status
from rules.vendors import Change, MappingFacts, Notice, Way
from vendors.caspen.contact import to_contact
from vendors.caspen.mapping import to_appointment, way_to
from vendors.caspen.settings import check_options
from vendors.caspen.webhook import parse

FIXTURES = Path(__file__).parent.parent / "fixtures" / "caspen"
FACTS = MappingFacts(zone="Europe/Amsterdam", now=datetime(2026, 3, 1, tzinfo=UTC))
ID = "app_01HQFQ9QWTNNPY58FZ8CB3FWWK"


def record(**changes: Any) -> dict[str, Any]:
    """An appointment that stands: the document's field examples, not cancelled, not confirmed."""
    said: dict[str, Any] = json.loads((FIXTURES / "records" / "appointment-field-examples.json").read_text())
    nobody = {"cancelled_at": None, "cancellation_reason_id": None, "confirmed": None, "confirmed_at": None}
    return {**said, **nobody, **changes}


def test_the_documents_example_loads_as_it_stands_and_has_no_start() -> None:
    said = json.loads((FIXTURES / "records" / "appointment.json").read_text())
    found = to_appointment(said, FACTS)
    assert (found.external_id, found.starts_at, found.ends_at) == ("<string>", None, None)
    assert (found.vendor_word, found.standing.confirmed) == ("<string>", True)


def test_every_field_that_we_use_is_read() -> None:
    found = to_appointment(record(), FACTS)
    assert found.external_id == ID
    assert found.starts_at == datetime(2024, 1, 1, 10, tzinfo=UTC)
    assert found.ends_at == datetime(2024, 1, 1, 11, tzinfo=UTC)
    assert found.booked_at == datetime(2024, 1, 1, 12, tzinfo=UTC)
    assert found.standing == Standing(Status.SCHEDULED)
    assert [(seat.key, seat.person_id) for seat in found.attendees] == [("cli_" + ID[4:], "cli_" + ID[4:])]
    assert (found.location_id, found.practitioner_id, found.service_id) == tuple(
        prefix + ID[4:] for prefix in ("loc_", "pra_", "ser_")
    )
    assert (found.zone, found.version, found.cancelled_at) == (None, None, None)


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ({}, Standing(Status.SCHEDULED)),
        ({"confirmed": True}, Standing(Status.SCHEDULED, confirmed=True)),
        ({"confirmed": False}, Standing(Status.SCHEDULED)),
        ({"confirmed": "true"}, Standing(Status.SCHEDULED)),
        ({"cancelled_at": "2024-01-01T08:00:00Z"}, Standing(Status.CANCELLED)),
        ({"cancelled_at": "yesterday"}, Standing(Status.CANCELLED)),
        ({"cancelled_at": "2024-01-01T08:00:00Z", "confirmed": True}, Standing(Status.CANCELLED, confirmed=True)),
        ({"status": "arrived"}, Standing(Status.UNKNOWN)),
        ({"status": "Pending"}, Standing(Status.UNKNOWN)),
        ({"status": None}, Standing(Status.UNKNOWN)),
        ({"status": ["pending"]}, Standing(Status.UNKNOWN)),
    ],
)
def test_only_documented_words_are_understood(changes: dict[str, Any], standing: Standing) -> None:
    assert to_appointment(record(**changes), FACTS).standing == standing


def test_a_status_word_counts_once_the_connection_names_it() -> None:
    facts = MappingFacts(zone="UTC", now=FACTS.now, options={"statuses": {"fulfilled": "completed"}})
    assert to_appointment(record(status="fulfilled"), facts).status is Status.COMPLETED


def test_a_naive_time_is_refused_and_another_offset_is_the_same_instant() -> None:
    found = to_appointment(record(starts_at="2024-01-01T10:00:00", ends_at="2024-01-01T12:00:00+01:00"), FACTS)
    assert (found.starts_at, found.ends_at) == (None, datetime(2024, 1, 1, 11, tzinfo=UTC))


@pytest.mark.parametrize(("minutes", "hour"), [(90, "11:30"), (0, None), (-5, None), (10**30, None), ("60", None)])
def test_without_an_end_the_duration_in_minutes_gives_it(minutes: Any, hour: str | None) -> None:
    found = to_appointment(record(ends_at=None, duration=minutes), FACTS)
    assert (found.ends_at and f"{found.ends_at:%H:%M}") == hour


def test_a_record_without_a_client_still_has_its_seat() -> None:
    assert [(seat.key, seat.person_id) for seat in to_appointment(record(client_id=None), FACTS).attendees] == [
        ("client", None)
    ]


@pytest.mark.parametrize(
    ("change", "changes", "way"),
    [
        (Change.CONFIRM, {}, Way.API),
        (Change.CONFIRM, {"confirmed": False}, Way.API),
        (Change.CONFIRM, {"confirmed": True}, Way.DONE),
        (Change.CONFIRM, {"cancelled_at": "2024-01-01T08:00:00Z"}, Way.STAFF),
        (Change.CANCEL, {}, Way.CALLBACK),
        (Change.CANCEL, {"cancelled_at": "2024-01-01T08:00:00Z"}, Way.DONE),
        (Change.COMPLETE, {}, Way.CALLBACK),
        (Change.NO_SHOW, {}, Way.CALLBACK),
    ],
)
def test_only_a_confirmation_can_be_written(change: Change, changes: dict[str, Any], way: Way) -> None:
    assert way_to(change, record(**changes), {}) is way


def client(**fields: Any) -> dict[str, Any]:
    return {"phone_numbers": [], **fields}


def number(said: str, kind: str | None = "mobile", code: str | None = None) -> dict[str, Any]:
    return {"id": "1", "code": code, "number": said, "type": kind}


@pytest.mark.parametrize(
    ("said", "phone", "problem"),
    [
        (client(phone_numbers=[number("+13125550100", "home"), number("+13125550142")]), "+13125550142", None),
        (client(phone_numbers=[number("+13125550100", "home")], phone_number="+13125550142"), "+13125550142", None),
        (client(phone_numbers=[number("+13125550100", "home")]), "+13125550100", None),
        (client(phone_numbers=[number("call reception")], phone_number="+13125550142"), "+13125550142", None),
        (client(phone_numbers=[number("3125550142", code="+1")]), "+13125550142", None),
        (client(phone_numbers=[number("0612345678", code="31")]), "+31612345678", None),
        (client(phone_numbers=[number("0612345678", code="NL")]), "+31612345678", None),
        (client(phone_number="06 1234 5678"), None, "no_valid_phone"),
        (client(phone_number=""), None, None),
        (client(), None, None),
    ],
)
def test_the_mobile_is_texted_first(said: dict[str, Any], phone: str | None, problem: str | None) -> None:
    contact = to_contact("cli_1", said, "")
    assert (contact.phone, contact.phone_problem) == (phone, problem)


def test_a_national_number_is_read_in_the_connections_country() -> None:
    assert to_contact("cli_1", client(phone_number="06 1234 5678"), "nl").phone == "+31612345678"


def test_the_thin_webhook_names_one_appointment() -> None:
    body = (FIXTURES / "webhooks" / "updated.json").read_bytes()
    expected = [Notice(kind="appointment.updated", refs=(Ref("appointment", ID),), key="msg_1")]
    assert parse({"Webhook-Id": "msg_1"}, body) == expected
    assert parse({"svix-id": "msg_1"}, body) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"", b"not json", b"[]", b"{}", b'{"type": "client.updated", "data": {"id": "cli_1"}}',
        b'{"type": "appointment.updated"}', b'{"type": "appointment.updated", "data": []}',
        b'{"type": "appointment.updated", "data": {"id": ""}}', b'{"type": 7, "data": {"id": "app_1"}}',
        b'{"type": "appointment.updated", "data": {"id": "' + b"x" * 5000 + b'"}}',
    ],
)  # fmt: skip
def test_what_names_no_appointment_is_unrecognised(body: bytes) -> None:
    (notice,) = parse({"webhook-id": "msg_1"}, body)
    assert (notice.recognised, notice.refs, notice.key) == (False, (), "msg_1")


def test_options_are_refused_by_name() -> None:
    assert check_options({"statuses": {"fulfilled": "completed"}, "client_path": "/people/{id}"}) == []
    problems = check_options({"statuses": {"fulfilled": "done"}, "client_path": "clients", "colour": 1})
    assert [problem.partition(":")[0] for problem in problems] == [
        "options.colour", "options.statuses.fulfilled", "options.client_path",
    ]  # fmt: skip
