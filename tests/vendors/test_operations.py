"""Every documented call, made by name as the command line makes it, against the sandbox."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from outbound.client import Client
from rules import surprises
from rules.errors import NotFound, Permanent
from rules.vendors import Connection
from tests.outbound.peers import answer, peer
from tests.vendors.conftest import Tenant
from tests.vendors.kits import KITS
from vendors import VENDORS
from vendors.apis import OPERATIONS
from vendors.pexip.filters import ARRAYS, Filters, MeetingTypeWord, StatusWord
from vendors.pexip.mapping import MEETING_TYPES, STATUSES

START = "2026-03-02T10:00:00Z"
Ask = Callable[..., Any]
MakeTenant = Callable[..., Tenant]


def asker(tenant: Tenant, **options: Any) -> Ask:
    """`ask("get-appointment", appointment_id="1")`, with what a person would type."""
    connection = KITS[tenant.vendor].connection(tenant, **options)
    return lambda operation, **typed: ask(connection, operation, typed)


def ask(connection: Connection, operation: str, typed: dict[str, Any]) -> Any:
    found = OPERATIONS[connection.vendor][operation]
    readers = {each.name: each for each in found.arguments}
    assert {each.name for each in found.arguments if each.required} <= typed.keys()
    given = {
        name: [readers[name].read(each) for each in value] if readers[name].many else readers[name].read(value)
        for name, value in typed.items()
    }
    found_answer = found.call(connection, Client(), given)
    json.dumps(found_answer)
    return found_answer


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_operation_says_what_it_is_and_what_it_takes(vendor: str) -> None:
    for each in OPERATIONS[vendor].values():
        assert each.help.endswith("."), each.name
        assert each.path.startswith("/"), each.name
        assert all(argument.help for argument in each.arguments), each.name


def test_all_that_is_documented_is_there() -> None:
    documented = {
        "carecycle": [
            "list-appointments", "list-appointment-configs", "create-appointment-config",
            "delete-appointment-config", "list-customers", "get-customer",
        ],
        "caspen": ["get-appointment", "list-appointments", "update-appointment", "list-clients", "get-client"],
        "officeplace": ["get-token", "get-appointment", "preview", "create", "update", "delete"],
        "pexip": [
            "list-appointments", "get-appointment", "accept", "reschedule", "reassign", "update-meeting-type",
            "update-appointment", "get-customer",
        ],
    }  # fmt: skip
    assert {vendor: list(OPERATIONS[vendor]) for vendor in documented} == documented


# CareCycle


def test_carecycle_lists_a_window_and_customers(tenant: MakeTenant) -> None:
    care = tenant("carecycle")
    booked = care.book(starts_at=START)
    call = asker(care)
    listed = call("list-appointments", start="2026-03-02T00:00:00Z", end="2026-03-03T01:00:00+01:00")
    assert (listed["whole"], listed["records"]) == (True, [booked["record"]])
    page = call("list-customers", page="1", page_size="1", sort_by="callerId")
    assert (page["total"], [each["id"] for each in page["items"]]) == (1, [booked["person_id"]])
    assert parse_qs(care.calls()[-1]["query"]) == {"page": ["1"], "pageSize": ["1"], "sortBy": ["callerId"]}
    assert call("get-customer", customer_id=booked["person_id"])["id"] == booked["person_id"]


def test_carecycle_configs_are_created_listed_and_deleted(tenant: MakeTenant) -> None:
    call = asker(tenant("carecycle"))
    made = call("create-appointment-config", config='{"name": "Reminders", "workflows": []}')
    assert made["name"] == "Reminders"
    assert call("list-appointment-configs") == [made]
    assert call("delete-appointment-config", config_id=made["id"]) == made
    assert call("list-appointment-configs") == []
    with pytest.raises(NotFound):
        call("delete-appointment-config", config_id=made["id"])


def test_a_config_that_carecycle_refuses_keeps_what_was_wrong_with_it(tenant: MakeTenant) -> None:
    with pytest.raises(Permanent) as raised:
        asker(tenant("carecycle"))("create-appointment-config", config='{"appointmentLength": "long"}')
    assert raised.value.vendor_code == "VALIDATION_ERROR"
    assert "appointmentLength: Expected integer" in raised.value.vendor_message


@pytest.mark.parametrize(("page", "size"), [("0", "1"), ("1", "0"), ("1", "101")])
def test_carecycle_pages_are_refused_before_they_are_asked_for(tenant: MakeTenant, page: str, size: str) -> None:
    care = tenant("carecycle")
    with pytest.raises(Permanent):
        asker(care)("list-customers", page=page, page_size=size)
    assert care.calls() == []


# Caspen


def test_caspen_pages_follow_the_vendors_link_as_it_is(tenant: MakeTenant) -> None:
    north = tenant("caspen")
    booked = [north.book(starts_at=START)["id"] for _ in range(3)]
    call = asker(north)
    first = call("list-appointments", limit="2")
    second = call("list-appointments", following=first["following"])
    assert [each["id"] for each in (*first["records"], *second["records"])] == booked
    assert second["following"] is None
    asked = north.calls()[-1]
    assert f"{north.url}{asked['path']}?{asked['query']}" == first["following"]


def test_caspen_clients_are_listed_and_read(tenant: MakeTenant) -> None:
    north = tenant("caspen")
    people = [north.book(starts_at=START)["person_id"] for _ in range(2)]
    call = asker(north)
    first = call("list-clients", limit="1")
    assert [each["id"] for each in first["items"]] == people[:1]
    assert [each["id"] for each in call("list-clients", following=first["following"])["items"]] == people[1:]
    assert call("get-client", client_id=people[0])["id"] == people[0]


def test_caspen_updates_times_note_and_confirmed_and_never_an_id(tenant: MakeTenant) -> None:
    north = tenant("caspen")
    booked = north.book(starts_at=START)
    call = asker(north)
    call("update-appointment", appointment_id=booked["id"], starts_at="2026-03-02T13:00:00+01:00",
         ends_at="2026-03-02T12:30:00Z", note="Bring the letter", confirmed="true")  # fmt: skip
    sent = json.loads(north.calls()[-1]["body"])
    times = {"starts_at": "2026-03-02T12:00:00Z", "ends_at": "2026-03-02T12:30:00Z"}
    assert sent == {**times, "note": "Bring the letter", "confirmed": True}
    taken = call("update-appointment", appointment_id=booked["id"], note="")
    assert (taken["note"], taken["confirmed"], taken["starts_at"]) == (None, True, times["starts_at"])
    assert json.loads(north.calls()[-1]["body"]) == {"note": None}


def test_caspen_takes_a_note_of_255_characters_and_not_one_more(tenant: MakeTenant) -> None:
    north = tenant("caspen")
    booked = north.book(starts_at=START)
    assert asker(north)("update-appointment", appointment_id=booked["id"], note="n" * 255)["note"] == "n" * 255
    for wrong in ({"note": "n" * 256}, {}):
        with pytest.raises(Permanent):
            asker(north)("update-appointment", appointment_id=booked["id"], **wrong)
    assert len(north.calls()) == 1


# Pexip


def test_every_documented_filter_of_pexip_is_sent_in_its_one_syntax() -> None:
    texts = {name: (f"{name}-1", f"{name}-2") for name in ARRAYS if name not in {"status", "meeting_type"}}
    filters = Filters(
        **texts,
        status=(StatusWord.ACCEPTED, StatusWord.NO_SHOW),
        meeting_type=(MeetingTypeWord.VIDEO,),
        start=datetime(2026, 3, 1, tzinfo=UTC),
        end=datetime(2026, 3, 2, tzinfo=UTC),
    )
    sent = filters.params()
    assert {name for name, _ in sent} == {
        "id[]", "external-id[]", "from", "to", "meeting-type[]", "status[]", "callback-request-id[]", "listing-id[]",
        "lead-segment-id[]", "subject-id[]", "office-id[]", "customer-id[]", "employee-id[]",
    }  # fmt: skip
    assert [value for name, value in sent if name == "status[]"] == ["ACCEPTED", "NO_SHOW"]
    assert ("from", "2026-03-01T00:00:00.000Z") in sent


def test_the_sandbox_takes_every_filter_and_only_what_meets_all_is_listed(tenant: MakeTenant) -> None:
    acme = tenant("pexip")
    booked = acme.book(starts_at=START, status="COMPLETED", meeting_type="VIDEO", subject_id="s", office_id="o",
                       employee_id="e", external_id="x")  # fmt: skip
    acme.book(starts_at=START)
    met = {
        "id": booked["id"], "external_id": "x", "meeting_type": "VIDEO", "status": "COMPLETED", "subject_id": "s",
        "office_id": "o", "customer_id": booked["person_id"], "employee_id": "e",
    }  # fmt: skip
    window = {"start": "2026-03-02T10:00:00Z", "end": "2026-03-02T11:00:00Z"}
    call = asker(acme)
    listed = call("list-appointments", **{name: [value] for name, value in met.items()}, **window, limit="5")
    assert ([each["id"] for each in listed["records"]], listed["total"]) == ([booked["id"]], 1)
    for name in ("callback_request_id", "listing_id", "lead_segment_id"):
        assert call("list-appointments", **{name: ["nobody"]})["total"] == 0
    for name in met:
        if name not in {"status", "meeting_type"}:
            assert call("list-appointments", **{name: ["nobody"]})["total"] == 0, name
    assert call("list-appointments", status=["ACCEPTED"], offset="1")["records"] == []


@pytest.mark.parametrize("wrong", [{"external_id": ("x" * 256,)}, {"id": ("",)}])
def test_a_filter_of_another_length_than_documented_is_not_sent(wrong: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(Permanent):
        Filters(**wrong).params()  # type: ignore[arg-type]  # as above


def test_the_words_of_the_filters_are_those_that_are_understood() -> None:
    assert set(StatusWord) == set(STATUSES)
    assert set(MeetingTypeWord) == set(MEETING_TYPES)


def test_pexip_actions_change_what_they_say(tenant: MakeTenant) -> None:
    acme = tenant("pexip")
    booked = acme.book(starts_at=START, status="OUTGOING_INVITE")
    call, one = asker(acme), booked["id"]
    assert call("get-appointment", appointment_id=one)["status"] == "OUTGOING_INVITE"
    assert call("accept", appointment_id=one)["status"] == "ACCEPTED"
    times = {"start": "2026-03-03T10:00:00Z", "end": "2026-03-03T11:00:00Z"}
    told = {"message": "late", "message_for_customer": "sorry", "answers": ['{"id": "1"}'], "user_communication": "{}"}
    moved = call("reschedule", appointment_id=one, **times, **told)
    assert moved["start"] == "2026-03-03T10:00:00.000Z"
    sent = json.loads(acme.calls()[-1]["body"])
    assert (sent["message"], sent["messageForCustomer"], sent["answers"]) == ("late", "sorry", [{"id": "1"}])
    given = call("reassign", appointment_id=one, office_id="9", primary_employee_id="8")
    assert given["office"] == {"id": "9"}
    assert call("update-meeting-type", appointment_id=one, meeting_type="VIDEO")["meetingType"] == "VIDEO"
    noted = call("update-appointment", appointment_id=one, internal_notes="n", external_id="X", clear=["listingId"])
    assert (noted["internalNotes"], noted["externalId"], noted["listing"]) == ("n", "X", None)
    assert call("get-customer", customer_id=booked["person_id"])["id"] == booked["person_id"]


@pytest.mark.parametrize(
    ("operation", "typed", "code"),
    [
        ("reschedule", {"start": "2026-03-03T11:00:00Z", "end": "2026-03-03T10:00:00Z"}, "APPOINTMENT_START_AFTER_END"),
        ("update-meeting-type", {"meeting_type": "ON_LOCATION", "location": "{}"}, "APPOINTMENT_LOCATION_REQUIRED"),
        ("update-appointment", {"participants": ["{}"]}, "APPOINTMENT_PRIMARY_CUSTOMER_MISSING"),
        ("accept", {}, "APPOINTMENT_STATUS_INVALID"),
    ],
)
def test_a_business_error_keeps_its_code(tenant: MakeTenant, operation: str, typed: dict[str, Any], code: str) -> None:
    acme = tenant("pexip")
    booked = acme.book(starts_at=START)
    with pytest.raises(Permanent) as raised:
        asker(acme)(operation, appointment_id=booked["id"], **typed)
    assert raised.value.vendor_code == code


@pytest.mark.parametrize(
    ("operation", "typed"),
    [("update-appointment", {}), ("update-appointment", {"clear": ["status"]}), ("reassign", {})],
)
def test_an_empty_or_impossible_change_is_not_sent(tenant: MakeTenant, operation: str, typed: dict[str, Any]) -> None:
    acme = tenant("pexip")
    with pytest.raises(Permanent):
        asker(acme)(operation, appointment_id="1", **typed)
    assert acme.calls() == []


def test_the_record_and_the_error_carry_the_correlation_id_of_their_call(tenant: MakeTenant) -> None:
    from vendors.pexip.operations import Operations

    acme = tenant("pexip")
    booked = acme.book(starts_at=START)
    operations = Operations(KITS["pexip"].connection(acme), Client())
    found = operations.get_appointment(booked["id"])
    with pytest.raises(NotFound) as raised:
        operations.get_appointment("404")
    assert [found.trace, raised.value.trace] == [call["correlation_id"] for call in acme.calls()[-2:]]
    assert found.trace != raised.value.trace


def test_what_the_pages_document_of_a_record_surprises_nobody(tenant: MakeTenant) -> None:
    acme = tenant("pexip")
    booked = acme.book(starts_at=START)
    before = surprises.SURPRISES.counts()
    asker(acme)("get-appointment", appointment_id=booked["id"])
    assert surprises.SURPRISES.counts() == before


# OfficePlace


def test_officeplace_creates_in_both_documented_shapes(tenant: MakeTenant) -> None:
    desk = tenant("officeplace")
    call = asker(desk)
    times = {"start": "2026-03-02T10:00:00Z", "end": "2026-03-02T11:00:00Z"}
    for reference in ("false", "true"):
        made = call("create", title="Meeting with Client", description="Quarterly", reference=reference, **times)
        found = call("get-appointment", appointment_id=made)
        assert (found["title"], found["body"]["content"]) == ("Meeting with Client", "Quarterly")
    guide, reference_ = (json.loads(call["body"]) for call in desk.calls() if call["method"] == "POST" if "title" in
                         call["body"] or "subject" in call["body"])  # fmt: skip
    both = {"startTime", "endTime"}
    assert guide.keys() == both | {"title", "description"}
    assert reference_.keys() == both | {"subject", "body", "timeZone"}


def test_officeplace_previews_updates_and_deletes(tenant: MakeTenant) -> None:
    desk = tenant("officeplace")
    booked = desk.book(starts_at=START)
    call = asker(desk)
    window = {"start": "2026-03-02T00:00:00Z", "end": "2026-03-03T00:00:00Z"}
    assert [each["appointmentId"] for each in call("preview", mailbox="ad-1", **window)] == [booked["id"]]
    times = {"start": "2026-03-02T12:00:00Z", "end": "2026-03-02T13:00:00Z"}
    moved = call("update", appointment_id=booked["id"], title="New", mailbox="ad-1", **times)
    assert (moved["startTime"], moved["title"]) == ("2026-03-02T12:00:00Z", "New")
    assert call("delete", appointment_id=booked["id"], mailbox="ad-1") is None
    with pytest.raises(NotFound):
        call("get-appointment", appointment_id=booked["id"])


@pytest.mark.parametrize("shape", ["guide", "reference"])
def test_officeplace_tells_how_long_a_token_lasts_and_never_the_token(tenant: MakeTenant, shape: str) -> None:
    told = asker(tenant("officeplace", token_shape=shape))("get-token")
    assert told == {"used_for_seconds": 3540}


# Arguments as a person types them


@pytest.mark.parametrize(
    ("vendor", "operation", "argument", "typed"),
    [
        ("caspen", "update-appointment", "confirmed", "yes"),
        ("caspen", "update-appointment", "starts_at", "2026-03-02T10:00:00"),
        ("caspen", "list-appointments", "limit", "ten"),
        ("pexip", "list-appointments", "status", "accepted"),
        ("carecycle", "create-appointment-config", "config", "{name}"),
    ],
)
def test_what_cannot_be_read_is_refused(vendor: str, operation: str, argument: str, typed: str) -> None:
    (found,) = (each for each in OPERATIONS[vendor][operation].arguments if each.name == argument)
    with pytest.raises(ValueError, match="expected"):
        found.read(typed)


def test_what_is_not_given_is_not_sent() -> None:
    with peer(answer(200, b'{"id": "app_1"}')) as one:
        connection = Connection("c", "caspen", "UTC", one.url, {"token": "t"})
        ask(connection, "update-appointment", {"appointment_id": "app_1", "confirmed": "false"})
    assert json.loads(one.received[0].partition(b"\r\n\r\n")[2]) == {"confirmed": False}
