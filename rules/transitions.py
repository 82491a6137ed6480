"""Changes that matter, told from two states of one appointment; written once by the upsert that first saw them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.appointment import Appointment
from rules.statuses import Presence, Standing, Status


class Kind(StrEnum):
    BOOKED = "booked"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Transition:
    """One change. `at` is the vendor's own instant where it gives one, else None: somewhere up to first sight."""

    kind: Kind
    at: datetime | None
    start_before: datetime | None
    start_after: datetime | None


@dataclass(frozen=True, slots=True)
class Before:
    """What was known of an appointment before this record."""

    standing: Standing
    starts_at: datetime | None
    presence: Presence


ENDED = frozenset({Status.CANCELLED})


def between(before: Before | None, after: Appointment) -> list[Transition]:
    """What changed. A first sight of a running appointment is `booked`; of a cancelled one, nothing but that."""
    if before is None:
        if after.status is Status.CANCELLED:
            return [Transition(Kind.CANCELLED, after.cancelled_at or after.version, None, after.starts_at)]
        return [Transition(Kind.BOOKED, after.booked_at, None, after.starts_at)]
    found: list[Transition] = []

    def add(kind: Kind, at: datetime | None = None) -> None:
        found.append(Transition(kind, at, before.starts_at, after.starts_at))

    was_over = before.standing.status in ENDED or before.presence is Presence.GONE
    is_over = after.status in ENDED
    if was_over and not is_over:
        add(Kind.REOPENED, after.version)
    if not was_over and is_over:
        add(Kind.CANCELLED, after.cancelled_at or after.version)
    moved = before.starts_at is not None and after.starts_at not in {None, before.starts_at}
    if moved and not is_over:  # a start that is given or taken away is no move: nobody was told another one
        add(Kind.RESCHEDULED, after.version)
    if after.standing.confirmed and not before.standing.confirmed and not is_over:
        add(Kind.CONFIRMED, after.version)
    for status, kind in ((Status.COMPLETED, Kind.COMPLETED), (Status.NO_SHOW, Kind.NO_SHOW)):
        if after.status is status and before.standing.status is not status:
            add(kind, after.version)
    return found
