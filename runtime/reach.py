"""Whom a status could be told: refused where nobody is there to be told, when it is wished and when it is planned."""

from collections.abc import Iterator, Mapping
from typing import Any

from rules.vendors import Change, Way
from rules.workflow import RunsAt, Workflow
from runtime.config_review import Place
from runtime.settings import ConnectionSettings
from schemas.appointment_rules import to_rules
from vendors.webhooks import MAPPINGS


def reaches_nobody(settings: ConnectionSettings, change: Change, raw: Mapping[str, Any]) -> bool:
    """Whether the vendor documents no way to be told, and no status callback is there in its place.

    `raw`: the appointment's record as it is known; empty for one that is still to come.
    """
    way = MAPPINGS[settings.vendor][1](change, raw, settings.adapter.options)
    return way is Way.CALLBACK and settings.status_callback is None


def problems(body: Mapping[str, Any], settings: ConnectionSettings) -> list[tuple[Place, str]]:
    """Where a config wants something of this connection that nobody could be told, and why."""
    found: list[tuple[Place, str]] = []
    for index, workflow in enumerate(to_rules(body).workflows):
        if workflow.enabled and workflow.runs_at is RunsAt.PUNCTUAL:
            found += [(("workflows", index, "action"), why) for why in _of(workflow, settings)]
    return found


def _of(workflow: Workflow, settings: ConnectionSettings) -> Iterator[str]:
    if workflow.change is not None and reaches_nobody(settings, workflow.change, {}):
        remedy = f"set status_callback of [connections.{settings.name}]"
        yield f"the vendor of {settings.name} documents no way to be told {workflow.change}; {remedy}"
