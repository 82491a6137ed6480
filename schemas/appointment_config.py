"""Appointment configs on the wire: CareCycle's documented shape, and what is ours beside it.

Source: vendor-docs 003; the entries of the request carry no names there and are matched to the answer's keys by their
order (FACTS 2.6). Every field of the request is optional, as its example `{}` shows. Ours, each optional: the anchors
`booked`, `rescheduled` and `cancelled`, and `shortNotice`, `graceMinutes` and `quietHours` of a workflow.

`REQUEST` is strict, for what people send us. What is stored or pulled from a vendor is read by `to_rules`, which never
refuses: an undocumented variant is kept as it is, and its workflow says why it does not run.
"""
# ruff: noqa: N815 - the attributes are the documented field names

from collections import Counter
from typing import Any

from marshmallow import ValidationError, fields, validate, validates

from rules.statuses import Status
from rules.workflow import Anchor, ShortNotice
from schemas.appointment_rules import not_executable, to_rules
from schemas.strict import Characters, Integer, Strict, Tagged, Truth, Uuid, WallTime

__all__ = ["ANSWER", "ANSWERS", "REQUEST", "RESPONSE", "not_executable", "to_rules"]

MOST_GRACE_MINUTES = 30 * 24 * 60  # ours: a text a month late helps nobody


def _one_of(*words: str) -> validate.OneOf:
    return validate.OneOf(words, error="Must be one of: {choices}.")


class Trigger(Strict):
    """`anchor + offsetMinutes`; negative is before (our reading: the sign is not documented)."""

    anchor = Characters(required=True, validate=_one_of(*Anchor))
    offsetMinutes = Integer(required=True)


class AppointmentStatus(Strict):
    """The one documented condition. `scheduled` is the one documented word; the others are our statuses."""

    kind = Characters(required=True)
    statuses = fields.List(
        Characters(validate=_one_of(*(each for each in Status if each is not Status.UNKNOWN))), required=True
    )


class Sms(Strict):
    """The one documented action. `senderId` is a sender of ours; one that we do not know means the connection's."""

    type = Characters(required=True)
    senderId = Characters()
    template = Characters(required=True)


class QuietHours(Strict):
    """Ours. Local times in the person's zone; may span midnight; equal ones mean never."""

    start = WallTime(required=True)
    end = WallTime(required=True)


class Workflow(Strict):
    """One rule. Required first, as documented: id, enabled, trigger, action."""

    id = Uuid(required=True)
    enabled = Truth(required=True)
    trigger = fields.Nested(Trigger, required=True)
    action = Tagged("type", {"sms": Sms()}, required=True)
    name = Characters(allow_none=True)
    condition = Tagged("kind", {"appointment_status": AppointmentStatus()})
    shortNotice = Characters(validate=_one_of(*ShortNotice))
    graceMinutes = Integer(0, MOST_GRACE_MINUTES)
    quietHours = fields.Nested(QuietHours)


class BookingHours(Strict):
    """Stored and returned; nobody acts on them. Which day 0 is, is not documented."""

    startHour = Integer(0, 23, required=True)
    startMinute = Integer(0, 59)
    endHour = Integer(0, 24, required=True)
    endMinute = Integer(0, 59)
    dayOfWeek = fields.List(Integer(0, 6), required=True, validate=validate.Length(min=1))


class Request(Strict):
    """The body of a creation, all 17 documented entries in their order."""

    name = Characters(validate=validate.Length(min=1))
    description = Characters(allow_none=True)
    concurrentLimit = Integer()
    appointmentLength = Integer()  # minutes (inference); gives the end where a record has none
    appointmentSpacing = Integer()
    maxOptions = Integer()
    minDate = Characters(allow_none=True, validate=validate.Length(max=10))
    maxDate = Characters(allow_none=True, validate=validate.Length(max=10))
    minHours = Integer(allow_none=True)
    preferredMode = Characters(validate=_one_of("timezone", "zipcode"))
    appointmentMode = Characters(validate=_one_of("phone_call", "in_person", "video_call", "agent_phone_call"))
    showCallerIdOnBookingPage = Truth()
    assignmentMode = Characters(validate=_one_of("customer_agent", "routing_config", "external_transfer"))
    routingConfigId = Uuid(allow_none=True)
    transferConfigId = Uuid(allow_none=True)
    workflows = fields.List(fields.Nested(Workflow))
    bookingHours = fields.List(fields.Nested(BookingHours))

    @validates("workflows")
    def _each_id_once(self, workflows: list[dict[str, Any]], data_key: str) -> None:  # noqa: ARG002 - marshmallow's call
        """Ours: a promise is known by its workflow's id."""
        # marshmallow calls this for what is only partly right, too.
        ids = [each["id"].lower() for each in workflows if isinstance(each, dict) and "id" in each]
        twice = [identity for identity, times in Counter(ids).items() if times > 1]
        if twice:
            raise ValidationError(f"Ids must differ: {', '.join(twice)}.")


class Response(Request):
    """The documented answer: the request with the keys that only the server writes."""

    id = Uuid(required=True)
    createdAt = Characters(allow_none=True)
    updatedAt = Characters(allow_none=True)
    clientId = Uuid(allow_none=True)
    createdBy = Uuid(allow_none=True)
    updatedBy = Uuid(allow_none=True)
    assignedCampaignCount = Integer()
    assignedTransferConfigCount = Integer()


class Answer(Strict):
    """Around one config."""

    appointmentConfig = fields.Nested(Response, required=True)


class Answers(Strict):
    """Around the list (public page)."""

    appointmentConfigs = fields.List(fields.Nested(Response), required=True)


REQUEST = Request()
RESPONSE = Response()
ANSWER = Answer()
ANSWERS = Answers()
