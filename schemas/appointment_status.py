"""The body of `POST /v1/appointments/<connection>/<id>/status`. Ours, not a vendor's."""
# ruff: noqa: N815 - the attributes are the field names

from marshmallow import validate

from rules.vendors import Change
from schemas.api import DateTime
from schemas.strict import Characters, Strict

CHANGES = {
    "confirmed": Change.CONFIRM,
    "cancelled": Change.CANCEL,
    "completed": Change.COMPLETE,
    "no_show": Change.NO_SHOW,
}


class StatusBody(Strict):
    """`startsAt`: the start it is meant for; another one by now, and nothing is set."""

    status = Characters(required=True, validate=validate.OneOf(sorted(CHANGES)))
    startsAt = DateTime()


STATUS_BODY = StatusBody()
