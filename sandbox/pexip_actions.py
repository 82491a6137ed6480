"""Pexip's documented writes: four actions and a PATCH, each refused where the documents refuse it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from sandbox import times
from sandbox.pexip_filters import MEETING_TYPES
from sandbox.pexip_records import participant, touched
from sandbox.refusal import Record
from sandbox.vendor import Manner

if TYPE_CHECKING:
    from sandbox.pexip import Pexip

REQUESTED = ("INCOMING_REQUEST", "OUTGOING_INVITE", "ALTERNATIVE_DATE_REQUESTED")
OPEN = ("ACCEPTED", *REQUESTED)
PATCHABLE = {
    "appointmentParticipants", "answers", "callbackRequestId", "location", "listingId", "leadSegmentId",
    "meetingRoomId", "externalId", "internalNotes", "metadata", "userCommunication",
}  # fmt: skip
LINKS = {"callbackRequestId": "callbackRequest", "listingId": "listing", "leadSegmentId": "leadSegment"}
SILENT = {"meetingRoomId", "metadata", "userCommunication"}  # taken, not shown on the record


class Actions:
    def __init__(self, vendor: "Pexip") -> None:
        self.vendor = vendor

    def add_routes(self, api: Blueprint) -> None:
        one = "/appointments/<record_id>"
        api.add_url_rule(one, view_func=self.patch, methods=["PATCH"])
        api.add_url_rule(f"{one}/_actions/accept", view_func=self.accept, methods=["POST"])
        api.add_url_rule(f"{one}/_actions/reschedule", view_func=self.reschedule, methods=["POST"])
        api.add_url_rule(f"{one}/_actions/reassign", view_func=self.reassign, methods=["POST"])
        api.add_url_rule(f"{one}/_actions/update-meeting-type", view_func=self.update_meeting_type, methods=["POST"])

    def accept(self, record_id: str) -> Response:
        record = self._record(record_id)
        self._allowed_in(record, REQUESTED)
        return self._store(record, "accepted", status="ACCEPTED")

    def reschedule(self, record_id: str) -> Response:
        record, sent = self._record(record_id), self._sent()
        start, end = self._instant(sent, "start"), self._instant(sent, "end")
        self._allowed_in(record, OPEN)
        if start >= end:
            raise self.vendor.error(422, "APPOINTMENT_START_AFTER_END", "The start must be before the end")
        return self._store(record, "move", start=times.millis_z(start), end=times.millis_z(end))

    def reassign(self, record_id: str) -> Response:
        record, sent = self._record(record_id), self._sent()
        self._allowed_in(record, OPEN)
        office, employee = sent.get("officeId"), sent.get("primaryEmployeeId")
        changes: Record = {"office": {"id": str(office)}} if office else {}
        if employee:
            others = [each for each in record["appointmentParticipants"] if each["type"] != "EMPLOYEE"]
            changes["appointmentParticipants"] = [participant(str(employee), "EMPLOYEE"), *others]
        return self._store(record, "reassigned", **changes)

    def update_meeting_type(self, record_id: str) -> Response:
        record, sent = self._record(record_id), self._sent()
        if sent.get("meetingType") not in MEETING_TYPES:
            raise self.vendor.refuse(400, f"meetingType must be one of {', '.join(MEETING_TYPES)}")
        self._allowed_in(record, OPEN)
        location = sent.get("location", record["location"])
        if sent["meetingType"] == "ON_LOCATION" and not location:
            raise self.vendor.error(422, "APPOINTMENT_LOCATION_REQUIRED", "A location is required")
        return self._store(record, "updated", meetingType=sent["meetingType"], location=location)

    def patch(self, record_id: str) -> Response:
        record, sent = self._record(record_id), self._sent()
        if unknown := set(sent) - PATCHABLE:
            raise self.vendor.refuse(400, f"unknown properties: {', '.join(sorted(unknown))}")
        if len(sent.get("appointmentParticipants", "ok")) < 2:
            code = "APPOINTMENT_PRIMARY_CUSTOMER_MISSING"
            raise self.vendor.error(422, code, "An appointment needs an employee and a customer")
        changes = {
            LINKS.get(key, key): ({"id": value} if value else None) if key in LINKS else value
            for key, value in sent.items()
            if key not in SILENT
        }
        return self._store(record, "updated", **changes)

    def _record(self, record_id: str) -> Record:
        vendor = self.vendor
        tenant = vendor.caller()
        record = None if vendor.fault(tenant, "not_found", record_id) else tenant.appointments.get(record_id)
        if record is None:
            raise vendor.refuse(404, "Appointment not found")
        return record

    def _sent(self) -> Record:
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict):
            raise self.vendor.refuse(400, "The body must be a JSON object with Content-Type application/json")
        return sent

    def _instant(self, sent: Record, name: str) -> datetime:
        try:
            return times.parse(sent.get(name))
        except ValueError:
            raise self.vendor.refuse(400, f"{name} must be an ISO 8601 date-time") from None

    def _allowed_in(self, record: Record, states: tuple[str, ...]) -> None:
        if record["status"] not in states:
            message = f"The status {record['status']} does not allow this operation"
            raise self.vendor.error(422, "APPOINTMENT_STATUS_INVALID", message, {"allowedStates": list(states)})

    def _store(self, record: Record, change: str, **changes: Any) -> Response:
        vendor = self.vendor
        tenant = vendor.caller()
        api = {"updatedBy": {"id": tenant.credentials["client_id"]}, "updatedByType": "API", "updatedFrom": "API"}
        with tenant.lock:
            after = tenant.appointments.put(record["id"], touched(record, **changes, **api))
        manner = Manner(correlation_id=request.headers.get("X-Correlation-Id"))
        vendor.announce(tenant, record["id"], after, change, manner)
        return jsonify({"data": after})
