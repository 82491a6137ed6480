"""Pexip Engage, from document 002 (list appointments) and its public pages (get, actions, webhooks, errors, limits).

Facts: OAuth2 client credentials at a Keycloak-style address; arrays as `name[]=v`, never `name=v`; `{data, meta}` and
`{errors: [...]}`; seven statuses; 422 with a business code; 3,000 requests a minute and 4 at once per address;
`X-Correlation-Id` of 1 to 36 characters; webhooks with a full, expanded appointment.

Assumptions: the 3,000 count per enterprise; more than 100 records are never given at once (`meta.limit` says so);
`from` is compared with the start and `to` with the end, as their descriptions read; the correlation id may be left
out; error `type` words; 429 without `Retry-After` (none is documented). Cancel, complete and no-show are not served:
their pages were not found. The control API does them instead.
"""

from typing import ClassVar

from flask import Blueprint, Response, jsonify, request

from sandbox import times
from sandbox.booking import Booking, Row, Span
from sandbox.ids import digits
from sandbox.pexip_actions import Actions
from sandbox.pexip_events import appointment_event
from sandbox.pexip_filters import matching, read_filters, read_whole
from sandbox.pexip_records import changed_customer, new_appointment, new_customer, touched
from sandbox.pexip_token import token_blueprint
from sandbox.refusal import Record, Refusal, no
from sandbox.tenants import Tenant
from sandbox.vendor import Event, Manner, Vendor

MOST = 100  # records in one answer
CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "RESOURCE_NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_SERVER_ERROR",
}
STATUSES = {"cancelled": "CANCELLED", "completed": "COMPLETED", "attended": "COMPLETED", "no_show": "NO_SHOW",
            "accepted": "ACCEPTED"}  # fmt: skip


class Pexip(Vendor):
    name = "pexip"
    prefixes = ("/pexip", "/pexip-auth")
    per_window = 3000
    at_once = 4
    extras = frozenset(
        {"status", "meeting_type", "subject_id", "office_id", "employee_id", "external_id", "internal_notes"}
    )
    statuses: ClassVar[tuple[str, ...]] = tuple(STATUSES)

    def authenticate(self) -> Tenant:
        tenant = self.world.who(self.name, self.owner())
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if tenant is None or scheme != "Bearer" or not tenant.token_is_good(token):
            raise self.refuse(401, "The access token is missing, invalid or expired")
        correlation_id = request.headers.get("X-Correlation-Id")
        if correlation_id is not None and not 1 <= len(correlation_id) <= 36:
            raise self.refuse(400, "X-Correlation-Id must have 1 to 36 characters")
        return tenant

    def words(self, status: int, message: str) -> Record:
        return self.error(status, CODES.get(status, "ERROR"), message).body

    def error(self, status: int, code: str, message: str, params: Record | None = None) -> Refusal:
        kind = "BusinessError" if status == 422 else "RequestError" if status < 500 else "ServerError"
        item: Record = {"message": message, "code": code, "type": kind, "statusCode": str(status)}
        return Refusal(status, {"errors": [item | ({"params": params} if params else {})]})

    # The API

    def blueprints(self) -> list[Blueprint]:
        api = Blueprint("pexip", __name__, url_prefix="/pexip/enterprises/<owner>")
        api.add_url_rule("/appointments", view_func=self.list_appointments)
        api.add_url_rule("/appointments/<record_id>", view_func=self.get_appointment)
        api.add_url_rule("/customers/<customer_id>", view_func=self.get_customer)
        Actions(self).add_routes(api)
        return [self.guard(api), token_blueprint(self.world)]

    def list_appointments(self) -> Response:
        tenant = self.caller()
        filters = read_filters(self, request.args)
        offset = read_whole(self, request.args, "offset", 0, least=0)
        limit = min(MOST, read_whole(self, request.args, "limit", 25, least=1))
        with tenant.lock:
            found = matching(tenant.appointments.all(), filters)
            page = self.listed(tenant, found[offset : offset + limit])
        meta = {"offset": offset, "limit": limit, "totalCount": len(found)}
        return jsonify({"data": page, "meta": meta})

    def get_appointment(self, record_id: str) -> Response:
        return jsonify({"data": {**self.read(self.caller(), record_id), "messageForCustomer": None}})

    def get_customer(self, customer_id: str) -> Response:
        tenant = self.caller()
        person = None if self.fault(tenant, "not_found", customer_id) else tenant.people.get(customer_id)
        if person is None:
            raise self.refuse(404, "Customer not found")
        return jsonify({"data": person})

    # What its staff and customers do

    def book(self, tenant: Tenant, booking: Booking) -> tuple[str, str, Record]:
        person = tenant.people.get(booking.person_id or "") or new_customer(booking)
        tenant.people.put(person["id"], person)
        record = new_appointment(booking, person["id"], digits())
        tenant.appointments.put(record["id"], record)
        return record["id"], person["id"], record

    def move(self, record: Record, span: Span) -> Record:
        if span.starts_at is None or span.ends_at is None:
            raise no("an appointment moves to a time")
        return touched(record, start=times.millis_z(span.starts_at), end=times.millis_z(span.ends_at))

    def set_status(self, record: Record, status: str) -> Record | None:
        if status not in STATUSES:
            raise no(f"Pexip cannot express {status}", 409)
        return touched(record, status=STATUSES[status])

    def span(self, record: Record) -> Span:
        if record["start"] is None or record["end"] is None:
            return Span(None, None)
        return Span(times.parse(record["start"]), times.parse(record["end"]))

    def row(self, tenant: Tenant, record: Record) -> Row:
        ids = [each["participant"]["id"] for each in record["appointmentParticipants"] if each["type"] == "CUSTOMER"]
        person = tenant.people.get(ids[0]) or {} if ids else {}
        span = self.span(record)
        return Row(
            id=record["id"],
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            who=f"{person.get('firstName', '?')} {person.get('lastName', '?')}",
            phone=person.get("phoneNumber"),
            status=record["status"],
            person_id=ids[0] if ids else None,
        )

    def change_person(self, tenant: Tenant, person_id: str, sent: Record) -> Record:
        person = tenant.people.get(person_id)
        if person is None:
            raise no(f"{tenant.name} has no customer {person_id}", 404)
        return tenant.people.put(person_id, changed_customer(person, sent))

    def events(self, tenant: Tenant, record: Record, change: str, manner: Manner) -> list[Event]:
        return [appointment_event(tenant, record, change, manner.correlation_id)]
