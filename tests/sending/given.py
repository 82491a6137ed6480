"""What the tests of sending begin with: a practice on a database of its own, whose texts go to the emulated network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from outbound.client import Client
from rules.appointment import Appointment, Attendee, Contact
from rules.senders import Outcome, Receipt, SenderApi, SenderSettings, Sought, Text
from rules.statuses import Standing, Status
from rules.vendors import Connection
from runtime.settings import ConnectionSettings, Mode, Scheme, Settings, WebhookSettings
from runtime.wiring import Wiring
from senders.apis import APIS
from store import appointments, configs, connections, inbox, promises
from store.engine import Database
from store.engine import now as database_now
from store.tables import attempts, connection_states, timeline
from store.tables import promises as promises_table
from workers import send

ADA = "+13125550142"
TEMPLATE = "Hi {{ clientCustomer.firstName }}, see you at {{ appointment.time }}."


CROWD = (
    """INSERT INTO people (connection, person_id, first_name, last_name, phone, zone, source)
       SELECT :name, 'crowd ' || n, 'Ada', 'Byron', '+1312' || (6000000 + n), 'America/Chicago', 'record'
       FROM generate_series(2, :size) n""",
    """INSERT INTO numbers (sender, number)
       SELECT sender, phone FROM people, (SELECT DISTINCT sender FROM numbers) known
       WHERE people.connection = :name ON CONFLICT DO NOTHING""",
    """INSERT INTO appointments (connection, external_id, vendor_status, starts_at, zone, known_from, raw)
       SELECT a.connection, 'crowd ' || n, a.vendor_status, a.starts_at, a.zone, a.known_from, a.raw
       FROM generate_series(2, :size) n, promises p JOIN appointments a ON a.id = p.appointment_id
       WHERE p.id = :promise""",
    """INSERT INTO attendees (appointment_id, key, connection, person_id)
       SELECT id, external_id, connection, external_id FROM appointments
       WHERE connection = :name AND external_id LIKE 'crowd %'""",
    """INSERT INTO promises (appointment_id, connection, config_id, config_revision, workflow_id, anchor, anchor_at,
                             attendee, state, due_at, not_after, look_at)
       SELECT a.id, p.connection, p.config_id, p.config_revision, p.workflow_id, p.anchor, p.anchor_at, a.external_id,
              p.state, p.due_at, p.not_after, p.look_at
       FROM appointments a, promises p
       WHERE a.connection = :name AND a.external_id LIKE 'crowd %' AND p.id = :promise""",
)


class Silence:
    """A doorbell in an empty house."""

    def ring(self, task_name: str, *, args: tuple[str, ...] = (), expires_seconds: float = 30) -> None:
        """Nobody hears it."""


@dataclass
class Answering:
    """A sender that answers what a test says, in order; the last answer stays. It keeps what it was handed."""

    answers: list[Outcome | Callable[[Text], Outcome]]
    texts: list[Text] = field(default_factory=list)
    found: Receipt | None = None

    def send(self, text: Text, *, send_by: float, timeout_seconds: float) -> Outcome:  # noqa: ARG002 - the contract
        self.texts.append(text)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(text) if callable(answer) else answer

    def look_up(self, sought: Sought) -> Receipt | None:  # noqa: ARG002 - the contract
        return self.found

    def check(self) -> str:
        return "answers what it is told"


def twilio(name: str, number: str, base_url: str = "http://127.0.0.1:9/sms", account: str = "AC1") -> SenderSettings:
    credentials = {"account_sid": account, "auth_token": f"token of {account}"}
    return SenderSettings(name, "twilio", (number,), base_url, credentials, {"sandbox": True})


def connection(name: str, **more: Any) -> ConnectionSettings:
    adapter = Connection(name, "caspen", "America/Chicago", "http://127.0.0.1:9/caspen/v1", {"token": name}, {}, "US")
    webhook = WebhookSettings(Scheme.NONE)
    return ConnectionSettings(adapter, Mode.LIVE, webhook, **{"sender": "first", "sandbox": True, **more})


@dataclass
class Practice:
    """Connections that are live since yesterday, with one workflow: a text an hour before the start."""

    db: Database
    settings: Settings
    apis: Mapping[str, SenderApi]
    wiring: Wiring = field(init=False)

    def __post_init__(self) -> None:
        self.wiring = Wiring(self.settings, self.db, Silence(), self._api)
        self.wiring.declare()
        with self.db.begin() as tx:
            for name in self.settings.connections:
                connections.confirm(tx, name, "live", "live")
            yesterday = sa.func.clock_timestamp() - timedelta(days=1)
            tx.execute(sa.update(connection_states).values(live_since=yesterday))

    def _api(self, name: str) -> SenderApi:
        if name in self.apis:
            return self.apis[name]
        found = self.settings.senders[name]
        return APIS[found.kind](found, Client(total_seconds=5))

    def has_workflow(self, *, offset: int = -60, grace: int = 30, quiet: Any = None, **more: Any) -> None:
        workflow = {
            "id": "3f0d3c52-9a54-4f0e-8a3c-1d6f0c1f4a01",
            "enabled": True,
            "trigger": {"anchor": "event_starts", "offsetMinutes": offset},
            "condition": {"kind": "appointment_status", "statuses": ["scheduled"]},
            "action": {"type": "sms", "template": TEMPLATE},
            "quietHours": quiet or {"start": "00:00", "end": "00:00"},  # tests run at night too
            "graceMinutes": grace,
            **more,
        }
        with self.db.begin() as tx:
            config_id, _ = configs.save(tx, {"name": "Reminders", "workflows": [workflow]})
            for name in self.settings.connections:
                configs.assign(tx, name, config_id)

    def book(
        self,
        external_id: str = "a1",
        phone: str = ADA,
        *,
        at: str = "north",
        due_in: timedelta = timedelta(0),
        first_name: str = "Ada",
        fetched: timedelta = timedelta(0),
    ) -> int:
        """An appointment booked yesterday whose text is due then; its promise's id."""
        with self.db.begin() as tx:
            now = database_now(tx)
            contact = Contact(f"person of {external_id}", first_name, "Byron", phone, "America/Chicago", "en")
            record = Appointment(
                external_id=external_id,
                starts_at=now + timedelta(minutes=60) + due_in,
                ends_at=None,
                standing=Standing(Status.SCHEDULED),
                attendees=(Attendee(contact.person_id, contact.person_id, contact),),
                booked_at=now - timedelta(days=1),
            )
            noted = appointments.noted(tx, at, [external_id]).get(external_id)
            done = appointments.apply(tx, self.wiring.facts(at), record, {"id": external_id}, {}, noted)
            if fetched:
                table = appointments.appointments
                mine = table.c.id == done.appointment_id
                tx.execute(sa.update(table).where(mine).values(fetched_at=table.c.fetched_at - fetched))
            return int(promises.of_appointment(tx, done.appointment_id)[-1].id)

    def crowd(self, at: str, size: int, *, due_in: timedelta = timedelta(0)) -> None:
        """Many appointments, each with its own person, whose texts are all due then."""
        likeness = self.book(f"{at}-0", phone="+13125560000", at=at, due_in=due_in)
        values = {"size": size, "promise": likeness, "name": at}
        with self.db.begin() as tx:
            for statement in CROWD:
                tx.execute(sa.text(statement), values)
            tx.execute(sa.text("ANALYZE"))

    def put(self, promise_id: int, **columns: Any) -> None:
        """Set a promise's columns, where waiting for them would take hours."""
        with self.db.begin() as tx:
            tx.execute(sa.update(promises_table).where(promises_table.c.id == promise_id).values(**columns))

    def send(self, promise_id: int, at: str = "north") -> str:
        """Through the fence and to the sender, now."""
        return send.send_one(self.wiring, at, promise_id)

    def promise(self, promise_id: int) -> Any:
        with self.db.begin() as tx:
            return tx.execute(sa.select(promises_table).where(promises_table.c.id == promise_id)).one()

    def attempts(self, promise_id: int) -> list[Any]:
        with self.db.begin() as tx:
            mine = sa.select(attempts).where(attempts.c.promise_id == promise_id)
            return list(tx.execute(mine.order_by(attempts.c.created_at)).all())

    def told(self, kind: str = "") -> list[Any]:
        with self.db.begin() as tx:
            query = sa.select(timeline.c.kind, timeline.c.facts).order_by(timeline.c.id)
            return [row for row in tx.execute(query).all() if kind in {"", row.kind}]

    def inbox(self) -> list[Any]:
        with self.db.begin() as tx:
            return inbox.open_items(tx)

    def now(self) -> datetime:
        with self.db.begin() as tx:
            return database_now(tx)


def settings(
    database_url: str,
    senders: list[SenderSettings],
    *,
    names: tuple[str, ...] = ("north",),
    public_url: str = "http://127.0.0.1:9",
    **more: Any,
) -> Settings:
    return Settings(
        database_url=database_url,
        broker_url="",
        home=Path(),
        public_url=public_url,
        secret_key="",
        connections={name: connection(name, **more) for name in names},
        senders={each.name: each for each in senders},
    )


@dataclass(frozen=True)
class Network:
    """Two customers of the emulated SMS network, each with its number."""

    url: str
    first: SenderSettings
    second: SenderSettings

    def texts(self, phone: str) -> list[dict[str, Any]]:
        """What has reached a phone, from either number, oldest first."""
        found = httpx.get(f"{self.url}/control/phone/{phone}").json()["messages"]
        return [each for each in found if each["from"] in {self.first.numbers[0], self.second.numbers[0]}]

    def fault(self, sender: SenderSettings, fault: str, **where: Any) -> None:
        body = {"vendor": "sms", "tenant": sender.credentials["account_sid"], "fault": fault, **where}
        httpx.put(f"{self.url}/control/faults", json=body).raise_for_status()

    def unreachable(self, sender: SenderSettings) -> SenderSettings:
        """The same sender where nobody listens."""
        return replace(sender, base_url="http://127.0.0.1:9/sms")
