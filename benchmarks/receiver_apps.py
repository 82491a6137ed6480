"""Three receivers that differ in one step only: what happens between the proof and the 202.

`durable` is ours; `verify_only` stores nothing, which is as fast as this server can be; `textbook` does what most do:
an INSERT and a `delay()` per request. All run behind the same Granian with the same number of threads.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from celery import Celery
from flask import Flask
from granian.constants import Interfaces
from granian.server import Server

from benchmarks.receiver_load import SECRET
from rules.vendors import Connection
from runtime.doorbell import Doorbell
from runtime.settings import ConnectionSettings, Mode, Scheme, Settings, WebhookSettings
from store.engine import Database
from store.events import Arrival
from web.__main__ import THREADS
from web.app import create_app


class Nowhere:
    """No doorbell at all."""

    def ring(self, task_name: str, *, args: tuple[str, ...] = (), expires_seconds: float = 30) -> None: ...


def load() -> Flask:
    """The receiver that the environment names."""
    kind, url, broker = (os.environ[f"BENCH_{name}"] for name in ("KIND", "DATABASE", "BROKER"))
    settings = settings_of(url, broker)
    if kind == "durable":
        return create_app(settings, doorbell=Doorbell(broker))
    app = create_app(settings, doorbell=Nowhere())
    writer = app.extensions["punctual"].writer
    writer.store = (lambda arrivals, _size: [True] * len(arrivals)) if kind == "verify_only" else textbook(url, broker)
    return app


def textbook(url: str, broker: str) -> object:
    database = Database(url, size=THREADS // 2)
    app = Celery("textbook", broker=broker)
    app.conf.task_ignore_result = True

    @app.task(name="textbook.sync")  # type: ignore[untyped-decorator]  # Celery has no types
    def sync(event_key: str) -> None: ...

    def store(arrivals: Sequence[Arrival], _size: int) -> list[bool]:
        query = sa.text(
            "INSERT INTO events (connection, key, kind, recognised, body) "
            "VALUES (:connection, :key, :kind, true, :body) ON CONFLICT DO NOTHING"
        )
        for each in arrivals:
            with database.begin() as tx:
                values = {"connection": each.connection, "key": each.key, "kind": each.kind, "body": each.body}
                tx.execute(query, values)
            sync.delay(each.key)
        return [True] * len(arrivals)

    return store


def settings_of(url: str, broker: str) -> Settings:
    webhook = WebhookSettings(Scheme.STANDARD, (SECRET,))
    adapter = Connection("bench", "caspen", "Europe/Amsterdam", "http://127.0.0.1:9", {"token": "t"})
    connection = ConnectionSettings(adapter=adapter, mode=Mode.OBSERVE, webhook=webhook, sandbox=True)
    return Settings(
        database_url=url,
        broker_url=broker,
        home=Path(),
        public_url="http://127.0.0.1",
        secret_key="",
        connections={"bench": connection},
        senders={},
    )


def main() -> None:
    Server(
        "benchmarks.receiver_apps:load",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        backpressure=4 * THREADS,
        factory=True,
        websockets=False,
        log_enabled=False,
        workers_kill_timeout=5,
    ).serve()


if __name__ == "__main__":
    main()
