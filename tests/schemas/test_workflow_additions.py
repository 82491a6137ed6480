"""What is ours in a workflow: taken strictly, and read by the rules as it was meant."""

from datetime import date, time
from typing import Any

import pytest

from rules import conditions
from rules.appointment import MeetingType
from rules.statuses import Status
from rules.vendors import Change
from rules.workflow import Action, Caps, Workflow
from schemas.appointment_config import REQUEST, to_rules
from tests.schemas.test_appointment_config import workflow, wrong

SCHEDULED = {"kind": "appointment_status", "statuses": ["scheduled"]}


def rule(**parts: Any) -> Workflow:
    [found] = to_rules(REQUEST.load({"workflows": [workflow(**parts)]})).workflows
    assert found.problem == ""
    return found


def test_a_text_is_in_the_persons_language_where_there_is_one() -> None:
    found = rule(action={"type": "sms", "template": "Hi", "templates": {"es": "Hola", "pt-BR": "Oi"}})
    asked = {"es": "Hola", "es-MX": "Hola", "ES_mx": "Hola", "pt-BR": "Oi", "pt": "Hi", "": "Hi"}
    assert {tag: found.template_for(tag) for tag in asked} == asked
    assert found.template_for(None) == "Hi"


def test_conditions_become_a_tree_and_the_statuses_it_may_let_through() -> None:
    found = rule(condition={"kind": "all", "conditions": [SCHEDULED, {"kind": "meeting_type", "types": ["phone"]}]})
    assert found.statuses == {Status.SCHEDULED}
    assert isinstance(found.condition, conditions.All)
    assert found.condition.parts[1] == conditions.HasMeetingType(frozenset({MeetingType.PHONE}))
    assert rule(condition={"kind": "confirmed"}).statuses == {Status.SCHEDULED}
    assert rule(condition={"kind": "not", "condition": SCHEDULED}).statuses == conditions.EVERY_STATUS - {
        Status.SCHEDULED
    }


@pytest.mark.parametrize(
    ("word", "change"),
    [
        ("confirmed", Change.CONFIRM),
        ("cancelled", Change.CANCEL),
        ("completed", Change.COMPLETE),
        ("no_show", Change.NO_SHOW),
    ],
)
def test_a_status_to_be_set_is_a_change_at_the_vendor(word: str, change: Change) -> None:
    found = rule(action={"type": "set_status", "status": word})
    assert (found.action, found.change, found.texts) == (Action.SET_STATUS, change, False)


def test_a_webhook_says_what_it_is_called() -> None:
    assert rule(action={"type": "webhook"}).event == "due"
    assert rule(action={"type": "webhook", "event": "visit_over"}).event == "visit_over"


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.com/hook",
        "ftp://crm.example.com",
        "crm.example.com",
        "https://ann:pw@crm.example.com",
        "https://",
        "https://crm.example.com/#x",
        5,
    ],
)
def test_what_cannot_be_called_is_refused_and_pulled_all_the_same_it_says_why(url: Any) -> None:
    body = {"workflows": [workflow(action={"type": "webhook", "url": url})]}
    assert wrong(body) == ["workflows.0.action.url"]
    [pulled] = to_rules(body).workflows
    assert pulled.problem.startswith("its url cannot be called: expected an address")


def test_a_webhook_may_have_an_address_with_a_query() -> None:
    found = rule(action={"type": "webhook", "url": "https://crm.example.com/hook?a=b"})
    assert (found.url, found.problem) == ("https://crm.example.com/hook?a=b", "")


def test_closed_days_come_from_a_list_and_from_a_calendar() -> None:
    calendar = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nEND:VEVENT\nEND:VCALENDAR"
    hours = {"start": "20:00", "end": "09:00", "days": ["sunday"], "closedDates": ["2026-05-01"]}
    found = rule(quietHours={**hours, "closedCalendar": calendar}).quiet_hours
    assert (found.days, found.closed) == ({6}, {date(2026, 5, 1), date(2026, 12, 25)})


def test_quiet_hours_may_name_days_alone_and_keep_the_usual_times() -> None:
    found = rule(quietHours={"days": ["sunday"]}).quiet_hours
    assert (found.start, found.end, found.days) == (time(21, 0), time(8, 0), {6})
    assert rule(quietHours={"start": "20:00"}).quiet_hours.end == time(8, 0)


def test_caps_and_the_merge_window_reach_the_rules() -> None:
    found = rule(caps={"perDay": 2}, mergeMinutes=15)
    assert (found.caps, found.merge_minutes) == (Caps(2, None), 15)


def nested(levels: int) -> dict[str, Any]:
    return {"kind": "confirmed"} if levels == 1 else {"kind": "not", "condition": nested(levels - 1)}


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ({"condition": {"kind": "all", "conditions": []}}, "condition.conditions"),
        ({"condition": {"kind": "not"}}, "condition.condition"),
        ({"condition": {"kind": "any", "conditions": [{"kind": "moon"}]}}, "condition.conditions.0.kind"),
        ({"condition": {"kind": "record_field", "path": "a..b"}}, "condition.path"),
        ({"condition": {"kind": "record_field", "path": "a", "values": [{}]}}, "condition.values.0"),
        ({"condition": nested(6)}, "condition"),
        ({"action": {"type": "set_status", "status": "rebooked"}}, "action.status"),
        ({"action": {"type": "webhook", "url": "https://example.com/" + "x" * 2000}}, "action.url"),
        ({"action": {"type": "webhook", "event": "Has Spaces"}}, "action.event"),
        ({"action": {"type": "sms", "template": "x", "maxSegments": 11}}, "action.maxSegments"),
        ({"quietHours": {"start": "20:00", "end": "09:00", "days": ["sun"]}}, "quietHours.days.0"),
        ({"quietHours": {"start": "20:00", "end": "09:00", "closedDates": ["25.12."]}}, "quietHours.closedDates.0"),
        ({"quietHours": {"start": "20:00", "end": "09:00", "closedCalendar": "x"}}, "quietHours.closedCalendar"),
        ({"caps": {"perDay": 0}}, "caps.perDay"),
        ({"mergeMinutes": 721}, "mergeMinutes"),
    ],
)
def test_an_addition_that_is_wrong_is_told_with_its_place(parts: dict[str, Any], where: str) -> None:
    assert wrong({"workflows": [workflow(**parts)]}) == [f"workflows.0.{where}"]


def test_conditions_may_stand_five_deep() -> None:
    assert wrong({"workflows": [workflow(condition=nested(5))]}) == []
