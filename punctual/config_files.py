"""An appointment config as a file: read, held to the documented shape, its texts tried before anybody gets one."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from marshmallow import ValidationError

from punctual.session import Refused
from rules.workflow import Workflow
from runtime.config_review import problems, texts
from schemas.appointment_config import REQUEST, RESPONSE, SERVER_WRITTEN, not_executable, to_rules
from schemas.complaints import complaints

OURS = UUID("6d3f3a52-6f0c-5c0e-9d57-8f5b7d1f3b11")
"""Names ids that are made from a file: the same file gives the same ids. Never changes."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A config as its file has it."""

    path: str
    body: dict[str, Any]

    @property
    def id(self) -> UUID | None:
        return UUID(self.body["id"]) if "id" in self.body else None

    @property
    def name(self) -> str:
        return str(self.body.get("name") or "")

    def checked(self, identity: UUID, known: Sequence[str] = ()) -> dict[str, Any]:
        """The config to store under this id. `known` are the workflow ids of the revision that it follows.

        A workflow without an id keeps the one that stood in its place, or gets one made from its place: with another
        id its texts would be other promises, and people might get them twice.

        Raises:
            Refused: with a line for each mistake, by its path.
        """
        body = {**self.body, **({"workflows": found} if (found := self._with_ids(identity, known)) is not None else {})}
        schema = RESPONSE if "id" in body else REQUEST
        try:
            loaded: dict[str, Any] = schema.load(body)
        except ValidationError as error:
            found = complaints(schema, body, error.messages)
            raise Refused(
                self._told([f"{'.'.join(each['path']) or 'file'}: {each['message']}" for each in found])
            ) from None
        if wrong := problems(loaded):
            raise Refused(self._told([f"{'.'.join(map(str, path))}: {what}" for path, what in wrong]))
        return {key: value for key, value in loaded.items() if key not in SERVER_WRITTEN}

    def _with_ids(self, identity: UUID, known: Sequence[str]) -> list[Any] | None:
        workflows = self.body.get("workflows")
        if not isinstance(workflows, list):
            return None
        given = {each["id"].lower() for each in workflows if isinstance(each, dict) and isinstance(each.get("id"), str)}
        filled = []
        for index, each in enumerate(workflows):
            if isinstance(each, dict) and each.get("condition", ...) is None:
                each = {key: value for key, value in each.items() if key != "condition"}  # noqa: PLW2901 - as answers show none
            if not isinstance(each, dict) or "id" in each:
                filled.append(each)
                continue
            stood = known[index] if index < len(known) else ""
            usable = stood and stood.lower() not in given
            filled.append({"id": stood if usable else str(uuid5(identity, f"workflow {index}")), **each})
        return filled

    def _told(self, lines: Sequence[str]) -> str:
        return "\n".join([f"{self.path} is refused:", *(f"  {line}" for line in lines)])


def read(path: Path) -> Draft:
    """JSON, or TOML by its name. Raises `Refused` where it is neither."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Refused(f"{path} is not UTF-8") from None
    try:
        body = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (ValueError, RecursionError) as error:
        kind = "TOML" if path.suffix == ".toml" else "JSON"
        raise Refused(f"{path} is not {kind}: {error}") from None
    if isinstance(body, dict) and set(body) == {"appointmentConfig"}:
        body = body["appointmentConfig"]  # the documented answer, as it was saved
    if not isinstance(body, dict):
        raise Refused(f"{path} holds no appointment config: expected an object in CareCycle's documented shape")
    draft = Draft(str(path), _with_calendars(body, path))
    draft.checked(OURS)
    if draft.id is None and not draft.name:
        raise Refused(
            f"{path} is refused:\n  name: give it a name or an id, by which it is found when it is applied again"
        )
    return draft


def _with_calendars(body: dict[str, Any], path: Path) -> dict[str, Any]:
    """A `closedCalendar` of `file:NAME` is that file's text; the name is relative to the config's own file."""
    said = body.get("workflows")
    if not isinstance(said, list):
        return body
    return {**body, "workflows": [_with_calendar(each, f"workflows.{index}", path) for index, each in enumerate(said)]}


def _with_calendar(workflow: Any, place: str, path: Path) -> Any:
    quiet = workflow.get("quietHours") if isinstance(workflow, dict) else None
    if not isinstance(quiet, dict) or not str(quiet.get("closedCalendar")).startswith("file:"):
        return workflow
    calendar = str(quiet["closedCalendar"])
    file = path.parent / calendar.removeprefix("file:")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        where = f"{place}.quietHours.closedCalendar"
        raise Refused(f"{path} is refused:\n  {where}: expected a readable calendar at {file}") from None
    return {**workflow, "quietHours": {**quiet, "closedCalendar": text}}


@dataclass(frozen=True, slots=True)
class Shown:
    """One workflow for people."""

    workflow: Workflow
    texts: Sequence[Mapping[str, Any]]
    """As `config_review.texts` has them: one for everybody, then one for each language."""

    @property
    def rule(self) -> str:
        rule = self.workflow
        name = rule.name or rule.id
        does = "" if rule.texts else f", {rule.action.value}"
        off = "" if rule.enabled else ", switched off"
        return f"{name}: {offset_in_words(rule.offset_minutes)} {rule.anchor.value}{does}{off}"

    def as_json(self) -> dict[str, Any]:
        rule = self.workflow
        return {
            "id": rule.id,
            "name": rule.name,
            "enabled": rule.enabled,
            "anchor": rule.anchor.value,
            "offset_minutes": rule.offset_minutes,
            "action": rule.action.value,
            "problem": rule.problem or None,
            "texts": [{key: each[key] for key in ("language", "example", "worst")} for each in self.texts],
        }


def shown(body: Mapping[str, Any]) -> list[Shown]:
    """Each workflow with what its texts look like and cost, for an ordinary appointment and for the dearest."""
    costs = texts(body)
    rules = to_rules(body).workflows
    return [Shown(rule, [each for each in costs if each["workflowId"] == rule.id]) for rule in rules]


def cannot_run(body: Mapping[str, Any]) -> list[str]:
    return not_executable(body)


def offset_in_words(minutes: int) -> str:
    """`1 day before`, `90 minutes after`, `at`."""
    if minutes == 0:
        return "at"
    sizes = ((1440, "day"), (60, "hour"), (1, "minute"))
    size, unit = next((size, unit) for size, unit in sizes if minutes % size == 0)
    count = abs(minutes) // size
    return f"{count} {unit if count == 1 else unit + 's'} {'before' if minutes < 0 else 'after'}"
