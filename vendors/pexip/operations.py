"""Pexip Engage's documented calls: list with every filter, get, four actions, a patch, one customer.

Sources: document 002, and the public pages of each operation (FACTS 3.3). Cancelling, completing and marking a no-show
have no page that could be read: their paths would be guesses, and are not here. Inviting (`_actions/invite`) is
documented and left out: nothing here books.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from outbound.client import Client
from rules.errors import Permanent
from rules.vendors import Connection, Record
from schemas.fields import clean
from schemas.pexip import APPOINTMENT
from vendors.operation import documented, operations
from vendors.paths import segment
from vendors.pexip.calls import Calls
from vendors.pexip.filters import Filters, MeetingTypeWord, stamp
from vendors.pexip.mapping import MEETING_TYPES, STATUSES
from vendors.records import Shape, record, records

SHAPE = Shape("pexip", APPOINTMENT, {"status": STATUSES, "meetingType": MEETING_TYPES})
LIMIT = 25  # the documented default
ONE = "/appointments/{id}"

Id = Annotated[str, "the appointment's id"]
Message = Annotated[str, "for the colleagues"]
MessageForCustomer = Annotated[str, "for the customer"]
Communication = Annotated[dict[str, Any] | None, "userCommunication as JSON; its shape could not be read"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. `length` counts what was on it, also what could not be read."""

    records: tuple[Record, ...]
    length: int
    offset: int
    total: int
    trace: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """What a patch may change; what is not given stays. There is no status among it."""

    participants: Annotated[list[dict[str, Any]] | None, "appointmentParticipants, at least 2, each as JSON"] = None
    answers: Annotated[list[dict[str, Any]] | None, "each as JSON"] = None
    callback_request_id: Annotated[str | None, "callback request"] = None
    location: Annotated[dict[str, Any] | None, "as JSON"] = None
    listing_id: Annotated[str | None, "listing"] = None
    lead_segment_id: Annotated[str | None, "lead segment"] = None
    meeting_room_id: Annotated[str | None, "meeting room"] = None
    external_id: Annotated[str | None, "id in another system, at most 255 characters"] = None
    internal_notes: Annotated[str | None, "for the colleagues"] = None
    metadata: Annotated[dict[str, Any] | None, "as JSON"] = None
    user_communication: Communication = None

    def body(self) -> dict[str, Any]:
        """With the vendor's names."""
        return {name: getattr(self, ours) for ours, name in PATCHED.items() if getattr(self, ours) is not None}


PATCHED = {
    "participants": "appointmentParticipants",
    "answers": "answers",
    "callback_request_id": "callbackRequestId",
    "location": "location",
    "listing_id": "listingId",
    "lead_segment_id": "leadSegmentId",
    "meeting_room_id": "meetingRoomId",
    "external_id": "externalId",
    "internal_notes": "internalNotes",
    "metadata": "metadata",
    "user_communication": "userCommunication",
}


class Operations:
    def __init__(self, connection: Connection, client: Client) -> None:
        self._calls = Calls(connection, client)

    @documented("GET", "/appointments")
    def list_appointments(
        self,
        filters: Filters,
        offset: Annotated[int, "how many to pass over"] = 0,
        limit: Annotated[int, "how many at most; no maximum is documented"] = LIMIT,
    ) -> Listed:
        """Appointments that meet all filters, one page."""
        if offset < 0 or limit < 1:
            raise Permanent("offset and limit are positive")
        asked = [*filters.params(), ("limit", str(limit))]
        if offset:
            asked.append(("offset", str(offset)))  # documented as a positive integer; 0 is the default
        reply = self._calls.call("GET", "/appointments", asked)
        if not isinstance(reply.data, list) or reply.total is None:
            raise Permanent("a page without data or totalCount")
        return Listed(records(reply.data, SHAPE, reply.trace), len(reply.data), offset, reply.total, reply.trace)

    @documented("GET", ONE)
    def get_appointment(self, appointment_id: Id) -> Record:
        """One appointment. Raises `NotFound`."""
        reply = self._calls.call("GET", f"/appointments/{segment(appointment_id)}")
        return record(reply.data, SHAPE, reply.trace)

    @documented("POST", f"{ONE}/_actions/accept")
    def accept(self, appointment_id: Id) -> Record:
        """Accept a request or an invite. Only staff may accept what a customer asked for."""
        return self._act(appointment_id, "accept", None)

    @documented("POST", f"{ONE}/_actions/reschedule")
    def reschedule(
        self,
        appointment_id: Id,
        start: Annotated[datetime, "new start"],
        end: Annotated[datetime, "new end"],
        message: Message = "",
        message_for_customer: MessageForCustomer = "",
        answers: Annotated[list[dict[str, Any]] | None, "each as JSON"] = None,
        user_communication: Communication = None,
    ) -> Record:
        """Move it. Refused with APPOINTMENT_NO_AVAILABILITY, _START_AFTER_END or _STATUS_INVALID."""
        told = _told(message, message_for_customer, user_communication)
        times = {"start": stamp(start), "end": stamp(end)}
        return self._act(appointment_id, "reschedule", {**times, **told, **({"answers": answers} if answers else {})})

    @documented("POST", f"{ONE}/_actions/reassign")
    def reassign(
        self,
        appointment_id: Id,
        office_id: Annotated[str, "new office"] = "",
        primary_employee_id: Annotated[str, "new primary employee"] = "",
        message: Message = "",
        message_for_customer: MessageForCustomer = "",
        user_communication: Communication = None,
    ) -> Record:
        """Give it to another office or employee."""
        whom = {"officeId": office_id, "primaryEmployeeId": primary_employee_id}
        sent = {name: value for name, value in whom.items() if value}
        if not sent:
            raise Permanent("neither an office nor an employee was given")
        told = _told(message, message_for_customer, user_communication)
        return self._act(appointment_id, "reassign", {**sent, **told})

    @documented("POST", f"{ONE}/_actions/update-meeting-type")
    def update_meeting_type(
        self,
        appointment_id: Id,
        meeting_type: Annotated[MeetingTypeWord, "the new one"],
        location: Annotated[dict[str, Any] | None, "as JSON; ON_LOCATION needs one"] = None,
    ) -> Record:
        """Change where it takes place."""
        sent = {"meetingType": meeting_type.value, **({"location": location} if location is not None else {})}
        return self._act(appointment_id, "update-meeting-type", sent)

    @documented("PATCH", ONE)
    def update_appointment(
        self,
        appointment_id: Id,
        patch: Patch,
        clear: Annotated[tuple[str, ...], "the vendor's names of fields to empty, such as internalNotes"] = (),
    ) -> Record:
        """Change what a patch may change."""
        unknown = sorted(set(clear) - set(PATCHED.values()))
        sent = {**patch.body(), **dict.fromkeys(clear)}
        if unknown or not sent:
            raise Permanent(f"no patch changes {', '.join(unknown)}" if unknown else "nothing to change was given")
        reply = self._calls.call("PATCH", f"/appointments/{segment(appointment_id)}", json=sent)
        return record(reply.data, SHAPE, reply.trace)

    @documented("GET", "/customers/{id}")
    def get_customer(self, customer_id: Annotated[str, "the customer's id"]) -> dict[str, Any]:
        """One customer, as it came. Raises `NotFound`."""
        found = clean(self._calls.call("GET", f"/customers/{segment(customer_id)}").data)
        if not isinstance(found, dict):
            raise Permanent("the answer is not a customer")
        return found

    def _act(self, appointment_id: str, action: str, sent: dict[str, Any] | None) -> Record:
        reply = self._calls.call("POST", f"/appointments/{segment(appointment_id)}/_actions/{action}", json=sent)
        return record(reply.data, SHAPE, reply.trace)


def _told(message: str, for_customer: str, communication: dict[str, Any] | None) -> dict[str, Any]:
    said = {"message": message, "messageForCustomer": for_customer, "userCommunication": communication}
    return {name: value for name, value in said.items() if value}


OPERATIONS = operations(Operations)
