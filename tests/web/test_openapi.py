"""What `/openapi.json` says holds, and each of its examples is a good request."""

import json
from pathlib import Path

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from rules.workflow import Anchor
from schemas.appointment_config import STORED_ONLY
from schemas.workflow_parts import ACTIONS, CONDITIONS
from store.engine import Database
from tests.web.api_client import Caller, caller, reminder
from tests.web.given import MakeApp, Rung
from web import api
from web.openapi import document
from web.openapi_examples import EXAMPLES

DOCUMENT = document()
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = [(method, path) for path, each in DOCUMENT["paths"].items() for method in each if method != "parameters"]


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": {"schemas": SCHEMAS}})


@pytest.fixture
def anybody(client: FlaskClient, database: Database) -> Caller:
    return caller(client, database)


def test_anybody_may_read_it(client: FlaskClient) -> None:
    assert json.loads(client.get("/openapi.json").data) == json.loads(json.dumps(DOCUMENT))
    assert DOCUMENT["openapi"] == "3.1.0"


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_is_taken_and_answered_as_described(anybody: Caller, name: str) -> None:
    sent = EXAMPLES[name]["value"]
    validator("AppointmentConfigRequest").validate(sent)
    answer = anybody.create(sent)
    assert answer.status_code == 200, answer.get_json()
    validator("AppointmentConfigAnswer").validate(answer.get_json())
    assert answer.get_json()["appointmentConfig"]["punctual"]["notExecutable"] == []


def test_every_addition_has_an_example() -> None:
    said = json.dumps([example["value"] for example in EXAMPLES.values()])
    documented = {"id", "name", "enabled", "trigger", "condition", "action"}
    additions = set(SCHEMAS["Workflow"]["properties"]) - documented
    additions |= {
        "templates",
        "maxSegments",
        "event",
        "url",
        "days",
        "closedDates",
        "closedCalendar",
        "perDay",
        "perWeek",
    }
    assert {each for each in additions if f'"{each}"' not in said} == set()
    conditions = SCHEMAS["Workflow"]["properties"]["condition"]["anyOf"][0]["discriminator"]["mapping"]
    actions = SCHEMAS["Workflow"]["properties"]["action"]["discriminator"]["mapping"]
    assert {each for each in (*conditions, *actions) if f'"{each}"' not in said} == set()


def test_what_is_stored_and_acted_on_by_nobody_says_so() -> None:
    for name in ("AppointmentConfigRequest", "AppointmentConfig"):
        for field in STORED_ONLY:
            assert "nobody acts on it" in SCHEMAS[name]["properties"][field]["description"]
    assert all(f"`{field}`" in DOCUMENT["info"]["description"] for field in STORED_ONLY)


def test_the_page_about_configs_names_what_nobody_acts_on_and_every_addition() -> None:
    page = (Path(__file__).parents[2] / "docs" / "configs.md").read_text()
    documented = {"id", "name", "enabled", "trigger", "condition", "action"}
    additions = set(SCHEMAS["Workflow"]["properties"]) - documented
    for name in ("Webhook", "SetStatus", "QuietHours", "Caps"):
        additions |= set(SCHEMAS[name]["properties"]) - {"type", "event", "status"}
    additions |= {"templates", "maxSegments", *Anchor, *CONDITIONS, *ACTIONS}
    assert {each for each in (*STORED_ONLY, *additions) if f"`{each}`" not in page} == {"event_starts", "event_ends"}


def test_the_status_codes_are_called_an_assumption() -> None:
    assert "Status codes are not documented" in DOCUMENT["info"]["description"]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_refusal_is_answered_as_described(client: FlaskClient, method: str, path: str) -> None:
    answer = client.open(path.replace("{id}", "x"), method=method.upper())
    validator("Problem").validate(answer.get_json())
    assert str(answer.status_code) in DOCUMENT["paths"][path][method]["responses"]


def test_a_validation_error_is_answered_as_described(anybody: Caller) -> None:
    answer = anybody.create({"name": 5, "workflows": [reminder(id=1)]})
    validator("InvalidConfig").validate(answer.get_json())


MODES = list(GenerationMode)


@pytest.mark.parametrize("mode", MODES, ids=[mode.value for mode in MODES])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_whatever_is_sent_is_answered_as_described(
    make_app: MakeApp, database: Database, monkeypatch: pytest.MonkeyPatch, method: str, path: str, mode: GenerationMode
) -> None:
    """Requests of Schemathesis, such that keep to the description and such that do not."""
    monkeypatch.setattr(api, "CALLS", 1_000_000)
    app = make_app(Rung())
    asks = caller(app.test_client(), database)
    made = asks.made({"workflows": [reminder()]})["id"]
    operation = schemathesis.openapi.from_wsgi("/openapi.json", app)[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def answers(case: schemathesis.Case) -> None:
        if "id" in case.path_parameters and mode is GenerationMode.POSITIVE:
            case.path_parameters["id"] = made
        answer = case.call_and_validate(headers={"x-api-key": asks.key}, excluded_checks=[positive_data_acceptance])
        if mode is GenerationMode.POSITIVE and answer.status_code == 422:
            # What no JSON Schema can say: a template with an unknown name, a calendar without a beginning.
            assert {each["code"] for each in answer.json()["errors"]} <= {"custom", "invalid_string"}, answer.text

    answers()
