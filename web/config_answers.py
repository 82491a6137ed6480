"""A stored config as the API shows it: all documented keys, and ours below `punctual`."""

import json
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from rules.workflow import RunsAt
from runtime import config_review
from schemas.appointment_config import DEFAULTS, not_executable
from store.config_views import Assigned, View

BOOKING_MINUTES = {"startMinute": 0, "endMinute": 0}


def client_id(public_url: str) -> str:
    """An installation is one client; its id is made from its address."""
    return str(uuid5(NAMESPACE_URL, public_url))


def shown(view: View, public_url: str) -> dict[str, Any]:
    """The documented answer. Who made it is an id made from the mark that is stored (a key's digest, a command)."""
    body = json.loads(view.body)
    runs_at = body.pop("runsAt", RunsAt.PUNCTUAL.value)
    return {
        "id": str(view.id),
        "createdAt": _instant(view.created_at),
        "updatedAt": _instant(view.updated_at),
        "clientId": client_id(public_url),
        **documented(body),
        "createdBy": _who(public_url, view.created_by),
        "updatedBy": _who(public_url, view.updated_by),
        "assignedCampaignCount": len({each.value for each in view.assigned if each.field == "campaign_id"}),
        "assignedTransferConfigCount": 0,  # there are no transfer configs here
        "punctual": {
            "revision": view.revision,
            "runsAt": runs_at,
            "texts": config_review.texts(body),
            "notExecutable": not_executable(body),
            "assignedTo": [_assigned(each) for each in view.assigned],
        },
    }


def documented(body: dict[str, Any]) -> dict[str, Any]:
    """The request's keys, each with what holds where nothing was said; a pulled config's other keys after them."""
    said = {**DEFAULTS, **{key: value for key, value in body.items() if key != "id"}}
    said["workflows"] = [_workflow(each) for each in _objects(said["workflows"])]
    said["bookingHours"] = [BOOKING_MINUTES | each for each in _objects(said["bookingHours"])]
    return said


def _workflow(said: dict[str, Any]) -> dict[str, Any]:
    """In the documented order, what is ours after it."""
    first = {key: said.get(key) for key in ("id", "name", "enabled", "trigger", "condition", "action")}
    return first | said


def _objects(said: Any) -> list[dict[str, Any]]:
    return [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []


def _assigned(assigned: Assigned) -> dict[str, str]:
    whole = {"connection": assigned.connection}
    return whole if not assigned.field else {**whole, "field": assigned.field, "value": assigned.value}


def _who(public_url: str, mark: str) -> str | None:
    return str(uuid5(uuid5(NAMESPACE_URL, public_url), mark)) if mark else None


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
