"""Caspen's messages. Source: vendor-docs 001, and the list, pagination, errors and clients pages (FACTS 2.3, 3.2)."""

from marshmallow import fields

from schemas.fields import Flag, Instant, Many, One, Text, Tolerant, Whole


class Appointment(Tolerant):
    """AppointmentResource, complete as documented. There is no update time."""

    id = Text(required=True)
    location_id = Text()
    practitioner_id = Text()
    service_id = Text()
    client_id = Text()
    client_package_id = Text()
    case_id = Text()
    starts_at = Instant()
    ends_at = Instant()
    duration = Whole()  # minutes
    status = Text()
    confirmed = Flag()
    confirmed_at = Instant()
    room_id = Text()
    vehicle_id = Text()
    resource_ids = fields.Raw()
    note = Text()
    cancellation_reason_id = Text()
    cancellation_note = Text()
    cancelled_at = Instant()
    created_at = Instant()


class PhoneNumber(Tolerant):
    id = Text()
    code = Text()
    number = Text()
    type = Text()


class Client(Tolerant):
    """What is read of ClientResource. The names are (inference): the readable part of the page shows the phones."""

    id = Text(required=True)
    first_name = Text()
    last_name = Text()
    phone_number = Text()
    phone_numbers = Many(PhoneNumber())


class Links(Tolerant):
    prev = Text()
    next = Text()


class Page(Tolerant):
    """One page of a cursor list. `data` stays raw: records are kept as they came."""

    data = fields.Raw()
    links = One(Links())


class Error(Tolerant):
    """Every error has `message`; `errors` by field with a 422 (its exact shape is an inference)."""

    message = Text()
    errors = fields.Raw()


class EventSubject(Tolerant):
    id = Text(required=True)


class Event(Tolerant):
    """Not Caspen's: it documents no webhooks. The project's own thin convention, in the Standard Webhooks envelope."""

    type = Text(required=True)
    timestamp = Instant()
    data = One(EventSubject(), required=True)


APPOINTMENT = Appointment()
CLIENT = Client()
PAGE = Page()
ERROR = Error()
EVENT = Event()
