"""`/openapi.json`: the API as OpenAPI 3.1, from the schemas that hold requests to it."""

from functools import cache
from typing import Any

from apispec import APISpec
from flask import Blueprint, Response, jsonify

from schemas import api as wire
from schemas.appointment_config import DEFAULTS, STORED_ONLY, Answer, Answers, Request
from web.openapi_examples import EXAMPLES
from web.openapi_fields import plugin

CONFIGS = "/v2/campaigns/appointment-configs"
STORED = "Stored and returned; nobody acts on it: Punctual books nothing."
ABOUT = f"""\
CareCycle's appointment configs and list of booked appointments, served for every connection.

What its documents say is here as they say it. **Status codes are not documented: those here are our assumption**, as
are the answers to showing and replacing one config (they follow the documented ones), the nulls in the list of
appointments, and the values that an answer has where the request said nothing.

**Stored, returned, and acted on by nobody:** {", ".join(f"`{name}`" for name in STORED_ONLY)}. `appointmentLength`
(minutes) gives the end where a record has none; `appointmentMode` is there for conditions and templates.

**Additions of Punctual's**, all optional: the anchors `booked`, `rescheduled` and `cancelled`; statuses beside
`scheduled`; conditions beside `appointment_status`; the actions `webhook` and `set_status`; `shortNotice`,
`graceMinutes`, `quietHours`, `caps` and `mergeMinutes` of a workflow; `templates` and `maxSegments` of an `sms` action;
the key `punctual` of answers; `applyToBooked` of a replacement. Each has an example.

A config plans nothing until it is assigned to a connection, on the command line: `punctual configs assign`.

A negative `offsetMinutes` is before the anchor; the sign is not documented. 60 requests per minute and key.
"""
SENT_BACK = (
    "An answer of ours may be edited and sent back: what only the server writes (`id`, `createdAt`, `updatedAt`, "
    "`clientId`, `createdBy`, `updatedBy`, `assigned...Count`, `punctual`) says nothing then."
)
PROBLEMS = {
    "400": ("Problem", "The request cannot be read."),
    "401": ("Problem", "No API key, or one that is not known."),
    "403": ("Problem", "The key may not do that."),
    "404": ("Problem", "There is no such thing, or the key may not see it."),
    "429": ("TooMany", "More than 60 requests of this key within a minute."),
    "500": ("Problem", "Our fault."),
    "503": ("Problem", "The database cannot be reached."),
}
KEY = "API key required for authentication. Keys begin with 'cc_' prefix. `punctual keys create` makes them."


def blueprint() -> Blueprint:
    """Public: it says nothing about anybody."""
    routes = Blueprint("openapi", __name__)

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return jsonify(document())

    return routes


@cache
def document() -> dict[str, Any]:
    spec = APISpec("Punctual", "2", "3.1.0", plugins=[plugin()], info={"description": ABOUT})
    spec.components.security_scheme("key", {"type": "apiKey", "in": "header", "name": "x-api-key", "description": KEY})
    for schema in (wire.Problem, wire.Invalid, wire.InvalidConfig, wire.TooMany):
        spec.components.schema(schema.__name__, schema=schema)
    _configs(spec)
    spec.path("/v2/customers/appointments", operations={"get": _appointments()})
    made: dict[str, Any] = spec.to_dict()
    for name in ("AppointmentConfigRequest", "AppointmentConfig"):
        _describe(made["components"]["schemas"][name]["properties"])
    made["security"] = [{"key": []}]
    return made


def _configs(spec: APISpec) -> None:
    read = {"200": _json(Answer, "The config.")}
    listed = {"200": _json(Answers, "All configs that the key may see, oldest first.")}
    path = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    body = {
        "required": True,
        "description": SENT_BACK,
        "content": {"application/json": {"schema": Request, "examples": EXAMPLES}},
    }
    apply = {
        "name": "applyToBooked",
        "in": "query",
        "schema": {"type": "string", "enum": ["preview", "true"]},
        "description": "An addition of Punctual's. Appointments that are booked already keep the revision that they "
        "were planned with. `true` moves them to this one. `preview` stores nothing and answers, below "
        "`punctual.applyToBooked`, with every promise that would be new, moved, gone or doubled.",
    }
    spec.path(
        CONFIGS,
        operations={
            "get": {"summary": "List appointment configs", "responses": listed | _problems()},
            "post": {
                "summary": "Create appointment config",
                "requestBody": body,
                "responses": read | _problems(wire.InvalidConfig),
            },
        },
    )
    spec.path(
        CONFIGS + "/{id}",
        parameters=[path],
        operations={
            "get": {"summary": "Show appointment config", "responses": read | _problems()},
            "put": {
                "summary": "Replace appointment config",
                "description": "What is left out is gone. Disabling or leaving out a workflow cancels its pending "
                "promises at once; every other change counts for appointments that are planned from then on.",
                "parameters": [apply],
                "requestBody": body,
                "responses": read | _problems(wire.InvalidConfig),
            },
            "delete": {
                "summary": "Delete appointment config",
                "description": "Its pending promises are cancelled at once.",
                "responses": read | _problems(),
            },
        },
    )


def _appointments() -> dict[str, Any]:
    return {
        "summary": "Get booked appointments for the client",
        "description": "Over all connections, or the key's one; one result per seat, by start. Start inclusive, end "
        "exclusive (assumption).",
        "parameters": [{"in": "query", "schema": wire.Window}],
        "responses": {"200": _json(wire.BookedAppointments, "The appointments.")} | _problems(wire.Invalid),
    }


def _json(schema: Any, description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _problems(invalid: Any = None) -> dict[str, Any]:
    found = {status: _json(name, said) for status, (name, said) in PROBLEMS.items()}
    if invalid is not None:
        found["413"] = _json("Problem", "The body is larger than 1 MiB.")
        found["422"] = _json(invalid, "The request is not as documented.")
    return found


def _describe(properties: dict[str, Any]) -> None:
    for name, schema in properties.items():
        if name in STORED_ONLY:
            schema["description"] = STORED
        if name in DEFAULTS:
            schema["default"] = DEFAULTS[name]
    properties["name"]["description"] = "Appointment config name"
    properties["appointmentLength"]["description"] = "Minutes (inference): gives the end where a record has none."
    properties["appointmentMode"]["description"] = "For conditions and templates, where a record does not say."
