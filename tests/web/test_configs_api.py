"""The API of appointment configs, as its document has it."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from store import configs
from store.engine import Database
from store.tables import api_keys, sync_requests
from tests.web.api_client import PATH, Caller, caller, reminder
from tests.web.given import Rung

EXAMPLE = json.loads((Path(__file__).parent.parent / "fixtures" / "appointment_configs" / "created.json").read_bytes())[
    "appointmentConfig"
]
SERVER = {"id", "createdAt", "updatedAt", "clientId", "createdBy", "updatedBy"}
SERVER |= {"assignedCampaignCount", "assignedTransferConfigCount"}
FAX, ACTIONS = {"type": "fax"}, "'sms' | 'webhook' | 'set_status'"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def anybody(client: FlaskClient, database: Database) -> Caller:
    return caller(client, database)


@pytest.fixture
def north(client: FlaskClient, database: Database) -> Caller:
    return caller(client, database, "north")


def errors(answer: Any) -> dict[str, dict[str, str]]:
    """By their path; the body has the documented shape."""
    body = answer.get_json()
    assert (answer.status_code, body["code"], body["failedRecords"]) == (422, "VALIDATION_ERROR", [])
    assert all(set(each) == {"path", "message", "expected", "received", "code"} for each in body["errors"])
    return {".".join(each["path"]): each for each in body["errors"]}


def test_an_empty_request_creates_a_config_with_every_documented_key(anybody: Caller) -> None:
    made = anybody.made({})
    assert set(made) == set(EXAMPLE) | {"punctual"}
    for key, value in made.items():
        if EXAMPLE.get(key) is not None and value is not None:
            assert type(value) is type(EXAMPLE[key]), key
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["createdAt"])
    assert {str(UUID(made[key])) for key in ("id", "clientId", "createdBy", "updatedBy")}


def test_case_87_the_documents_example_comes_back_as_it_was_sent_with_what_cannot_run(anybody: Caller) -> None:
    sent = {key: value for key, value in EXAMPLE.items() if key not in SERVER}
    made = anybody.made(sent)
    assert {key: made[key] for key in sent} == sent
    assert made["punctual"]["notExecutable"] == [
        "appointmentLength: -2147483648 minutes give no end to an appointment whose record has none",
        "workflows.0: an offset of -9007199254740991 minutes leads to no date between 1970 and 2200",
    ]


def test_a_config_is_listed_shown_replaced_and_deleted(anybody: Caller) -> None:
    made = anybody.made({"name": "Reminders", "workflows": [reminder()]})
    path = f"{PATH}/{made['id']}"
    assert anybody.ask("GET").get_json()["appointmentConfigs"] == [made]
    assert anybody.ask("GET", path).get_json()["appointmentConfig"] == made
    replaced = anybody.ask("PUT", path, json={"name": "Fewer"}).get_json()["appointmentConfig"]
    assert (replaced["name"], replaced["workflows"], replaced["punctual"]["revision"]) == ("Fewer", [], 2)
    assert (replaced["createdAt"], replaced["createdBy"]) == (made["createdAt"], made["createdBy"])
    assert replaced["updatedAt"] > made["updatedAt"]
    assert anybody.ask("DELETE", path).get_json()["appointmentConfig"] == replaced
    assert anybody.ask("GET").get_json() == {"appointmentConfigs": []}
    for method in ("GET", "PUT", "DELETE"):
        assert anybody.ask(method, path, json={}).status_code == 404


def test_an_answer_may_be_edited_and_sent_back(anybody: Caller) -> None:
    made = anybody.made({"name": "Reminders", "workflows": [reminder()]})
    path = f"{PATH}/{made['id']}"
    edited = made | {"name": "Edited"}
    shown = anybody.ask("PUT", path, json=edited).get_json()["appointmentConfig"]
    assert {key for key in made if made[key] != shown[key]} == {"name", "updatedAt", "punctual"}
    assert anybody.ask("PUT", path, json=shown).get_json()["appointmentConfig"] == shown
    copy = anybody.made(shown)
    assert copy["id"] != shown["id"]
    assert copy["workflows"] == shown["workflows"]


def test_an_answer_that_is_sent_back_to_another_address_is_refused(anybody: Caller) -> None:
    one, other = anybody.made({"name": "one"}), anybody.made({"name": "other"})
    found = errors(anybody.ask("PUT", f"{PATH}/{other['id']}", json=one))
    assert found["id"]["message"].startswith("It is another config's than the address names")
    assert anybody.ask("GET", f"{PATH}/{other['id']}").get_json()["appointmentConfig"] == other


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ({"workflow": []}, "workflow", "Unknown field; did you mean workflows?"),
        ({"workflows": [reminder(quiethours={})]}, "workflows.0.quiethours", "Unknown field; did you mean quietHours?"),
        (
            {"workflows": [reminder(action={"type": "webhook", "verb": "GET"})]},
            "workflows.0.action.verb",
            "Unknown field; there is type, event, url.",
        ),
        (
            {"workflows": [reminder(trigger={"anchor": "booked", "offsetMinutes": 0, "offset": 5})]},
            "workflows.0.trigger.offset",
            "Unknown field; did you mean offsetMinutes?",
        ),
        (
            {"workflows": [reminder(caps={"perMonth": 5})]},
            "workflows.0.caps.perMonth",
            "Unknown field; there is perDay, perWeek.",
        ),
    ],
)  # fmt: skip
def test_a_misspelt_field_is_told_with_what_there_is(anybody: Caller, body: Any, path: str, message: str) -> None:
    assert errors(anybody.create(body))[path]["message"] == message


def test_the_parts_and_the_encoding_of_each_text_come_back_with_the_config(anybody: Caller) -> None:
    action = {"type": "sms", "template": "Hi {{clientCustomer.firstName}}", "templates": {"es": "Sí, é ŵ"}}
    first, second = anybody.made({"workflows": [reminder(action=action)]})["punctual"]["texts"]
    assert (first["language"], second["language"]) == (None, "es")
    assert first["example"] == {"text": "Hi Anna", "encoding": "gsm7", "segments": 1, "units": 7, "foreign": []}
    assert (first["worst"]["encoding"], first["worst"]["foreign"]) == ("ucs2", ["á"])
    assert (second["example"]["encoding"], second["example"]["foreign"]) == ("ucs2", ["í", "ŵ"])


def test_case_54_a_text_over_the_limit_of_segments_is_refused_with_its_count(anybody: Caller) -> None:
    action = {"type": "sms", "template": "x" * 400, "maxSegments": 2}
    found = errors(anybody.create({"workflows": [reminder(action=action)]}))
    assert "3 segments" in found["workflows.0.action.template"]["message"]
    assert anybody.create({"workflows": [reminder(action=action | {"maxSegments": 3})]}).status_code == 200


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("Hi\n {{ name }}", "line 2, column 5: name is not a variable that texts may use"),
        ("Reply CANCEL to cancel", "It tells people to reply CANCEL"),
        ("Hi {% if %}", "line 1, column 7: missing expression"),
    ],
)
def test_a_template_that_cannot_be_right_is_refused_with_its_place(
    anybody: Caller, template: str, message: str
) -> None:
    for action in (
        {"type": "sms", "template": template},
        {"type": "sms", "template": "x", "templates": {"es": template}},
    ):
        (place, found) = errors(anybody.create({"workflows": [reminder(action=action)]})).popitem()
        assert place.startswith("workflows.0.action.template")
        assert found["message"].startswith(message)
        assert found["code"] == "custom"


@pytest.mark.parametrize(
    ("body", "path", "expected", "received", "code"),
    [
        ({"name": 5}, "name", "string of length 1 to any", "number", "invalid_type"),
        ({"name": ""}, "name", "string of length 1 to any", "string", "too_small"),
        ({"minDate": "x" * 11}, "minDate", "string of length 0 to 10 | null", "string", "too_big"),
        (
            {"maxOptions": 2**53},
            "maxOptions",
            "integer from -9007199254740991 to 9007199254740991",
            "number",
            "too_big",
        ),
        ({"preferredMode": "zip"}, "preferredMode", "'timezone' | 'zipcode'", "string", "invalid_enum_value"),
        ({"routingConfigId": "x"}, "routingConfigId", "uuid | null", "string", "invalid_string"),
        ({"surprise": 1}, "surprise", "never", "number", "unrecognized_keys"),
        ({"workflows": [{}]}, "workflows.0.id", "uuid", "undefined", "invalid_type"),
        ({"workflows": [reminder(action=FAX)]}, "workflows.0.action.type", ACTIONS, "string", "invalid_enum_value"),
        ([], "", "object", "array", "invalid_type"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_the_documented_shape(
    anybody: Caller, body: Any, path: str, expected: str, received: str, code: str
) -> None:
    found = errors(anybody.create(body))[path]
    assert (found["expected"], found["received"], found["code"]) == (expected, received, code)


NO_JSON = [b"", b"{", b"NaN", b'{"name": Infinity}', b"[" * 100_000, b'{"a":' * 60 + b"1" + b"}" * 60, b"1" * 5000]


@pytest.mark.parametrize("raw", NO_JSON, ids=range(len(NO_JSON)))
def test_what_is_no_json_is_a_400(anybody: Caller, raw: bytes) -> None:
    answer = anybody.ask("POST", data=raw)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b" ", "The body is empty: a JSON object is expected, {} at least"),
        (b'{"name":\n Ann}', "The body is not JSON: line 2, column 2: Expecting value"),
        (b'{"name": NaN}', "The body is not JSON"),
    ],
)
def test_where_it_stops_being_json_is_said(anybody: Caller, raw: bytes, message: str) -> None:
    assert anybody.ask("POST", data=raw).get_json()["message"] == message


def test_a_key_is_stored_as_its_digest_alone(anybody: Caller, database: Database) -> None:
    assert anybody.key.startswith("cc_")
    with database.begin() as tx:
        (row,) = tx.execute(sa.select(api_keys)).all()
    assert anybody.key not in str(row)


@pytest.mark.parametrize("key", ["", "cc_", "cc_unknown", "x" * 50, "cc_\xff"])
def test_nobody_gets_anything_without_a_key(client: FlaskClient, anybody: Caller, key: str) -> None:
    for method, path in (("GET", PATH), ("POST", PATH), ("GET", f"{PATH}/x"), ("GET", "/v2/customers/appointments")):
        answer = client.open(path, method=method, headers={"x-api-key": key}, json={})
        assert (answer.status_code, answer.get_json()["code"]) == (401, "UNAUTHORIZED")


def test_a_revoked_key_is_no_key(anybody: Caller, database: Database) -> None:
    with database.begin() as tx:
        tx.execute(sa.update(api_keys).values(revoked_at=sa.func.now()))
    answer = anybody.ask("GET")
    assert answer.status_code == 401
    assert "not known, or it was revoked" in answer.get_json()["message"]


def test_the_61st_request_of_a_minute_is_told_when_to_come_back(
    anybody: Caller, client: FlaskClient, database: Database
) -> None:
    statuses = [anybody.ask("GET", f"{PATH}/{UNKNOWN}").status_code for _ in range(61)]
    assert statuses == [404] * 60 + [429]
    answer = anybody.ask("GET")
    body = answer.get_json()
    assert (body["message"], body["code"]) == ("Rate limit exceeded", "RATE_LIMIT_EXCEEDED")
    assert 1 <= body["retryAfter"] <= 61
    assert answer.headers["Retry-After"] == str(body["retryAfter"])
    assert caller(client, database).ask("GET").status_code == 200


def test_a_key_of_one_connection_sees_its_own_and_changes_nothing_of_others(
    anybody: Caller, north: Caller, database: Database
) -> None:
    ids = {name: UUID(anybody.made({"name": name})["id"]) for name in ("north", "south", "both")}
    own = north.made({"name": "own"})
    with database.begin() as tx:
        for name, assigned in (("north", ["north"]), ("south", ["south"]), ("both", ["north", "south"])):
            for each in assigned:
                configs.assign(tx, each, ids[name])
    assert [each["name"] for each in north.ask("GET").get_json()["appointmentConfigs"]] == ["north", "both", "own"]
    statuses = {name: north.ask("PUT", f"{PATH}/{identity}", json={}).status_code for name, identity in ids.items()}
    assert statuses == {"north": 200, "south": 404, "both": 403}
    assert north.ask("DELETE", f"{PATH}/{ids['both']}").status_code == 403
    assert north.ask("DELETE", f"{PATH}/{own['id']}").status_code == 200


def test_assignments_are_counted_and_named(anybody: Caller, database: Database) -> None:
    made = anybody.made({})
    with database.begin() as tx:
        for campaign in ("a", "b"):
            configs.assign(tx, "north", UUID(made["id"]), field="campaign_id", value=campaign)
        configs.assign(tx, "south", UUID(made["id"]))
    shown = anybody.ask("GET", f"{PATH}/{made['id']}").get_json()["appointmentConfig"]
    assert (shown["assignedCampaignCount"], shown["assignedTransferConfigCount"]) == (2, 0)
    assert shown["punctual"]["assignedTo"][-1] == {"connection": "south"}


def test_case_37_a_replaced_or_deleted_config_has_its_connections_planned_anew(
    anybody: Caller, database: Database, rung: Rung
) -> None:
    made = anybody.made({"workflows": [reminder()]})
    with database.begin() as tx:
        configs.assign(tx, "north", UUID(made["id"]))
    for generation, method in enumerate(("PUT", "DELETE"), 1):
        assert anybody.ask(method, f"{PATH}/{made['id']}", json={}).status_code == 200
        with database.begin() as tx:
            asked = tx.execute(sa.select(sync_requests)).one()
        assert (asked.connection, asked.kind, asked.wanted_gen) == ("north", "plan", generation)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v2/x", 404), ("PATCH", PATH, 405), ("GET", f"{PATH}/not-an-id", 404), ("GET", f"{PATH}/{UNKNOWN}", 404)],
)
def test_every_refusal_has_message_and_code(anybody: Caller, method: str, path: str, status: int) -> None:
    answer = anybody.ask(method, path)
    assert answer.status_code == status
    assert set(answer.get_json()) == {"message", "code"}


def test_what_nobody_could_be_told_is_refused_where_it_is_used(anybody: Caller, database: Database) -> None:
    """Caspen takes no status, and north has no status callback."""
    made = anybody.made({"workflows": [reminder()]})
    with database.begin() as tx:
        configs.assign(tx, "north", UUID(made["id"]))
    completes = {"workflows": [reminder(action={"type": "set_status", "status": "completed"})]}
    answer = anybody.ask("PUT", f"{PATH}/{made['id']}", json=completes)
    assert answer.status_code == 422
    [wrong] = answer.get_json()["errors"]
    assert wrong["path"] == ["workflows", "0", "action"]
    assert "no way to be told complete; set status_callback of [connections.north]" in wrong["message"]
    assert anybody.ask("GET", f"{PATH}/{made['id']}").get_json()["appointmentConfig"]["punctual"]["revision"] == 1
    confirms = {"workflows": [reminder(action={"type": "set_status", "status": "confirmed"})]}
    assert anybody.ask("PUT", f"{PATH}/{made['id']}", json=confirms).status_code == 200
