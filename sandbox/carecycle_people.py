"""CareCycle's customers. The API calls the phone `callerId`, the webhook calls it `phoneNumber` (public pages)."""

from sandbox import times
from sandbox.booking import Booking
from sandbox.ids import uuid4
from sandbox.refusal import Record
from sandbox.vendor import Event

# Fields of the public customer object that nothing here fills.
EMPTY = (
    "clientCustomerId", "externalId", "salutation", "suffix", "middleName", "preferredName", "dateOfBirth", "gender",
    "maritalStatus", "city", "county", "address", "address2", "mbiNumber", "medicareCard", "medicarePartADate",
    "medicarePartBDate",
)  # fmt: skip
CLIENT = "5e505642-9024-474d-9434-e5a44f505cc5"


def new_customer(booking: Booking) -> Record:
    person, at = booking.person, times.millis_z(times.now())
    return {
        "id": uuid4(),
        "createdAt": at,
        "updatedAt": at,
        "clientId": CLIENT,
        "status": "Lead",
        "firstName": person.first_name,
        "lastName": person.last_name,
        "callerId": person.phone,
        "lineType": "mobile",
        "email": person.email,
        "language": person.language,
        "state": booking.extras.get("state", "AZ"),
        "postalCode": booking.extras.get("postal_code", "85001"),
        "timezone": person.zone,
        **dict.fromkeys(EMPTY),
    }


def changed_customer(person: Record, fields: Record) -> Record:
    return {**person, **fields, "updatedAt": times.millis_z(times.now())}


def customer_event(kind: str, person: Record) -> Event:
    """Flat, the whole customer beside `event_type`; `id` is the customer's, so only `svix-id` is the event's own."""
    fields = {("phoneNumber" if key == "callerId" else key): value for key, value in person.items()}
    return Event(id=f"msg_{uuid4()}", type=kind, body={"event_type": kind, **fields})
