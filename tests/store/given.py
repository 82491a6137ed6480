"""A live connection and what happens to it, each in a transaction of its own; and transactions that wait."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.appointment import Appointment, Contact
from rules.senders import Inbound, Outcome
from store import appointments, attempts, configs, connections, fence, inbound, presence, tables
from store.appointments import Result
from store.attempts import Settled
from store.engine import Database
from store.facts import ConnectionFacts
from store.fence import Claimed, Refusal
from store.planning import lock, replan
from tests.factories import ADA, appointment, config_body, days, minutes
from tests.until import until

CLINIC = "+447700900100"
FACTS = ConnectionFacts("north", "Europe/London", "texts", CLINIC, contact_source="record")
LEASE = timedelta(seconds=30)


def now() -> datetime:
    """About what the database's clock says; it runs on this machine."""
    return datetime.now(UTC)


def raw(of: Appointment) -> dict[str, Any]:
    """A record that is another one exactly when the appointment is."""
    return {"id": of.external_id, "said": repr(of)}


@dataclass
class North:
    """The connection `north`."""

    db: Database
    facts: ConnectionFacts = FACTS
    config_id: UUID | None = None

    def __post_init__(self) -> None:
        with self.db.begin() as tx:
            connections.declare(tx, {"north": "live"})
            connections.confirm(tx, "north", "live", "live")
            month = {"live_since": now() - days(30), "first_seen_at": now() - days(30)}
            tx.execute(sa.update(tables.connection_states).values(**month, reconciled_at=now() - minutes(5)))
        self.has_config(config_body())

    def has_config(self, body: dict[str, Any], **assigned_by: str) -> UUID:
        with self.db.begin() as tx:
            identity, _ = configs.save(tx, body, config_id=self.config_id)
            configs.assign(tx, "north", identity, **assigned_by)
        self.config_id = identity
        return identity

    def noted(self, external_id: str = "app_1") -> int | None:
        with self.db.begin() as tx:
            return appointments.noted(tx, "north", [external_id]).get(external_id)

    def answers(
        self, found: Appointment, *, noted: int | None = -1, contacts: Mapping[str, Contact] | None = None
    ) -> Result:
        """The vendor's answer is applied. Without `noted`: nobody wrote in between."""
        with self.db.begin() as tx:
            revision = appointments.noted(tx, "north", [found.external_id]).get(found.external_id)
            seen = revision if noted == -1 else noted
            return appointments.apply(tx, self.facts, found, raw(found), contacts or {}, seen)

    def books(self, due_in: timedelta = timedelta(minutes=-1), **changes: Any) -> Appointment:
        """An appointment whose reminder, a day before, falls due then; booked a week ago."""
        given = {"starts_at": now() + days(1) + due_in, "booked_at": now() - days(7)}
        found = appointment(**given | changes)
        self.answers(found)
        return found

    def lacks(self, external_id: str = "app_1") -> presence.Absence:
        """The vendor answers that it does not have it."""
        with self.db.begin() as tx:
            revision = appointments.noted(tx, "north", [external_id]).get(external_id)
            return presence.absent(tx, self.facts, external_id, revision)

    def row(self, external_id: str = "app_1") -> Row[Any]:
        with self.db.begin() as tx:
            found = appointments.find(tx, "north", external_id)
        assert found is not None
        return found

    def rows(self, table: sa.Table, *where: Any) -> list[Row[Any]]:
        with self.db.begin() as tx:
            return list(tx.execute(sa.select(table).where(*where).order_by(*table.primary_key.columns)).all())

    @property
    def promises(self) -> list[Row[Any]]:
        return self.rows(tables.promises)

    @property
    def promise(self) -> Row[Any]:
        [only] = self.promises
        return only

    @property
    def attempts(self) -> list[Row[Any]]:
        with self.db.begin() as tx:
            return list(tx.execute(sa.select(tables.attempts).order_by(tables.attempts.c.created_at)).all())

    def replans(self, external_id: str = "app_1") -> None:
        with self.db.begin() as tx:
            replan(tx, lock(tx, self.row(external_id).id), self.facts)

    def passes(self, promise_id: int | None = None, *, lease: timedelta = LEASE) -> Claimed | Refusal:
        """One promise through the fence, committed."""
        with self.db.begin() as tx:
            return passes(tx, promise_id or self.promise.id, self.facts, lease)

    def settles(self, claimed: Claimed | Refusal, outcome: Outcome) -> Settled | None:
        assert isinstance(claimed, Claimed)
        with self.db.begin() as tx:
            return attempts.settle(tx, claimed.attempt_id, outcome)

    def hears(self, body: str, contact: Contact = ADA, sender_id: str = "SM1") -> int:
        """A text comes in from that person."""
        with self.db.begin() as tx:
            return inbound.keep(tx, "texts", [Inbound(sender_id, str(contact.phone), CLINIC, body)])

    def alters(self, table: sa.Table, *where: Any, **values: Any) -> None:
        """Time that has passed, or what only another program would write."""
        with self.db.begin() as tx:
            tx.execute(sa.update(table).where(*where).values(**values))


def passes(tx: Connection, promise_id: int, facts: ConnectionFacts = FACTS, lease: timedelta = LEASE) -> Any:
    return fence.pass_fence(tx, promise_id, facts, lease, lambda said: f"{said.first_name} {said.starts_at}")


class Other(threading.Thread):
    """Work in a thread of its own, with its own transactions; starts at once."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.work, self.result, self.error = work, None, None
        self.start()

    def run(self) -> None:
        try:
            self.result = self.work()
        except Exception as error:  # noqa: BLE001 - handed to the test by `ends`
            self.error = error

    def ends(self) -> Any:
        self.join(20)
        assert not self.is_alive(), "it still waits"
        if self.error is not None:
            raise self.error
        return self.result


def waiting_for_locks(db: Database) -> int:
    """How many in this database wait for somebody else's lock now."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with db.begin() as tx:
        return int(tx.execute(sa.text(query)).scalar_one())


def waits_for_a_lock(db: Database) -> bool:
    """True as soon as somebody does."""
    return until(lambda: waiting_for_locks(db) > 0, 10)


def all_at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """The same work in many threads, begun together."""
    together = threading.Barrier(count)

    def one(number: int) -> Any:
        together.wait(20)
        return work(number)

    threads = [Other(lambda number=number: one(number)) for number in range(count)]
    return [thread.ends() for thread in threads]


def trial(facts: ConnectionFacts, *numbers: str) -> ConnectionFacts:
    return replace(facts, trial_numbers=frozenset(numbers))
