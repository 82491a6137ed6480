"""A practice that has texted people, a phone network that remembers, and what both say afterwards."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.senders import Accepted, Inbound, Outcome, SenderSettings, Text
from rules.vendors import Connection as Adapter
from runtime.settings import ConnectionSettings, Location, Mode, Scheme, Settings, WebhookSettings
from runtime.wiring import Wiring
from store import inbound, people
from store.engine import Database
from store.tables import (
    answers,
    appointments,
    attempts,
    attendees,
    connection_states,
    inbound_texts,
    inbox,
    promises,
    write_backs,
)
from store.tables import people as people_table
from tests.store.given import waiting_for_locks
from workers import answer, reply

CLINIC, OTHER_CLINIC = "+353861234567", "+353861234568"
ADA, BOB = "+353870000001", "+353870000002"
CONFIG = UUID("3f0d3c52-9a54-4f0e-8a3c-1d6f0c1f4a01")
_numbers = itertools.count(1)


def soon(**span: float) -> datetime:
    """An instant from now, in whole seconds."""
    return (datetime.now(UTC) + timedelta(**span)).replace(microsecond=0)


class Rung:
    """A doorbell that remembers."""

    def __init__(self) -> None:
        self.rings: list[str] = []

    def ring(self, task_name: str, *, args: tuple[str, ...] = (), expires_seconds: float = 30) -> None:  # noqa: ARG002
        self.rings.append(task_name)


@dataclass
class Phones:
    """A sender of the contract in `rules.senders`: keeps what it is given and answers as it is told to."""

    texts: list[Text] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    meanwhile: Callable[[], Any] = lambda: None

    def send(self, text: Text, *, send_by: float, timeout_seconds: float) -> Outcome:  # noqa: ARG002
        self.texts.append(text)
        self.meanwhile()
        return self.outcomes.pop(0) if self.outcomes else Accepted(f"SM{len(self.texts)}")

    def look_up(self, sought: Any) -> None:  # noqa: ARG002
        return None

    def check(self) -> str:
        return "they ring"


def connection(name: str, vendor: str = "caspen", **changes: Any) -> ConnectionSettings:
    adapter = Adapter(name=name, vendor=vendor, zone="Europe/Dublin", base_url="http://127.0.0.1:9", credentials={})
    made = ConnectionSettings(
        adapter=adapter,
        mode=Mode.LIVE,
        webhook=WebhookSettings(Scheme.NONE),
        sender="texts",
        from_number=CLINIC,
        practice="North Street Dental",
        contact="call 01 234 5678",
        locations={"main": Location("Main Street")},
        sandbox=True,
    )
    return replace(made, **changes)


def sender(name: str, kind: str) -> SenderSettings:
    return SenderSettings(name, kind, (CLINIC, OTHER_CLINIC), "http://127.0.0.1:9", {}, {"sandbox": True})


@dataclass
class Practice:
    """Everything a test of replies touches."""

    db: Database
    phones: Phones
    bell: Rung
    connections: dict[str, ConnectionSettings] = field(default_factory=dict)
    kind: str = "vonage"
    """Leaves the confirmation of a STOP to us; Twilio does not."""

    def __post_init__(self) -> None:
        self.has("north")

    def has(self, name: str, vendor: str = "caspen", *, in_force: str = "live", **changes: Any) -> None:
        """A connection of that name, as configured and in force."""
        self.connections[name] = connection(name, vendor, **changes)
        with self.db.begin() as tx:
            tx.execute(sa.delete(connection_states).where(connection_states.c.connection == name))
            tx.execute(
                sa.insert(connection_states).values(
                    connection=name, mode=in_force, confirmed_mode=in_force, live_since=soon(days=-30)
                )
            )

    @property
    def wiring(self) -> Wiring:
        settings = Settings(
            database_url="",
            broker_url="",
            home=Path(),
            public_url="https://hooks.example.com",
            secret_key="",
            connections=self.connections,
            senders={"texts": sender("texts", self.kind)},
        )
        return Wiring(settings, self.db, self.bell, lambda _name: self.phones)

    def booked(
        self, starts_at: datetime, *seats: tuple[str, str], name: str = "north", **changes: Any
    ) -> tuple[int, str]:
        """An appointment with its people, each (first name, number). Returns its id and the vendor's."""
        external_id = f"app_{next(_numbers)}"
        values: dict[str, Any] = {
            "connection": name,
            "external_id": external_id,
            "vendor_status": "scheduled",
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=30),
            "known_from": soon(days=-20),
            "zone": "Europe/Dublin",
            "raw": b'{"cancelled_at": null, "confirmed": false}',
        }
        with self.db.begin() as tx:
            made = tx.execute(
                sa.insert(appointments).values(**values | changes).returning(appointments.c.id)
            ).scalar_one()
            for first_name, phone in seats or (("Ada", ADA),):
                self._seat(tx, name, made, first_name, phone)
        return made, external_id

    def _seat(self, tx: Connection, name: str, appointment_id: int, first_name: str, phone: str) -> None:
        person = {"connection": name, "person_id": f"{first_name}-{phone}"}
        tx.execute(
            sa.insert(people_table).values(**person, first_name=first_name, phone=phone, source="record")
            if not people.find(tx, name, [person["person_id"]])
            else sa.select(1)
        )
        tx.execute(sa.insert(attendees).values(appointment_id=appointment_id, key=person["person_id"], **person))
        people.know_number(tx, "texts", phone)

    def texted(
        self, appointment_id: int, to: str = ADA, *, told_start: datetime | None = None, ago: timedelta | None = None
    ) -> None:
        """A reminder of it has left."""
        at = datetime.now(UTC) - (ago or timedelta(hours=1))
        with self.db.begin() as tx:
            row = tx.execute(sa.select(appointments).where(appointments.c.id == appointment_id)).one()
            start = told_start or row.starts_at
            key = tx.execute(
                sa.select(attendees.c.key)
                .join(people_table, people_table.c.person_id == attendees.c.person_id)
                .where(attendees.c.appointment_id == appointment_id, people_table.c.phone == to)
                .limit(1)
            ).scalar_one()
            promise_id = tx.execute(
                sa.insert(promises)
                .values(
                    appointment_id=appointment_id,
                    connection=row.connection,
                    config_id=CONFIG,
                    config_revision=1,
                    workflow_id=str(uuid4()),
                    anchor="event_starts",
                    anchor_at=start,
                    attendee=key,
                    state="accepted",
                    due_at=at,
                    not_after=at + timedelta(hours=1),
                    look_at=at,
                    told_at=at,
                    told_start=start,
                )
                .returning(promises.c.id)
            ).scalar_one()
            tx.execute(
                sa.insert(attempts).values(
                    id=uuid4(),
                    promise_id=promise_id,
                    connection=row.connection,
                    appointment_id=appointment_id,
                    sender="texts",
                    from_number=CLINIC,
                    to_number=to,
                    body=b"Hi",
                    state="delivered",
                    told_start=start,
                    created_at=at,
                )
            )

    def reminded(self, starts_at: datetime, *seats: tuple[str, str], **more: Any) -> int:
        """Booked and texted about, an hour ago."""
        made, _ = self.booked(starts_at, *seats, **more)
        self.texted(made, seats[0][1] if seats else ADA)
        return made

    def changed(self, appointment_id: int, **values: Any) -> None:
        """The vendor's record says something else now."""
        with self.db.begin() as tx:
            tx.execute(sa.update(appointments).where(appointments.c.id == appointment_id).values(**values))

    def writes(self, body: str, number: str = ADA, *, sid: str = "", resolve: bool = True) -> None:
        """Somebody writes; what follows happens."""
        self.keep(body, number, sid=sid)
        if resolve:
            reply.run(self.wiring)
            answer.run(self.wiring)

    def keep(self, body: str, number: str = ADA, *, sid: str = "", to: str = CLINIC) -> int:
        """As the receiver stores it, before its 2xx."""
        with self.db.begin() as tx:
            return inbound.keep(tx, "texts", [Inbound(sid or f"IN{next(_numbers)}", number, to, body)])

    def earlier(self, seconds: float) -> None:
        """As if everything so far had happened that much earlier, for what needs time to be read."""
        span = timedelta(seconds=seconds)
        with self.db.begin() as tx:
            for column in (attempts.c.created_at, inbound_texts.c.received_at, answers.c.created_at):
                tx.execute(sa.update(column.table).values({column: column - span}))
            tx.execute(sa.update(answers).values(settled_at=answers.c.settled_at - span))

    def someone_waits(self) -> bool:
        """Whether a transaction waits for another one's lock."""
        return waiting_for_locks(self.db) > 0

    # What came of it

    def said(self) -> list[str]:
        """The words of every answer that left, oldest first."""
        return [text.body for text in self.phones.texts]

    def rows(self, table: sa.Table) -> Sequence[Row[Any]]:
        with self.db.begin() as tx:
            return tx.execute(sa.select(table).order_by(*table.primary_key.columns)).all()

    def outcomes(self) -> list[str]:
        return [row.outcome for row in self.rows(inbound_texts)]

    def is_confirmed(self, appointment_id: int) -> bool:
        with self.db.begin() as tx:
            query = sa.select(appointments.c.our_confirmed).where(appointments.c.id == appointment_id)
            return bool(tx.execute(query).scalar())

    def owed(self) -> list[tuple[int, str]]:
        """Write-backs that are wanted or done: appointment and change."""
        return [(row.appointment_id, row.change) for row in self.rows(write_backs)]

    def told_staff(self) -> list[str]:
        return [row.message for row in self.rows(inbox)]

    def answered(self) -> list[tuple[str, str, str]]:
        """Kind, state and reason of every answer, in the order of the texts."""
        found = sorted(self.rows(answers), key=lambda row: row.inbound_id)
        return [(row.kind, row.state, row.code) for row in found]
