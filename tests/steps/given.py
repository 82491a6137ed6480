"""A clinic: one connection, its vendor and its phones, all of them emulated, and the steps run by hand."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row

from outbound.client import Client
from rules.appointment import Ref
from rules.senders import Outcome, SenderApi, SenderSettings, Text
from runtime.settings import ConnectionSettings, Mode, Scheme, Settings, WebhookSettings
from runtime.wiring import Wiring
from senders.apis import APIS
from store import configs, connections, events, sync_requests, tables, timeline
from store.engine import Database
from store.events import Arrival
from tests.factories import config_body, days, minutes
from tests.senders.given import Network
from tests.vendors.conftest import Tenant
from tests.vendors.kits import KITS
from vendors.apis import APIS as VENDORS
from workers import send, settle, sync

PHONE = "+13125550142"


def now() -> datetime:
    return datetime.now(UTC)


def sms(sandbox: str, number: int) -> SenderSettings:
    credentials = {"account_sid": f"AC{number:032x}", "auth_token": f"token-{number}"}
    return SenderSettings(
        "texts", "twilio", (f"+1202557{number:04}",), f"{sandbox}/sms", credentials, {"sandbox": True}
    )


class Bell:
    """A doorbell that remembers."""

    def __init__(self) -> None:
        self.rings: list[tuple[str, tuple[str, ...]]] = []

    def ring(self, task_name: str, *, args: tuple[str, ...] = (), expires_seconds: float = 30) -> None:  # noqa: ARG002
        self.rings.append((task_name, args))


@dataclass
class Clinic:
    db: Database
    tenant: Tenant
    network: Network
    more: dict[str, Any] = field(default_factory=dict)
    sender: SenderApi | None = None
    """In place of the network's own; None: Twilio's, over HTTP."""
    bell: Bell = field(default_factory=Bell)
    public_url: str = "http://127.0.0.1:9"
    """Where vendors and senders reach us; nobody, unless a test runs a receiver."""
    wiring: Wiring = field(init=False)

    def __post_init__(self) -> None:
        self.wiring = self.another_process()
        self.wiring.declare()
        with self.db.begin() as tx:
            connections.confirm(tx, "north", "live", "live")
            month = {"live_since": now() - days(30), "first_seen_at": now() - days(30)}
            tx.execute(sa.update(tables.connection_states).values(**month, reconciled_at=now() - minutes(5)))
            config_id, _ = configs.save(tx, config_body())
            configs.assign(tx, "north", config_id)

    def another_process(self, **more: Any) -> Wiring:
        """What another worker would have built for itself, with other settings where given."""
        self.more |= more
        adapter = KITS[self.tenant.vendor].connection(self.tenant, **self.more.pop("options", {}))
        given: dict[str, Any] = {"webhook": WebhookSettings(Scheme.NONE), "sender": "texts", "sandbox": True}
        north = ConnectionSettings(
            **{"adapter": replace(adapter, name="north"), "mode": Mode.LIVE, **given, **self.more}
        )
        settings = Settings(
            database_url="",
            broker_url="",
            home=Path(),
            public_url=self.public_url,
            secret_key="",
            connections={"north": north},
            senders={"texts": self.network.settings},
        )
        return Wiring(settings, self.db, self.bell, self._sender)

    def _sender(self, name: str) -> SenderApi:
        found = self.wiring.settings.senders[name]
        return self.sender or APIS[found.kind](found, Client(total_seconds=5))

    def books(self, due_in: timedelta = timedelta(minutes=-1), **wanted: Any) -> str:
        """The practice books; the reminder, a day before, falls due then. Returns the id; nobody is told."""
        start = now() + days(1) + due_in
        given = {"starts_at": start.isoformat(), "minutes": 30, "phone": PHONE, "announce": False}
        names = {"first_name": "Ada", "last_name": "Byron", "zone": "America/Chicago"}
        return str(self.tenant.book(**given | names | wanted)["id"])

    def known(self, due_in: timedelta = timedelta(minutes=-1), **wanted: Any) -> str:
        """Booked a week ago, and looked at since."""
        external_id = self.books(due_in, **wanted)
        self.hears(external_id)
        self.syncs()
        table = tables.appointments
        with self.db.begin() as tx:
            tx.execute(sa.update(table).where(table.c.external_id == external_id).values(known_from=now() - days(7)))
        self.wants("", kind="plan")
        self.syncs()
        return external_id

    def hears(self, external_id: str, key: str = "", kind: str = "appointment", **more: Any) -> None:
        """A webhook came in, with an id of its own."""
        refs = (Ref(kind, external_id),)
        with self.db.begin() as tx:
            own = key or f"event {len(self.rows(tables.events))}"
            events.store(tx, [Arrival("north", own, True, "changed", True, b"{}", refs, **more)])

    def is_patient_for(self, seconds: float) -> None:
        """How long calls to the vendor may take from here on."""
        adapter = self.wiring.connection("north").adapter
        self.wiring._vendors["north"] = VENDORS[adapter.vendor](adapter, Client(total_seconds=seconds))

    def wants(self, external_id: str, kind: str = "appointment", cause: str = "operator") -> None:
        with self.db.begin() as tx:
            sync_requests.ask(tx, "north", [Ref(kind, external_id)], cause)

    def syncs(self, *, due: bool = True) -> str:
        """The sync step, with everything due that waits for its time."""
        if due:
            self.alters(tables.sync_requests, due_at=now() - minutes(1))
        return sync.run(self.wiring, "north")

    def sends(self) -> str:
        return send.run(self.wiring)

    def settles(self) -> str:
        return settle.run(self.wiring)

    def texts(self, phone: str = PHONE) -> list[str]:
        """What arrived at a phone from this clinic."""
        return [each["body"] for each in self.network.texts(phone)]

    def calls(self, method: str = "GET", path: str = "") -> int:
        return sum(each["method"] == method and path in each["path"] for each in self.tenant.calls())

    def rows(self, table: sa.Table, **equal: Any) -> list[Row[Any]]:
        query = sa.select(table).filter_by(**equal).order_by(*table.primary_key.columns)
        with self.db.begin() as tx:
            return list(tx.execute(query).all())

    def row(self, table: sa.Table, **equal: Any) -> Row[Any]:
        [only] = self.rows(table, **equal)
        return only

    @property
    def promise(self) -> Row[Any]:
        return self.row(tables.promises)

    @property
    def appointment(self) -> Row[Any]:
        return self.row(tables.appointments)

    @property
    def state(self) -> Row[Any]:
        return self.row(tables.connection_states)

    @property
    def request(self) -> Row[Any]:
        return self.row(tables.sync_requests, kind="appointment")

    @property
    def inbox(self) -> list[str]:
        return [row.kind for row in self.rows(tables.inbox, resolved_at=None)]

    def alters(self, table: sa.Table, *where: Any, **values: Any) -> None:
        """Time that has passed, or what only another program would write."""
        with self.db.begin() as tx:
            tx.execute(sa.update(table).where(*where).values(**values))

    def told(self, external_id: str = "") -> list[str]:
        """The timeline, as kinds."""
        with self.db.begin() as tx:
            return [row.kind for row in timeline.of(tx, "north", external_id)]

    def raw(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.appointment.raw)
        return found


@dataclass
class Scripted:
    """A sender that answers what a test says, in order, the last answer for ever; it keeps what it was handed."""

    answers: list[Outcome]
    texts: list[Text] = field(default_factory=list)

    def send(self, text: Text, *, send_by: float, timeout_seconds: float) -> Outcome:  # noqa: ARG002 - the contract
        self.texts.append(text)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def look_up(self, sought: Any) -> None:  # noqa: ARG002 - the contract
        return None

    def check(self) -> str:
        return "answers what it is told"
