"""Every documented filter of Pexip's list, and the one syntax it takes for arrays."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

from sandbox import times
from sandbox.refusal import Record

if TYPE_CHECKING:
    from sandbox.pexip import Pexip

STATUSES = (
    "ACCEPTED", "ALTERNATIVE_DATE_REQUESTED", "CANCELLED", "COMPLETED", "INCOMING_REQUEST", "NO_SHOW",
    "OUTGOING_INVITE",
)  # fmt: skip
MEETING_TYPES = ("OFFICE", "ON_LOCATION", "PHONE", "VIDEO")
Values = Callable[[Record], Iterable[str | None]]


def _participants(kind: str) -> Values:
    return lambda record: [
        each["participant"]["id"] for each in record["appointmentParticipants"] if each["type"] == kind
    ]


def _linked(name: str) -> Values:
    return lambda record: [(record.get(name) or {}).get("id")]


# filter -> (what it looks at, its values if they are a list, the longest value)
ARRAYS: dict[str, tuple[Values, tuple[str, ...] | None, int | None]] = {
    "id": (lambda record: [record["id"]], None, None),
    "external-id": (lambda record: [record["externalId"]], None, 255),
    "meeting-type": (lambda record: [record["meetingType"]], MEETING_TYPES, None),
    "status": (lambda record: [record["status"]], STATUSES, None),
    "callback-request-id": (_linked("callbackRequest"), None, None),
    "listing-id": (_linked("listing"), None, None),
    "lead-segment-id": (_linked("leadSegment"), None, None),
    "subject-id": (_linked("subject"), None, None),
    "office-id": (_linked("office"), None, None),
    "customer-id": (_participants("CUSTOMER"), None, None),
    "employee-id": (_participants("EMPLOYEE"), None, None),
}
Filter = Callable[[Record], bool]


def read_filters(vendor: "Pexip", sent: MultiDict[str, str]) -> list[Filter]:
    filters: list[Filter] = []
    for name, (look, allowed, longest) in ARRAYS.items():
        if name in sent:
            raise vendor.refuse(400, f"query parameter {name} must be an array: {name}[]=value")
        wanted = sent.getlist(f"{name}[]")
        for value in wanted:
            if not value or (longest and len(value) > longest) or (allowed and value not in allowed):
                raise vendor.refuse(400, f"query parameter {name}[] does not allow {value!r}")
        if wanted:
            filters.append(_any_of(look, frozenset(wanted)))
    if (start := _instant(vendor, sent, "from")) is not None:
        filters.append(lambda record: record["start"] is not None and times.parse(record["start"]) >= start)
    if (end := _instant(vendor, sent, "to")) is not None:
        filters.append(lambda record: record["end"] is not None and times.parse(record["end"]) <= end)
    return filters


def matching(records: Iterable[Record], filters: list[Filter]) -> list[Record]:
    return [record for record in records if all(fits(record) for fits in filters)]


def read_whole(vendor: "Pexip", sent: MultiDict[str, str], name: str, default: int, *, least: int) -> int:
    text = sent.get(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise vendor.refuse(400, f"query parameter {name} must be a positive integer")
    return int(text)


def _any_of(look: Values, wanted: frozenset[str]) -> Filter:
    return lambda record: any(value in wanted for value in look(record))


def _instant(vendor: "Pexip", sent: MultiDict[str, str], name: str) -> datetime | None:
    if name not in sent:
        return None
    try:
        return times.parse(sent[name])
    except ValueError:
        raise vendor.refuse(400, f"query parameter {name} must be an ISO 8601 date-time") from None
