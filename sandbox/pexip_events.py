"""Pexip's webhook body (public page operation-post-Appointment): an envelope and an appointment with its people,
subject and office written out, which is another shape than the API's.
"""

from sandbox.ids import uuid4
from sandbox.pexip_records import LOCATION
from sandbox.refusal import Record
from sandbox.tenants import Tenant
from sandbox.vendor import Event

EVENT_TYPES = {
    "move": "RESCHEDULE",
    "cancelled": "CANCEL",
    "delete": "CANCEL",
    "completed": "COMPLETE",
    "attended": "COMPLETE",
    "accepted": "ACCEPT",
    "reassigned": "REASSIGN",
}
ON_BOOKING = {"INCOMING_REQUEST": "CREATE_REQUEST", "ALTERNATIVE_DATE_REQUESTED": "REQUEST_ALTERNATIVE_DATE"}


def event_type(record: Record, change: str) -> str:
    """One of the eleven documented; what fits none of them is a GENERIC_UPDATE."""
    if change.isupper():
        return change
    if change == "booked":
        return ON_BOOKING.get(record["status"], "CREATE")
    return EVENT_TYPES.get(change, "GENERIC_UPDATE")


def appointment_event(tenant: Tenant, record: Record, change: str, correlation_id: str | None) -> Event:
    kind, event_id = event_type(record, change), uuid4()
    body = {
        "id": event_id,
        "correlationId": correlation_id or uuid4(),
        "webhookConfigurationId": "wh-1",
        "version": "1",
        "entity": "Appointment",
        "data": {"eventType": kind, "message": None, "appointment": expanded(tenant, record)},
    }
    return Event(id=event_id, type=kind, body=body)


def expanded(tenant: Tenant, record: Record) -> Record:
    """The appointment with whatever is only named by id in the API."""
    subject, office = record["subject"]["id"], record["office"]["id"]
    return {
        **record,
        "subject": {
            "id": subject,
            "externalId": f"subject-{subject}",
            "enabledForCustomerUse": True,
            "enabledForInternalUse": True,
            "order": 0,
            "translations": [{"language": "en", "name": "Consultation", "description": None}],
        },
        "office": {"id": office, "externalId": f"office-{office}", "name": "Ghent", "location": LOCATION},
        "appointmentParticipants": [
            {**each, "participant": _person(tenant, each["participant"]["id"], each["type"])}
            for each in record["appointmentParticipants"]
        ],
    }


def _person(tenant: Tenant, person_id: str, kind: str) -> Record:
    if kind == "CUSTOMER":
        return tenant.people.get(person_id) or {"id": person_id}
    return {
        "id": person_id,
        "externalId": None,
        "email": "staff@example.org",
        "firstName": "Grace",
        "lastName": "Hopper",
        "role": "EMPLOYEE",
        "status": "ACTIVE",
    }
