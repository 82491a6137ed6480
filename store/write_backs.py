"""Write-backs and callbacks: what we owe the vendor, newest wanted value only, until it is told."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from rules.vendors import Change
from store.engine import CLOCK
from store.tables import appointments, callbacks, write_backs


def want(
    tx: Connection, appointment_id: int, connection: str, change: Change, for_start: datetime | None, source: str
) -> None:
    """Want a status at the vendor. A newer wish replaces one that is still waiting."""
    row = insert(write_backs).values(
        appointment_id=appointment_id, connection=connection, change=change, for_start=for_start, source=source
    )
    tx.execute(
        row.on_conflict_do_update(
            index_elements=["appointment_id"],
            index_where=sa.text("state = 'wanted'"),  # a parameter would match no index once the plan is generic
            set_={
                "change": change,
                "for_start": for_start,
                "source": source,
                "attempts": 0,
                "due_at": sa.func.clock_timestamp(),
                "lease_until": None,
                "token": None,
                "created_at": sa.func.clock_timestamp(),
            },
        )
    )


def claim(tx: Connection, *, lease: timedelta) -> Row[Any] | None:
    """The next one that is due, leased. Every later write carries its token."""
    return _claim(tx, write_backs, "wanted", lease)


def claim_callback(tx: Connection, *, lease: timedelta) -> Row[Any] | None:
    return _claim(tx, callbacks, "waiting", lease)


def _claim(tx: Connection, table: sa.Table, state: str, lease: timedelta) -> Row[Any] | None:
    due = (
        sa.select(table.c.id)
        .where(
            table.c.state == state,
            table.c.due_at <= CLOCK,
            sa.or_(table.c.lease_until.is_(None), table.c.lease_until < sa.func.clock_timestamp()),
        )
        .order_by(table.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = tx.execute(due).scalar()
    if found is None:
        return None
    leased = (
        sa.update(table)
        .where(table.c.id == found)
        .values(token=uuid4(), lease_until=sa.func.clock_timestamp() + lease, attempts=table.c.attempts + 1)
        .returning(*table.c)
    )
    return tx.execute(leased).one()


def finish(tx: Connection, row: Row[Any], outcome: str, *, state: str = "done") -> bool:
    """It has ended: `done`, `overtaken`, `handed_over` or `failed`. False when a newer wish took its place."""
    done = tx.execute(
        sa.update(write_backs)
        .where(write_backs.c.id == row.id, write_backs.c.token == row.token)
        .values(
            state=state,
            outcome=outcome[:200],
            done_at=sa.func.clock_timestamp(),
            lease_until=None,
            token=None,
        )
    )
    return bool(done.rowcount)


def again(tx: Connection, row: Row[Any], pause: timedelta, why: str) -> None:
    tx.execute(
        sa.update(write_backs)
        .where(write_backs.c.id == row.id, write_backs.c.token == row.token)
        .values(due_at=sa.func.clock_timestamp() + pause, outcome=why[:200], lease_until=None, token=None)
    )


def call_back(
    tx: Connection, connection: str, kind: str, body: Mapping[str, Any], appointment_id: int | None, *, url: str = ""
) -> UUID:
    """Owe a signed callback. Its id is the message id, the same in every try. `url` empty: the settings say where."""
    message_id = uuid4()
    tx.execute(
        sa.insert(callbacks).values(
            id=message_id,
            connection=connection,
            kind=kind,
            url=url,
            appointment_id=appointment_id,
            body=json.dumps(body, sort_keys=True, ensure_ascii=True).encode(),
        )
    )
    return message_id


def callback_done(tx: Connection, row: Row[Any], state: str, error: str = "") -> None:
    tx.execute(
        sa.update(callbacks)
        .where(callbacks.c.id == row.id, callbacks.c.token == row.token)
        .values(
            state=state,
            last_error=error[:200],
            done_at=sa.func.clock_timestamp(),
            lease_until=None,
            token=None,
        )
    )


def callback_again(tx: Connection, row: Row[Any], pause: timedelta, error: str) -> None:
    tx.execute(
        sa.update(callbacks)
        .where(callbacks.c.id == row.id, callbacks.c.token == row.token)
        .values(due_at=sa.func.clock_timestamp() + pause, last_error=error[:200], lease_until=None, token=None)
    )


def external_id(tx: Connection, row: Row[Any]) -> str:
    """The appointment that a callback is about; empty for one about none."""
    found = tx.execute(sa.select(appointments.c.external_id).where(appointments.c.id == row.appointment_id)).scalar()
    return str(found or "")


def expect_echo(tx: Connection, row: Row[Any]) -> None:
    """The vendor's answer to our write was taken as a record: the webhook about it will show nothing new."""
    revision = sa.select(appointments.c.revision).where(appointments.c.id == row.appointment_id).scalar_subquery()
    tx.execute(
        sa.update(write_backs)
        .where(write_backs.c.id == row.id, write_backs.c.token == row.token)
        .values(echo_revision=revision)
    )


def is_echo(tx: Connection, connection: str, external_id: str) -> bool:
    """Whether a look without a change is what our own write caused: the record stands as that write left it.

    Said once for each write. No clock is asked: an echo may be hours late.
    """
    mine = (
        sa.select(appointments.c.id, appointments.c.revision)
        .where(appointments.c.connection == connection, appointments.c.external_id == external_id)
        .subquery()
    )
    heard = (
        sa.update(write_backs)
        .where(write_backs.c.appointment_id == mine.c.id, write_backs.c.echo_revision == mine.c.revision)
        .values(echo_revision=None)
        .returning(write_backs.c.id)
    )
    return bool(tx.execute(heard).all())
