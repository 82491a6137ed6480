"""What every emulated vendor can do beyond its API: book, change and announce, for the control API and the page."""

import json
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sandbox import times
from sandbox.booking import Booking, Person, Row, Span
from sandbox.edge import Edge
from sandbox.ids import uuid4
from sandbox.refusal import Record, no
from sandbox.signing import webhook_headers
from sandbox.tenants import Tenant
from sandbox.webhooks import Posting

WEBHOOK_FAULTS = ("lost", "duplicate", "delayed", "out_of_order", "wrong_signature")


@dataclass(frozen=True)
class Event:
    """One webhook body. `id` is the vendor's id of the event, the same whenever it is posted again."""

    id: str
    type: str
    body: Record


@dataclass(frozen=True)
class Manner:
    """How a change is announced: not at all, late, badly signed, several times, under which event types."""

    announce: bool = True
    delay_seconds: float = 0.0
    signature: str = "good"
    copies: int = 1
    events: tuple[str, ...] | None = None
    correlation_id: str | None = None

    @classmethod
    def read(cls, sent: Record) -> "Manner":
        if sent.get("signature", "good") not in {"good", "wrong", "none"}:
            raise no("signature is good, wrong or none")
        return cls(
            announce=bool(sent.get("announce", True)),
            delay_seconds=float(sent.get("delay_seconds", 0)),
            signature=sent.get("signature", "good"),
            copies=int(sent.get("copies", 1)),
            events=tuple(sent["events"]) if sent.get("events") is not None else None,
        )


class Vendor(Edge):
    """An edge with appointments behind it."""

    extras: ClassVar[frozenset[str]] = frozenset()
    statuses: ClassVar[tuple[str, ...]] = ("cancelled",)  # what `set_status` takes

    @abstractmethod
    def book(self, tenant: Tenant, booking: Booking) -> tuple[str, str, Record]:
        """(appointment id, person id, record)"""

    @abstractmethod
    def move(self, record: Record, span: Span) -> Record:
        """The record at its new time; not stored yet."""

    @abstractmethod
    def set_status(self, record: Record, status: str) -> Record | None:
        """The record in its new state, None when it disappears. Raises what this vendor cannot express."""

    @abstractmethod
    def events(self, tenant: Tenant, record: Record, change: str, manner: Manner) -> list[Event]:
        """What this vendor posts about a change. `change` is one of ours or one of the vendor's event types."""

    @abstractmethod
    def span(self, record: Record) -> Span: ...

    @abstractmethod
    def row(self, tenant: Tenant, record: Record) -> Row: ...

    @abstractmethod
    def change_person(self, tenant: Tenant, person_id: str, sent: Record) -> Record:
        """The person with a new phone, zone or language."""

    # What is done from the control API

    def booked(self, tenant: Tenant, sent: Record) -> Record:
        booking, manner = Booking.read(sent, self.extras), Manner.read(sent)
        with tenant.lock:
            record_id, person_id, record = self.book(tenant, booking)
        person = booking.person
        posted = self.announce(tenant, record_id, record, "booked", manner)
        return {
            "id": record_id,
            "person_id": person_id,
            "record": record,
            "person": {**{key: getattr(person, key) for key in Person.__dataclass_fields__}, "email": person.address},
            "deliveries": [each.id for each in posted],
        }

    def changed(self, tenant: Tenant, record_id: str, change: str, sent: Record) -> Record:
        """Moves, cancels, completes ... and announces it. `delete` takes the record away whatever its state."""
        with tenant.lock:
            record = self.known(tenant, record_id)
            after: Record | None
            if change == "move":
                span = self.span(record)
                length = span.ends_at - span.starts_at if span.starts_at and span.ends_at else None
                after = self.move(record, Span.read(sent, length) if length else Span.read(sent))
            elif change == "set":
                after = {**record, **sent.get("fields", {})}
            elif change == "delete":
                after = None
            else:
                after = self.set_status(record, change)
            if after is None:
                tenant.appointments.remove(record_id)
            else:
                tenant.appointments.put(record_id, after)
        posted = self.announce(tenant, record_id, after or record, change, Manner.read(sent))
        return {"id": record_id, "record": after, "deliveries": [each.id for each in posted]}

    def known(self, tenant: Tenant, record_id: str) -> Record:
        record = tenant.appointments.get(record_id)
        if record is None:
            raise no(f"{tenant.name} has no appointment {record_id}", 404)
        return record

    def rows(self, tenant: Tenant) -> list[Row]:
        with tenant.lock:
            return [self.row(tenant, record) for record in tenant.appointments.all()]

    # What an API serves, with the faults that spoil it

    def read(self, tenant: Tenant, record_id: str) -> Record:
        """One appointment for the API."""
        if self.fault(tenant, "not_found", record_id):
            raise self.refuse(404, "Not found")
        shelf = tenant.appointments
        known = shelf.get(record_id)
        if known is None:
            raise self.refuse(404, "Not found")
        if self.fault(tenant, "stale_read", record_id):
            return shelf.before(record_id) or known
        return known

    def listed(self, tenant: Tenant, records: Iterable[Record], key: str = "id") -> list[Record]:
        """Several appointments for the API. Without an `id` the fault leaves out the first."""
        kept: list[Record] = []
        first_left_out = all_stale = False
        for record in records:
            record_id = record[key]
            omit = self.fault(tenant, "omit_record", record_id, only_by_id=first_left_out)
            if omit:
                first_left_out = first_left_out or omit.id is None
                continue
            stale = self.fault(tenant, "stale_read", record_id, only_by_id=all_stale)
            all_stale = all_stale or (stale is not None and stale.id is None)
            kept.append((tenant.appointments.before(record_id) or record) if stale or all_stale else record)
        return kept

    # What is posted

    def announce(
        self, tenant: Tenant, record_id: str, record: Record, change: str, manner: Manner | None = None
    ) -> list[Posting]:
        manner = manner or Manner()
        if not manner.announce or tenant.webhook is None:
            return []
        posted: list[Posting] = []
        events = self.events(tenant, record, change, manner)
        if events and self.world.faults.take(self.name, tenant.name, "deleted_after_event", id=record_id):
            tenant.appointments.remove(record_id)
        for event in events:
            posted += self.post(tenant, event.id, event.type, json.dumps(event.body).encode(), record_id, manner)
        return posted

    def post(
        self, tenant: Tenant, event_id: str, kind: str, body: bytes, subject: str | None, manner: Manner
    ) -> list[Posting]:
        """Posts one event, as often as `manner` says, spoiled by whatever fault is switched on."""
        webhook = tenant.webhook
        if webhook is None:
            raise no(f"{tenant.name} has no webhook", 409)
        strikes = {name: self.world.faults.take(self.name, tenant.name, name, id=subject) for name in WEBHOOK_FAULTS}
        fault = next((name for name, found in strikes.items() if found), None)
        signature = "wrong" if strikes["wrong_signature"] else manner.signature
        late = strikes["delayed"] or strikes["out_of_order"]
        delay = manner.delay_seconds + (late.seconds if late else 0.0)

        def headers(at: datetime, quality: str) -> dict[str, str]:
            return webhook_headers(webhook, event_id, at, body, quality)

        return [
            self.world.postman.post(
                Posting(
                    vendor=self.name,
                    tenant=tenant.name,
                    kind="webhook",
                    url=webhook.url,
                    event_id=event_id,
                    type=kind,
                    body=body,
                    content_type="application/json",
                    headers=headers,
                    subject=subject,
                    signature=signature,
                    retries=webhook.retries,
                    fault=fault,
                ),
                delay,
            )
            for _ in range(manner.copies * (2 if strikes["duplicate"] else 1))
        ]


def thin_event(change: str, record_id: str) -> Event:
    """The project's own contract for vendors that document no webhook: a type and an id, in Standard Webhooks' form."""
    words = {"booked": "created", "cancelled": "cancelled", "delete": "deleted"}
    kind = change if change.startswith("appointment.") else f"appointment.{words.get(change, 'updated')}"
    body: dict[str, Any] = {"type": kind, "timestamp": times.millis_z(times.now()), "data": {"id": record_id}}
    return Event(id=f"msg_{uuid4()}", type=kind, body=body)
