"""Pexip Engage's records and webhooks in our words."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rules.appointment import MeetingType, Place, Ref
from rules.statuses import Standing, Status
from rules.vendors import Change, MappingFacts, Notice, Way
from vendors.pexip.mapping import STATUSES, to_appointment, way_to
from vendors.pexip.settings import check_options
from vendors.pexip.webhook import parse

FIXTURES = Path(__file__).parent.parent / "fixtures" / "pexip"
FACTS = MappingFacts(zone="Europe/Brussels", now=datetime(2026, 3, 1, tzinfo=UTC))


def record(**changes: Any) -> dict[str, Any]:
    (said,) = json.loads((FIXTURES / "records" / "appointments.json").read_text())["data"]
    return {**said, **changes}


def seat(person_id: str | None, kind: str = "CUSTOMER", role: str = "PRIMARY", **more: Any) -> dict[str, Any]:
    return {"role": role, "participant": {"id": person_id} if person_id else None, "type": kind, **more}


def test_the_documents_example_loads_as_it_stands() -> None:
    found = to_appointment(record(), FACTS)
    assert found.external_id == "123"
    assert found.starts_at == datetime(2022, 8, 17, 9, tzinfo=UTC)
    assert found.ends_at == datetime(2022, 8, 17, 10, tzinfo=UTC)
    assert found.version == datetime(2022, 8, 17, 19, 5, 21, 362000, tzinfo=UTC)
    assert found.booked_at == found.version
    assert (found.standing, found.vendor_word) == (Standing(Status.SCHEDULED), "ACCEPTED")
    assert (found.location_id, found.service_id, found.practitioner_id) == ("123", "123", "string")
    assert (found.meeting_type, found.place) == (MeetingType.IN_PERSON, Place(address="string"))
    assert (found.attendees, found.zone) == ((), None)  # the example has an employee only


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("ACCEPTED", Status.SCHEDULED),
        ("ALTERNATIVE_DATE_REQUESTED", Status.REQUESTED),
        ("CANCELLED", Status.CANCELLED),
        ("COMPLETED", Status.COMPLETED),
        ("INCOMING_REQUEST", Status.REQUESTED),
        ("NO_SHOW", Status.NO_SHOW),
        ("OUTGOING_INVITE", Status.REQUESTED),
        ("ON_HOLD", Status.UNKNOWN),
        ("accepted", Status.UNKNOWN),
        (None, Status.UNKNOWN),
        (7, Status.UNKNOWN),
    ],
)
def test_each_documented_word_is_understood_and_no_other(word: Any, status: Status) -> None:
    found = to_appointment(record(status=word), FACTS)
    assert found.standing == Standing(status, confirmed=False)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("OFFICE", MeetingType.IN_PERSON),
        ("ON_LOCATION", MeetingType.IN_PERSON),
        ("PHONE", MeetingType.PHONE),
        ("VIDEO", MeetingType.VIDEO),
        ("HOLOGRAM", None),
        (None, None),
    ],
)
def test_meeting_types(word: str | None, kind: MeetingType | None) -> None:
    assert to_appointment(record(meetingType=word), FACTS).meeting_type is kind


def test_a_request_has_no_time_yet() -> None:
    found = to_appointment(record(start=None, end=None, status="OUTGOING_INVITE"), FACTS)
    assert (found.starts_at, found.ends_at, found.status) == (None, None, Status.REQUESTED)


def test_each_customer_has_a_seat_once_and_the_primary_one_comes_first() -> None:
    people = [
        seat("2", role="SECONDARY"), seat("7", kind="EMPLOYEE", role="SECONDARY"), seat("1"), seat("2"),
        seat(None, role="SECONDARY"), seat("8", kind="EMPLOYEE"), seat("9", kind="ROBOT"),
    ]  # fmt: skip
    found = to_appointment(record(appointmentParticipants=people), FACTS)
    assert [(one.key, one.person_id) for one in found.attendees] == [("1", "1"), ("2", "2"), ("secondary", None)]
    assert found.practitioner_id == "8"


def test_the_customers_video_address_is_kept_if_it_is_one() -> None:
    people = [seat("1", videoUrl="javascript:alert(1)"), seat("2", role="SECONDARY", videoUrl="https://v.example/2")]
    assert to_appointment(record(appointmentParticipants=people), FACTS).links == {"video": "https://v.example/2"}


def test_a_record_of_another_shape_is_shown_and_not_executed() -> None:
    odd = record(appointmentParticipants={"a": 1}, subject=[], office="x", location=7, updatedAt=1, start="17/08/2022")
    found = to_appointment(odd, FACTS)
    assert (found.attendees, found.service_id, found.location_id, found.place) == ((), None, None, None)
    assert (found.version, found.starts_at) == (None, None)


@pytest.mark.parametrize(
    ("change", "word", "accept_invites", "way"),
    [
        (Change.CONFIRM, "OUTGOING_INVITE", True, Way.API),
        (Change.CONFIRM, "OUTGOING_INVITE", False, Way.CALLBACK),
        (Change.CONFIRM, "INCOMING_REQUEST", True, Way.STAFF),
        (Change.CONFIRM, "ALTERNATIVE_DATE_REQUESTED", True, Way.STAFF),
        (Change.CONFIRM, "ACCEPTED", True, Way.CALLBACK),
        (Change.CONFIRM, "ON_HOLD", True, Way.CALLBACK),
        (Change.CANCEL, "ACCEPTED", True, Way.CALLBACK),
        (Change.CANCEL, "CANCELLED", True, Way.DONE),
        (Change.COMPLETE, "ACCEPTED", True, Way.CALLBACK),
        (Change.COMPLETE, "COMPLETED", True, Way.DONE),
        (Change.NO_SHOW, "ACCEPTED", True, Way.CALLBACK),
        (Change.NO_SHOW, "NO_SHOW", True, Way.DONE),
        (Change.NO_SHOW, "ON_HOLD", True, Way.CALLBACK),
    ],
)
def test_the_way_of_each_change(change: Change, word: str, accept_invites: bool, way: Way) -> None:
    assert way_to(change, record(status=word), {"accept_invites": accept_invites}) is way


@pytest.mark.parametrize("word", ["INCOMING_REQUEST", "ALTERNATIVE_DATE_REQUESTED"])
@pytest.mark.parametrize("change", list(Change))
def test_case_82_a_patients_yes_never_accepts_what_staff_must_accept(word: str, change: Change) -> None:
    way = way_to(change, record(status=word), {"accept_invites": True})
    assert way is (Way.STAFF if change is Change.CONFIRM else Way.CALLBACK)


def test_nothing_is_accepted_unless_the_connection_says_so() -> None:
    assert {way_to(Change.CONFIRM, record(status=word), {}) for word in STATUSES} == {Way.CALLBACK, Way.STAFF}


def test_the_webhook_says_where_to_look_and_how_new_it_must_be() -> None:
    assert parse({}, (FIXTURES / "webhooks" / "reschedule.json").read_bytes()) == [
        Notice(
            kind="RESCHEDULE",
            refs=(Ref("appointment", "123"),),
            key="evt-1",
            version=datetime(2022, 8, 17, 19, 5, 21, 362000, tzinfo=UTC),
        )
    ]


def test_another_entity_is_known_and_names_nothing() -> None:
    body = (FIXTURES / "webhooks" / "callback-request.json").read_bytes()
    assert parse({}, body) == [Notice(kind="Callback Request", key="evt-2")]


def test_an_event_type_that_nobody_knew_yet_is_fetched_all_the_same() -> None:
    body = (FIXTURES / "webhooks" / "reschedule.json").read_bytes().replace(b'"RESCHEDULE"', b'"TELEPORT"')
    (notice,) = parse({}, body)
    assert (notice.kind, notice.refs, notice.recognised) == ("TELEPORT", (Ref("appointment", "123"),), True)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"not json", b"[]", b'"Appointment"', b"{}", b'{"entity": "Appointment"}', b'{"id": 1, "entity": null}',
        b'{"id": "1", "entity": "Appointment"}', b'{"id": "1", "entity": "Appointment", "data": {}}',
        b'{"id": "1", "entity": "Appointment", "data": {"appointment": {"updatedAt": "2022-08-17T19:05:21.362Z"}}}',
    ],
)  # fmt: skip
def test_what_names_no_appointment_is_unrecognised(body: bytes) -> None:
    (notice,) = parse({}, body)
    assert (notice.recognised, notice.refs) == (False, ())


def test_options_are_refused_by_name() -> None:
    fine = {"accept_invites": True, "page_size": 100, "auth_url": "http://127.0.0.1:1", "accept_language": "nl *"}
    assert check_options(fine) == []
    problems = check_options({"accept_invites": "yes", "page_size": 0, "auth_url": "auth.example", "colour": 1})
    assert [problem.partition(":")[0] for problem in problems] == [
        "options.colour", "options.accept_invites", "options.page_size", "options.auth_url",
    ]  # fmt: skip
