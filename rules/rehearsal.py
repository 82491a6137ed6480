"""What another revision of a config would change for one appointment: planned, compared, and nothing kept. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rules.planning import NOBODY, Act, Step, plan
from rules.promises import Key, Promise, PromiseState, SkipReason
from rules.wishes import Subject
from rules.workflow import Anchor, Config, Workflow

Pinned = Sequence[tuple[Config, Workflow]]

CLOSE = timedelta(minutes=10)
"""Two texts to one person within this time look like one that was sent twice."""


class Change(StrEnum):
    """What would become of a promise."""

    NEW = "new"
    MOVED = "moved"
    GONE = "gone"
    DOUBLED = "doubled"
    """New, and the person has been told already, or is told within minutes by another workflow."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One promise that would be another. `workflow` is the edited one; for one that would be gone, the one it had."""

    change: Change
    workflow: Workflow
    attendee: str
    due_before: datetime | None
    due_after: datetime | None
    reason: SkipReason | None = None
    """Why it would be gone."""
    doubles: str = ""
    """The workflow that tells the same person too."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A text as it would stand."""

    key: Key
    anchor: Anchor
    due_at: datetime
    workflow: Workflow


def ahead(
    subject: Subject, before: Pinned, after: Pinned, promises: Sequence[Promise], *, now: datetime
) -> list[Difference]:
    """For an appointment that is planned: what would change from the promises there are."""
    steps = plan(subject, after, promises, now=now)
    by_id = {promise.id: promise for promise in promises}
    workflows = {workflow.id: workflow for _, workflow in (*before, *after)}
    standing = _standing(steps, promises, workflows)
    found: list[Difference] = []
    for step in steps:
        workflow = workflows.get(step.key.workflow_id)
        old = by_id.get(step.promise_id) if step.promise_id is not None else None
        if workflow is None:
            continue
        seat = step.key.attendee
        if step.act is Act.END and old is not None and old.state is PromiseState.PLANNED:
            found.append(Difference(Change.GONE, workflow, seat, old.due_at, None, step.reason))
        elif step.act is Act.RETIME and old is not None:
            found.append(Difference(Change.MOVED, workflow, seat, old.due_at, step.due_at))
        elif step.state is PromiseState.PLANNED and step.act in {Act.ADD, Act.REVIVE}:
            owed = Owed(step.key, step.anchor, step.due_at, workflow)
            doubles = _told_already(owed, subject, promises) or _told_twice(owed, standing)
            change = Change.DOUBLED if doubles else Change.NEW
            found.append(Difference(change, workflow, seat, None, step.due_at, doubles=doubles))
    return found


def behind(subject: Subject, before: Pinned, after: Pinned) -> list[Difference]:
    """For one that is over: what would have been promised on the day it became known, by the one and by the other."""
    then = replace(subject, owed_from=None)
    was = {_same(each): each for each in _planned_on(then, before)}
    would = {_same(each): each for each in _planned_on(then, after)}
    found: list[Difference] = []
    for same, each in would.items():
        doubles = _told_twice(each, list(would.values()))
        if same not in was:
            change = Change.DOUBLED if doubles else Change.NEW
            found.append(Difference(change, each.workflow, each.key.attendee, None, each.due_at, doubles=doubles))
        elif was[same].due_at != each.due_at:
            old = was[same].due_at
            found.append(Difference(Change.MOVED, each.workflow, each.key.attendee, old, each.due_at))
    found += [
        Difference(Change.GONE, each.workflow, each.key.attendee, each.due_at, None)
        for same, each in was.items()
        if same not in would
    ]
    return found


def _planned_on(subject: Subject, pinned: Pinned) -> list[Owed]:
    """What is promised at first sight."""
    workflows = {workflow.id: workflow for _, workflow in pinned}
    return [
        Owed(step.key, step.anchor, step.due_at, workflows[step.key.workflow_id])
        for step in plan(subject, pinned, (), now=subject.known_from)
        if step.state is PromiseState.PLANNED
    ]


def _same(owed: Owed) -> tuple[str, str]:
    return owed.key.workflow_id, owed.key.attendee


def _standing(steps: Iterable[Step], promises: Sequence[Promise], workflows: dict[str, Workflow]) -> list[Owed]:
    """The texts that would be planned once the steps are carried out."""
    touched = {step.promise_id: step for step in steps if step.promise_id is not None}
    kept = [each for each in promises if each.state is PromiseState.PLANNED and each.id not in touched]
    owed = [(each.key, each.anchor, each.due_at) for each in kept]
    owed += [(step.key, step.anchor, step.due_at) for step in steps if step.state is PromiseState.PLANNED]
    return [Owed(*each, workflows[each[0].workflow_id]) for each in owed if each[0].workflow_id in workflows]


def _told_already(owed: Owed, subject: Subject, promises: Sequence[Promise]) -> str:
    """The workflow that has told this person about this very start, counted from the same anchor."""
    if owed.key.attendee == NOBODY.key:
        return ""
    told = (
        each.key.workflow_id
        for each in promises
        if each.told
        and each.key.attendee == owed.key.attendee
        and each.anchor is owed.anchor
        and each.told_start == subject.starts_at
    )
    return next(told, "")


def _told_twice(owed: Owed, standing: Iterable[Owed]) -> str:
    """Another workflow that texts the same person within minutes of it."""
    if not owed.workflow.texts:
        return ""
    others = (
        other.workflow.id
        for other in standing
        if other.key != owed.key
        and other.workflow.texts
        and other.key.attendee == owed.key.attendee
        and abs(other.due_at - owed.due_at) <= CLOSE
        and not (other.workflow.merge_minutes and owed.workflow.merge_minutes)
    )
    return next(others, "")
