"""Appointment configs and their workflows: trigger, condition, action, in CareCycle's documented shape.

Source of the shape: the vendor's document on creating appointment configs; what is ours beside it is marked so.
"""

from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from rules.appointment import MeetingType
from rules.conditions import Condition
from rules.statuses import Status
from rules.vendors import Change


class Anchor(StrEnum):
    """The instant that an offset counts from. The last three are ours: they fire from transitions."""

    EVENT_STARTS = "event_starts"
    EVENT_ENDS = "event_ends"
    BOOKED = "booked"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"


class ShortNotice(StrEnum):
    """What to do when an appointment is booked or moved inside the offset."""

    SKIP = "skip"
    SEND = "send"


class RunsAt(StrEnum):
    """Who executes a workflow. Pulled ones run at the vendor and never here."""

    PUNCTUAL = "punctual"
    VENDOR = "vendor"


class Action(StrEnum):
    """What a promise does when it is due. The last two are ours; they concern the appointment, not a person."""

    SMS = "sms"
    WEBHOOK = "webhook"
    """The connection's signed status callback is told, or the workflow's own address."""
    SET_STATUS = "set_status"
    """The vendor's record is given a status, as far as the vendor has a way."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local times in the person zone between which nobody is texted; may span midnight. start == end: never quiet."""

    start: time = time(21, 0)
    end: time = time(8, 0)
    days: frozenset[int] = frozenset()
    """Weekdays that are quiet as a whole; 0 is Monday."""
    closed: frozenset[date] = frozenset()
    """Dates that are quiet as a whole: holidays and the like."""


@dataclass(frozen=True, slots=True)
class Caps:
    """Most texts that one number may have had from us when this one is added; None: as many as it likes."""

    per_day: int | None = None
    """In 24 hours."""
    per_week: int | None = None
    """In seven times 24 hours."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """One rule. `problem` says why it cannot run; such a workflow is kept and shown, never executed."""

    id: str
    name: str
    enabled: bool
    anchor: Anchor
    offset_minutes: int
    """Negative is before the anchor. The sign is not documented by the vendor; this reading is our decision."""
    statuses: frozenset[Status]
    """What `appointment_status` lets through, or what `condition` may let through."""
    template: str
    sender: str = ""
    """`senderId` of the action; empty or unknown to us: the connection's sender."""
    short_notice: ShortNotice = ShortNotice.SKIP
    grace_minutes: int | None = None
    quiet_hours: QuietHours = field(default_factory=QuietHours)
    runs_at: RunsAt = RunsAt.PUNCTUAL
    problem: str = ""
    condition: Condition | None = None
    """What must hold beside the status; None: nothing."""
    action: Action = Action.SMS
    templates: tuple[tuple[str, str], ...] = ()
    """Language tag and template, for people whose language is known."""
    change: Change | None = None
    """What `set_status` wants."""
    event: str = ""
    """What a `webhook` calls itself."""
    url: str = ""
    """Whom a `webhook` tells; empty: the connection's status callback."""
    caps: Caps = field(default_factory=Caps)
    merge_minutes: int = 0
    """Texts of one appointment to one number that fall due within this time go out as one; 0: each for itself."""

    @property
    def texts(self) -> bool:
        """Whether it texts a person: numbers, opt-outs and quiet hours count for these alone."""
        return self.action is Action.SMS

    def template_for(self, language: str | None) -> str:
        """The template in that language, by its whole tag or its first part, else the one without."""
        known = {tag.lower(): template for tag, template in self.templates}
        tag = (language or "").replace("_", "-").lower()
        return known.get(tag) or known.get(tag.split("-")[0]) or self.template


@dataclass(frozen=True, slots=True)
class Config:
    """One revision of an appointment config, as far as rules need it."""

    id: str
    revision: int
    name: str
    appointment_length_minutes: int | None
    """Gives the end where a record has none. Minutes is an inference from the document."""
    workflows: tuple[Workflow, ...]
    mode: MeetingType | None = None
    """Where the record does not say how people meet."""
