"""From a stored config to the rules that planning reads. Never refuses: what cannot run says why, and stays.

A body may be ours, checked when it came; one pulled from a vendor, with variants that nobody documented; or an example
of the documents with extremes that no calendar holds. So everything is read tolerantly here.
"""
# ruff: noqa: N815 - the attributes are the documented field names

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from marshmallow import fields

from rules.statuses import Status
from rules.workflow import Anchor, Config, QuietHours, RunsAt, ShortNotice, Workflow
from schemas.fields import Flag, Many, One, Text, Tolerant, Whole, clean, read
from schemas.strict import wall_time

Word = TypeVar("Word", bound=StrEnum)

FARTHEST_MINUTES = 230 * 366 * 24 * 60
"""From 1970 to 2200: beyond it no anchor gives a due date that exists."""

LONGEST_MINUTES = 7 * 24 * 60  # an appointment longer than a week is a typing error

# No condition: the vendor does not say what then holds. Nobody is reminded of an appointment that does not stand.
UNCONDITIONAL = {
    Anchor.EVENT_STARTS: frozenset({Status.SCHEDULED}),
    Anchor.EVENT_ENDS: frozenset({Status.SCHEDULED}),
    Anchor.BOOKED: frozenset({Status.SCHEDULED}),
    Anchor.RESCHEDULED: frozenset({Status.SCHEDULED}),
    Anchor.CANCELLED: frozenset({Status.CANCELLED}),
}


class _Trigger(Tolerant):
    anchor = Text()
    offsetMinutes = Whole()


class _QuietHours(Tolerant):
    start = Text()
    end = Text()


class _Workflow(Tolerant):
    id = Text()
    name = Text()
    enabled = Flag()
    trigger = One(_Trigger())
    condition = fields.Raw()
    action = fields.Raw()
    shortNotice = Text()
    graceMinutes = Whole()
    quietHours = One(_QuietHours())


class _Config(Tolerant):
    id = Text()
    name = Text()
    appointmentLength = Whole()
    workflows = Many(_Workflow())
    runsAt = Text()  # ours, in stored bodies alone: "vendor" marks a config that was pulled


_CONFIG = _Config()


def to_rules(body: Mapping[str, Any], revision: int = 1, *, runs_at: RunsAt | None = None) -> Config:
    """One revision as rules see it. `runs_at` counts for all of its workflows; else the body's own `runsAt`."""
    said = read(_CONFIG, clean(dict(body)))
    where = runs_at or _word(RunsAt, said.get("runsAt")) or RunsAt.PUNCTUAL
    workflows: list[Workflow] = []
    for index, each in enumerate(said.get("workflows", ())):
        taken = {workflow.id for workflow in workflows}
        workflows.append(_workflow(each, index, where, taken))
    return Config(
        id=said.get("id") or "",
        revision=revision,
        name=said.get("name") or "",
        appointment_length_minutes=said.get("appointmentLength"),
        workflows=tuple(workflows),
    )


def not_executable(body: Mapping[str, Any]) -> list[str]:
    """What of a config cannot run, for people; the config is kept all the same. Empty: all of it can."""
    config = to_rules(body)
    length = config.appointment_length_minutes
    lines = []
    if length is not None and not 0 < length <= LONGEST_MINUTES:
        lines.append(f"appointmentLength: {length} minutes give no end to an appointment whose record has none")
    lines += [f"workflows.{index}: {each.problem}" for index, each in enumerate(config.workflows) if each.problem]
    return lines


def _workflow(said: Mapping[str, Any], index: int, runs_at: RunsAt, taken: set[str]) -> Workflow:
    trigger = said["trigger"] or {}
    anchor = _word(Anchor, trigger.get("anchor"))
    offset = trigger.get("offsetMinutes")
    statuses, condition_problem = _statuses(said["condition"], anchor or Anchor.EVENT_STARTS)
    action, action_problem = _action(said["action"])
    identity = said["id"] or f"#{index}"
    problems = [
        "" if said["id"] else "it has no id",
        f"its id {identity} is another workflow's too" if identity in taken else "",
        "" if anchor else f"the anchor {trigger.get('anchor')!r} is not supported",
        _offset_problem(offset),
        condition_problem,
        action_problem,
    ]
    return Workflow(
        id=f"{identity}#{index}" if identity in taken else identity,
        name=said["name"] or "",
        enabled=said["enabled"] is True,
        anchor=anchor or Anchor.EVENT_STARTS,
        offset_minutes=offset or 0,
        statuses=statuses,
        template=action.get("template", ""),
        sender=action.get("senderId", ""),
        short_notice=_word(ShortNotice, said["shortNotice"]) or ShortNotice.SKIP,
        grace_minutes=_grace(said["graceMinutes"]),
        quiet_hours=_quiet_hours(said["quietHours"]),
        runs_at=runs_at,
        problem="; ".join(filter(None, problems)),
    )


def _offset_problem(offset: int | None) -> str:
    if offset is None:
        return "offsetMinutes is missing"
    if abs(offset) > FARTHEST_MINUTES:
        return f"an offset of {offset} minutes leads to no date between 1970 and 2200"
    return ""


def _statuses(condition: Any, anchor: Anchor) -> tuple[frozenset[Status], str]:
    """What the condition lets through, and what is wrong with it. An unknown kind lets nothing through."""
    if condition is None:
        return UNCONDITIONAL[anchor], ""
    kind = condition.get("kind") if isinstance(condition, Mapping) else None
    words = condition.get("statuses") if isinstance(condition, Mapping) else None
    if kind != "appointment_status" or not isinstance(words, list):
        return frozenset(), f"the condition {kind!r} is not supported"
    known = {status for word in words if (status := _word(Status, word))} - {Status.UNKNOWN}
    unknown = [word for word in words if _word(Status, word) in {None, Status.UNKNOWN}]
    if unknown:
        return frozenset(known), f"the condition's status {unknown[0]!r} is not supported"
    return frozenset(known), "" if known else "its condition lists no status, so that it never holds"


def _action(action: Any) -> tuple[dict[str, str], str]:
    kind = action.get("type") if isinstance(action, Mapping) else None
    if not isinstance(action, Mapping) or kind != "sms":
        return {}, f"the action {kind!r} is not supported"
    texts = {name: value for name in ("template", "senderId") if isinstance(value := action.get(name), str)}
    return texts, "" if texts.get("template", "").strip() else "its template is empty"


def _grace(minutes: int | None) -> int | None:
    return minutes if minutes is not None and 0 <= minutes <= FARTHEST_MINUTES else None


def _quiet_hours(said: Mapping[str, Any] | None) -> QuietHours:
    start, end = wall_time((said or {}).get("start")), wall_time((said or {}).get("end"))
    return QuietHours() if start is None or end is None else QuietHours(start, end)


def _word(words: type[Word], value: Any) -> Word | None:
    """The member of that name, or None for every other value."""
    return words(value) if isinstance(value, str) and value in set(words) else None
