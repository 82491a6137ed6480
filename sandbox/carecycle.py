"""CareCycle, from documents 000 (booked appointments) and 003 (appointment configs) and its public pages.

Facts: `x-api-key` with keys that begin `cc_`; 60 requests a minute; errors `{message, code}`; 429 with `retryAfter` in
seconds; a record without an end; no get, no update, no cancel: an appointment that is cancelled is no longer listed.

Assumptions, because the documents are silent: both ends of the window are needed and inclusive; a validation error is
422; a new appointment has `appointmentAttended` false; the size of a customers page is called `pageSize`; creating a
config answers 200. `appointment.updated` is invented for this project: CareCycle documents no appointment event.
"""

import re
from datetime import datetime, timedelta
from typing import ClassVar

from flask import Blueprint, Response, jsonify, request

from sandbox import carecycle_configs, times
from sandbox.booking import Booking, Row, Span
from sandbox.carecycle_people import changed_customer, customer_event, new_customer
from sandbox.ids import uuid4
from sandbox.refusal import Record, Refusal, no
from sandbox.tenants import Tenant
from sandbox.vendor import Event, Manner, Vendor

# Document 000, both query parameters, letter for letter: an offset is mandatory, seconds are not.
WINDOW = re.compile(
    r"^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29|\d{4}-(?:(?:0[13578]|1[02])"
    r"-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))T(?:(?:[01]\d|2[0-3])"
    r":[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|([+-](?:[01]\d|2[0-3]):[0-5]\d)))$"
)

CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "BAD_REQUEST",
    429: "RATE_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
}
EVENTS = ("call.completed", "customer.updated")  # both documented; neither names an appointment
PAGE_SIZE = 50


class CareCycle(Vendor):
    name = "carecycle"
    prefixes = ("/carecycle",)
    per_window = 60
    extras = frozenset({"campaign_id", "campaign_name", "appointment_type", "state", "postal_code"})
    statuses: ClassVar[tuple[str, ...]] = ("cancelled", "attended", "completed", "no_show")

    def authenticate(self) -> Tenant:
        tenant = self.world.who(self.name, request.headers.get("x-api-key", ""))
        if tenant is None:
            raise self.refuse(401, "Invalid or missing API key")
        return tenant

    def words(self, status: int, message: str) -> Record:
        return {"message": message, "code": CODES.get(status, "INTERNAL_ERROR")}

    def limited(self, wait: float) -> Refusal:
        body = self.words(429, "Rate limit exceeded")
        return Refusal(429, {**body, "retryAfter": max(1, round(wait + 0.5))})

    def invalid(self, *issues: Record) -> Refusal:
        return Refusal(422, {"message": "Validation failed", "code": "VALIDATION_ERROR", "errors": list(issues)})

    # The API

    def blueprints(self) -> list[Blueprint]:
        api = Blueprint("carecycle", __name__, url_prefix="/carecycle/v2")
        api.add_url_rule("/customers/appointments", view_func=self.list_appointments)
        api.add_url_rule("/customers", view_func=self.list_customers)
        api.add_url_rule("/customers/<customer_id>", view_func=self.get_customer)
        api.add_url_rule("/customers/<customer_id>", view_func=self.patch_customer, methods=["PATCH"])
        carecycle_configs.add_routes(api, self)
        return [self.guard(api)]

    def list_appointments(self) -> Response:
        tenant = self.caller()
        start, end = self._window("startDate"), self._window("endDate")
        with tenant.lock:
            booked = tenant.appointments.all()
            found = [each for each in booked if start <= times.parse(each["appointmentDateTime"]) <= end]
            found.sort(key=lambda each: each["appointmentDateTime"])
            return jsonify({"results": self.listed(tenant, found)})

    def _window(self, name: str) -> datetime:
        text = request.args.get(name)
        if text is None or not WINDOW.match(text):
            raise self.invalid(
                {
                    "path": [name],
                    "message": "Required" if text is None else "Invalid datetime",
                    "expected": "string",
                    "received": "undefined" if text is None else text,
                    "code": "invalid_type" if text is None else "invalid_string",
                }
            )
        return times.parse(text)

    def list_customers(self) -> Response:
        tenant = self.caller()
        page, size = self._whole("page", 1, None), self._whole("pageSize", PAGE_SIZE, 100)
        order = request.args.get("sortBy", "createdAt")
        if order not in {"createdAt", "firstName", "lastName", "callerId"}:
            raise self.invalid(_issue("sortBy", "Invalid enum value", order))
        people = sorted(tenant.people.all(), key=lambda each: str(each[order]))
        last = max(1, -(-len(people) // size))
        return jsonify(
            {
                "itemsTotal": len(people),
                "currentPage": page,
                "nextPage": page + 1 if page < last else None,
                "prevPage": page - 1 if page > 1 else None,
                "items": people[(page - 1) * size : page * size],
            }
        )

    def _whole(self, name: str, default: int, most: int | None) -> int:
        text = request.args.get(name, str(default))
        if not text.isdecimal() or int(text) < 1 or (most is not None and int(text) > most):
            raise self.invalid(_issue(name, "Number out of range", text))
        return int(text)

    def get_customer(self, customer_id: str) -> Response:
        return jsonify(self._customer(self.caller(), customer_id))

    def patch_customer(self, customer_id: str) -> Response:
        tenant = self.caller()
        person = self._customer(tenant, customer_id)
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict):
            raise self.refuse(400, "The body is not a JSON object")
        if unknown := [key for key in sent if key not in person or key in {"id", "createdAt", "updatedAt"}]:
            raise self.invalid(*(_issue(key, "Unrecognized key", key) for key in unknown))
        changed = changed_customer(person, sent)
        tenant.people.put(customer_id, changed)
        event = customer_event("customer.updated", changed)
        self.announce(tenant, customer_id, {"customerId": customer_id}, event.type)
        return jsonify(changed)

    def _customer(self, tenant: Tenant, customer_id: str) -> Record:
        person = None if self.fault(tenant, "not_found", customer_id) else tenant.people.get(customer_id)
        if person is None:
            raise self.refuse(404, "Customer not found")
        return person

    # What its staff and callers do

    def book(self, tenant: Tenant, booking: Booking) -> tuple[str, str, Record]:
        if booking.span.starts_at is None:
            raise no("a CareCycle appointment has a time")
        person = tenant.people.get(booking.person_id or "") or new_customer(booking)
        tenant.people.put(person["id"], person)
        record = {
            "id": uuid4(),
            "customerId": person["id"],
            "firstName": person["firstName"],
            "lastName": person["lastName"],
            "timezone": person["timezone"],
            "state": person["state"],
            "callerId": person["callerId"],
            "postalCode": person["postalCode"],
            "appointmentDateTime": times.seconds_z(booking.span.starts_at),
            "appointmentAttended": False,
            "appointmentType": booking.extras.get("appointment_type", "phone_call"),
            "campaignId": booking.extras.get("campaign_id", "3f2b8c1e-0a47-4d5e-9c61-7b8a90d1e2f3"),
            "campaignName": booking.extras.get("campaign_name", "Sandbox campaign"),
        }
        tenant.appointments.put(record["id"], record)
        return record["id"], person["id"], record

    def move(self, record: Record, span: Span) -> Record:
        if span.starts_at is None:
            raise no("a CareCycle appointment has a time")
        return {**record, "appointmentDateTime": times.seconds_z(span.starts_at)}

    def set_status(self, record: Record, status: str) -> Record | None:
        if status == "cancelled":
            return None
        if status not in self.statuses:
            raise no(f"CareCycle cannot express {status}", 409)
        return {**record, "appointmentAttended": status != "no_show"}

    def span(self, record: Record) -> Span:
        return Span(times.parse(record["appointmentDateTime"]), None)

    def row(self, tenant: Tenant, record: Record) -> Row:  # noqa: ARG002 - contract
        return Row(
            id=record["id"],
            starts_at=times.parse(record["appointmentDateTime"]),
            ends_at=None,
            who=f"{record['firstName']} {record['lastName']}",
            phone=record["callerId"],
            status="attended" if record["appointmentAttended"] else "booked",
            person_id=record["customerId"],
        )

    def change_person(self, tenant: Tenant, person_id: str, sent: Record) -> Record:
        person = tenant.people.get(person_id)
        if person is None:
            raise no(f"{tenant.name} has no customer {person_id}", 404)
        names = {"phone": "callerId", "zone": "timezone", "first_name": "firstName", "last_name": "lastName"}
        fields = {names.get(key, key): value for key, value in sent.items()}
        changed = tenant.people.put(person_id, changed_customer(person, fields))
        shared = {key: changed[key] for key in ("firstName", "lastName", "timezone", "callerId")}
        for record in tenant.appointments.all():
            if record["customerId"] == person_id:
                tenant.appointments.put(record["id"], {**record, **shared})
        return changed

    # What it posts

    def events(self, tenant: Tenant, record: Record, change: str, manner: Manner) -> list[Event]:
        named = change if "." in change else None
        kinds = [named] if named else (manner.events or tenant.options.get("events") or EVENTS)
        return [self._event(tenant, record, kind) for kind in kinds]

    def _event(self, tenant: Tenant, record: Record, kind: str) -> Event:
        person = tenant.people.get(record["customerId"])
        if kind in {"customer.created", "customer.updated"} and person is not None:
            return customer_event(kind, person)
        if kind == "call.completed":
            body = {
                "event_type": kind,
                "id": uuid4(),
                "customerId": record["customerId"],
                "campaignId": record.get("campaignId"),
                "createdAt": times.millis_z(times.now()),
                "durationMs": int(timedelta(minutes=4).total_seconds() * 1000),
                "disposition": "appointment_booked",
                "direction": "outbound",
                "transcript": "",
            }
            return Event(id=f"msg_{uuid4()}", type=kind, body=body)
        if kind == "appointment.updated":
            body = {
                "event_type": kind,
                "id": uuid4(),
                "appointmentId": record["id"],
                "appointmentDateTime": record["appointmentDateTime"],
            }
            return Event(id=f"msg_{uuid4()}", type=kind, body=body)
        raise no(f"CareCycle posts no {kind}")


def _issue(name: str, message: str, received: str) -> Record:
    return {"path": [name], "message": message, "expected": "string", "received": received, "code": "invalid_value"}
