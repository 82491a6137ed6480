"""CareCycle's messages. Source: vendor-docs 000 and 003, and the public customer and webhook pages (FACTS 2.2, 3.1)."""
# ruff: noqa: N815 - the attributes are the vendor's own field names

from marshmallow import fields

from schemas.fields import Flag, Instant, Many, One, Text, Tolerant, Whole, Zone


class Appointment(Tolerant):
    """One of `results`, complete as documented. No end, no status, no update time; nullability is not shown."""

    id = Text(required=True)
    customerId = Text()
    firstName = Text()
    lastName = Text()
    timezone = Zone()
    state = Text()
    callerId = Text()
    postalCode = Text()
    appointmentDateTime = Instant()
    appointmentAttended = Flag()
    appointmentType = Text()
    campaignId = Text()
    campaignName = Text()


class Listing(Tolerant):
    """The answer to the window. `results` stays raw: records are kept as they came."""

    results = fields.Raw()


class Customer(Tolerant):
    """What is read of a customer: the phone is `callerId` in the API and `phoneNumber` in webhooks (inference)."""

    id = Text(required=True)
    firstName = Text()
    lastName = Text()
    callerId = Text()
    timezone = Zone()
    language = Text()


class Customers(Tolerant):
    """One page of customers (public page). `items` stays raw."""

    itemsTotal = Whole()
    currentPage = Whole()
    nextPage = Whole()
    prevPage = Whole()
    items = fields.Raw()


class Config(Tolerant):
    """Around one config; what is inside is read by `schemas.appointment_rules`, and kept as it came."""

    appointmentConfig = fields.Raw()


class Configs(Tolerant):
    """Around all of them (public page)."""

    appointmentConfigs = fields.Raw()


class ErrorItem(Tolerant):
    """Shaped like an issue of Zod 3, so `path` may hold numbers too (inference)."""

    path = fields.Raw()
    message = Text()
    expected = Text()
    received = Text()
    code = Text()


class FailedRecord(Tolerant):
    """Only in the errors of document 003."""

    index = Whole()
    phoneNumber = Text()
    firstName = Text()
    lastName = Text()
    externalId = Text()


class Error(Tolerant):
    """All seven documented error bodies; `retryAfter` is in seconds (older public page)."""

    message = Text()
    code = Text()
    errors = Many(ErrorItem())
    failedRecords = Many(FailedRecord())
    retryAfter = fields.Raw()


class EventCustomer(Tolerant):
    id = Text()


class Event(Tolerant):
    """A flat webhook body.

    `customer.*` hold the customer's own `id`. The fields of `call.completed` are (not found): the three places where a
    customer's id may be are guesses. `appointmentId` and `appointmentDateTime` are the project's own `appointment.*`.
    """

    event_type = Text(required=True)
    id = Text()
    customerId = Text()
    customer = One(EventCustomer())
    clientCustomerId = Text()
    appointmentId = Text()
    appointmentDateTime = Instant()


APPOINTMENT = Appointment()
LISTING = Listing()
CUSTOMER = Customer()
CUSTOMERS = Customers()
CONFIG = Config()
CONFIGS = Configs()
ERROR = Error()
EVENT = Event()
