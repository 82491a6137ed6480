"""Connections, senders and signed webhooks that the web tests share."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from flask import Flask

from rules.senders import SenderSettings
from rules.vendors import Connection
from runtime.settings import ConnectionSettings, Mode, Scheme, Settings, WebhookSettings
from store import timeline
from store.engine import Database
from store.tables import appointments, promises
from vendors.signatures import sign_standard

MakeApp = Callable[..., Flask]
"""(doorbell, other settings) -> an app on the test's database."""

SECRET = "whsec_" + base64.b64encode(b"a secret of this test alone.....").decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"the one that is being rotated out").decode()
HMAC_SECRET = "shared with nobody"
STANDARD = WebhookSettings(Scheme.STANDARD, (SECRET, OLD_SECRET))
HMAC = WebhookSettings(Scheme.HMAC, (HMAC_SECRET,), header="X-Signature", prefix="sha256=")


def connection(name: str, vendor: str, webhook: WebhookSettings) -> ConnectionSettings:
    adapter = Connection(
        name=name, vendor=vendor, zone="Europe/Amsterdam", base_url="http://127.0.0.1:9", credentials={}
    )
    return ConnectionSettings(adapter=adapter, mode=Mode.OBSERVE, webhook=webhook, sandbox=True)


CONNECTIONS = {
    each.name: each
    for each in (
        connection("north", "caspen", STANDARD),
        connection("south", "caspen", HMAC),  # no header with a message id: its events have no id of their own
        connection("east", "pexip", HMAC),
        connection("polled", "caspen", WebhookSettings(Scheme.NONE)),
        connection("secretless", "caspen", WebhookSettings(Scheme.STANDARD, ())),
    )
}


def settings_with(database_url: str, senders: Sequence[SenderSettings] = ()) -> Settings:
    return Settings(
        database_url=database_url,
        broker_url="redis://127.0.0.1:9/0",
        home=Path(),
        public_url="https://hooks.example.com",
        secret_key="a key of this test alone",
        connections=CONNECTIONS,
        senders={each.name: each for each in senders},
    )


class Rung:
    """A doorbell that remembers."""

    def __init__(self) -> None:
        self.rings: list[tuple[str, tuple[str, ...]]] = []

    def ring(self, task_name: str, *, args: tuple[str, ...] = (), expires_seconds: float = 30) -> None:  # noqa: ARG002 the contract's
        self.rings.append((task_name, args))


def until(condition: Callable[[], Any], seconds: float = 10) -> None:
    """Poll until it holds; fails the test when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never became true"
        threading.Event().wait(0.01)


def standard(
    external_id: str = "app_1",
    *,
    message_id: str = "msg_1",
    secret: str = SECRET,
    at: datetime | None = None,
    kind: str = "appointment.updated",
) -> dict[str, Any]:
    """Keyword arguments of a client's `post`: a signed webhook for `north`."""
    body = json.dumps({"type": kind, "timestamp": "2024-01-01T12:00:00Z", "data": {"id": external_id}}).encode()
    return signed(body, message_id=message_id, secret=secret, at=at)


def signed(
    body: bytes, *, message_id: str = "msg_1", secret: str = SECRET, at: datetime | None = None
) -> dict[str, Any]:
    return {"data": body, "headers": sign_standard(secret, message_id, at or datetime.now(UTC), body)}


def with_hmac(body: bytes) -> dict[str, Any]:
    """The same for `south` and `east`."""
    digest = hmac.new(HMAC_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"data": body, "headers": {"X-Signature": f"sha256={digest}"}}


def booked(database: Database, external_id: str, *, due_in: timedelta, state: str, reason: str | None = None) -> None:
    moment = datetime.now(UTC)
    with database.begin() as tx:
        row = sa.insert(appointments).values(
            connection="north",
            external_id=external_id,
            vendor_status="scheduled",
            starts_at=moment + due_in + timedelta(hours=1),
            zone="Europe/Amsterdam",
            raw=b"{}",
        )
        appointment_id = tx.execute(row.returning(appointments.c.id)).scalar_one()
        tx.execute(
            sa.insert(promises).values(
                appointment_id=appointment_id,
                connection="north",
                config_id=uuid4(),
                config_revision=1,
                workflow_id="w",
                anchor="event_starts",
                anchor_at=moment,
                attendee="client",
                state=state,
                due_at=moment + due_in,
                look_at=moment + due_in,
                not_after=moment + due_in + timedelta(minutes=5),
                skip_reason=reason,
            )
        )
        timeline.write(tx, "north", external_id, [("event", {"kind": "appointment.updated"})])
