"""What a workflow is made of on the wire: triggers, conditions, actions, quiet hours.

Documented (vendor-docs 003) are the anchors `event_starts` and `event_ends`, the condition `appointment_status` with
`scheduled`, and the action `sms` with `senderId` and `template`. Everything else is ours, and the OpenAPI says so.
"""
# ruff: noqa: N815 - the attributes are the documented field names

import re
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from rules.appointment import MeetingType
from rules.conditions import EVERY_STATUS
from rules.workflow import Anchor
from schemas.closed_days import CalendarProblem, closed_days
from schemas.strict import Address, Characters, Integer, Scalar, Strict, Tagged, WallTime

OURS = "An addition of Punctual's, optional."

DEEPEST = 5
MOST_PARTS = 20
MOST_SEGMENTS = 10
"""Of one text, where its action does not say otherwise: Twilio takes 1,600 characters."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z"
SETTABLE = ("confirmed", "cancelled", "completed", "no_show")


def one_of(*words: str) -> validate.OneOf:
    return validate.OneOf(words, error="Must be one of: {choices}.")


def ours(what: str, example: Any) -> dict[str, Any]:
    """What the OpenAPI says of an addition."""
    return {"description": f"{what} {OURS}", "examples": [example]}


class Trigger(Strict):
    """`anchor + offsetMinutes`; negative is before (our reading: the sign is not documented).

    The anchors `booked`, `rescheduled` and `cancelled` are additions: they fire from what was seen to happen.
    """

    anchor = Characters(
        required=True,
        validate=one_of(*Anchor),
        metadata={
            "description": "`event_starts` and `event_ends` are documented; the others are additions of Punctual's.",
            "examples": ["event_starts", "booked"],
        },
    )
    offsetMinutes = Integer(required=True)


class AppointmentStatus(Strict):
    """The one documented condition. `scheduled` is the one documented word; the others are our statuses."""

    kind = Characters(required=True, validate=validate.Equal("appointment_status"))
    statuses = fields.List(Characters(validate=one_of(*sorted(EVERY_STATUS))), required=True)


class MeetingTypeCondition(Strict):
    """Ours: how people meet, by the record, else by the config's `appointmentMode`."""

    kind = Characters(required=True, validate=validate.Equal("meeting_type"))
    types = fields.List(Characters(validate=one_of(*MeetingType)), required=True, validate=validate.Length(min=1))


class ConfirmedCondition(Strict):
    """Ours: confirmed at the vendor, or by the person's own word."""

    kind = Characters(required=True, validate=validate.Equal("confirmed"))


class AttendedCondition(Strict):
    """Ours: the vendor says that the person came."""

    kind = Characters(required=True, validate=validate.Equal("attended"))


def _is_scalar(value: Any) -> None:
    if not isinstance(value, str | int | float | bool):
        raise ValidationError("Expected text, a number, true or false.")


class RecordFieldCondition(Strict):
    """Ours: a field of the vendor's own record, by the path that leads to it. Without `values`: it is there."""

    kind = Characters(required=True, validate=validate.Equal("record_field"))
    path = Characters(
        required=True,
        validate=validate.Regexp(r"^[^.\s]+(\.[^.\s]+){0,9}\Z", error="Expected names with dots between them."),
        metadata={"examples": ["subject.name", "attendees.0.role"]},
    )
    values = fields.List(
        Scalar(validate=_is_scalar, metadata={"type": ["string", "number", "boolean"]}),
        validate=validate.Length(min=1, max=100),
        metadata={"examples": [["follow-up", "check-up"]]},
    )


class AllCondition(Strict):
    """Ours: every one of these holds."""

    kind = Characters(required=True, validate=validate.Equal("all"))
    conditions = fields.List(
        Tagged("kind", lambda: CONDITIONS), required=True, validate=validate.Length(min=1, max=MOST_PARTS)
    )


class AnyCondition(AllCondition):
    """Ours: at least one of these holds."""

    kind = Characters(required=True, validate=validate.Equal("any"))


class NotCondition(Strict):
    """Ours: it does not hold."""

    kind = Characters(required=True, validate=validate.Equal("not"))
    condition = Tagged("kind", lambda: CONDITIONS, required=True)


CONDITIONS: dict[str, Schema] = {
    "appointment_status": AppointmentStatus(),
    "meeting_type": MeetingTypeCondition(),
    "confirmed": ConfirmedCondition(),
    "attended": AttendedCondition(),
    "record_field": RecordFieldCondition(),
    "all": AllCondition(),
    "any": AnyCondition(),
    "not": NotCondition(),
}


def depth(condition: Any) -> int:
    """How many conditions stand inside one another. What is no condition has none."""
    if not isinstance(condition, dict):
        return 0
    below = condition.get("conditions")
    inside = [*(below if isinstance(below, list) else []), condition.get("condition")]
    return 1 + max(map(depth, inside))


class Sms(Strict):
    """The one documented action. `senderId` is a sender of ours; one that we do not know means the connection's."""

    type = Characters(required=True, validate=validate.Equal("sms"))
    senderId = Characters()
    template = Characters(required=True)
    templates = fields.Dict(
        keys=fields.String(validate=validate.Regexp(_LANGUAGE, error="Not a language such as es or pt-BR.")),
        values=Characters(),
        validate=validate.Length(max=30),
        metadata=ours(
            "The template for people who have this language; everybody else gets `template`.",
            {"es": "Hola {{clientCustomer.firstName}}, le esperamos el {{appointment.date}}."},
        ),
    )
    maxSegments = Integer(
        1,
        MOST_SEGMENTS,
        metadata=ours(f"A text that may take more segments is refused ({MOST_SEGMENTS} without it).", 2),
    )


class Webhook(Strict):
    """Ours: a system is told, as `workflow.<event>`, signed as Standard Webhooks sign and tried again for a day.

    Without `url` it is the connection's status callback. The body has ids and words, and no name, number or text.
    """

    type = Characters(required=True, validate=validate.Equal("webhook"))
    event = Characters(
        validate=validate.Regexp(r"^[a-z0-9_]{1,60}\Z", error="Expected up to 60 of a-z, 0-9 and _."),
        metadata=ours("What the callback calls itself; `due` without it.", "no_show_follow_up"),
    )
    url = Address(
        metadata=ours(
            "Who is told instead of the status callback: an https address on the internet. Signed with the secret of "
            "the connection's `webhook_actions`, else of its `status_callback`; with neither it is not called.",
            "https://crm.example.com/hooks/visit-over",
        )
    )


class SetStatus(Strict):
    """Ours: the appointment gets a status at the vendor, as far as the vendor has a way; else the callback is told."""

    type = Characters(required=True, validate=validate.Equal("set_status"))
    status = Characters(required=True, validate=one_of(*SETTABLE))


ACTIONS: dict[str, Schema] = {"sms": Sms(), "webhook": Webhook(), "set_status": SetStatus()}


class QuietHours(Strict):
    """Ours. Local times in the person's zone; may span midnight; equal ones mean never."""

    start = WallTime(metadata={"description": "21:00 without it.", "examples": ["20:00"]})
    end = WallTime(metadata={"description": "08:00 without it.", "examples": ["09:00"]})
    days = fields.List(
        Characters(validate=one_of(*WEEKDAYS)), metadata=ours("Weekdays that are quiet as a whole.", ["sunday"])
    )
    closedDates = fields.List(
        Characters(metadata={"format": "date"}),
        validate=validate.Length(max=1000),
        metadata=ours("Dates that are quiet as a whole.", ["2026-12-25"]),
    )
    closedCalendar = Characters(
        metadata=ours(
            "The same as an iCalendar text (.ics); of repetitions only those of every year are read.",
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR",
        )
    )

    @validates_schema(skip_on_field_errors=True)
    def _dates_are_dates(self, sent: dict[str, Any], **_: Any) -> None:
        for index, each in enumerate(sent.get("closedDates", ())):
            if iso_date(each) is None:
                raise ValidationError({index: ["Not a date such as 2026-12-25."]}, "closedDates")
        try:
            closed_days(sent.get("closedCalendar") or "BEGIN:VCALENDAR")
        except CalendarProblem as problem:
            raise ValidationError(f"{problem}.", "closedCalendar") from None


class Caps(Strict):
    """Ours. Most texts that one number may have had from us when this one is added; more is skipped as `capped`."""

    perDay = Integer(1, 1000, metadata={"description": "In 24 hours.", "examples": [2]})
    perWeek = Integer(1, 1000, metadata={"description": "In seven times 24 hours.", "examples": [5]})


def iso_date(text: Any) -> date | None:
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
