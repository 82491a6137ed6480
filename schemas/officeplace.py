"""OfficePlace's messages. Source: vendor-docs 004 (the guide) and the public reference (FACTS 2.5, 3.4).

No page shows an answer. What is read here are the names of the two request shapes; the guide's come first.
"""
# ruff: noqa: N815 - the attributes are the vendor's own field names

from marshmallow import fields

from schemas.fields import Instant, One, Text, Tolerant, Whole


class Body(Tolerant):
    """The reference's description: `contentType` is Text or Html."""

    content = Text()
    contentType = Text()


class Appointment(Tolerant):
    """One appointment in either shape: title|subject, description|body.content, appointmentId|id.

    `startTime` and `endTime` are raw: a naive one may be read in `timeZone`, if the connection says so.
    """

    appointmentId = Text()
    id = Text()
    title = Text()
    subject = Text()
    description = Text()
    body = One(Body())
    startTime = fields.Raw()
    endTime = fields.Raw()
    timeZone = Text()
    showAsStatus = Text()


class Token(Tolerant):
    """Two contradictory documented answers: `token` (guide) and `accessToken` (reference); seconds in both."""

    token = Text()
    accessToken = Text()
    refreshToken = Text()
    tokenType = Text()
    expiresIn = Whole()


class Created(Tolerant):
    """The answer to a creation, in the reference."""

    appointmentId = Text()


class Error(Tolerant):
    """No error body is documented; these are the usual words, kept where they are there (inference)."""

    message = Text()
    error = Text()
    title = Text()
    code = Text()


class EventSubject(Tolerant):
    id = Text(required=True)


class Event(Tolerant):
    """Not OfficePlace's: it documents no webhooks. The project's own thin convention, as Standard Webhooks advise."""

    type = Text(required=True)
    timestamp = Instant()
    data = One(EventSubject(), required=True)


APPOINTMENT = Appointment()
TOKEN = Token()
CREATED = Created()
ERROR = Error()
EVENT = Event()
