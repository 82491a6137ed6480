"""Caspen, from document 001 (an appointment) and its public pages (list, update, clients, limits, errors, pagination).

Facts: `Authorization: Bearer`; 60 requests in any 60 seconds with `X-RateLimit-*` on every answer; ULIDs with a
prefix; cursor pages with absolute `links`; an update that takes `confirmed`, times and a note, but no status; no
`updated_at` on the record.

Assumptions: `GET /clients/{client}` (from the naming pattern); the 422 body is Laravel's (the wording of the documented
429 is); an update of a cancelled appointment is a 409; statuses other than `pending` (`cancelled`, `completed`,
`no_show`) are made up here, as are the webhooks: none is documented, the body is the project's own contract.
The update documents ids as integers and the resource shows strings, so no id can be right: every one is refused.
"""

import base64
import binascii
import time
from typing import Any, ClassVar

from flask import Blueprint, Response, jsonify, request

from sandbox import times
from sandbox.booking import Booking, Row, Span
from sandbox.caspen_people import changed_client, new_client
from sandbox.caspen_update import read_update
from sandbox.ids import prefixed
from sandbox.refusal import Record, Refusal, no
from sandbox.shelf import Shelf
from sandbox.tenants import Tenant
from sandbox.vendor import Event, Manner, Vendor, thin_event

EMPTY = ("client_package_id", "case_id", "room_id", "vehicle_id", "cancellation_reason_id", "cancellation_note",
         "cancelled_at")  # fmt: skip


class Caspen(Vendor):
    name = "caspen"
    prefixes = ("/caspen",)
    per_window = 60
    extras = frozenset({"location_id", "practitioner_id", "service_id", "note", "confirmed"})
    statuses: ClassVar[tuple[str, ...]] = ("cancelled", "completed", "no_show", "confirmed")

    def authenticate(self) -> Tenant:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        tenant = self.world.who(self.name, token) if scheme == "Bearer" else None
        if tenant is None:
            raise self.refuse(401, "Unauthenticated.")
        return tenant

    def words(self, status: int, message: str) -> Record:  # noqa: ARG002 - contract
        return {"message": message}

    def limited(self, wait: float) -> Refusal:
        after = max(1, round(wait + 0.5))
        headers = {"Retry-After": str(after), "X-RateLimit-Reset": str(int(time.time()) + after)}
        return Refusal(429, {"message": "Too Many Attempts."}, headers)

    def show_allowance(self, response: Response, left: int) -> None:
        response.headers["X-RateLimit-Limit"] = str(self.per_window)
        response.headers["X-RateLimit-Remaining"] = str(left)

    def invalid(self, errors: dict[str, list[str]]) -> Refusal:
        first = next(iter(errors.values()))[0]
        return Refusal(422, {"message": first, "errors": errors})

    # The API

    def blueprints(self) -> list[Blueprint]:
        api = Blueprint("caspen", __name__, url_prefix="/caspen/v1")
        api.add_url_rule("/appointments", view_func=self.list_appointments)
        api.add_url_rule("/appointments/<record_id>", view_func=self.get_appointment)
        api.add_url_rule("/appointments/<record_id>", view_func=self.update_appointment, methods=["POST"])
        api.add_url_rule("/clients", view_func=self.list_clients)
        api.add_url_rule("/clients/<client_id>", view_func=self.get_client)
        return [self.guard(api)]

    def list_appointments(self) -> Response:
        tenant = self.caller()
        found, links = self._page(tenant, tenant.appointments)
        return jsonify({"data": self.listed(tenant, found), "links": links})

    def get_appointment(self, record_id: str) -> Response:
        return jsonify(self.read(self.caller(), record_id))

    def update_appointment(self, record_id: str) -> Response:
        tenant = self.caller()
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict):
            raise self.refuse(400, "The request body is not valid JSON.")
        with tenant.lock:
            record = None if self.fault(tenant, "not_found", record_id) else tenant.appointments.get(record_id)
            if record is None:
                raise self.refuse(404, "Not found.")
            changes, errors = read_update(sent, record)
            if errors:
                raise self.invalid(errors)
            if record["cancelled_at"] is not None:
                raise self.refuse(409, "The appointment is cancelled.")
            changed = tenant.appointments.put(record_id, {**record, **changes})
        self.announce(tenant, record_id, changed, "updated")
        return jsonify(changed)

    def list_clients(self) -> Response:
        tenant = self.caller()
        found, links = self._page(tenant, tenant.people)
        return jsonify({"data": found, "links": links})

    def get_client(self, client_id: str) -> Response:
        tenant = self.caller()
        person = None if self.fault(tenant, "not_found", client_id) else tenant.people.get(client_id)
        if person is None:
            raise self.refuse(404, "Not found.")
        return jsonify(person)

    def _page(self, tenant: Tenant, shelf: Shelf) -> tuple[list[Record], dict[str, str | None]]:
        limit, cursor = request.args.get("limit", "10"), request.args.get("cursor")
        if not limit.isdecimal() or not 1 <= int(limit) <= 100:
            raise self.invalid({"limit": ["The limit field must be between 1 and 100."]})
        count, position = int(limit), self._position(cursor)
        with tenant.lock:
            found, after = shelf.page(position, count)
        return found, {
            "prev": None if position == 0 else self._link(max(0, position - count), count),
            "next": None if after is None else self._link(after, count),
        }

    def _link(self, position: int, count: int) -> str:
        cursor = base64.urlsafe_b64encode(f'{{"at":{position},"_pointsToNextItems":true}}'.encode()).decode()
        return f"{request.base_url}?limit={count}&cursor={cursor.rstrip('=')}"

    def _position(self, cursor: str | None) -> int:
        if not cursor:
            return 0
        try:
            told = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
            return int(told.removeprefix('{"at":').partition(",")[0])
        except (ValueError, binascii.Error):
            raise self.invalid({"cursor": ["The cursor field is invalid."]}) from None

    # What the practice does

    def book(self, tenant: Tenant, booking: Booking) -> tuple[str, str, Record]:
        person = tenant.people.get(booking.person_id or "") or new_client(booking)
        tenant.people.put(person["id"], person)
        confirmed = booking.extras.get("confirmed")
        at = times.seconds_z(times.now())
        record: dict[str, Any] = {
            "id": prefixed("app"),
            "location_id": booking.extras.get("location_id", "loc_01HQFQ9QWTNNPY58FZ8CB3FWWK"),
            "practitioner_id": booking.extras.get("practitioner_id", "pra_01HQFQ9QWTNNPY58FZ8CB3FWWK"),
            "service_id": booking.extras.get("service_id", "ser_01HQFQ9QWTNNPY58FZ8CB3FWWK"),
            "client_id": person["id"],
            **dict.fromkeys(EMPTY),
            **_times(booking.span),
            "status": "pending",
            "confirmed": confirmed,
            "confirmed_at": at if confirmed else None,
            "resource_ids": [],
            "note": booking.extras.get("note"),
            "created_at": at,
        }
        tenant.appointments.put(record["id"], record)
        return record["id"], person["id"], record

    def move(self, record: Record, span: Span) -> Record:
        return {**record, **_times(span)}

    def set_status(self, record: Record, status: str) -> Record | None:
        at = times.seconds_z(times.now())
        if status == "confirmed":
            return {**record, "confirmed": True, "confirmed_at": at}
        if status not in self.statuses:
            raise no(f"Caspen cannot express {status}", 409)
        cancelled = {"cancelled_at": at, "cancellation_reason_id": prefixed("cnr")} if status == "cancelled" else {}
        return {**record, "status": status, **cancelled}

    def span(self, record: Record) -> Span:
        return Span(times.parse(record["starts_at"]), times.parse(record["ends_at"]))

    def row(self, tenant: Tenant, record: Record) -> Row:
        person = tenant.people.get(record["client_id"]) or {}
        confirmed = " (confirmed)" if record["confirmed"] else ""
        span = self.span(record)
        return Row(
            id=record["id"],
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            who=f"{person.get('first_name', '?')} {person.get('last_name', '?')}",
            phone=person.get("phone_number"),
            status=record["status"] + confirmed,
            person_id=record["client_id"],
        )

    def change_person(self, tenant: Tenant, person_id: str, sent: Record) -> Record:
        person = tenant.people.get(person_id)
        if person is None:
            raise no(f"{tenant.name} has no client {person_id}", 404)
        return tenant.people.put(person_id, changed_client(person, sent))

    def events(self, tenant: Tenant, record: Record, change: str, manner: Manner) -> list[Event]:  # noqa: ARG002 - contract
        return [thin_event(change, record["id"])]


def _times(span: Span) -> Record:
    if span.starts_at is None or span.ends_at is None:
        raise no("a Caspen appointment has a start and an end")
    minutes = int((span.ends_at - span.starts_at).total_seconds() // 60)
    return {
        "starts_at": times.seconds_z(span.starts_at),
        "ends_at": times.seconds_z(span.ends_at),
        "duration": minutes,
    }
