"""`GET /v2/customers/appointments`: booked appointments over all connections, or those of the key's one.

Source: vendor-docs 000. Fields that a vendor's record does not have are null.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import Row

from rules.statuses import Status
from schemas.api import WINDOW
from schemas.complaints import complaint
from store import booked
from store.standing import record, standing
from web import api
from web.parts import Parts

MOST = 10_000
"""Rows of one answer. The document knows no pages, and a list that is cut off would pass for the whole."""

ATTENDED = {Status.COMPLETED: True, Status.NO_SHOW: False}


def blueprint(parts: Parts) -> Blueprint:
    routes = api.blueprint("appointments", parts)

    @routes.get("/customers/appointments")
    def listed() -> Response:
        window = api.load(WINDOW, request.args.to_dict(flat=True))
        only = api.caller().connection
        names = [only] if only is not None else sorted(parts.settings.connections)
        with parts.database.begin() as tx:
            rows = booked.starting(tx, names, window["startDate"], window["endDate"], limit=MOST + 1)
        if len(rows) > MOST:
            raise api.invalid([_too_wide()])
        return jsonify({"results": [shown(row) for row in rows if standing(row).status is not Status.CANCELLED]})

    return routes


def shown(row: Row[Any]) -> dict[str, Any]:
    """The 13 documented fields. Those that only CareCycle knows are taken from its record."""
    raw = record(row)
    return {
        "id": row.external_id,
        "customerId": row.person_id,
        "firstName": row.first_name or None,
        "lastName": row.last_name or None,
        "timezone": row.person_zone or row.zone,
        "state": _text(raw, "state"),
        "callerId": row.phone,
        "postalCode": _text(raw, "postalCode"),
        "appointmentDateTime": row.starts_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "appointmentAttended": ATTENDED.get(standing(row).status),
        "appointmentType": row.appointment_type,
        "campaignId": row.campaign_id,
        "campaignName": _text(raw, "campaignName"),
    }


def _text(raw: dict[str, Any], name: str) -> str | None:
    value = raw.get(name)
    return value if isinstance(value, str) else None


def _too_wide() -> dict[str, Any]:
    message = f"More than {MOST} appointments start in this window; ask for a narrower one."
    return complaint(("endDate",), message, expected="a narrower window", received="string", code="too_big")
