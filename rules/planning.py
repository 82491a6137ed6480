"""What is owed to whom and when: one pure function from what is known to what should stand.

`plan` looks at the appointment as it stands, the pinned workflows and the promises there are, and says for each
promise: add, keep, retime, revive, or end with a reason. Planning twice changes nothing; no order matters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from rules.promises import REVIVABLE, Key, Promise, PromiseState, SkipReason
from rules.statuses import Presence, Status
from rules.wishes import Seat, Subject, Wish, anchor_instant, wish_for
from rules.workflow import Action, Anchor, Config, Workflow


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

NOBODY = Seat("appointment")
"""The one seat of an action that concerns the appointment itself and texts nobody."""

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
            key = Key(workflow.id, anchor_at, seat.key, 0)
            key = replace(key, round=round_of(key, subject, promises))
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


def round_of(key: Key, subject: Subject, promises: Iterable[Promise]) -> int:
    """0, or the id of the last text that told this attendee something else (another start, or a cancellation), or of
    the last that told this very thing and is to be told once more (a redo).
    """
    others = [
        (promise.told_at, promise.id)
        for promise in promises
        if promise.key.attendee == key.attendee
        and promise.told
        and promise.told_at is not None
        and (promise.told_start != subject.starts_at or _told_other_state(promise, subject))
    ]
    redone = [
        (promise.redone_at, promise.id)
        for promise in promises
        if promise.redone_at is not None and replace(promise.key, round=key.round) == key
    ]
    return max(others + redone)[1] if others or redone else 0


def _told_other_state(promise: Promise, subject: Subject) -> bool:
    return promise.anchor is Anchor.CANCELLED and subject.standing.status is not Status.CANCELLED


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
