"""`POST /v1/appointments/<connection>/<id>/status`: a practice's own system says how an appointment stands."""

from typing import Any

from flask import Blueprint, Response, jsonify
from sqlalchemy import Connection, Row

from rules.vendors import Change
from runtime import names, reach
from schemas.appointment_status import CHANGES, STATUS_BODY
from store import appointments, operator_actions, statuses
from store.standing import record
from web import api
from web.parts import Parts


def blueprint(parts: Parts) -> Blueprint:
    routes = api.blueprint("appointment_status", parts, "/v1")

    @routes.post("/appointments/<connection>/<path:external_id>/status")
    def set_status(connection: str, external_id: str) -> Response:
        said = api.load(STATUS_BODY, api.read_body())
        change = CHANGES[said["status"]]
        with parts.database.begin() as tx:
            row = _found(parts, tx, connection, external_id)
            if "startsAt" in said and said["startsAt"] != row.starts_at:
                raise api.refuse(409, "The appointment starts at another time by now")
            _refuse_no_way(parts, row, change)
            statuses.say(tx, row, change, "api")
            operator_actions.record(tx, api.caller().mark, f"status {change}", f"{connection}/{external_id}")
        parts.bell.ring(names.STATUSES_WRITE_BACK)
        parts.bell.ring(names.APPOINTMENTS_SYNC, connection)
        answer = jsonify({"connection": connection, "id": external_id, "change": change, "state": "wanted"})
        answer.status_code = 202  # the vendor has not been told yet
        return answer

    return routes


def _found(parts: Parts, tx: Connection, connection: str, external_id: str) -> Row[Any]:
    """The appointment, locked. Whoever may not see it is told the same as of one that is not there."""
    only = api.caller().connection
    row = None
    if connection in parts.settings.connections and only in {None, connection}:
        row = appointments.locked(tx, connection, external_id)
    if row is None:
        raise api.refuse(404)
    return row


def _refuse_no_way(parts: Parts, row: Row[Any], change: Change) -> None:
    """A wish that nobody would ever be told is refused now, not lost later."""
    if reach.reaches_nobody(parts.settings.connections[row.connection], change, record(row)):
        raise api.refuse(409, "The vendor documents no way to set this, and the connection has no status_callback")
