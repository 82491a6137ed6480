"""Conditions, caps, merged texts, names, and actions that text nobody: decided and written at the fence."""

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from rules.appointment import MeetingType
from rules.senders import NotSent
from rules.statuses import Standing, Status
from store import appointments, fence, names, tables
from store.fence import Claimed, Refusal
from store.material import Material, NoName
from tests.factories import ADA, BOB, FOLLOW_UP, REMINDER, SCHEDULED, config_body, days, hours, minutes, workflow_body
from tests.store.given import CLINIC, LEASE, North, Other, now, waits_for_a_lock

pytestmark = pytest.mark.servers
SET_STATUS = {"type": "set_status", "status": "completed"}
WEBHOOK = {"type": "webhook", "event": "visit_near"}
OWN = "https://crm.example.com/hooks/near?desk=4"


def has(north: North, *workflows: dict[str, Any], **changes: Any) -> None:
    north.has_config(config_body(*workflows, **changes))


def says(material: Material) -> str:
    return f"{material.workflow.template} {material.first_name}"


def passes(north: North, promise_id: int | None = None, render: fence.Render = says) -> Claimed | Refusal:
    with north.db.begin() as tx:
        return fence.pass_fence(tx, promise_id or north.promise.id, north.facts, LEASE, render)


def text(words: str) -> dict[str, Any]:
    return {"type": "sms", "template": words}


def sent_before(north: North, *ages_in_hours: float, state: str = "delivered", phone: str | None = ADA.phone) -> None:
    """Texts that this number has had about other appointments."""
    for age in ages_in_hours:
        external_id = f"{phone} {age} {state}"
        north.books(days(5), external_id=external_id)
        attempt = {
            "id": uuid4(),
            "promise_id": due(north, external_id),
            "connection": "north",
            "appointment_id": north.row(external_id).id,
            "sender": "texts",
            "from_number": CLINIC,
            "to_number": phone,
            "state": state,
            "created_at": now() - hours(age),
        }
        with north.db.begin() as tx:
            tx.execute(sa.insert(tables.attempts).values(**attempt))


def due(north: North, external_id: str = "app_1") -> int:
    row = north.row(external_id)
    [promise] = north.rows(tables.promises, tables.promises.c.appointment_id == row.id)
    return int(promise.id)


def reason(north: North, promise_id: int) -> str | None:
    [promise] = north.rows(tables.promises, tables.promises.c.id == promise_id)
    return promise.skip_reason


def test_a_condition_that_ceased_to_hold_stops_the_text_at_the_fence(north: North) -> None:
    condition = {"kind": "not", "condition": {"kind": "record_field", "path": "said", "values": ["nothing"]}}
    has(north, workflow_body(condition=condition))
    north.books()
    north.alters(tables.appointments, raw=json.dumps({"said": "nothing"}).encode())
    passes(north)
    assert (north.promise.skip_reason, north.attempts) == ("condition", [])


def test_a_text_for_confirmed_ones_waits_for_no_word_of_the_vendor(north: North) -> None:
    has(north, workflow_body(condition={"kind": "confirmed"}))
    north.books()
    assert north.promise.skip_reason == "condition"
    with north.db.begin() as tx:
        appointments.keep_our_word(tx, north.row(), Standing(Status.SCHEDULED, confirmed=True))
    north.replans()
    assert isinstance(passes(north), Claimed)


def test_a_meeting_type_is_the_records_else_the_configs(north: North) -> None:
    only_phone = {"kind": "meeting_type", "types": ["phone"]}
    has(north, workflow_body(condition=only_phone), appointmentMode="agent_phone_call")
    found = north.books()
    assert north.promise.state == "planned"
    north.answers(replace(found, meeting_type=MeetingType.VIDEO))
    assert north.promise.skip_reason == "condition"


def test_a_callback_is_owed_once_and_texts_nobody(north: North) -> None:
    north.facts = replace(north.facts, has_callback=True)
    has(north, workflow_body(action=WEBHOOK, quietHours={"start": "00:00", "end": "23:59"}))
    north.books(people=())
    assert (north.promise.action, north.promise.state, north.promise.attendee) == ("webhook", "planned", "appointment")
    assert passes(north).done
    assert passes(north) == Refusal(None)
    [owed] = north.rows(tables.callbacks)
    body = json.loads(owed.body)
    assert (owed.kind, body["type"], body["data"]["appointment_id"]) == ("workflow", "workflow.visit_near", "app_1")
    assert ADA.first_name not in str(body)
    assert (north.promise.state, north.attempts) == ("accepted", [])


def test_a_callback_without_an_address_says_so(north: North) -> None:
    has(north, workflow_body(action=WEBHOOK))
    north.books()
    passes(north)
    assert (north.promise.skip_reason, north.rows(tables.callbacks)) == ("no_callback", [])


def test_a_workflows_own_address_is_told_instead_of_the_status_callback(north: North) -> None:
    north.facts = replace(north.facts, has_callback=True, signs_webhooks=True)
    has(north, workflow_body(action={**WEBHOOK, "url": OWN}))
    north.books()
    assert passes(north).done
    assert [owed.url for owed in north.rows(tables.callbacks)] == [OWN]


def test_an_own_address_that_cannot_be_signed_for_is_not_told_and_says_so(north: North) -> None:
    north.facts = replace(north.facts, has_callback=True, signs_webhooks=False)
    has(north, workflow_body(action={**WEBHOOK, "url": OWN}))
    north.books()
    passes(north)
    assert (north.promise.skip_reason, north.rows(tables.callbacks)) == ("unsigned", [])


def test_a_status_is_wanted_at_the_vendor_for_the_start_it_was_planned_for(north: North) -> None:
    has(north, workflow_body(action=SET_STATUS))
    found = north.books()
    assert passes(north).done
    [wanted] = north.rows(tables.write_backs)
    assert (wanted.change, wanted.for_start, wanted.source) == ("complete", found.starts_at, "workflow")


@pytest.mark.parametrize("action", [SET_STATUS, WEBHOOK])
@pytest.mark.parametrize("mode", ["observe", "trial"])
def test_a_connection_that_is_not_live_changes_nothing_anywhere(
    north: North, mode: str, action: dict[str, str]
) -> None:
    north.facts = replace(north.facts, has_callback=True)
    has(north, workflow_body(action=action))
    north.books()
    north.alters(tables.connection_states, mode=mode)
    passes(north)
    assert north.promise.skip_reason == mode
    assert north.rows(tables.callbacks) + north.rows(tables.write_backs) == []


def test_a_cancelled_appointment_is_told_to_nobodys_system(north: North) -> None:
    north.facts = replace(north.facts, has_callback=True)
    has(north, workflow_body(action=WEBHOOK))
    found = north.books()
    north.alters(tables.appointments, vendor_status="cancelled")
    passes(north)
    assert (north.promise.skip_reason, north.rows(tables.callbacks)) == ("cancelled", [])
    assert found.standing == SCHEDULED


@pytest.mark.parametrize(
    ("caps", "ages", "capped"),
    [
        ({"perDay": 2}, (1, 23), True),
        ({"perDay": 2}, (1, 25), False),
        ({"perWeek": 2}, (100, 167), True),
        ({"perWeek": 2}, (100, 169), False),
        ({}, (1, 2, 3), False),
    ],
)
def test_case_40_a_person_gets_no_more_than_the_cap_and_the_promise_says_so(
    north: North, caps: dict[str, int], ages: tuple[float, ...], capped: bool
) -> None:
    has(north, workflow_body(caps=caps))
    sent_before(north, *ages)
    north.books()
    passed = passes(north, due(north))
    assert isinstance(passed, Claimed) is not capped
    assert reason(north, due(north)) == ("capped" if capped else None)


def test_case_40_what_did_not_leave_and_what_others_got_does_not_count(north: North) -> None:
    has(north, workflow_body(caps={"perDay": 1}))
    sent_before(north, 1, state="refused")
    sent_before(north, 1, state="delivered", phone=BOB.phone)
    north.books()
    assert isinstance(passes(north, due(north)), Claimed)


def test_case_40_two_texts_at_one_moment_do_not_both_pass_a_cap_of_one(north: North) -> None:
    has(north, workflow_body(caps={"perDay": 1}))
    north.books()
    north.books(external_id="app_2")
    first, second = due(north), due(north, "app_2")
    with north.db.begin() as tx:
        assert isinstance(fence.pass_fence(tx, first, north.facts, LEASE, says), Claimed)
        other = Other(lambda: passes(north, second))
        assert waits_for_a_lock(north.db)
    other.ends()
    assert reason(north, second) == "capped"


def two_due(north: North, apart: int = 0, **changes: Any) -> tuple[int, int]:
    """Two workflows of one appointment, due within a minute and `apart` minutes later."""
    first = workflow_body(action=text("One for"), mergeMinutes=15)
    trigger = {"anchor": "event_starts", "offsetMinutes": -1440 + apart}
    second = workflow_body(FOLLOW_UP, **{"action": text("Two for"), "mergeMinutes": 15, "trigger": trigger} | changes)
    has(north, first, second)
    north.books()
    found = {each.workflow_id: each.id for each in north.promises}
    return found[REMINDER], found[FOLLOW_UP]


@pytest.mark.parametrize("apart", [0, 10])
def test_case_40_texts_of_the_same_minutes_go_out_as_one_and_the_merged_one_says_so(north: North, apart: int) -> None:
    first, second = two_due(north, apart)
    claimed = passes(north, first)
    assert isinstance(claimed, Claimed)
    assert claimed.body == "One for Ada\n\nTwo for Ada"
    [merged] = north.rows(tables.promises, tables.promises.c.id == second)
    assert (merged.state, merged.skip_reason, merged.merged_into) == ("skipped", "merged", first)
    assert passes(north, second) == Refusal(None)
    north.replans()
    assert reason(north, second) == "merged"


@pytest.mark.parametrize(
    ("apart", "changes"),
    [
        (20, {}),
        (10, {"mergeMinutes": 5}),
        (0, {"mergeMinutes": 0}),
        (0, {"action": SET_STATUS}),
        (0, {"condition": {"kind": "confirmed"}}),
    ],
)
def test_case_40_what_is_due_later_or_does_not_merge_stays_its_own(
    north: North, apart: int, changes: dict[str, Any]
) -> None:
    first, second = two_due(north, apart, **changes)
    claimed = passes(north, first)
    assert isinstance(claimed, Claimed)
    assert claimed.body == "One for Ada"
    assert reason(north, second) != "merged"


def test_case_40_a_merged_text_is_owed_again_when_the_one_that_said_it_did_not_leave(north: North) -> None:
    first, second = two_due(north)
    north.settles(passes(north, first), NotSent("no connection"))
    [given_back] = north.rows(tables.promises, tables.promises.c.id == second)
    assert (given_back.state, given_back.skip_reason, given_back.merged_into) == ("planned", None, None)
    north.alters(tables.promises, look_at=now() - minutes(1))
    claimed = passes(north, first)
    assert isinstance(claimed, Claimed)
    assert claimed.body == "One for Ada\n\nTwo for Ada"


def test_case_40_two_people_of_one_appointment_are_texted_each_for_themselves(north: North) -> None:
    has(north, workflow_body(mergeMinutes=15, action=text("See you,")))
    north.books(people=(ADA, BOB))
    bodies = {claimed.body for each in north.promises if isinstance(claimed := passes(north, each.id), Claimed)}
    assert bodies == {"See you, Ada", "See you, Bob"}


def test_case_83_names_come_from_the_directory_and_never_are_ids(north: North) -> None:
    north.books(practitioner_id="dr-7", service_id="s-1", location_id="l-1")
    with north.db.begin() as tx:
        names.put(tx, "north", "practitioner", "dr-7", "Dr. Lee")
        names.put(tx, "north", "subject", "s-1", "Check-up")
        names.put(tx, "south", "location", "l-1", "Another practice")
    seen: list[Material] = []
    passes(north, render=lambda material: seen.append(material) or "text")
    [found] = seen
    assert (found.practitioner_name, found.service_name, found.location_name) == ("Dr. Lee", "Check-up", "")


def test_case_83_a_text_that_needs_an_unknown_name_is_skipped_and_says_so(north: North) -> None:
    north.books()

    def refuses(_: Material) -> str:
        raise NoName("it needs practitioner.name")

    passes(north, render=refuses)
    assert (north.promise.skip_reason, north.attempts) == ("no_name", [])
