"""The real workers and beat on a database and a broker of one test's own, with emulated vendors and phones."""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
import sqlalchemy as sa

from punctual.home import Home
from punctual.servers import EmbeddedValkey
from rules.appointment import Ref
from runtime.settings_file import load
from runtime.wiring import Wiring
from store import configs, connections, sync_requests, tables
from store.engine import Database
from tests.asking.given import Rung, soon
from tests.factories import config_body
from tests.senders.given import Network
from tests.vendors.conftest import Tenant
from tests.workers.conftest import Stage

PHONE = "+13125550142"
APP = "workers.app"
FILE = """
[senders.texts]
kind = "twilio"
base_url = "{sandbox}/sms"
numbers = ["{number}"]
credentials = {{ account_sid = "{account_sid}", auth_token = "{auth_token}" }}

[connections.north]
vendor = "caspen"
base_url = "{sandbox}/caspen/v1"
zone = "America/Chicago"
mode = "live"
credentials = {{ token = "{token}" }}
webhook = "none"
sender = "texts"
"""


@dataclass
class House:
    stage: Stage
    valkey: EmbeddedValkey
    db: Database
    north: Tenant
    network: Network

    def runs(self, name: str, *queues: str) -> Any:
        """A worker of these queues; beat's ticks and its own rings are all it hears."""
        args = ("worker", "-n", f"{name}@here", "-Q", ",".join(queues or ("sms", "sync", "rest")), "-P", "threads")
        return self.stage.celery(name, *args, "-c", "6", app=APP)

    def beats(self) -> Any:
        schedule = str(self.stage.home / "beat-schedule")
        return self.stage.celery("beat", "beat", "--schedule", schedule, "--pidfile=", app=APP)

    def books(self, due_in: float) -> str:
        """A booking whose reminder, a day before, falls due in that many seconds; somebody wants it looked at."""
        start = soon(days=1, seconds=due_in)
        said = {"starts_at": start.isoformat(), "phone": PHONE, "zone": "America/Chicago", "announce": False}
        external_id = str(self.north.book(**said)["id"])
        with self.db.begin() as tx:
            sync_requests.ask(tx, "north", sync_requests.refs([external_id]), "webhook")
        return external_id

    def known_since(self, **span: float) -> None:
        """As if all appointments had been booked that long ago, and planned so."""
        with self.db.begin() as tx:
            tx.execute(sa.update(tables.appointments).values(known_from=soon(**span)))
            sync_requests.ask(tx, "north", [Ref("plan", "")], "operator")

    def rows(self, table: sa.Table) -> list[Any]:
        with self.db.begin() as tx:
            return list(tx.execute(sa.select(table).order_by(*table.primary_key.columns)).all())

    def wipe(self) -> None:
        """Everything that the broker holds."""
        with contextlib.closing(redis.Redis.from_url(self.valkey.url)) as broker:
            broker.flushall()

    def texts(self) -> list[str]:
        return [each["body"] for each in self.network.texts(PHONE)]


@contextlib.contextmanager
def house(folder: Path, database_url: str, tenant: Callable[..., Tenant], network: Network) -> Iterator[House]:
    north = tenant("caspen")
    file = folder / "punctual.toml"
    said = {**network.settings.credentials, **north.credentials, "sandbox": north.url, "number": network.number}
    file.write_text(FILE.format(**said))
    valkey = EmbeddedValkey(Home(folder / "home"), durable=False)
    valkey.start()
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PUNCTUAL_")}
    ours = {
        "PUNCTUAL_CONFIG": str(file),
        "PUNCTUAL_DATABASE_URL": database_url,
        "PUNCTUAL_BROKER_URL": valkey.url,
        "PUNCTUAL_HOME": str(folder),
        "PUNCTUAL_SECRET_KEY": "x" * 40,
    }
    db = Database(database_url, size=4)
    stage = Stage(folder, valkey.url, inherited | ours)
    try:
        Wiring(load(inherited | ours), db, Rung(), _nobody).declare()
        with db.begin() as tx:
            connections.confirm(tx, "north", "live", "live")
            month = {"live_since": soon(days=-30), "reconciled_at": soon(), "reconcile_due_at": soon(hours=1)}
            tx.execute(sa.update(tables.connection_states).values(**month))
            config_id, _ = configs.save(tx, config_body())
            configs.assign(tx, "north", config_id)
        yield House(stage, valkey, db, north, network)
    finally:
        stage.stop()
        valkey.stop()
        db.dispose()


def _nobody(name: str) -> Any:
    raise AssertionError(f"no test sends by {name} itself")
