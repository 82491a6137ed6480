"""What is said back to somebody who wrote, and when it may leave. The words themselves are in `texts.answer_words`."""

from collections.abc import Collection, Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class AnswerKind(StrEnum):
    """A closed list; a connection may say each in its own words."""

    STOPPED = "stopped"
    """The confirmation of a STOP: the one text that may follow an opt-out."""
    STARTED = "started"
    HELP = "help"
    WHICH = "which"
    MOVED = "moved"
    TOO_LATE = "too_late"
    CANCELLED = "cancelled"
    CONFIRMED = "confirmed"
    """Said after a numbered question, otherwise only where the connection has words of its own for it."""
    CANCEL_PASSED_ON = "cancel_passed_on"
    DECLINED = "declined"
    RESCHEDULE = "reschedule"
    OTHER = "other"

    def is_said_already(self, today: Collection["AnswerKind"]) -> bool:
        """Whether saying it (again) would be chatter: one polite answer a day, and none beside another."""
        if self is AnswerKind.OTHER:
            return bool(POLITE & set(today))
        return self in POLITE and self in today


POLITE = frozenset(
    {
        AnswerKind.TOO_LATE,
        AnswerKind.CANCELLED,
        AnswerKind.DECLINED,
        AnswerKind.RESCHEDULE,
        AnswerKind.CANCEL_PASSED_ON,
        AnswerKind.OTHER,
    }
)
ABOUT_CONSENT = frozenset({AnswerKind.STOPPED, AnswerKind.STARTED, AnswerKind.HELP})
"""Said whatever the ledger says; all but the first only to those who have not opted out."""

MOST_A_DAY = 8
"""Answers to one number: two machines that answer each other must come to an end."""
GOOD_FOR = timedelta(minutes=10)
"""Whoever wrote has turned to something else by then; staff are told instead."""


class Unsaid(StrEnum):
    """Why an answer was not given."""

    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    BAD_NUMBER = "bad_number"
    OBSERVE = "observe"
    TRIAL = "trial"
    NO_SENDER = "no_sender"
    LEFT_TO_SENDER = "left_to_sender"
    """The sender confirms STOP and START itself."""
    TOO_MANY = "too_many"
    TOO_LATE = "too_late"
    PAUSED = "paused"
    TEMPLATE = "template"
    OVERTAKEN = "overtaken"
    """What it would have said is no longer so."""


QUIET = frozenset({Unsaid.OBSERVE, Unsaid.TRIAL, Unsaid.LEFT_TO_SENDER, Unsaid.OPTED_OUT})
"""As it was meant; the others are told to staff."""


@dataclass(frozen=True, slots=True)
class AnswerScene:
    """Everything that decides whether an answer may leave, from one fresh snapshot. `now` is the database's."""

    now: datetime
    kind: AnswerKind
    created_at: datetime
    number: str
    opted_out: bool
    lacks_consent: bool
    bad_number: bool
    mode: str
    paused: bool
    trial_numbers: Container[str]
    has_sender: bool
    sender_confirms_stop: bool
    given_today: int


def unsaid(scene: AnswerScene) -> Unsaid | None:
    """Why this answer may not leave (now, for `PAUSED`); None when it may."""
    if not scene.has_sender:
        return Unsaid.NO_SENDER
    if scene.mode == "observe":
        return Unsaid.OBSERVE
    if scene.mode == "trial" and scene.number not in scene.trial_numbers:
        return Unsaid.TRIAL
    if scene.kind in {AnswerKind.STOPPED, AnswerKind.STARTED} and scene.sender_confirms_stop:
        return Unsaid.LEFT_TO_SENDER
    if scene.opted_out and scene.kind is not AnswerKind.STOPPED:
        return Unsaid.OPTED_OUT
    if scene.lacks_consent and scene.kind not in ABOUT_CONSENT:
        return Unsaid.NO_CONSENT
    if scene.bad_number:
        return Unsaid.BAD_NUMBER
    if scene.now - scene.created_at > GOOD_FOR:
        return Unsaid.TOO_LATE
    if scene.given_today >= MOST_A_DAY and scene.kind is not AnswerKind.STOPPED:
        return Unsaid.TOO_MANY
    return Unsaid.PAUSED if scene.paused else None
