"""Pexip Engage's messages. Source: vendor-docs 002, FACTS 2.4 and 3.3.

Its compatibility policy allows new properties, new enum values and other id formats at any time.
"""
# ruff: noqa: N815 - the attributes are the vendor's own field names

from marshmallow import fields

from schemas.fields import Flag, Instant, Many, One, Text, Tolerant, Whole, Zone


class Ref(Tolerant):
    id = Text()


class Participant(Tolerant):
    role = Text()
    participant = One(Ref())
    type = Text()
    videoUrl = Text()
    videoTestUrl = Text()


class Answer(Tolerant):
    id = Text()
    value = Text()
    selectedAnswerOptions = Many(Ref())
    form = One(Ref())
    question = One(Ref())
    answerType = Text()
    createdAt = Instant()
    updatedAt = Instant()


class Translated(Tolerant):
    language = Text()
    value = Text()


class Geolocation(Tolerant):
    latitude = fields.Raw()
    longitude = fields.Raw()


class Location(Tolerant):
    city = One(Translated())
    state = One(Translated())
    street1 = One(Translated())
    street2 = One(Translated())
    postalCode = Text()
    countryCode = Text()
    formattedAddress = Text()
    geolocation = One(Geolocation())


class Appointment(Tolerant):
    """One item of `data`, complete as documented. `start` and `end` may be null: a request has no time yet."""

    id = Text(required=True)
    externalId = Text()
    start = Instant()
    end = Instant()
    subject = One(Ref())
    office = One(Ref())
    appointmentParticipants = Many(Participant())
    answers = Many(Answer())
    callbackRequest = One(Ref())
    listing = One(Ref())
    leadSegment = One(Ref())
    meetingType = Text()
    status = Text()
    hybrid = Flag()
    trailingBufferTime = Whole()  # minutes (inference)
    internalNotes = Text()
    messageForCustomer = Text()  # on the page of one appointment (FACTS 3.3), not in the list
    createdAt = Instant()
    createdBy = One(Ref())
    createdByType = Text()
    createdFrom = Text()
    updatedAt = Instant()
    updatedBy = One(Ref())
    updatedByType = Text()
    updatedFrom = Text()
    location = One(Location())


class Customer(Tolerant):
    """What is read of a customer: how to reach the person, in which zone and language."""

    id = Text(required=True)
    firstName = Text()
    lastName = Text()
    phoneNumber = Text()
    language = Text()
    timeZone = Zone()
    deletedAt = Text()


class Meta(Tolerant):
    offset = Whole()
    limit = Whole()
    totalCount = Whole()


class Page(Tolerant):
    """`data` stays raw: records are kept as they came. It is an object where one thing was asked for."""

    data = fields.Raw()
    meta = One(Meta())


class ErrorItem(Tolerant):
    message = Text()
    code = Text()
    type = Text()
    statusCode = Text()


class Errors(Tolerant):
    errors = Many(ErrorItem())


class Token(Tolerant):
    """The OAuth2 answer (RFC 6749, 5.1). `expires_in` in seconds is recommended there, not required."""

    access_token = Text()
    expires_in = Whole()


class TokenError(Tolerant):
    error = Text()
    error_description = Text()


class EventAppointment(Tolerant):
    """Only what says where to look: the event holds the whole appointment in another shape, and none is believed."""

    id = Text(required=True)
    updatedAt = Instant()


class EventBody(Tolerant):
    eventType = Text()
    appointment = One(EventAppointment())


class Event(Tolerant):
    id = Text(required=True)
    correlationId = Text()
    webhookConfigurationId = Text()
    version = Text()
    entity = Text(required=True)
    data = One(EventBody())


APPOINTMENT = Appointment()
CUSTOMER = Customer()
PAGE = Page()
ERRORS = Errors()
TOKEN = Token()
TOKEN_ERROR = TokenError()
EVENT = Event()
