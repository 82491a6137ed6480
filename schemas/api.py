"""The documented error bodies, and the query and answer of the list of booked appointments.

Sources: vendor-docs 000 and 003. Nullability of the answer's fields is not documented; all but `id` may be null here.
"""
# ruff: noqa: N815 - the attributes are the documented field names

import re
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from schemas.strict import Characters, Strict, Truth

DATE_TIME = (
    r"^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29|\d{4}-(?:(?:0[13578]|1[02])-"
    r"(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))"
    r"T(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|([+-](?:[01]\d|2[0-3]):[0-5]\d)))$"
)
"""Document 000, to the letter: an offset is mandatory, 24:00 and 29 February of a common year are not taken."""
_DATE_TIME = re.compile(DATE_TIME.removesuffix("$") + r"\Z", re.ASCII)  # JavaScript's \d and $ are narrower than ours

NO_DATE_TIME = "Not a date and time with an offset, such as 2026-01-31T09:00:00Z; in an address a + is written %2B."

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2300, 1, 1, tzinfo=UTC)
"""Nobody has an appointment outside; the pattern admits the year 0000, which no clock of ours knows."""


class DateTime(Characters):
    """An instant of the documented pattern, loaded as an aware one in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Regexp(_DATE_TIME, error=NO_DATE_TIME), **kwargs)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        text = super().deserialize(value, attr, data, **kwargs)
        return moment(text) if isinstance(text, str) else text


def moment(text: str) -> datetime:
    """What matches the pattern, as an instant; one beyond what anybody books is moved to the bound."""
    if text.startswith("0000"):
        return EARLIEST
    try:
        found = datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError:
        return EARLIEST if text.startswith("0001") else LATEST
    except ValueError:
        raise ValidationError("Not a date and time.") from None
    return min(max(found, EARLIEST), LATEST)


class Window(Strict):
    """The query of the list. Start inclusive, end exclusive (assumption)."""

    startDate = DateTime(
        required=True,
        metadata={"description": "Start of the calendar window (ISO 8601, e.g. 2025-02-23T00:00:00.000Z)"},
    )
    endDate = DateTime(
        required=True,
        metadata={"description": "End of the calendar window (ISO 8601, e.g. 2025-04-06T00:00:00.000Z)"},
    )


class BookedAppointment(Strict):
    """One seat of one booked appointment, with the documented 13 fields."""

    id = Characters(required=True)
    customerId = Characters(required=True, allow_none=True)
    firstName = Characters(required=True, allow_none=True)
    lastName = Characters(required=True, allow_none=True)
    timezone = Characters(required=True, allow_none=True)
    state = Characters(required=True, allow_none=True)
    callerId = Characters(required=True, allow_none=True)
    postalCode = Characters(required=True, allow_none=True)
    appointmentDateTime = Characters(required=True, allow_none=True, metadata={"format": "date-time"})
    appointmentAttended = Truth(required=True, allow_none=True)
    appointmentType = Characters(required=True, allow_none=True)
    campaignId = Characters(required=True, allow_none=True)
    campaignName = Characters(required=True, allow_none=True)


class BookedAppointments(Strict):
    """The whole answer."""

    results = fields.List(fields.Nested(BookedAppointment), required=True)


class Problem(Strict):
    """Every answer that is not a success."""

    message = Characters(required=True)
    code = Characters(required=True)


class Complaint(Strict):
    """One thing that is wrong with a request."""

    path = fields.List(Characters(), required=True)
    message = Characters(required=True)
    expected = Characters(required=True)
    received = Characters(required=True)
    code = Characters(required=True)


class FailedRecord(Strict):
    """Documented beside a config's errors; a config has no records, so there is none."""

    index = fields.Integer()
    phoneNumber = Characters()
    firstName = Characters()
    lastName = Characters()
    externalId = Characters()


class Invalid(Problem):
    """The answer to a request that cannot be read as documented."""

    code = Characters(required=True, validate=validate.Equal("VALIDATION_ERROR"))
    errors = fields.List(fields.Nested(Complaint), required=True)


class InvalidConfig(Invalid):
    """The same for a config."""

    failedRecords = fields.List(fields.Nested(FailedRecord), required=True)


class TooMany(Problem):
    """Over the limit of the key."""

    retryAfter = fields.Integer(required=True, metadata={"description": "Seconds until the next request may come"})


WINDOW = Window()
