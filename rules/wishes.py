"""What should stand for one workflow and attendee of an appointment as it is: a text at a time, or why none. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rules.appointment import MeetingType
from rules.conditions import Scene, holds
from rules.promises import SkipReason
from rules.quiet_hours import shift
from rules.statuses import Presence, Standing, Status
from rules.timing import due_at, not_after
from rules.workflow import Anchor, Config, QuietHours, RunsAt, ShortNotice, Workflow


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


@dataclass(frozen=True, slots=True)
class Wish:
    """What should stand for one key: planned, or skipped with a reason."""

    due_at: datetime
    not_after: datetime
    reason: SkipReason | None


MEETING = frozenset({Anchor.EVENT_STARTS, Anchor.EVENT_ENDS})
"""Anchors that are known beforehand. A transition is not: whatever follows it was never due before it was known."""

NEVER_QUIET = QuietHours(start=time.min, end=time.min)


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
