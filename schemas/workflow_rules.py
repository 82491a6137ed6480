"""Conditions, actions and quiet hours as rules read them, from bodies that may hold anything. Never refuses.

What cannot be read has a problem, in words; its workflow is kept, shown and not executed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rules import conditions
from rules.appointment import MeetingType
from rules.conditions import Condition
from rules.statuses import Status
from rules.vendors import Change
from rules.workflow import Action, Anchor, QuietHours
from schemas import web_address
from schemas.closed_days import CalendarProblem, closed_days
from schemas.strict import wall_time
from schemas.workflow_parts import WEEKDAYS, iso_date

# No condition: the vendor does not say what then holds. Nobody is reminded of an appointment that does not stand.
UNCONDITIONAL = {
    Anchor.EVENT_STARTS: frozenset({Status.SCHEDULED}),
    Anchor.EVENT_ENDS: frozenset({Status.SCHEDULED}),
    Anchor.BOOKED: frozenset({Status.SCHEDULED}),
    Anchor.RESCHEDULED: frozenset({Status.SCHEDULED}),
    Anchor.CANCELLED: frozenset({Status.CANCELLED}),
}

CHANGES = {
    "confirmed": Change.CONFIRM,
    "cancelled": Change.CANCEL,
    "completed": Change.COMPLETE,
    "no_show": Change.NO_SHOW,
}

DEEPEST = 50  # as deep as bodies are kept


class Unreadable(Exception):
    """Part of a condition that nobody here understands."""


@dataclass(frozen=True, slots=True)
class When:
    """A condition: the statuses it lets through and, where it asks for more, the tree."""

    statuses: frozenset[Status]
    tree: Condition | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class What:
    """An action."""

    kind: Action = Action.SMS
    template: str = ""
    templates: tuple[tuple[str, str], ...] = ()
    sender: str = ""
    change: Change | None = None
    event: str = ""
    url: str = ""
    problem: str = ""


def condition_of(said: Any, anchor: Anchor) -> When:
    """An unknown kind lets nothing through."""
    if said is None:
        return When(UNCONDITIONAL[anchor])
    try:
        tree = _tree(said, anchor, DEEPEST)
    except Unreadable as problem:
        return When(frozenset(), problem=str(problem))
    if isinstance(tree, conditions.HasStatus):
        empty = "" if tree.statuses else "its condition lists no status, so that it never holds"
        return When(tree.statuses, problem=empty)
    statuses = conditions.statuses_of(tree)
    return When(UNCONDITIONAL[anchor] if statuses is None else statuses, tree)


def _tree(said: Any, anchor: Anchor, depth: int) -> Condition:
    kind = said.get("kind") if isinstance(said, Mapping) else None
    if depth == 0:
        raise Unreadable("the condition is nested too deeply")
    match kind:
        case "appointment_status" if isinstance(said.get("statuses"), list):
            return _status(said["statuses"], anchor)
        case "meeting_type" if isinstance(said.get("types"), list):
            return conditions.HasMeetingType(frozenset(_member(MeetingType, each) for each in said["types"]))
        case "confirmed":
            return conditions.IsConfirmed()
        case "attended":
            return conditions.HasAttended()
        case "record_field" if isinstance(said.get("path"), str):
            return _record_field(said)
        case "all" | "any" if isinstance(said.get("conditions"), list):
            parts = tuple(_tree(each, anchor, depth - 1) for each in said["conditions"])
            return conditions.All(parts) if kind == "all" else conditions.AnyOf(parts)
        case "not" if said.get("condition") is not None:
            return conditions.Not(_tree(said["condition"], anchor, depth - 1))
    raise Unreadable(f"the condition {kind!r} is not supported")


def _status(words: list[Any], anchor: Anchor) -> Condition:
    known = frozenset(_member(Status, word) for word in words)
    if Status.UNKNOWN in known:
        raise Unreadable("the condition's status 'unknown' is not supported")
    if anchor is Anchor.EVENT_ENDS and Status.SCHEDULED in known:
        known |= {Status.COMPLETED}  # after its end a scheduled appointment has, as a rule, taken place
    return conditions.HasStatus(known)


def _record_field(said: Mapping[str, Any]) -> Condition:
    values = said.get("values")
    if values is not None and not (isinstance(values, list) and all(isinstance(v, str | int | float) for v in values)):
        raise Unreadable("the condition's values are not supported")
    return conditions.RecordField(tuple(said["path"].split(".")), None if values is None else tuple(values))


def _member(words: Any, value: Any) -> Any:
    try:
        return words(value)
    except ValueError:
        what = "status" if words is Status else "meeting type"
        raise Unreadable(f"the condition's {what} {value!r} is not supported") from None


def action_of(said: Any) -> What:
    kind = said.get("type") if isinstance(said, Mapping) else None
    if isinstance(said, Mapping):
        match kind:
            case "sms":
                return _sms(said)
            case "webhook":
                return _webhook(said)
            case "set_status":
                change = CHANGES.get(str(said.get("status")))
                problem = "" if change else f"the status {said.get('status')!r} cannot be set"
                return What(Action.SET_STATUS, change=change, problem=problem)
    return What(problem=f"the action {kind!r} is not supported")


def _webhook(said: Mapping[str, Any]) -> What:
    event, url = said.get("event"), said.get("url") or ""
    wrong = web_address.problem(url, query=True) if isinstance(url, str) and url else "an address" if url else ""
    return What(
        Action.WEBHOOK,
        event=event if isinstance(event, str) and event else "due",
        url=url if not wrong else "",
        problem=f"its url cannot be called: expected {wrong}" if wrong else "",
    )


def _sms(said: Mapping[str, Any]) -> What:
    texts = {name: value for name in ("template", "senderId") if isinstance(value := said.get(name), str)}
    others = said.get("templates")
    template = texts.get("template", "")
    return What(
        template=template,
        templates=tuple(
            (tag, each)
            for tag, each in sorted(others.items() if isinstance(others, Mapping) else ())
            if isinstance(each, str) and each.strip()
        ),
        sender=texts.get("senderId", ""),
        problem="" if template.strip() else "its template is empty",
    )


def quiet_hours_of(said: Any) -> tuple[QuietHours, str]:
    """What is left out, or makes no sense, has the default; a calendar that cannot be read is a problem."""
    if not isinstance(said, Mapping):
        return QuietHours(), ""
    usual, (start, end) = QuietHours(), (wall_time(said.get(each)) for each in ("start", "end"))
    start, end = (usual.start if start is None else start), (usual.end if end is None else end)
    days = frozenset(WEEKDAYS.index(day) for day in _list(said.get("days")) if day in WEEKDAYS)
    closed: frozenset[date] = frozenset(day for each in _list(said.get("closedDates")) if (day := iso_date(each)))
    try:
        calendar = said.get("closedCalendar")
        closed |= closed_days(calendar) if isinstance(calendar, str) else frozenset()
    except CalendarProblem as problem:
        return QuietHours(start, end, days, closed), f"its calendar cannot be read: {problem}"
    return QuietHours(start, end, days, closed), ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
