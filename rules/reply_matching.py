"""What follows from a reply: one pure function from its words, the texts it may answer, and now, to a decision.

Never a guess: what may be about two appointments is asked about, what answers an old time counts for nothing, and what
is not clear goes to staff. See `rules.replies` for the words and `rules.answers` for what is said back.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rules.answers import AnswerKind
from rules.replies import Reply
from rules.statuses import Presence, Standing, Status

WINDOW = timedelta(days=14)
"""A reply is matched with texts sent within this time."""
QUESTION_STANDS = timedelta(days=1)
"""A number answers a question that was asked within this time."""
READING = timedelta(seconds=3)
"""Nobody reads a text and answers it in less: what came earlier answers what stood before."""
MOST_CHOICES = 9
"""More do not fit into a text that anybody reads."""
OPEN = frozenset({Status.SCHEDULED, Status.REQUESTED})
CONFIRMED = "confirmed"
"""The outcome of a reply that confirmed an appointment; looked for when the next one comes."""
ASKABLE = frozenset({Reply.CONFIRM, Reply.CANCEL, Reply.DECLINE, Reply.RESCHEDULE})


@dataclass(frozen=True, slots=True)
class Prompt:
    """An appointment that this number was texted about, as it stands now. Instants are aware."""

    appointment_id: int
    told_at: datetime
    told_start: datetime | None
    """The start that the newest text named."""
    starts_at: datetime | None
    standing: Standing
    presence: Presence
    answered_at: datetime | None = None
    """When this number last confirmed it by text."""
    is_theirs: bool = True
    """The number still belongs to somebody with a seat. Else it was corrected since, and a stranger may be writing."""
    closes_before: timedelta = timedelta(0)
    """The cut-off: replies count until this long before the start."""
    writes_cancels: bool = False
    """The connection wants a cancel word written back; otherwise staff decide."""

    @property
    def is_confirmed(self) -> bool:
        """For the time that was told: there is nothing left to confirm."""
        return self.standing.confirmed and self.told_start == self.starts_at

    @property
    def confirmed_at(self) -> datetime | None:
        """When its newest text was answered with a yes that still counts."""
        counts = self.is_confirmed and self.answered_at is not None and self.answered_at >= self.told_at
        return self.answered_at if counts else None


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a question: the appointment, and the start that the line named."""

    appointment_id: int
    starts_at: datetime | None


@dataclass(frozen=True, slots=True)
class Question:
    """`Which one?`, as it was asked. Line 1 is `choices[0]`."""

    wish: Reply
    choices: tuple[Choice, ...]


class Act(StrEnum):
    """What changes for the appointment."""

    NOTHING = "nothing"
    CONFIRM = "confirm"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows. `outcome` is for the row, the tally and staff: words of ours."""

    outcome: str
    act: Act = Act.NOTHING
    about: int | None = None
    answer: AnswerKind | None = None
    to_staff: bool = True
    choices: tuple[int, ...] = ()
    wish: Reply = Reply.OTHER
    chosen: bool = False
    """It was the answer to a numbered question."""


def decide(
    reply: Reply,
    number: int | None,
    prompts: Collection[Prompt],
    question: Question | None,
    said_today: Collection[AnswerKind],
    *,
    now: datetime,
) -> Decision:
    """What follows from a reply that is no STOP and no START. `number`: it is a number and nothing else."""
    decision = _decide(reply, number, prompts, question, now)
    if decision.answer is not None and decision.answer.is_said_already(said_today):
        return replace(decision, answer=None)
    return decision


def _decide(
    reply: Reply, number: int | None, prompts: Collection[Prompt], question: Question | None, now: datetime
) -> Decision:
    if reply is Reply.HELP:
        return Decision("asked for help", answer=AnswerKind.HELP, to_staff=False, wish=reply)
    theirs = sorted((each for each in prompts if each.is_theirs), key=lambda each: each.appointment_id)
    if not theirs:
        return Decision("the number is no longer theirs" if prompts else "no open appointment", wish=reply)
    if number is not None and question is not None:
        return _chosen(number, question, theirs, now)
    candidates = [each for each in theirs if _closed(each, now) is None]
    newest = max(theirs, key=lambda each: each.told_at)
    if not candidates:
        return _too_late(reply, newest, now)
    if reply is Reply.CONFIRM:
        if all(each.is_confirmed for each in candidates):
            about = candidates[0].appointment_id if len(candidates) == 1 else None
            return Decision("confirmed already", about=about, to_staff=False, wish=reply)
        candidates = _confirmable(candidates)
    # The newest text may be about one that is over by now: then a lone open one may not be what is meant.
    is_sure = newest in candidates or newest.confirmed_at is not None
    if len(candidates) == 1 and is_sure:
        return _one(reply, candidates[0], chosen=False)
    if reply in ASKABLE and len(candidates) <= MOST_CHOICES:
        return _ask(reply, candidates)
    return Decision("unclear which appointment it is about", answer=AnswerKind.OTHER, wish=reply)


def _closed(prompt: Prompt, now: datetime) -> AnswerKind | None:
    """Why a reply about it comes too late, as what is said to it; None while it is open."""
    if prompt.presence is Presence.GONE or prompt.standing.status is Status.CANCELLED:
        return AnswerKind.CANCELLED
    if prompt.starts_at is None or prompt.standing.status is Status.UNKNOWN:
        return AnswerKind.OTHER
    past = prompt.starts_at - prompt.closes_before <= now
    return AnswerKind.TOO_LATE if past or prompt.standing.status not in OPEN else None


def _too_late(reply: Reply, prompt: Prompt, now: datetime) -> Decision:
    kind = _closed(prompt, now) or AnswerKind.OTHER
    why = {AnswerKind.CANCELLED: "it is cancelled", AnswerKind.TOO_LATE: "it came too late"}
    return Decision(why.get(kind, "no open appointment"), about=prompt.appointment_id, answer=kind, wish=reply)


def _confirmable(candidates: Sequence[Prompt]) -> list[Prompt]:
    """Those that a yes may be about: without what was confirmed before another text went out.

    A second C may be the first one twice. Only a text that was sent after the first can have called for another.
    """
    return [
        each
        for each in candidates
        if each.confirmed_at is None or all(other.told_at <= each.confirmed_at for other in candidates)
    ]


def _ask(wish: Reply, candidates: Sequence[Prompt]) -> Decision:
    """Which one? In the order of their starts. Staff hear at once of what is more than a yes."""
    order = sorted(candidates, key=lambda each: (each.starts_at is None, each.starts_at, each.appointment_id))
    return Decision(
        "may be about another appointment: asked which",
        answer=AnswerKind.WHICH,
        to_staff=wish in {Reply.DECLINE, Reply.RESCHEDULE},
        choices=tuple(each.appointment_id for each in order),
        wish=wish,
    )


def _chosen(number: int, question: Question, prompts: Sequence[Prompt], now: datetime) -> Decision:
    if not 1 <= number <= len(question.choices):
        still = {each.appointment_id: each for each in prompts if _closed(each, now) is None}
        again = [still[each.appointment_id] for each in question.choices if each.appointment_id in still]
        if again:
            return replace(_ask(question.wish, again), outcome="a number that was not asked for: asked again")
        return Decision("a number that was not asked for", answer=AnswerKind.OTHER)
    choice = question.choices[number - 1]
    found = next((each for each in prompts if each.appointment_id == choice.appointment_id), None)
    if found is None:
        return Decision("the chosen appointment is unknown", answer=AnswerKind.OTHER, wish=question.wish)
    if _closed(found, now) is not None:
        return replace(_too_late(question.wish, found, now), chosen=True)
    return _one(question.wish, replace(found, told_start=choice.starts_at), chosen=True)


def _one(wish: Reply, prompt: Prompt, *, chosen: bool) -> Decision:
    """A reply that can be about nothing but this appointment, which is open."""
    about = prompt.appointment_id
    if wish in {Reply.CONFIRM, Reply.CANCEL} and prompt.told_start != prompt.starts_at:
        return Decision(
            "answered an old time: the new one was named",
            about=about,
            answer=AnswerKind.MOVED,
            to_staff=wish is Reply.CANCEL,
            wish=wish,
        )
    if wish is Reply.CONFIRM:
        if prompt.standing.confirmed:
            said = AnswerKind.CONFIRMED if chosen else None
            return Decision("confirmed already", about=about, answer=said, to_staff=False, wish=wish, chosen=chosen)
        thanks: AnswerKind | None = AnswerKind.CONFIRMED
        if prompt.standing.status is Status.REQUESTED:  # what staff must accept is not promised to anybody
            thanks = AnswerKind.OTHER if chosen else None
        return Decision(CONFIRMED, Act.CONFIRM, about=about, answer=thanks, to_staff=False, wish=wish, chosen=chosen)
    if wish is Reply.CANCEL and prompt.writes_cancels:
        return Decision(
            "cancels: passed on",
            Act.CANCEL,
            about=about,
            answer=AnswerKind.CANCEL_PASSED_ON,
            wish=wish,
            chosen=chosen,
        )
    answers = {
        Reply.CANCEL: AnswerKind.DECLINED,
        Reply.DECLINE: AnswerKind.DECLINED,
        Reply.RESCHEDULE: AnswerKind.RESCHEDULE,
    }
    return Decision("to staff", about=about, answer=answers.get(wish, AnswerKind.OTHER), wish=wish, chosen=chosen)
