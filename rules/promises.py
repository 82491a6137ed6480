"""A promise is an object: it will be sent at T, or it was sent, or it will not be sent because X."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.workflow import Anchor


class PromiseState(StrEnum):
    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    FAILED = "failed"
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"
    """Planned for an anchor that no longer holds: the appointment moved."""
    CANCELLED = "cancelled"


REVIVABLE = frozenset({PromiseState.SKIPPED, PromiseState.SUPERSEDED, PromiseState.CANCELLED})
"""Re-planning may wake these. Never sending, unknown, accepted or failed ones."""

LIVE = frozenset({PromiseState.PLANNED, PromiseState.SENDING})
TOLD = frozenset({PromiseState.ACCEPTED, PromiseState.UNKNOWN, PromiseState.SENDING})
"""The person has been told, or may have been."""


class SkipReason(StrEnum):
    """Why a text was not, or will not be, sent. A closed list; `SENTENCES` has each in plain words."""

    BEFORE_START = "before_start"
    SHORT_NOTICE = "short_notice"
    TOO_LATE = "too_late"
    QUIET_HOURS = "quiet_hours"
    OBSERVE = "observe"
    TRIAL = "trial"
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    NO_CONTACT = "no_contact"
    NOT_ATTENDING = "not_attending"
    NO_VALID_PHONE = "no_valid_phone"
    BAD_NUMBER = "bad_number"
    NO_NAME = "no_name"
    NO_ZONE = "no_zone"
    CANCELLED = "cancelled"
    MOVED = "moved"
    STATUS = "status"
    STATUS_UNKNOWN = "status_unknown"
    RECORD_GONE = "record_gone"
    RECORD_MISSING = "record_missing"
    RECORD_TOO_OLD = "record_too_old"
    RECORD_ASKED = "record_asked"
    WORKFLOW_OFF = "workflow_off"
    RUNS_AT_VENDOR = "runs_at_vendor"
    NO_START = "no_start"
    NO_END = "no_end"
    OUT_OF_RANGE = "out_of_range"
    NOT_EXECUTABLE = "not_executable"
    TEMPLATE = "template"
    REFUSED = "refused"
    NO_SENDER = "no_sender"
    PAUSED = "paused"
    CATCH_UP = "catch_up"
    BY_OPERATOR = "by_operator"
    CONDITION = "condition"
    CAPPED = "capped"
    MERGED = "merged"
    NO_CALLBACK = "no_callback"
    UNSIGNED = "unsigned"
    TOO_DEAR = "too_dear"


SENTENCES: dict[SkipReason, str] = {
    SkipReason.BEFORE_START: "It was due before this connection went live, so it was never owed.",
    SkipReason.SHORT_NOTICE: "The appointment was booked or moved so late that the time for this text had passed.",
    SkipReason.TOO_LATE: "Its deadline passed before it could be sent.",
    SkipReason.QUIET_HOURS: "Every allowed hour before the deadline had passed, or lies after it.",
    SkipReason.OBSERVE: "The connection only observes: it shows what it would send, and sends nothing.",
    SkipReason.TRIAL: "The connection is on trial and this number is not on the list of trial numbers.",
    SkipReason.OPTED_OUT: "The person has opted out of texts from this sender.",
    SkipReason.NO_CONSENT: "This connection texts only people who have opted in, and this number has not.",
    SkipReason.NO_CONTACT: "Nobody is known to text: the record leads to no contact.",
    SkipReason.NOT_ATTENDING: "The person no longer has a seat in this appointment.",
    SkipReason.NO_VALID_PHONE: "The contact has no phone number that can be read as one.",
    SkipReason.BAD_NUMBER: "The sender says that this number cannot be texted.",
    SkipReason.NO_NAME: "The text needs a name, or another word, that is not known.",
    SkipReason.NO_ZONE: "No time zone is known, so no local time could be written.",
    SkipReason.CANCELLED: "The appointment was cancelled.",
    SkipReason.MOVED: "The appointment was moved; another promise stands for the new time.",
    SkipReason.STATUS: "The appointment's status is not one that this workflow texts about.",
    SkipReason.STATUS_UNKNOWN: "The vendor gave a status that is not known here, so nothing was assumed.",
    SkipReason.RECORD_GONE: "The vendor no longer has this appointment.",
    SkipReason.RECORD_MISSING: "The appointment was missing from the vendor's list, twice.",
    SkipReason.RECORD_TOO_OLD: "The vendor could not be asked for too long; the last record was too old to trust.",
    SkipReason.RECORD_ASKED: "The vendor is asked for a fresh record first; for a few seconds, not for long.",
    SkipReason.WORKFLOW_OFF: "The workflow was switched off or deleted.",
    SkipReason.RUNS_AT_VENDOR: "This workflow runs at the vendor, never here.",
    SkipReason.NO_START: "The appointment has no start time yet.",
    SkipReason.NO_END: "The appointment has no end: neither its record nor an appointment config gives one.",
    SkipReason.OUT_OF_RANGE: "The due date lies outside the years 1970 to 2200.",
    SkipReason.NOT_EXECUTABLE: "The workflow cannot be executed as it is configured.",
    SkipReason.TEMPLATE: "The template could not be rendered for this appointment.",
    SkipReason.REFUSED: "The sender refused the text.",
    SkipReason.NO_SENDER: "The connection has no sender.",
    SkipReason.PAUSED: "The connection was paused until after the deadline.",
    SkipReason.CATCH_UP: "Many texts were owed at once after an outage; nobody said in time that they should be sent.",
    SkipReason.BY_OPERATOR: "An operator decided not to send it.",
    SkipReason.CONDITION: "The workflow's condition does not hold for this appointment.",
    SkipReason.CAPPED: "The person has had as many texts from us as the workflow allows in a day or a week.",
    SkipReason.MERGED: "Another text to the same number, due in the same minutes, said this one's words too.",
    SkipReason.NO_CALLBACK: "The connection has no status callback that could be told.",
    SkipReason.UNSIGNED: "The workflow's own address needs a secret to sign with: webhook_actions of the connection.",
    SkipReason.TOO_DEAR: "The connection's texts had cost as much as they may in a month.",
}

TERMINAL = frozenset({SkipReason.CANCELLED, SkipReason.OPTED_OUT, SkipReason.TOO_LATE})


@dataclass(frozen=True, slots=True)
class Key:
    """What makes a promise one and the same. Unique, together with its appointment."""

    workflow_id: str
    anchor_at: datetime
    attendee: str
    round: int


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise as planning sees it."""

    id: int
    config_id: str
    config_revision: int
    key: Key
    anchor: Anchor
    state: PromiseState
    due_at: datetime
    not_after: datetime
    skip_reason: SkipReason | None = None
    told_at: datetime | None = None
    """When the text may have left; None before."""
    told_start: datetime | None = None
    """The start that the text named."""
    redone_at: datetime | None = None
    """When somebody asked that it is told once more."""

    @property
    def told(self) -> bool:
        return self.state in TOLD or (self.skip_reason is SkipReason.MERGED and self.told_at is not None)
