"""Connections to emulated vendors on a real database, and what the workers' steps do with them, called by hand."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from sqlalchemy import Row

from rules.appointment import Ref
from rules.senders import Accepted, Outcome, SenderSettings, Text
from runtime.settings import ConnectionSettings, Mode, Scheme, Settings, WebhookSettings
from runtime.wiring import Wiring
from store import events, sync_requests
from store.engine import Database
from store.events import Arrival
from store.tables import appointments, connection_states
from store.tables import sync_requests as requests
from tests.vendors.conftest import Tenant
from tests.vendors.kits import KITS

HOOK = WebhookSettings(Scheme.STANDARD, ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",))
CLINIC = "+353861234567"
_numbers = itertools.count(1)


def soon(**span: float) -> datetime:
    """An instant from now, in whole seconds."""
    return (datetime.now(UTC) + timedelta(**span)).replace(microsecond=0)


class Rung:
    """A doorbell that remembers."""

    def __init__(self) -> None:
        self.rings: list[tuple[str, tuple[str, ...]]] = []

    def ring(self, task_name: str, *, args: tuple[str, ...] = (), expires_seconds: float = 30) -> None:  # noqa: ARG002
        self.rings.append((task_name, args))


@dataclass
class Phones:
    """A sender of the contract in `rules.senders` that takes everything."""

    texts: list[Text] = field(default_factory=list)

    def send(self, text: Text, *, send_by: float, timeout_seconds: float) -> Outcome:  # noqa: ARG002
        self.texts.append(text)
        return Accepted(f"SM{len(self.texts)}")

    def look_up(self, sought: Any) -> None:  # noqa: ARG002
        return None

    def check(self) -> str:
        return "they ring"


def connection(name: str, tenant: Tenant, **changes: Any) -> ConnectionSettings:
    adapter = replace(KITS[tenant.vendor].connection(tenant), name=name)
    made = ConnectionSettings(adapter=adapter, mode=Mode.LIVE, webhook=HOOK, sender="texts", sandbox=True)
    return replace(made, **changes)


def book_many(tenant: Tenant, count: int, first: datetime, **wanted: Any) -> list[str]:
    """As many appointments, a minute apart, without a webhook. Returns their ids."""
    asked = [
        {"starts_at": (first + timedelta(minutes=n)).isoformat(), "announce": False, **wanted} for n in range(count)
    ]
    answer = httpx.post(f"{tenant.url}/control/{tenant.vendor}/{tenant.name}/appointments", json=asked, timeout=60)
    answer.raise_for_status()
    return [each["id"] for each in answer.json()]


@dataclass
class Desk:
    """Who asks the vendors, with everything that is kept of their answers."""

    db: Database
    bell: Rung = field(default_factory=Rung)
    phones: Phones = field(default_factory=Phones)
    connections: dict[str, ConnectionSettings] = field(default_factory=dict)

    def has(self, name: str, tenant: Tenant, *, scanned: bool = True, **changes: Any) -> ConnectionSettings:
        """A live connection of that name; its first scan is behind it unless a test is about that."""
        self.connections[name] = made = connection(name, tenant, **changes)
        state: dict[str, Any] = {"mode": "live", "confirmed_mode": "live", "live_since": soon(days=-30)}
        if scanned:
            state["reconciled_at"] = soon(minutes=-15)
        with self.db.begin() as tx:
            tx.execute(sa.insert(connection_states).values(connection=name, **state))
        return made

    @property
    def settings(self) -> Settings:
        texts = SenderSettings("texts", "vonage", (CLINIC,), "http://127.0.0.1:9", {}, {"sandbox": True})
        return Settings(
            database_url=self.db.engine.url.render_as_string(hide_password=False),
            broker_url="",
            home=Path(),
            public_url="https://hooks.example.com",
            secret_key="",
            connections=self.connections,
            senders={"texts": texts},
        )

    @property
    def wiring(self) -> Wiring:
        return Wiring(self.settings, self.db, self.bell, lambda _name: self.phones)

    def hears(self, name: str, external_id: str, *, kind: str = "appointment.updated", **more: Any) -> None:
        """A webhook comes and is stored, as the receiver stores it."""
        ref = Ref(more.pop("ref_kind", "appointment"), external_id)
        arrival = Arrival(name, f"key{next(_numbers)}", True, kind, True, b"{}", (ref,), **more)
        with self.db.begin() as tx:
            events.store(tx, [arrival])

    def wants(self, name: str, external_ids: Sequence[str], cause: str = "webhook", **more: Any) -> None:
        with self.db.begin() as tx:
            sync_requests.ask(tx, name, sync_requests.refs(external_ids), cause, **more)

    def change(self, table: sa.Table, **values: Any) -> None:
        """All rows of a table, for what would take too long to come by itself."""
        with self.db.begin() as tx:
            tx.execute(sa.update(table).values(**values))

    def rows(self, table: sa.Table) -> Sequence[Row[Any]]:
        with self.db.begin() as tx:
            return tx.execute(sa.select(table).order_by(*table.primary_key.columns)).all()

    def known(self) -> dict[str, Row[Any]]:
        """Stored appointments by the vendor's id."""
        return {row.external_id: row for row in self.rows(appointments)}

    def waiting(self) -> list[Row[Any]]:
        """What is still to be looked at."""
        return [row for row in self.rows(requests) if row.wanted_gen > row.done_gen and row.dead_at is None]
