"""Pexip's appointment (document 002, every field) and customer (public page of getcustomerbyid)."""

from typing import Any

from sandbox import times
from sandbox.booking import Booking
from sandbox.ids import digits
from sandbox.pexip_filters import MEETING_TYPES, STATUSES
from sandbox.refusal import Record, no

SUBJECT, OFFICE, EMPLOYEE = "501", "601", "701"


def _told(value: str) -> Record:
    return {"language": "en", "value": value}


LOCATION: Record = {
    "city": _told("Ghent"),
    "state": _told("East Flanders"),
    "street1": _told("Korenmarkt 1"),
    "street2": _told(""),
    "postalCode": "9000",
    "countryCode": "BE",
    "formattedAddress": "Korenmarkt 1, 9000 Ghent, Belgium",
    "geolocation": {"latitude": 51.0479466, "longitude": 3.6912248},
}


def new_customer(booking: Booking) -> Record:
    person, at = booking.person, times.millis_z(times.now())
    return {
        "id": digits(),
        "externalId": None,
        "customerNumber": None,
        "email": person.email,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "company": None,
        "language": person.language,
        "notes": None,
        "phoneNumber": person.phone,
        "existing": True,
        "timeZone": person.zone,
        "createdAt": at,
        "updatedAt": at,
        "deletedAt": None,
        "location": None,
    }


def changed_customer(person: Record, sent: Record) -> Record:
    names = {"phone": "phoneNumber", "zone": "timeZone", "first_name": "firstName", "last_name": "lastName"}
    fields = {names.get(key, key): value for key, value in sent.items()}
    return {**person, **fields, "updatedAt": times.millis_z(times.now())}


def participant(person_id: str, kind: str) -> Record:
    return {
        "role": "PRIMARY",
        "participant": {"id": person_id},
        "type": kind,
        "videoUrl": None,
        "videoTestUrl": None,
    }


def new_appointment(booking: Booking, customer_id: str, record_id: str) -> Record:
    extras, at = booking.extras, times.millis_z(times.now())
    status, meeting_type = extras.get("status", "ACCEPTED"), extras.get("meeting_type", "OFFICE")
    if status not in STATUSES or meeting_type not in MEETING_TYPES:
        raise no(f"status is one of {STATUSES}, meeting_type one of {MEETING_TYPES}")
    span = booking.span
    employee = extras.get("employee_id", EMPLOYEE)
    by_customer = status == "INCOMING_REQUEST"
    actor: Record = {"id": customer_id if by_customer else employee}
    return {
        "id": record_id,
        "externalId": extras.get("external_id"),
        "start": times.millis_z(span.starts_at) if span.starts_at else None,
        "end": times.millis_z(span.ends_at) if span.ends_at else None,
        "subject": {"id": extras.get("subject_id", SUBJECT)},
        "office": {"id": extras.get("office_id", OFFICE)},
        "appointmentParticipants": [participant(employee, "EMPLOYEE"), participant(customer_id, "CUSTOMER")],
        "answers": [],
        "callbackRequest": None,
        "listing": None,
        "leadSegment": None,
        "meetingType": meeting_type,
        "status": status,
        "hybrid": False,
        "trailingBufferTime": 5,
        "internalNotes": extras.get("internal_notes"),
        "createdAt": at,
        "createdBy": actor,
        "createdByType": "CUSTOMER" if by_customer else "EMPLOYEE",
        "createdFrom": "CUSTOMER_APP" if by_customer else "BACKOFFICE_APP",
        "updatedAt": at,
        "updatedBy": actor,
        "updatedByType": "CUSTOMER" if by_customer else "EMPLOYEE",
        "updatedFrom": "CUSTOMER_APP" if by_customer else "BACKOFFICE_APP",
        "location": LOCATION if meeting_type in {"OFFICE", "ON_LOCATION"} else None,
    }


def touched(record: Record, **changes: Any) -> Record:
    """With changes and a later `updatedAt`; Pexip's advice is to order by it, so it never stands still."""
    at = times.millis_z(times.now())
    if at <= record["updatedAt"]:
        at = times.millis_z(times.parse(record["updatedAt"]) + times.MILLISECOND)
    return {**record, **changes, "updatedAt": at}
