import json
import re
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from rules.statuses import Status
from rules.timing import due_at
from rules.wishes import end_of
from rules.workflow import Anchor, QuietHours, RunsAt, ShortNotice
from schemas.appointment_config import ANSWER, REQUEST, RESPONSE, not_executable, to_rules
from schemas.strict import flat

CREATED = Path(__file__).parent.parent / "fixtures" / "appointment_configs" / "created.json"
ID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
SAFE = 2**53 - 1


def workflow(**fields: Any) -> dict[str, Any]:
    return {
        "id": ID,
        "enabled": True,
        "trigger": {"anchor": "event_starts", "offsetMinutes": -1440},
        "action": {"type": "sms", "senderId": "main", "template": "See you, {{clientCustomer.firstName}}"},
    } | fields


def wrong(body: dict[str, Any]) -> list[str]:
    """Where the strict schema finds something wrong."""
    try:
        REQUEST.load(body)
    except ValidationError as error:
        return sorted(".".join(map(str, path)) for path, _ in flat(error.messages))
    return []


def example() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(CREATED.read_bytes())["appointmentConfig"]
    return loaded


def test_case_87_the_documents_own_example_loads_as_it_stands_and_says_why_it_cannot_run() -> None:
    assert ANSWER.load(json.loads(CREATED.read_bytes())) == json.loads(CREATED.read_bytes())
    config = to_rules(example(), 3)
    assert (config.id, config.revision, config.name) == (ID, 3, "string")
    (only,) = config.workflows
    assert (only.template, only.sender, only.statuses) == ("string", "string", frozenset({Status.SCHEDULED}))
    assert not_executable(example()) == [
        "appointmentLength: -2147483648 minutes give no end to an appointment whose record has none",
        "workflows.0: an offset of -9007199254740991 minutes leads to no date between 1970 and 2200",
    ]


def test_what_is_said_not_to_run_is_what_planning_cannot_run() -> None:
    config, now = to_rules(example()), datetime(2026, 1, 1, tzinfo=UTC)
    assert end_of(now, None, config.appointment_length_minutes) is None
    assert due_at(now, config.workflows[0].offset_minutes, ZoneInfo("UTC")) is None


def test_an_empty_request_is_a_good_one() -> None:
    assert REQUEST.load({}) == {}
    assert to_rules({}).workflows == ()


def test_the_request_knows_every_documented_key_but_those_of_the_server() -> None:
    documented = set(example())
    server = {"id", "createdAt", "updatedAt", "clientId", "createdBy", "updatedBy"}
    server |= {"assignedCampaignCount", "assignedTransferConfigCount"}
    assert set(RESPONSE.fields) == documented | {"punctual"}
    assert set(REQUEST.fields) == documented - server
    assert wrong(dict.fromkeys(sorted(server), None)) == sorted(server)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({"name": "x"}, [{"name": ""}, {"name": None}, {"name": 5}, {"name": "a\0b"}, {"name": "\ud800"}]),
        ({"description": None}, [{"description": 5}]),
        ({"appointmentLength": -SAFE}, [{"appointmentLength": -SAFE - 1}, {"appointmentLength": None}]),
        ({"concurrentLimit": SAFE}, [{"concurrentLimit": SAFE + 1}, {"concurrentLimit": True}]),
        ({"appointmentSpacing": 5.0}, [{"appointmentSpacing": 5.5}, {"appointmentSpacing": float("nan")}]),
        ({"maxOptions": 0}, [{"maxOptions": "0"}, {"maxOptions": 10**400}, {"maxOptions": float("inf")}]),
        ({"minDate": None}, [{"minDate": "2026-01-01T"}]),
        ({"maxDate": "2026-01-01"}, [{"maxDate": 20260101}]),
        ({"minHours": None}, [{"minHours": "1"}]),
        ({"preferredMode": "zipcode"}, [{"preferredMode": "Zipcode"}, {"preferredMode": None}]),
        ({"appointmentMode": "agent_phone_call"}, [{"appointmentMode": "phone"}]),
        ({"showCallerIdOnBookingPage": False}, [{"showCallerIdOnBookingPage": 0}, {"showCallerIdOnBookingPage": "t"}]),
        ({"assignmentMode": "routing_config"}, [{"assignmentMode": ""}]),
        ({"routingConfigId": None}, [{"routingConfigId": "497f6eca-6276-9993-bfeb-53cbbbba6f08"}]),
        ({"transferConfigId": "ffffffff-ffff-ffff-ffff-ffffffffffff"}, [{"transferConfigId": ID + "\n"}]),
        ({"workflows": []}, [{"workflows": None}, {"workflows": {}}, {"workflows": [5]}]),
        ({"bookingHours": []}, [{"bookingHours": [{"startHour": 9, "endHour": 17}]}]),
        ({}, [{"Name": "x"}]),
    ],
)
def test_each_documented_bound_holds_on_both_sides(good: dict[str, Any], bad: list[dict[str, Any]]) -> None:
    assert wrong(good) == []
    for each in bad:
        assert wrong(each), each


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"id": "x"}, "workflows.0.id"),
        ({"enabled": 1}, "workflows.0.enabled"),
        ({"trigger": {"anchor": "event_begins", "offsetMinutes": 0}}, "workflows.0.trigger.anchor"),
        ({"trigger": {"anchor": "event_ends"}}, "workflows.0.trigger.offsetMinutes"),
        ({"trigger": {"anchor": "event_ends", "offsetMinutes": SAFE + 1}}, "workflows.0.trigger.offsetMinutes"),
        ({"condition": {"kind": "moon_phase"}}, "workflows.0.condition.kind"),
        ({"condition": {"kind": "appointment_status", "statuses": ["booked"]}}, "workflows.0.condition.statuses.0"),
        ({"condition": {"kind": "appointment_status"}}, "workflows.0.condition.statuses"),
        ({"condition": "always"}, "workflows.0.condition"),
        ({"action": {"type": "fax"}}, "workflows.0.action.type"),
        ({"action": {"type": "sms"}}, "workflows.0.action.template"),
        ({"action": {"type": "sms", "template": "x", "url": "y"}}, "workflows.0.action.url"),
        ({"shortNotice": "maybe"}, "workflows.0.shortNotice"),
        ({"graceMinutes": -1}, "workflows.0.graceMinutes"),
        ({"quietHours": {"start": "24:00", "end": "08:00"}}, "workflows.0.quietHours.start"),
        ({"surprise": 1}, "workflows.0.surprise"),
    ],
)
def test_a_workflow_is_told_where_it_is_wrong(fields: dict[str, Any], where: str) -> None:
    assert wrong({"workflows": [workflow(**fields)]}) == [where]


def test_booking_hours_have_their_documented_ranges() -> None:
    sent = example()["bookingHours"][0]
    assert wrong({"bookingHours": [sent]}) == []
    for field, most in (("startHour", 23), ("startMinute", 59), ("endHour", 24), ("endMinute", 59)):
        assert wrong({"bookingHours": [sent | {field: most + 1}]}) == [f"bookingHours.0.{field}"]
        assert wrong({"bookingHours": [sent | {field: -1}]}) == [f"bookingHours.0.{field}"]
    assert wrong({"bookingHours": [sent | {"dayOfWeek": []}]}) == ["bookingHours.0.dayOfWeek"]
    assert wrong({"bookingHours": [sent | {"dayOfWeek": [7]}]}) == ["bookingHours.0.dayOfWeek.0"]


def test_two_workflows_cannot_share_an_id() -> None:
    assert wrong({"workflows": [workflow(), workflow(id=ID.upper())]}) == ["workflows"]


def test_our_additions_reach_the_rules() -> None:
    sent = workflow(
        name="Moved",
        trigger={"anchor": "rescheduled", "offsetMinutes": 0},
        condition={"kind": "appointment_status", "statuses": ["scheduled", "requested"]},
        shortNotice="send",
        graceMinutes=30,
        quietHours={"start": "20:30", "end": "07:15"},
    )
    (rule,) = to_rules(REQUEST.load({"workflows": [sent]})).workflows
    assert (rule.id, rule.name, rule.enabled, rule.problem) == (ID, "Moved", True, "")
    assert (rule.anchor, rule.offset_minutes) == (Anchor.RESCHEDULED, 0)
    assert rule.statuses == {Status.SCHEDULED, Status.REQUESTED}
    assert (rule.short_notice, rule.grace_minutes) == (ShortNotice.SEND, 30)
    assert rule.quiet_hours == QuietHours(time(20, 30), time(7, 15))


def test_what_is_left_out_has_the_careful_default() -> None:
    (rule,) = to_rules({"workflows": [workflow()]}).workflows
    assert (rule.short_notice, rule.grace_minutes, rule.quiet_hours) == (ShortNotice.SKIP, None, QuietHours())
    assert (rule.statuses, rule.runs_at) == (frozenset({Status.SCHEDULED}), RunsAt.PUNCTUAL)


def test_without_a_condition_a_text_about_a_cancellation_needs_a_cancelled_appointment() -> None:
    sent = workflow(trigger={"anchor": "cancelled", "offsetMinutes": 0})
    assert to_rules({"workflows": [sent]}).workflows[0].statuses == {Status.CANCELLED}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"condition": {"kind": "moon_phase", "phases": ["full"]}}, "the condition 'moon_phase' is not supported"),
        ({"condition": "always"}, "the condition None is not supported"),
        (
            {"condition": {"kind": "appointment_status", "statuses": ["scheduled", "rebooked"]}},
            "the condition's status 'rebooked' is not supported",
        ),
        (
            {"condition": {"kind": "appointment_status", "statuses": []}},
            "its condition lists no status, so that it never holds",
        ),
        ({"action": {"type": "fax", "number": "1"}}, "the action 'fax' is not supported"),
        ({"action": None}, "the action None is not supported"),
        ({"action": {"type": "sms", "template": "  "}}, "its template is empty"),
        ({"trigger": {"anchor": "full_moon", "offsetMinutes": 5}}, "the anchor 'full_moon' is not supported"),
        ({"trigger": None}, "the anchor None is not supported; offsetMinutes is missing"),
        ({"id": None}, "it has no id"),
    ],
)
def test_an_undocumented_variant_is_kept_and_does_not_run(fields: dict[str, Any], problem: str) -> None:
    body = {"workflows": [workflow(**fields)]}
    assert to_rules(body).workflows[0].problem == problem
    assert not_executable(body) == [f"workflows.0: {problem}"]


def test_two_pulled_workflows_with_one_id_stay_two() -> None:
    first, second = to_rules({"workflows": [workflow(), workflow()]}).workflows
    assert (first.id, first.problem) == (ID, "")
    assert second.id != first.id
    assert second.problem


def test_case_76_a_pulled_config_runs_at_the_vendor() -> None:
    body = example() | {"runsAt": "vendor"}
    assert {each.runs_at for each in to_rules(body).workflows} == {RunsAt.VENDOR}
    assert {each.runs_at for each in to_rules(example(), runs_at=RunsAt.VENDOR).workflows} == {RunsAt.VENDOR}


KEYS = (*example(), *workflow(), "kind", "type", "statuses", "template", "anchor", "offsetMinutes", "quietHours")
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([*KEYS, "sms", "appointment_status", ID]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)


@given(body=st.dictionaries(st.sampled_from(KEYS), anything, max_size=6), flow=anything)
def test_a_stored_body_of_any_shape_is_read(body: dict[str, Any], flow: Any) -> None:
    for each in (body, body | {"workflows": [body, flow, flow]}):
        config = to_rules(each)
        ids = [rule.id for rule in config.workflows]
        assert len(set(ids)) == len(ids)
        not_executable(each)


@given(body=st.dictionaries(st.sampled_from(KEYS), anything, max_size=6))
def test_the_strict_schema_answers_every_body_with_what_is_wrong(body: dict[str, Any]) -> None:
    assert all(re.fullmatch(r"[\w.]+", place) for place in wrong(body))
