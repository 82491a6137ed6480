"""What is owed to whom and when: one pure function from what is known to what should stand.

`plan` looks at the appointment as it stands, the pinned workflows and the promises there are, and says for each
promise: add, keep, retime, revive, or end with a reason. Planning twice changes nothing; no order matters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from rules.appointment import MeetingType
from rules.conditions import Scene, holds
from rules.promises import REVIVABLE, Key, Promise, PromiseState, SkipReason
from rules.quiet_hours import shift
from rules.statuses import Presence, Standing, Status
from rules.timing import due_at, not_after
from rules.workflow import Action, Anchor, Config, QuietHours, RunsAt, ShortNotice, Workflow


@dataclass(frozen=True, slots=True)
class Seat:
    """One attendee as planning needs them. `problem`: why this person cannot be texted at all, if known now."""

    key: str
    zone: ZoneInfo | None = None
    problem: SkipReason | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """An appointment as it stands, with everything that decides what is owed. Instants are aware."""

    starts_at: datetime | None
    ends_at: datetime | None
    standing: Standing
    presence: Presence
    zone: ZoneInfo | None
    """Event zone."""
    seats: tuple[Seat, ...]
    known_from: datetime
    """When this start became known: booked or last moved, the vendor's instant or our first sight."""
    owed_from: datetime | None
    """Nothing due before this is owed: the connection's `live_since`, or its first sight while it observes."""
    gone_reason: SkipReason = SkipReason.RECORD_GONE
    occurrences: Mapping[Anchor, datetime] = field(default_factory=dict)
    """Last booked, rescheduled and cancelled transition, for the workflows anchored on those."""
    meeting_type: MeetingType | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    """The vendor's record, raw, for conditions that ask for a field of it."""


class Act(StrEnum):
    ADD = "add"
    RETIME = "retime"
    RESTAMP = "restamp"
    """Due as before, by another revision of its config: the text may be another."""
    REVIVE = "revive"
    END = "end"


@dataclass(frozen=True, slots=True)
class Step:
    """One change to the promises. `promise_id` is None only for `ADD`."""

    act: Act
    key: Key
    config_id: str
    config_revision: int
    anchor: Anchor
    state: PromiseState
    due_at: datetime
    not_after: datetime
    reason: SkipReason | None = None
    promise_id: int | None = None
    action: Action = Action.SMS


@dataclass(frozen=True, slots=True)
class Wish:
    """What should stand for one key: planned, or skipped with a reason."""

    due_at: datetime
    not_after: datetime
    reason: SkipReason | None


STAYS = frozenset(
    {
        SkipReason.OBSERVE,
        SkipReason.TRIAL,
        SkipReason.BY_OPERATOR,
        SkipReason.CAPPED,
        SkipReason.MERGED,
    }
)
"""Decided when it was due, by the mode, a person or what else was sent; planning again does not wake them."""

MEETING = frozenset({Anchor.EVENT_STARTS, Anchor.EVENT_ENDS})
"""Anchors that are known beforehand. A transition is not: whatever follows it was never due before it was known."""

NOBODY = Seat("appointment")
"""The one seat of an action that concerns the appointment itself and texts nobody."""

NEVER_QUIET = QuietHours(start=time.min, end=time.min)

ENDINGS = {
    SkipReason.CANCELLED: PromiseState.CANCELLED,
    SkipReason.WORKFLOW_OFF: PromiseState.CANCELLED,
    SkipReason.MOVED: PromiseState.SUPERSEDED,
}


def plan(
    subject: Subject, pinned: Iterable[tuple[Config, Workflow]], promises: Sequence[Promise], *, now: datetime
) -> list[Step]:
    """The steps from the promises that there are to those that should be. Empty when nothing changes."""
    steps: list[Step] = []
    wanted: set[Key] = set()
    by_key = {promise.key: promise for promise in promises}
    workflows = sorted(pinned, key=lambda pair: (pair[0].id, pair[1].id))
    for config, workflow in workflows:
        anchor_at = anchor_instant(subject, config, workflow)
        endless = anchor_at is None and workflow.anchor is Anchor.EVENT_ENDS
        anchor_at = subject.starts_at if endless else anchor_at
        if anchor_at is None:
            continue
        for seat in subject.seats if workflow.texts else (NOBODY,):
            key = Key(workflow.id, anchor_at, seat.key, round_of(seat.key, subject, promises))
            if key in wanted:
                continue  # a copied config holds the same workflow: it is promised once, by the first
            wanted.add(key)
            wish = wish_for(subject, config, workflow, seat, anchor_at, now)
            if endless:
                wish = Wish(anchor_at, anchor_at, SkipReason.NO_END)
            step = _towards(wish, by_key.get(key), key, config, workflow, subject)
            if step is not None:
                steps.append(step)
    present = {workflow.id: workflow for _, workflow in workflows}
    for promise in promises:
        if promise.state is PromiseState.PLANNED and promise.key not in wanted:
            reason = _why_not_wanted(promise, subject, present)
            steps.append(_end(promise, reason))
    return steps


def anchor_instant(subject: Subject, config: Config, workflow: Workflow) -> datetime | None:
    """The instant the offset counts from; None when the appointment has no such instant."""
    if workflow.anchor is Anchor.EVENT_STARTS:
        return subject.starts_at
    if workflow.anchor is Anchor.EVENT_ENDS:
        return end_of(subject.starts_at, subject.ends_at, config.appointment_length_minutes)
    return subject.occurrences.get(workflow.anchor)


def end_of(starts_at: datetime | None, ends_at: datetime | None, length_minutes: int | None) -> datetime | None:
    """The record's own end, else start plus the config's length when that is a real length."""
    if ends_at is not None:
        return ends_at
    if starts_at is None or length_minutes is None or not 0 < length_minutes <= 7 * 24 * 60:
        return None
    return starts_at + timedelta(minutes=length_minutes)


def round_of(seat: str, subject: Subject, promises: Iterable[Promise]) -> int:
    """0, or the id of the last text that told this attendee something else: another start, or a cancellation."""
    others = [
        (promise.told_at, promise.id)
        for promise in promises
        if promise.key.attendee == seat
        and promise.told
        and promise.told_at is not None
        and (promise.told_start != subject.starts_at or _told_other_state(promise, subject))
    ]
    return max(others)[1] if others else 0


def _told_other_state(promise: Promise, subject: Subject) -> bool:
    return promise.anchor is Anchor.CANCELLED and subject.standing.status is not Status.CANCELLED


def wish_for(
    subject: Subject, config: Config, workflow: Workflow, seat: Seat, anchor_at: datetime, now: datetime
) -> Wish:
    """What should stand for one workflow and attendee: when, until when, and why not if not."""

    def skip(reason: SkipReason, due: datetime | None = None, until: datetime | None = None) -> Wish:
        return Wish(due or anchor_at, until or due or anchor_at, reason)

    zone = subject.zone
    if zone is None:
        return skip(SkipReason.NO_ZONE)
    due = due_at(anchor_at, workflow.offset_minutes, zone)
    if due is None:
        return skip(SkipReason.OUT_OF_RANGE)
    until = not_after(workflow.anchor, anchor_at, due, workflow.offset_minutes, workflow.grace_minutes)
    off = _switched_off(workflow) or _not_matching(subject, config, workflow) or seat.problem
    if off is not None:
        return skip(off, due, until)
    if subject.owed_from is not None and due < subject.owed_from:
        return skip(SkipReason.BEFORE_START, due, until)
    if until <= now:
        return skip(SkipReason.TOO_LATE if subject.known_from <= due else SkipReason.SHORT_NOTICE, due, until)
    is_short = workflow.anchor in MEETING and due < subject.known_from
    if is_short and workflow.short_notice is ShortNotice.SKIP:
        return skip(SkipReason.SHORT_NOTICE, due, until)
    quiet = workflow.quiet_hours if workflow.texts else NEVER_QUIET
    earliest = max(due, min(subject.known_from, now)) if is_short else due
    moment = shift(earliest, until, quiet, seat.zone or zone, now)
    if moment is None:
        return skip(SkipReason.QUIET_HOURS, due, until)
    return Wish(moment, until, None)


def _switched_off(workflow: Workflow) -> SkipReason | None:
    if not workflow.enabled:
        return SkipReason.WORKFLOW_OFF
    if workflow.runs_at is RunsAt.VENDOR:
        return SkipReason.RUNS_AT_VENDOR
    return SkipReason.NOT_EXECUTABLE if workflow.problem else None


def _not_matching(subject: Subject, config: Config, workflow: Workflow) -> SkipReason | None:
    standing = subject.standing.status
    if subject.presence is Presence.GONE:
        return subject.gone_reason
    if standing is Status.UNKNOWN:
        return SkipReason.STATUS_UNKNOWN
    statuses = workflow.statuses
    if workflow.anchor is Anchor.EVENT_ENDS and Status.SCHEDULED in statuses:
        statuses = statuses | {Status.COMPLETED}
    if standing in statuses:
        return None if applies(subject, config, workflow) else SkipReason.CONDITION
    return SkipReason.CANCELLED if standing is Status.CANCELLED else SkipReason.STATUS


def applies(subject: Subject, config: Config, workflow: Workflow) -> bool:
    """Whether the workflow's own condition, beside the status, holds now."""
    if workflow.condition is None:
        return True
    scene = Scene(subject.standing, subject.meeting_type or config.mode, subject.record)
    return holds(workflow.condition, scene)


def _towards(
    wish: Wish, promise: Promise | None, key: Key, config: Config, workflow: Workflow, subject: Subject
) -> Step | None:
    """The one step from what stands to the wish, or None."""

    def step(act: Act, state: PromiseState, promise_id: int | None) -> Step:
        return Step(
            act,
            key,
            config.id,
            config.revision,
            workflow.anchor,
            state,
            wish.due_at,
            wish.not_after,
            wish.reason,
            promise_id,
            workflow.action,
        )

    ending = PromiseState.SKIPPED if wish.reason is None else ENDINGS.get(wish.reason, PromiseState.SKIPPED)
    if promise is None:
        if wish.reason in (SkipReason.CANCELLED, subject.gone_reason, SkipReason.WORKFLOW_OFF):
            return None  # never promised, and nothing to promise
        return step(Act.ADD, PromiseState.PLANNED if wish.reason is None else ending, None)
    if promise.state is PromiseState.PLANNED:
        if wish.reason is not None:
            return step(Act.END, ending, promise.id)
        if (promise.due_at, promise.not_after) != (wish.due_at, wish.not_after):
            return step(Act.RETIME, PromiseState.PLANNED, promise.id)
        same = (promise.config_id, promise.config_revision) == (config.id, config.revision)
        return None if same else step(Act.RESTAMP, PromiseState.PLANNED, promise.id)
    if promise.state in REVIVABLE and wish.reason is None and promise.skip_reason not in STAYS:
        return step(Act.REVIVE, PromiseState.PLANNED, promise.id)
    return None


def _why_not_wanted(promise: Promise, subject: Subject, present: Mapping[str, Workflow]) -> SkipReason:
    """Why a planned promise no longer stands."""
    if promise.key.workflow_id not in present:
        return SkipReason.WORKFLOW_OFF
    if subject.presence is Presence.GONE:
        return subject.gone_reason
    if promise.key.attendee not in {NOBODY.key, *(seat.key for seat in subject.seats)}:
        return SkipReason.NOT_ATTENDING
    if subject.standing.status is Status.CANCELLED:
        return SkipReason.CANCELLED
    if promise.anchor is Anchor.EVENT_STARTS and subject.starts_at is None:
        return SkipReason.NO_START
    return SkipReason.MOVED


def _end(promise: Promise, reason: SkipReason) -> Step:
    return Step(
        Act.END,
        promise.key,
        promise.config_id,
        promise.config_revision,
        promise.anchor,
        ENDINGS.get(reason, PromiseState.SKIPPED),
        promise.due_at,
        promise.not_after,
        reason,
        promise.id,
    )
