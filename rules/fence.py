"""The last look before the socket, as a pure decision over values read in one statement."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rules.promises import PromiseState, SkipReason
from rules.quiet_hours import is_quiet, shift
from rules.statuses import Presence, Standing, Status
from rules.workflow import Anchor, Workflow

HOLD = timedelta(seconds=5)
"""How soon a held promise is looked at again."""
VERIFYING = timedelta(seconds=1)
"""The same while its record is being asked for."""
VERIFIED_WITHIN = timedelta(minutes=35)
"""Refresh ahead asks within 30 minutes before; an older record is used, and the attempt marked `unverified`."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that decides, from one fresh snapshot. Instants are aware; `now` is the database's."""

    now: datetime
    state: PromiseState
    due_at: datetime
    not_after: datetime
    hold_reason: str
    anchor: Anchor
    anchor_at: datetime
    anchor_now: datetime | None
    """The same anchor of the appointment as it stands now."""
    standing: Standing
    presence: Presence
    fetched_at: datetime
    workflow: Workflow | None
    """None when the workflow is off or gone."""
    phone: str | None
    locked_phone: str | None
    """The number whose row is locked; another one now means that the input has changed."""
    seat_problem: SkipReason | None
    opted_out: bool
    bad_number: bool
    person_zone: ZoneInfo | None
    mode: str
    sends_paused: bool
    trial_numbers: Container[str]
    record_max_age: timedelta
    owed_from: datetime | None = None
    """The connection's `live_since`: nothing due before it was ever owed."""
    applies: bool = True
    """The workflow's condition, beside the status, holds now."""
    lacks_consent: bool = False
    """The connection texts only who has opted in, and this number has not."""
    verify_wait: timedelta = timedelta(0)
    """How long a vendor is waited for that has been asked for a fresh record; then its age alone decides."""
    asked_at: datetime | None = None
    """Since when a fresh record is wanted and has not come."""
    looked_at: datetime | None = None
    """When the vendor last answered for this record, whatever it said."""


@dataclass(frozen=True, slots=True)
class Go:
    """Send it. `dry`: a reason to render and keep it, but send nothing."""

    unverified: bool = False
    dry: SkipReason | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now; look again at `look_at`. The reason is what is told if the deadline passes meanwhile."""

    reason: SkipReason
    look_at: datetime


@dataclass(frozen=True, slots=True)
class End:
    """Never: the promise ends with this reason."""

    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Leave:
    """Nothing to do: it is no longer planned, or not due yet."""


Decision = Go | Hold | End | Leave


def decide(scene: Scene) -> Decision:
    """Whether this text may leave now. Certain reasons come first, so that the promise says the truest one."""
    if scene.state is not PromiseState.PLANNED or scene.due_at > scene.now:
        return Leave()
    certain = _certain(scene)
    if certain is not None:
        return End(certain)
    if scene.not_after <= scene.now:
        return End(SkipReason(scene.hold_reason) if scene.hold_reason else SkipReason.TOO_LATE)
    held = _held(scene)
    if held is not None:
        return Hold(held, scene.now + HOLD)
    return _by_mode_and_hour(scene)


def _certain(scene: Scene) -> SkipReason | None:
    if scene.workflow is None:
        return SkipReason.WORKFLOW_OFF
    if scene.owed_from is not None and scene.due_at < scene.owed_from:
        return SkipReason.BEFORE_START
    if scene.presence is Presence.GONE:
        return SkipReason.RECORD_GONE
    if scene.standing.status is Status.CANCELLED and Status.CANCELLED not in scene.workflow.statuses:
        return SkipReason.CANCELLED
    if scene.standing.status is Status.UNKNOWN:
        return SkipReason.STATUS_UNKNOWN
    statuses = scene.workflow.statuses
    if scene.anchor is Anchor.EVENT_ENDS and Status.SCHEDULED in statuses:
        statuses = statuses | {Status.COMPLETED}
    if scene.standing.status not in statuses:
        return SkipReason.STATUS
    if not scene.applies:
        return SkipReason.CONDITION
    return _of_person(scene) if scene.workflow.texts else None


def _of_person(scene: Scene) -> SkipReason | None:
    """Why this person may not be texted at all."""
    if scene.seat_problem is not None:
        return scene.seat_problem
    if scene.opted_out:
        return SkipReason.OPTED_OUT
    if scene.lacks_consent:
        return SkipReason.NO_CONSENT
    return SkipReason.BAD_NUMBER if scene.bad_number else None


def _held(scene: Scene) -> SkipReason | None:
    if scene.anchor_now != scene.anchor_at:
        return SkipReason.MOVED
    if scene.phone != scene.locked_phone and (scene.workflow is None or scene.workflow.texts):
        return SkipReason.NO_CONTACT
    if scene.presence is Presence.DOUBTFUL:
        return SkipReason.RECORD_MISSING
    if scene.sends_paused:
        return SkipReason.PAUSED
    return SkipReason.RECORD_TOO_OLD if scene.now - scene.fetched_at > scene.record_max_age else None


def _by_mode_and_hour(scene: Scene) -> Decision:
    if scene.mode == "observe":
        return Go(dry=SkipReason.OBSERVE)
    if scene.mode == "trial" and scene.phone not in scene.trial_numbers:
        return Go(dry=SkipReason.TRIAL)
    if scene.workflow is not None and scene.workflow.texts and scene.person_zone is not None:
        quiet = scene.workflow.quiet_hours
        if is_quiet(scene.now, quiet, scene.person_zone):
            opens = shift(scene.now, scene.not_after, quiet, scene.person_zone, scene.now)
            late = opens is None or opens <= scene.now
            return End(SkipReason.QUIET_HOURS) if late or opens is None else Hold(SkipReason.QUIET_HOURS, opens)
    unverified = scene.now - scene.fetched_at > VERIFIED_WITHIN
    if unverified and (until := _verify_until(scene)) > scene.now:
        return Hold(SkipReason.RECORD_ASKED, min(scene.now + VERIFYING, until))
    return Go(unverified=unverified)


def _verify_until(scene: Scene) -> datetime:
    """Until when a fresh record is waited for: `verify_wait` from when it was asked for, not from when it was due."""
    if not scene.verify_wait:
        return scene.now
    if scene.asked_at is not None:
        until = scene.asked_at + scene.verify_wait
    elif scene.looked_at is not None and scene.now - scene.looked_at <= VERIFIED_WITHIN:
        return scene.now  # asked and answered, and the record is as old as before
    else:
        until = scene.now + scene.verify_wait  # it is asked for by this look
    return min(until, scene.not_after - VERIFYING)
