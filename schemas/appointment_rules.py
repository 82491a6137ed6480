"""From a stored config to the rules that planning reads. Never refuses: what cannot run says why, and stays.

A body may be ours, checked when it came; one pulled from a vendor, with variants that nobody documented; or an example
of the documents with extremes that no calendar holds. So everything is read tolerantly here.
"""
# ruff: noqa: N815 - the attributes are the documented field names

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from marshmallow import fields

from rules.appointment import MeetingType
from rules.workflow import Anchor, Caps, Config, RunsAt, ShortNotice, Workflow
from schemas.fields import Flag, Many, One, Text, Tolerant, Whole, clean, read
from schemas.workflow_rules import action_of, condition_of, quiet_hours_of

Word = TypeVar("Word", bound=StrEnum)

FARTHEST_MINUTES = 230 * 366 * 24 * 60
"""From 1970 to 2200: beyond it no anchor gives a due date that exists."""

LONGEST_MINUTES = 7 * 24 * 60  # an appointment longer than a week is a typing error

MODES = {
    "phone_call": MeetingType.PHONE,
    "agent_phone_call": MeetingType.PHONE,
    "in_person": MeetingType.IN_PERSON,
    "video_call": MeetingType.VIDEO,
}


class _Trigger(Tolerant):
    anchor = Text()
    offsetMinutes = Whole()


class _Caps(Tolerant):
    perDay = Whole()
    perWeek = Whole()


class _Workflow(Tolerant):
    id = Text()
    name = Text()
    enabled = Flag()
    trigger = One(_Trigger())
    condition = fields.Raw()
    action = fields.Raw()
    shortNotice = Text()
    graceMinutes = Whole()
    quietHours = fields.Raw()
    caps = One(_Caps())
    mergeMinutes = Whole()


class _Config(Tolerant):
    id = Text()
    name = Text()
    appointmentLength = Whole()
    appointmentMode = Text()
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
        mode=MODES.get(said.get("appointmentMode") or ""),
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
    condition = condition_of(said["condition"], anchor or Anchor.EVENT_STARTS)
    action = action_of(said["action"])
    quiet_hours, quiet_problem = quiet_hours_of(said["quietHours"])
    identity = said["id"] or f"#{index}"
    problems = [
        "" if said["id"] else "it has no id",
        f"its id {identity} is another workflow's too" if identity in taken else "",
        "" if anchor else f"the anchor {trigger.get('anchor')!r} is not supported",
        _offset_problem(offset),
        condition.problem,
        action.problem,
        quiet_problem,
    ]
    return Workflow(
        id=f"{identity}#{index}" if identity in taken else identity,
        name=said["name"] or "",
        enabled=said["enabled"] is True,
        anchor=anchor or Anchor.EVENT_STARTS,
        offset_minutes=offset or 0,
        statuses=condition.statuses,
        template=action.template,
        sender=action.sender,
        short_notice=_word(ShortNotice, said["shortNotice"]) or ShortNotice.SKIP,
        grace_minutes=_bounded(said["graceMinutes"]),
        quiet_hours=quiet_hours,
        runs_at=runs_at,
        problem="; ".join(filter(None, problems)),
        condition=condition.tree,
        action=action.kind,
        templates=action.templates,
        change=action.change,
        event=action.event,
        url=action.url,
        caps=_caps(said["caps"] or {}),
        merge_minutes=_bounded(said["mergeMinutes"]) or 0,
    )


def _offset_problem(offset: int | None) -> str:
    if offset is None:
        return "offsetMinutes is missing"
    if abs(offset) > FARTHEST_MINUTES:
        return f"an offset of {offset} minutes leads to no date between 1970 and 2200"
    return ""


def _bounded(minutes: int | None) -> int | None:
    return minutes if minutes is not None and 0 <= minutes <= FARTHEST_MINUTES else None


def _caps(said: Mapping[str, Any]) -> Caps:
    day, week = said.get("perDay"), said.get("perWeek")
    return Caps(day if day is not None and day > 0 else None, week if week is not None and week > 0 else None)


def _word(words: type[Word], value: Any) -> Word | None:
    """The member of that name, or None for every other value."""
    return words(value) if isinstance(value, str) and value in set(words) else None
