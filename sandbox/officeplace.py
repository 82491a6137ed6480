"""OfficePlace's "Connector Public API", from document 004 (the guide) and its public pages (authentication, reference).

Facts: `POST /{tenantId}/authentication/token`; `tenantId` in the path and as a header; get one, preview, create,
update, and delete with a JSON body; ISO 8601; 60 requests a minute. The guide and the reference contradict one another
on the token's answer (`token_shape` of the tenant: guide or reference) and on field names (both are taken).

Assumptions: the whole answer to a read, because no page shows it: `appointmentId`, `subject` and `title`, `body`,
`startTime`, `endTime`, `timeZone`, `showAsStatus`, `organizer`, `attendees` with name and e-mail, `contactId`. No phone
is on it; the e-mail is what links it to a contact. A preview is a bare list of what overlaps the window. Errors are
`{"message", "statusCode"}`; a 429 says nothing about when to come back. `domainId` is asked for where the tenant has
one. Cancelling is deleting. Webhooks are the project's own contract: none is documented.
"""

from flask import Blueprint, Response, jsonify, request

from sandbox import times
from sandbox.booking import Booking, Row, Span
from sandbox.ids import digits, uuid4
from sandbox.officeplace_records import new_record, record_from_api, updated_record
from sandbox.refusal import Record, no
from sandbox.tenants import Tenant
from sandbox.vendor import Event, Manner, Vendor, thin_event

TOKEN_SECONDS = 3600


class OfficePlace(Vendor):
    name = "officeplace"
    prefixes = ("/officeplace",)
    per_window = 60
    extras = frozenset({"mailbox", "title", "description"})

    def authenticate(self) -> Tenant:
        tenant_id = self.owner()
        tenant = self.world.who(self.name, tenant_id)
        if tenant is None:
            raise self.refuse(401, "Unknown tenant")
        if request.endpoint == "officeplace.token":
            return tenant
        if request.headers.get("tenantId") != tenant_id:
            raise self.refuse(400, "The tenantId header is missing or differs from the tenantId of the path")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not tenant.token_is_good(token):
            raise self.refuse(401, "The token is missing, invalid or expired")
        return tenant

    def words(self, status: int, message: str) -> Record:
        return {"message": message, "statusCode": status}

    # The API

    def blueprints(self) -> list[Blueprint]:
        api = Blueprint("officeplace", __name__, url_prefix="/officeplace/<owner>")
        api.add_url_rule("/authentication/token", "token", self.token, methods=["POST"])
        api.add_url_rule("/appointment", view_func=self.get_one)
        api.add_url_rule("/appointment/preview", view_func=self.preview)
        api.add_url_rule("/appointment", view_func=self.create, methods=["POST"])
        api.add_url_rule("/appointment", view_func=self.update, methods=["PUT"])
        api.add_url_rule("/appointment", view_func=self.delete, methods=["DELETE"])
        return [self.guard(api)]

    def token(self) -> Response:
        tenant, sent = self.caller(), self._sent()
        if (sent.get("clientId"), sent.get("clientSecret")) != (
            tenant.credentials["client_id"],
            tenant.credentials["client_secret"],
        ):
            raise self.refuse(400, "Invalid credentials")
        seconds = int(tenant.options.get("token_seconds", TOKEN_SECONDS))
        token = tenant.issue_token(seconds)
        if tenant.options.get("token_shape", "guide") == "reference":
            return jsonify({"accessToken": token, "refreshToken": uuid4(), "expiresIn": seconds})
        return jsonify({"token": token, "expiresIn": seconds, "tokenType": "Bearer"})

    def get_one(self) -> Response:
        tenant = self.caller()
        record_id = request.args.get("appointmentId")
        if not record_id:
            raise self.refuse(400, "appointmentId is required")
        record = self.read(tenant, record_id)
        mailbox = request.args.get("adId")
        if mailbox is not None and mailbox != record["adId"]:
            raise self.refuse(404, "Not found")
        self._check_domain(tenant, request.args.get("domainId"), needed=False)
        return jsonify(record)

    def preview(self) -> Response:
        tenant, sent = self.caller(), request.args
        self._check_domain(tenant, sent.get("domainId"), needed=True)
        if missing := [name for name in ("adId", "startDate", "endDate") if not sent.get(name)]:
            raise self.refuse(400, f"{', '.join(missing)}: required")
        if sent["adId"] not in self._mailboxes(tenant):
            raise self.refuse(404, "Unknown adId")
        try:
            start, end = times.parse(sent["startDate"]), times.parse(sent["endDate"])
        except ValueError:
            raise self.refuse(400, "startDate and endDate must be ISO 8601") from None
        with tenant.lock:
            found = [
                record
                for record in tenant.appointments.all()
                if record["adId"] == sent["adId"]
                and times.parse(record["startTime"]) < end
                and times.parse(record["endTime"]) > start
            ]
            found.sort(key=lambda record: record["startTime"])
            return jsonify(self.listed(tenant, found, key="appointmentId"))

    def create(self) -> Response:
        tenant, sent = self.caller(), self._sent()
        self._check_domain(tenant, sent.get("domainId"), needed=False)
        try:
            record = record_from_api(digits(), sent, self._mailboxes(tenant)[0])
        except ValueError as error:
            raise self.refuse(400, str(error)) from None
        tenant.appointments.put(record["appointmentId"], record)
        self.announce(tenant, record["appointmentId"], record, "booked")
        answer = jsonify({"appointmentId": record["appointmentId"]})
        answer.status_code = 201
        return answer

    def update(self) -> Response:
        tenant, sent = self.caller(), self._sent()
        record = self._named(tenant, sent)
        try:
            changed = updated_record(record, sent)
        except ValueError as error:
            raise self.refuse(400, str(error)) from None
        tenant.appointments.put(record["appointmentId"], changed)
        self.announce(tenant, record["appointmentId"], changed, "updated")
        return jsonify(changed)

    def delete(self) -> Response:
        tenant, sent = self.caller(), self._sent()
        record = self._named(tenant, sent)
        tenant.appointments.remove(record["appointmentId"])
        self.announce(tenant, record["appointmentId"], record, "delete")
        return jsonify({"success": True, "appointmentId": record["appointmentId"]})

    def _sent(self) -> Record:
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict):
            raise self.refuse(400, "The body must be a JSON object")
        return sent

    def _named(self, tenant: Tenant, sent: Record) -> Record:
        record_id = sent.get("appointmentId")
        if not isinstance(record_id, str):
            raise self.refuse(400, "appointmentId is required")
        self._check_domain(tenant, sent.get("domainId"), needed=False)
        return self.read(tenant, record_id)

    def _check_domain(self, tenant: Tenant, sent: object, *, needed: bool) -> None:
        domain = tenant.credentials.get("domain_id")
        if domain and (needed or sent is not None) and sent != domain:
            raise self.refuse(400, "domainId is missing or unknown")

    def _mailboxes(self, tenant: Tenant) -> list[str]:
        return list(tenant.credentials.get("ad_ids") or ["ad-1"])

    # What the people of the mailboxes do

    def book(self, tenant: Tenant, booking: Booking) -> tuple[str, str, Record]:
        mailbox = booking.extras.get("mailbox", self._mailboxes(tenant)[0])
        if mailbox not in self._mailboxes(tenant):
            raise no(f"mailbox is one of {self._mailboxes(tenant)}")
        known = tenant.people.get(booking.person_id or "")
        person = known or {
            "contactId": uuid4(),
            "name": f"{booking.person.first_name} {booking.person.last_name}",
            "email": booking.person.address,
            "phone": booking.person.phone,
        }
        tenant.people.put(person["email"], person)
        record = new_record(digits(), booking, person, mailbox)
        tenant.appointments.put(record["appointmentId"], record)
        return record["appointmentId"], person["email"], record

    def move(self, record: Record, span: Span) -> Record:
        if span.starts_at is None or span.ends_at is None:
            raise no("an OfficePlace appointment has a start and an end")
        return {**record, "startTime": times.seconds_z(span.starts_at), "endTime": times.seconds_z(span.ends_at)}

    def set_status(self, record: Record, status: str) -> Record | None:  # noqa: ARG002 - contract
        if status != "cancelled":
            raise no(f"OfficePlace cannot express {status}", 409)
        return None

    def span(self, record: Record) -> Span:
        return Span(times.parse(record["startTime"]), times.parse(record["endTime"]))

    def row(self, tenant: Tenant, record: Record) -> Row:
        attendee = record["attendees"][0] if record["attendees"] else {}
        span = self.span(record)
        return Row(
            id=record["appointmentId"],
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            who=str(attendee.get("name", record["subject"])),
            phone=(tenant.people.get(attendee.get("email", "")) or {}).get("phone"),
            status=record["showAsStatus"],
            person_id=attendee.get("email"),
        )

    def change_person(self, tenant: Tenant, person_id: str, sent: Record) -> Record:
        person = tenant.people.get(person_id)
        if person is None:
            raise no(f"{tenant.name} has no contact {person_id}", 404)
        return tenant.people.put(person_id, {**person, **sent})

    def events(self, tenant: Tenant, record: Record, change: str, manner: Manner) -> list[Event]:  # noqa: ARG002 - contract
        return [thin_event("delete" if change == "cancelled" else change, record["appointmentId"])]
