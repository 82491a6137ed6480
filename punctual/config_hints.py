"""What of a config will not do what somebody may expect where it is assigned. Hints, no errors: it is stored."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from punctual.session import Session
from rules.workflow import Action, Workflow
from schemas.appointment_rules import to_rules
from store import configs


def hints(
    session: Session, tx: Connection, body: Mapping[str, Any], assigned: Sequence[Mapping[str, str]]
) -> list[str]:
    """A line each, with the remedy. `assigned` as `configs list --json` has it."""
    if not assigned:
        return ["it is not assigned, so that it plans nothing: `punctual configs assign CONFIG CONNECTION`"]
    rules = to_rules(body).workflows
    found = [line for index, rule in enumerate(rules) for line in _of(session, rule, f"workflows.{index}", assigned)]
    for each in assigned:
        field, value, name = each["field"], each["value"], each["connection"]
        if field and not configs.is_known(tx, name, field, value):
            found.append(f"no appointment of {name} has {field}={value} so far")
    return found


def _of(session: Session, rule: Workflow, place: str, assigned: Sequence[Mapping[str, str]]) -> Iterator[str]:
    if rule.texts and rule.sender and rule.sender not in session.settings.senders:
        yield f"{place}: no sender is named {rule.sender!r}; the connection's own sends it"
    if rule.action is not Action.WEBHOOK:
        return
    for name in sorted({each["connection"] for each in assigned}):
        settings = session.settings.connections[name]
        if rule.url and settings.webhook_actions is None:
            yield f"{place}: {name} has nothing to sign its webhook with; set webhook_actions of [connections.{name}]"
        if not rule.url and settings.status_callback is None:
            yield f"{place}: {name} has no status_callback to be told; set it, or give the action a url"
