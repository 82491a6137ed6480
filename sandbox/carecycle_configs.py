"""CareCycle's appointment configs, checked against every range and list of document 003."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from sandbox import times
from sandbox.ids import uuid4
from sandbox.refusal import Record

if TYPE_CHECKING:
    from sandbox.carecycle import CareCycle

SAFE = 2**53 - 1
UUID = re.compile(
    r"^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
    r"|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"
)
Check = Callable[[Any], bool]


def whole(low: int = -SAFE, high: int = SAFE) -> Check:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def text(low: int = 0, high: int | None = None) -> Check:
    return lambda value: isinstance(value, str) and low <= len(value) and (high is None or len(value) <= high)


def one_of(*words: str) -> Check:
    return lambda value: value in words


def or_null(check: Check) -> Check:
    return lambda value: value is None or check(value)


def uuid(value: object) -> bool:
    return isinstance(value, str) and UUID.match(value) is not None


def boolean(value: object) -> bool:
    return isinstance(value, bool)


def days(value: object) -> bool:
    return isinstance(value, list) and len(value) >= 1 and all(whole(0, 6)(each) for each in value)


# field -> (check, what was expected, default in an answer)
TOP: dict[str, tuple[Check, str, Any]] = {
    "name": (text(1), "string", "Untitled"),
    "description": (or_null(text()), "string | null", None),
    "concurrentLimit": (whole(), "integer", 1),
    "appointmentLength": (whole(), "integer", 30),
    "appointmentSpacing": (whole(), "integer", 0),
    "maxOptions": (whole(), "integer", 3),
    "minDate": (or_null(text(0, 10)), "string | null", None),
    "maxDate": (or_null(text(0, 10)), "string | null", None),
    "minHours": (or_null(whole()), "integer | null", None),
    "preferredMode": (one_of("timezone", "zipcode"), "'timezone' | 'zipcode'", "timezone"),
    "appointmentMode": (
        one_of("phone_call", "in_person", "video_call", "agent_phone_call"),
        "'phone_call' | 'in_person' | 'video_call' | 'agent_phone_call'",
        "phone_call",
    ),
    "showCallerIdOnBookingPage": (boolean, "boolean", False),
    "assignmentMode": (
        one_of("customer_agent", "routing_config", "external_transfer"),
        "'customer_agent' | 'routing_config' | 'external_transfer'",
        "customer_agent",
    ),
    "routingConfigId": (or_null(uuid), "uuid | null", None),
    "transferConfigId": (or_null(uuid), "uuid | null", None),
    "workflows": (lambda value: isinstance(value, list), "array", []),
    "bookingHours": (lambda value: isinstance(value, list), "array", []),
}
# field -> (check, what was expected, required)
WORKFLOW: dict[str, tuple[Check, str, bool]] = {
    "id": (uuid, "uuid", True),
    "enabled": (boolean, "boolean", True),
    "trigger": (lambda value: isinstance(value, dict), "object", True),
    "action": (lambda value: isinstance(value, dict), "object", True),
    "name": (or_null(text()), "string | null", False),
    "condition": (or_null(lambda value: isinstance(value, dict)), "object", False),
}
TRIGGER: dict[str, tuple[Check, str, bool]] = {
    "anchor": (one_of("event_starts", "event_ends"), "'event_starts' | 'event_ends'", True),
    "offsetMinutes": (whole(), "integer", True),
}
HOURS: dict[str, tuple[Check, str, bool]] = {
    "startHour": (whole(0, 23), "integer 0..23", True),
    "endHour": (whole(0, 24), "integer 0..24", True),
    "dayOfWeek": (days, "array of integers 0..6", True),
    "startMinute": (whole(0, 59), "integer 0..59", False),
    "endMinute": (whole(0, 59), "integer 0..59", False),
}


def issue(path: list[str | int], expected: str, value: object) -> Record:
    received = "undefined" if value is None else type(value).__name__
    message = f"Expected {expected}, received {received}"
    return {"path": path, "message": message, "expected": expected, "received": received, "code": "invalid_type"}


def check_part(part: object, rules: dict[str, tuple[Check, str, bool]], path: list[str | int]) -> list[Record]:
    if not isinstance(part, dict):
        return [issue(path, "object", part)]
    return [
        issue([*path, name], expected, part.get(name))
        for name, (check, expected, required) in rules.items()
        if (name in part or required) and not check(part.get(name))
    ]


def check_config(sent: Record) -> list[Record]:
    """Everything that is wrong with a config, as CareCycle's `errors`."""
    issues = [
        issue([name], expected, sent[name]) for name, (check, expected, _) in TOP.items()
        if name in sent and not check(sent[name])
    ]  # fmt: skip
    if issues:
        return issues
    for index, workflow in enumerate(sent.get("workflows", [])):
        found = check_part(workflow, WORKFLOW, ["workflows", index])
        issues += found or check_part(workflow["trigger"], TRIGGER, ["workflows", index, "trigger"])
    for index, hours in enumerate(sent.get("bookingHours", [])):
        issues += check_part(hours, HOURS, ["bookingHours", index])
    return issues


def new_config(sent: Record) -> Record:
    """The answer to a creation: what was sent, the defaults, and the fields only CareCycle writes."""
    fields = {name: sent.get(name, default) for name, (_, _, default) in TOP.items()}
    workflows = [{"name": None, "condition": None, **each} for each in fields["workflows"]]
    hours = [{"startMinute": 0, "endMinute": 0, **each} for each in fields["bookingHours"]]
    at = times.millis_z(times.now())
    return {
        "id": uuid4(),
        "createdAt": at,
        "updatedAt": at,
        "clientId": "5e505642-9024-474d-9434-e5a44f505cc5",
        **fields,
        "workflows": workflows,
        "bookingHours": hours,
        "createdBy": "25a02396-1048-48f9-bf93-102d2fb7895e",
        "updatedBy": "25a02396-1048-48f9-bf93-102d2fb7895e",
        "assignedCampaignCount": 0,
        "assignedTransferConfigCount": 0,
    }


def add_routes(api: Blueprint, vendor: "CareCycle") -> None:
    """List, create and delete; an update is not documented."""

    @api.get("/campaigns/appointment-configs")
    def list_configs() -> Response:
        return jsonify({"appointmentConfigs": vendor.caller().configs.all()})

    @api.post("/campaigns/appointment-configs")
    def create_config() -> Response:
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict):
            raise vendor.refuse(400, "The body is not a JSON object")
        if issues := check_config(sent):
            raise vendor.invalid(*issues)
        config = new_config(sent)
        vendor.caller().configs.put(config["id"], config)
        return jsonify({"appointmentConfig": config})

    @api.delete("/campaigns/appointment-configs/<config_id>")
    def delete_config(config_id: str) -> Response:
        gone = vendor.caller().configs.remove(config_id)
        if gone is None:
            raise vendor.refuse(404, "Appointment config not found")
        return jsonify({"appointmentConfig": gone})
