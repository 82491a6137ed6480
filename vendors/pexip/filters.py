"""Every documented filter of Pexip's list, typed. Source: document 002."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from rules.errors import Permanent

LONGEST_EXTERNAL_ID = 255

Params = list[tuple[str, str]]


class StatusWord(StrEnum):
    """The complete list of the document; the vendor may add words at any time."""

    ACCEPTED = "ACCEPTED"
    ALTERNATIVE_DATE_REQUESTED = "ALTERNATIVE_DATE_REQUESTED"
    CANCELLED = "CANCELLED"
    COMPLETED = "COMPLETED"
    INCOMING_REQUEST = "INCOMING_REQUEST"
    NO_SHOW = "NO_SHOW"
    OUTGOING_INVITE = "OUTGOING_INVITE"


class MeetingTypeWord(StrEnum):
    """As above."""

    OFFICE = "OFFICE"
    ON_LOCATION = "ON_LOCATION"
    PHONE = "PHONE"
    VIDEO = "VIDEO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is not given does not filter. Several values of one filter are alternatives (inference)."""

    id: Annotated[tuple[str, ...], "appointment"] = ()
    external_id: Annotated[tuple[str, ...], "id in another system, at most 255 characters"] = ()
    start: Annotated[datetime | None, "from: start of the appointment"] = None
    end: Annotated[datetime | None, "to: end of the appointment"] = None
    meeting_type: Annotated[tuple[MeetingTypeWord, ...], "where it takes place"] = ()
    status: Annotated[tuple[StatusWord, ...], "the vendor's status"] = ()
    callback_request_id: Annotated[tuple[str, ...], "callback request"] = ()
    listing_id: Annotated[tuple[str, ...], "listing"] = ()
    lead_segment_id: Annotated[tuple[str, ...], "lead segment"] = ()
    subject_id: Annotated[tuple[str, ...], "subject"] = ()
    office_id: Annotated[tuple[str, ...], "office"] = ()
    customer_id: Annotated[tuple[str, ...], "customer"] = ()
    employee_id: Annotated[tuple[str, ...], "employee"] = ()

    def params(self) -> Params:
        """As `name[]=value`: `name=value` is not accepted. Raises `Permanent` for a value that is too short or long."""
        instants = [("from", self.start), ("to", self.end)]
        return [*self._arrays(), *((name, stamp(moment)) for name, moment in instants if moment is not None)]

    def _arrays(self) -> Iterator[tuple[str, str]]:
        for name in ARRAYS:
            longest = LONGEST_EXTERNAL_ID if name == "external_id" else None
            for value in getattr(self, name):
                if not value or (longest and len(value) > longest):
                    raise Permanent(f"{name}: expected 1 to {longest or 'any number of'} characters")
                yield f"{name.replace('_', '-')}[]", str(value)


ARRAYS = tuple(name for name in Filters.__slots__ if name not in {"start", "end"})


def stamp(instant: datetime) -> str:
    """As the document writes it: milliseconds and Z."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
