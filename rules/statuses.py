"""The words for how an appointment stands, and whose word counts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """Ours. Confirmed is a flag beside it, not a status: the documented condition `["scheduled"]` matches both."""

    REQUESTED = "requested"
    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Presence(StrEnum):
    """Absent is not gone, but it blocks."""

    PRESENT = "present"
    DOUBTFUL = "doubtful"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an appointment stands in one party's words."""

    status: Status
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class OurWord:
    """What we were told (by a reply, an operator, a workflow), for one start. Lapses when the start moves."""

    standing: Standing
    for_start: datetime | None
    vendor_then: Standing
    """What the vendor said when we were told; another word since then is the vendor's later statement."""


def effective(vendor: Standing, ours: OurWord | None, starts_at: datetime | None) -> Standing:
    """Whose word counts now.

    Ours lapses when the start has moved, and when the vendor has since stated something else that conflicts. A request
    that was accepted since conflicts with no confirmation.
    """
    if ours is None or ours.for_start != starts_at:
        return vendor
    if vendor.status is not ours.vendor_then.status and vendor.status is not ours.standing.status:
        only_confirmed = ours.standing.status is ours.vendor_then.status is Status.REQUESTED
        if not only_confirmed or vendor.status is not Status.SCHEDULED:
            return vendor
        return Standing(vendor.status, confirmed=ours.standing.confirmed or vendor.confirmed)
    if ours.vendor_then.confirmed and not vendor.confirmed and ours.standing.confirmed:
        return vendor
    status = ours.standing.status
    return Standing(status=status, confirmed=ours.standing.confirmed or vendor.confirmed)
