"""Appointment configs and their workflows: trigger, condition, action, in CareCycle's documented shape.

Source of the shape: the vendor's document on creating appointment configs; what is ours beside it is marked so.
"""

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from rules.statuses import Status


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


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local times in the person zone between which nobody is texted; may span midnight. start == end: never quiet."""

    start: time = time(21, 0)
    end: time = time(8, 0)


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
    template: str
    sender: str = ""
    """`senderId` of the action; empty or unknown to us: the connection's sender."""
    short_notice: ShortNotice = ShortNotice.SKIP
    grace_minutes: int | None = None
    quiet_hours: QuietHours = field(default_factory=QuietHours)
    runs_at: RunsAt = RunsAt.PUNCTUAL
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """One revision of an appointment config, as far as rules need it."""

    id: str
    revision: int
    name: str
    appointment_length_minutes: int | None
    """Gives the end where a record has none. Minutes is an inference from the document."""
    workflows: tuple[Workflow, ...]
