"""Appointment configs on the wire: CareCycle's documented shape, and what is ours beside it.

Source: vendor-docs 003; the entries of the request carry no names there and are matched to the answer's keys by their
order (FACTS 2.6). Every field of the request is optional, as its example `{}` shows. Ours, each optional, are parts of
workflows (see `workflow_parts`) and the key `punctual` of an answer.

`REQUEST` is strict, for what people send us. What is stored or pulled from a vendor is read by `to_rules`, which never
refuses: an undocumented variant is kept as it is, and its workflow says why it does not run. `ANSWER` shows all of it.
"""
# ruff: noqa: N815 - the attributes are the documented field names

from collections import Counter
from typing import Any

from marshmallow import ValidationError, fields, validate, validates, validates_schema

from rules.rehearsal import Change
from rules.workflow import Action, RunsAt, ShortNotice
from schemas.appointment_rules import not_executable, to_rules
from schemas.strict import Characters, Integer, Strict, Tagged, Truth, Uuid
from schemas.workflow_parts import ACTIONS, CONDITIONS, DEEPEST, OURS, Caps, QuietHours, Trigger, depth, one_of, ours

__all__ = ["ANSWER", "ANSWERS", "REQUEST", "RESPONSE", "SERVER_WRITTEN", "not_executable", "to_rules"]

MOST_GRACE_MINUTES = 30 * 24 * 60  # ours: a text a month late helps nobody
MOST_MERGE_MINUTES = 12 * 60  # ours: what is due half a day apart are two texts

STORED_ONLY = (
    *("description", "concurrentLimit", "appointmentSpacing", "maxOptions", "minDate", "maxDate", "minHours"),
    *("preferredMode", "showCallerIdOnBookingPage", "assignmentMode", "routingConfigId", "transferConfigId"),
    "bookingHours",
)
"""Stored and returned, and acted on by nobody: Punctual books nothing."""

DEFAULTS: dict[str, Any] = {
    "name": "Untitled",
    "description": None,
    "concurrentLimit": 1,
    "appointmentLength": 0,  # gives no end, as if nobody had said anything
    "appointmentSpacing": 0,
    "maxOptions": 0,
    "minDate": None,
    "maxDate": None,
    "minHours": None,
    "preferredMode": "timezone",
    "appointmentMode": "phone_call",
    "showCallerIdOnBookingPage": False,
    "assignmentMode": "customer_agent",
    "routingConfigId": None,
    "transferConfigId": None,
    "workflows": [],
    "bookingHours": [],
}
"""What an answer says where the request said nothing (assumption: the documents show no such answer)."""

DOCUMENTED = frozenset(DEFAULTS)
"""The request's keys."""

SERVER_WRITTEN = (
    *("id", "createdAt", "updatedAt", "clientId", "createdBy", "updatedBy"),
    *("assignedCampaignCount", "assignedTransferConfigCount", "punctual"),
)
"""What an answer has beside the request. Whoever edits an answer sends it back with them; they say nothing then."""


class Workflow(Strict):
    """One rule. Required first, as documented: id, enabled, trigger, action."""

    id = Uuid(required=True)
    enabled = Truth(required=True)
    trigger = fields.Nested(Trigger, required=True)
    action = Tagged("type", ACTIONS, required=True)
    name = Characters(allow_none=True)
    condition = Tagged("kind", CONDITIONS, allow_none=True)
    shortNotice = Characters(
        validate=one_of(*ShortNotice),
        metadata=ours("What to do when it is booked or moved inside the offset; `skip` without it.", "send"),
    )
    graceMinutes = Integer(
        0,
        MOST_GRACE_MINUTES,
        metadata=ours("How late it may still be sent; a quarter of the offset, 5 to 240, without it.", 30),
    )
    quietHours = fields.Nested(
        QuietHours,
        metadata=ours(
            "Nobody is texted then; from 21:00 to 08:00 without it.",
            {"start": "20:00", "end": "09:00", "days": ["sunday"], "closedDates": ["2026-12-25"]},
        ),
    )
    caps = fields.Nested(Caps, metadata=ours("Most texts per recipient.", {"perDay": 2, "perWeek": 5}))
    mergeMinutes = Integer(
        0,
        MOST_MERGE_MINUTES,
        metadata=ours("Texts of one appointment to one number, due within these minutes, go out as one.", 15),
    )

    @validates_schema
    def _not_too_deep(self, sent: dict[str, Any], **_: Any) -> None:
        if depth(sent.get("condition")) > DEEPEST:
            raise ValidationError(f"More than {DEEPEST} conditions inside one another.", "condition")


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
    preferredMode = Characters(validate=one_of("timezone", "zipcode"))
    appointmentMode = Characters(validate=one_of("phone_call", "in_person", "video_call", "agent_phone_call"))
    showCallerIdOnBookingPage = Truth()
    assignmentMode = Characters(validate=one_of("customer_agent", "routing_config", "external_transfer"))
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


class ShownWorkflow(Workflow):
    """As it is stored; a pulled one may hold what nobody documents."""

    action = Tagged("type", ACTIONS, others=True, required=True)
    condition = Tagged("kind", CONDITIONS, others=True, allow_none=True)


class Cost(Strict):
    """A text as it may come out, and how many parts of it are billed."""

    text = Characters(required=True)
    encoding = Characters(required=True, validate=one_of("gsm7", "ucs2"))
    segments = Integer(required=True)
    units = Integer(required=True, metadata={"description": "Septets for gsm7, 16-bit units for ucs2."})
    foreign = fields.List(
        Characters(), required=True, metadata={"description": "The characters that make it ucs2, and dearer."}
    )


class TextCost(Strict):
    """What one template costs."""

    workflowId = Characters(required=True)
    language = Characters(required=True, allow_none=True, metadata={"description": "null: the template for everybody."})
    example = fields.Nested(Cost, required=True, metadata={"description": "For an ordinary appointment."})
    worst = fields.Nested(Cost, required=True, metadata={"description": "With long names and foreign letters."})


class Assignment(Strict):
    """Which appointments it plans for. Without field and value: all of the connection."""

    connection = Characters(required=True)
    field = Characters()
    value = Characters()


class PromiseChange(Strict):
    """One promise that would be another."""

    change = Characters(required=True, validate=one_of(*Change))
    connection = Characters(required=True)
    appointmentId = Characters(required=True)
    startsAt = Characters(required=True, allow_none=True)
    past = Truth(required=True)
    workflowId = Characters(required=True)
    workflowName = Characters(required=True, allow_none=True)
    action = Characters(required=True, validate=one_of(*Action))
    attendee = Characters(required=True, allow_none=True)
    dueBefore = Characters(required=True, allow_none=True)
    dueAfter = Characters(required=True, allow_none=True)
    reason = Characters(required=True, allow_none=True, metadata={"description": "Why it would be gone."})
    doubles = Characters(
        required=True,
        allow_none=True,
        metadata={"description": "The workflow that has told, or tells, the same person within minutes."},
    )
    text = Characters(required=True, allow_none=True)
    segments = Integer(required=True, allow_none=True)
    encoding = Characters(required=True, allow_none=True)
    whyNot = Characters(required=True, allow_none=True, metadata={"description": "Why no text could be made."})


class AppliedToBooked(Strict):
    """What a replacement changes, or would change, for appointments that are booked already."""

    applied = Truth(required=True)
    appointmentsMoved = Integer(required=True, metadata={"description": "To this revision; they are planned anew."})
    counts = fields.Dict(keys=fields.String(validate=one_of(*Change)), values=Integer(), required=True)
    lookedAt = Integer(required=True)
    complete = Truth(required=True, metadata={"description": "False: there were more; `punctual rehearse` has them."})
    promises = fields.List(fields.Nested(PromiseChange), required=True)


class Additions(Strict):
    """What Punctual says of a config beside the documented answer."""

    revision = Integer(required=True)
    runsAt = Characters(required=True, validate=one_of(*RunsAt))
    texts = fields.List(fields.Nested(TextCost), required=True)
    notExecutable = fields.List(
        Characters(), required=True, metadata={"description": "What is stored and cannot run, each with its reason."}
    )
    assignedTo = fields.List(fields.Nested(Assignment), required=True)
    applyToBooked = fields.Nested(AppliedToBooked)


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
    punctual = fields.Nested(Additions, metadata={"description": f"Segments, encoding and what runs. {OURS}"})


class Shown(Response):
    """A config as the API shows it."""

    workflows = fields.List(fields.Nested(ShownWorkflow))


class Answer(Strict):
    """Around one config."""

    appointmentConfig = fields.Nested(Shown, required=True)


class Answers(Strict):
    """Around the list (public page)."""

    appointmentConfigs = fields.List(fields.Nested(Shown), required=True)


REQUEST = Request()
RESPONSE = Response()
ANSWER = Answer()
ANSWERS = Answers()
