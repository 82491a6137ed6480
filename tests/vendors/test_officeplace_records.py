import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rules.appointment import Attendee, Ref
from rules.statuses import Status
from rules.vendors import Change, MappingFacts, Way
from schemas.fields import read
from schemas.officeplace import APPOINTMENT, CREATED, TOKEN
from vendors.officeplace.mapping import to_appointment, way_to
from vendors.officeplace.settings import check_options
from vendors.officeplace.webhook import parse

FIXTURES = Path(__file__).parent.parent / "fixtures" / "officeplace"
FACTS = MappingFacts(zone="Europe/Amsterdam", now=datetime(2024, 1, 1, tzinfo=UTC))


def example(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FIXTURES / "records" / f"{name}.json").read_bytes())
    return loaded


def test_what_exists_is_scheduled() -> None:
    found = to_appointment(example("appointment_constructed"), FACTS)
    assert (found.external_id, found.title, found.vendor_word) == ("123", "Meeting with Client", "busy")
    assert found.starts_at == datetime(2024, 1, 15, 10, tzinfo=UTC)
    assert found.ends_at == datetime(2024, 1, 15, 11, tzinfo=UTC)
    assert found.standing.status is Status.SCHEDULED
    assert found.attendees == (Attendee("ada@example.org", "ada@example.org"),)


def test_the_time_zone_of_the_record_is_no_event_zone() -> None:
    assert to_appointment(example("appointment_constructed"), FACTS).zone is None


@pytest.mark.parametrize("name", ["create_request", "update_request", "delete_request", "appointment_constructed"])
def test_the_guides_names_and_the_references_are_both_read(name: str) -> None:
    raw = example(name)
    found = to_appointment(raw, FACTS)
    assert found.title == raw.get("title", raw.get("subject", ""))
    assert found.external_id == raw.get("appointmentId", "")
    assert (found.starts_at is None) == ("startTime" not in raw)
    assert set(raw) - {"attendees"} <= set(read(APPOINTMENT, raw))


def test_both_documented_tokens_and_the_answer_to_a_creation_load() -> None:
    assert read(TOKEN, example("token_guide"))["token"] == read(TOKEN, example("token_reference"))["accessToken"]
    assert read(TOKEN, example("token_guide"))["expiresIn"] == 3600
    assert read(CREATED, example("created_reference")) == {"appointmentId": "123"}


@pytest.mark.parametrize(
    ("path", "record", "people"),
    [
        ("contactId", {"contactId": "k-1"}, ["k-1"]),
        (
            "attendees[].email",
            {"attendees": [{"email": "B@x.org"}, {"email": "b@X.org "}, {"email": "c@x.org"}]},
            ["b@x.org", "c@x.org"],
        ),
        ("attendees[0].email", {"attendees": []}, []),
        ("attendees[0].email", {"attendees": "nobody"}, []),
        ("attendees[0].email", {"attendees": [{"email": 5}]}, []),
        ("length(contactId)", {"contactId": 5}, []),
    ],
)
def test_case_39_the_path_leads_to_a_seat_for_each_contact(
    path: str, record: dict[str, Any], people: list[str]
) -> None:
    found = to_appointment(record, replace(FACTS, options={"contact_path": path}))
    assert [(seat.key, seat.person_id) for seat in found.attendees] == [(one, one) for one in people]


def test_case_24_a_naive_time_is_refused_unless_the_connection_says_how_to_read_it() -> None:
    raw = {"appointmentId": "1", "startTime": "2024-01-15T10:00:00", "timeZone": "Europe/Amsterdam"}
    assert to_appointment(raw, FACTS).starts_at is None
    read_in_zone = replace(FACTS, options={"naive_in_time_zone": True})
    assert to_appointment(raw, read_in_zone).starts_at == datetime(2024, 1, 15, 9, tzinfo=UTC)
    assert to_appointment(raw | {"timeZone": "W. Europe Standard Time"}, read_in_zone).starts_at is None
    assert to_appointment(raw | {"startTime": "2024-01-15T10:00:00Z"}, read_in_zone).starts_at == datetime(
        2024, 1, 15, 10, tzinfo=UTC
    )


@pytest.mark.parametrize("change", list(Change))
def test_every_change_goes_to_the_callback_because_there_is_no_status(change: Change) -> None:
    assert way_to(change, {}, {}) is Way.CALLBACK


def test_our_own_event_names_the_appointment() -> None:
    headers = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,x"}
    (notice,) = parse(headers, (FIXTURES / "webhooks" / "appointment_updated.json").read_bytes())
    assert (notice.refs, notice.key, notice.kind) == ((Ref("appointment", "123"),), "msg_1", "appointment.updated")


@pytest.mark.parametrize(
    "said", [{"type": "mail.received", "data": {"id": "1"}}, {"type": "appointment.updated"}, {}, 5]
)
def test_an_event_that_names_no_appointment_is_kept_as_unrecognised(said: Any) -> None:
    (notice,) = parse({}, json.dumps(said).encode())
    assert (notice.refs, notice.recognised) == ((), False)


def test_options_are_checked_with_their_names() -> None:
    assert check_options({}) == []
    assert check_options({"mailboxes": ["ad-1"], "contact_path": "contactId", "domain_id": "d"}) == []
    wrong = check_options({"mailbox": 1, "mailboxes": [""], "contact_path": "[[", "domain_id": 5})
    assert [line.split(":")[0] for line in wrong] == [
        "options.mailbox",
        "options.domain_id",
        "options.mailboxes",
        "options.contact_path",
    ]
