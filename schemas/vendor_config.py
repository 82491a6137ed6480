"""A config of ours in the shape that the vendor documents: what is ours beside it is left out, and said."""

from collections.abc import Mapping
from typing import Any

from schemas.appointment_config import DOCUMENTED

WORKFLOW = ("id", "name", "enabled", "trigger", "condition", "action")
SMS = ("type", "senderId", "template")


def for_vendor(body: Mapping[str, Any], *, enabled: bool) -> tuple[dict[str, Any], list[str]]:
    """The documented body, and a line for each thing that the vendor has no word for.

    `enabled` False switches every workflow off there; True leaves each as it is.
    """
    sent = {key: value for key, value in body.items() if key in DOCUMENTED and key != "workflows"}
    workflows, left_out = [], []
    for index, each in enumerate(body.get("workflows", ())):
        undocumented = _undocumented(each)
        if undocumented:
            left_out.append(f"workflows.{index}: {undocumented}")
            continue
        ours = sorted(set(each) - set(WORKFLOW)) + sorted(set(each["action"]) - set(SMS))
        left_out += [f"workflows.{index}.{name}" for name in ours]
        kept = {key: each[key] for key in WORKFLOW if each.get(key) is not None}
        action = {key: value for key, value in each["action"].items() if key in SMS}
        workflows.append({**kept, "enabled": enabled and each["enabled"] is True, "action": action})
    return ({**sent, "workflows": workflows} if "workflows" in body else sent), left_out


def _undocumented(workflow: Mapping[str, Any]) -> str:
    """Why the vendor cannot have this one at all: without that part it would text others, or at another time."""
    anchor = workflow["trigger"]["anchor"]
    condition = workflow.get("condition") or {"kind": "appointment_status", "statuses": ["scheduled"]}
    if anchor not in {"event_starts", "event_ends"}:
        return f"the anchor {anchor} is not documented there"
    if condition.get("kind") != "appointment_status" or condition.get("statuses") != ["scheduled"]:
        return "its condition is not documented there"
    kind = workflow["action"]["type"]
    return "" if kind == "sms" else f"the action {kind} is not documented there"
