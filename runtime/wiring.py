"""Where the real things are chosen. Built once per process, after fork; tests build their own."""

import hashlib
import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from outbound.client import Answer, Client
from outbound.fates import after
from rules.retries import back_off
from rules.senders import SenderApi
from rules.vendors import Budget, Capabilities, Connection, MappingFacts, ToAppointment, VendorApi, WayTo
from runtime.calling import calling
from runtime.doorbell import Doorbell
from runtime.settings import ConnectionSettings, Settings
from runtime.settings_file import load
from senders import apis as sender_apis
from store import budgets, connections, timeline
from store.engine import Database
from store.facts import ConnectionFacts
from store.leave import Counted, leave
from vendors import apis, webhooks

VENDOR_CALL_SECONDS = 15.0
SENDER_CALL_SECONDS = 12.0
LATELY = timedelta(minutes=30)
"""A 429 without a word after another of this time: the pause grows."""
SLOT_LEASE = timedelta(seconds=30)
"""Twice the longest vendor call: a killed worker's slot comes back by itself."""


class Rings(Protocol):
    """What steps need of the doorbell."""

    def ring(self, task_name: str, *, args: tuple[str, ...] = (), expires_seconds: float = 30) -> None: ...


class Wiring:
    """The settings and everything that is made from them."""

    def __init__(self, settings: Settings, db: Database, doorbell: Rings, senders: Callable[[str], SenderApi]) -> None:
        self.settings = settings
        self.db = db
        self.doorbell = doorbell
        self._make_sender = senders
        self.budget_scale = 1.0
        self._vendors: dict[str, VendorApi] = {}
        self._senders: dict[str, SenderApi] = {}

    def connection(self, name: str) -> ConnectionSettings:
        """Raises `LookupError` for a name that is not configured."""
        try:
            return self.settings.connections[name]
        except KeyError:
            raise LookupError(f"no connection is named {name!r}") from None

    def facts(self, name: str) -> ConnectionFacts:
        found = self.connection(name)
        return ConnectionFacts(
            name=name,
            zone=found.zone,
            sender=found.sender,
            from_number=self.from_number(found),
            failover_sender=found.failover_sender,
            failover_number=self.failover_number(found),
            merges_shared_numbers=found.shared_number == "merge",
            verify_wait=timedelta(seconds=found.verify_wait_seconds),
            contact_source=self.capabilities(name).contacts,
            location_zones={key: place.zone for key, place in found.locations.items() if place.zone},
            trial_numbers=frozenset(found.trial_numbers),
            record_max_age=timedelta(hours=found.record_max_age_hours),
            has_callback=found.status_callback is not None,
            signs_webhooks=found.webhook_actions is not None,
            needs_opt_in=found.consent_policy == "opt_in",
            lists_windows=self.capabilities(name).batch > 1 and self.capabilities(name).contacts == "record",
        )

    def from_number(self, connection: ConnectionSettings) -> str:
        if connection.from_number:
            return connection.from_number
        sender = self.settings.senders.get(connection.sender)
        return sender.numbers[0] if sender is not None and sender.numbers else ""

    def failover_number(self, connection: ConnectionSettings) -> str:
        if connection.failover_number:
            return connection.failover_number
        sender = self.settings.senders.get(connection.failover_sender)
        return sender.numbers[0] if sender is not None and sender.numbers else ""

    def capabilities(self, name: str) -> Capabilities:
        return apis.CAPABILITIES[self.connection(name).vendor]

    def vendor(self, name: str) -> VendorApi:
        """The connection's API; every HTTP request of it takes leave from the shared budget first."""
        if name not in self._vendors:
            adapter = self.connection(name).adapter
            self._vendors[name] = apis.APIS[adapter.vendor](adapter, self.client(name))
        return self._vendors[name]

    def client(self, name: str) -> Client:
        """For calls to the connection's vendor, whoever makes them; each one takes leave first."""
        counted = self.counted(name, "")

        def before() -> AbstractContextManager[None]:
            now = calling()
            return leave(self.db, replace(counted, cause=now.cause), patience=now.patience, hand=now.hand)

        return Client(
            total_seconds=VENDOR_CALL_SECONDS, before_call=before, after_call=lambda answer: self._heed(name, answer)
        )

    def counted(self, name: str, cause: str) -> Counted:
        """What a call to the connection's vendor is counted by."""
        counted = budget_name(self.connection(name).adapter)
        return Counted(counted, self.budget(name), cause, self.settings.egress, SLOT_LEASE)

    def budget(self, name: str) -> Budget:
        """What the vendor documents. `budget_scale` shortens the window, for a sandbox that does the same."""
        budget = self.capabilities(name).budget
        return replace(budget, per=budget.per * self.budget_scale)

    def _heed(self, name: str, answer: Answer) -> None:
        """A 429 pauses the credential, for all workers of all hosts; other credentials do not notice."""
        if answer.status != 429:
            return
        counted = budget_name(self.connection(name).adapter)
        with self.db.begin() as tx:
            again = timeline.count(tx, name, "", "rate_limited", LATELY)
            pause = after(answer) or back_off(1 + again)
            if not budgets.pauses(tx, [counted]):  # else another call of the same moment has said so
                timeline.write(tx, name, "", [("rate_limited", {"seconds": round(pause.total_seconds())})])
            budgets.pause(tx, counted, pause)

    def to_appointment(self, name: str) -> ToAppointment:
        return webhooks.MAPPINGS[self.connection(name).vendor][0]

    def way_to(self, name: str) -> WayTo:
        return webhooks.MAPPINGS[self.connection(name).vendor][1]

    def mapping_facts(self, name: str, now: datetime) -> MappingFacts:
        adapter = self.connection(name).adapter
        return MappingFacts(zone=adapter.zone, now=now, country=adapter.country, options=adapter.options)

    def sender(self, name: str) -> SenderApi:
        if name not in self._senders:
            self._senders[name] = self._make_sender(name)
        return self._senders[name]

    @cached_property
    def receipt_base(self) -> str:
        return self.settings.public_url.rstrip("/")

    def declare(self) -> None:
        """Make the file's connections known to the database, no further than the file and a person allow."""
        with self.db.begin() as tx:
            connections.declare(tx, {name: each.mode.value for name, each in self.settings.connections.items()})


def budget_name(adapter: Connection) -> str:
    """Budgets count by credential: two connections with one key share its limit. The key itself stays out of it."""
    secret = "\n".join(f"{name}={value}" for name, value in sorted(adapter.credentials.items()))
    return f"{adapter.vendor}/{hashlib.sha256(secret.encode()).hexdigest()[:16]}"


_lock = threading.Lock()
_made: dict[int, Wiring] = {}


def current() -> Wiring:
    """This process's wiring, made at first use (after fork) from the environment and the file."""
    with _lock:
        if os.getpid() not in _made:
            _made[os.getpid()] = make(load())
        return _made[os.getpid()]


def make(settings: Settings) -> Wiring:
    """The real things for these settings. The file's connections are made known to the database."""

    def sender(name: str) -> SenderApi:
        found = settings.senders[name]
        return sender_apis.APIS[found.kind](found, Client(total_seconds=SENDER_CALL_SECONDS))

    wiring = Wiring(settings, Database(settings.database_url), Doorbell(settings.broker_url), sender)
    wiring.declare()
    return wiring
