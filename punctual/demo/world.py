"""The demo's hands and eyes: the sandbox over HTTP, the database, Flower."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import sqlalchemy as sa

from punctual.demo.scene import SENDING_NUMBER, Part
from punctual.stack import Stack
from store import appointments, timeline
from store.engine import Database
from store.tables import attempts, events, promises, write_backs

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 4
"""Times as long as on a machine that has nothing else to do. A wait is over as soon as there is something to see."""
COMMAND_SECONDS = 180
POSTED_SECONDS = 30
"""For the sandbox's webhooks to be answered, which is what most steps begin with."""
Found = TypeVar("Found")


class Stopped(Exception):
    """The demo is being stopped."""


class Missing(Exception):
    """What should have happened did not, within its time."""


@dataclass
class World:
    """Everything outside the story. One for all vendors; httpx clients are safe to share here."""

    stack: Stack
    folder: Path
    stop: threading.Event

    def __post_init__(self) -> None:
        self.http = httpx.Client(timeout=2 * POSTED_SECONDS, trust_env=False)
        self.db = Database(self.stack.database_url, size=6)

    def close(self) -> None:
        self.http.close()
        self.db.dispose()

    def wait(self, what: str, look: Callable[[], Found | None], seconds: float = 20) -> Found:
        """Look until there is something to see; `seconds` are those of an idle machine. Raises `Missing`."""
        until = time.monotonic() + seconds * PATIENCE
        while True:
            found = look()
            if found:
                return found
            if time.monotonic() > until:
                raise Missing(f"{what}: not within {seconds * PATIENCE:.0f} s")
            if self.stop.wait(0.25):
                raise Stopped

    def pause(self, seconds: float) -> None:
        if self.stop.wait(max(0, seconds)):
            raise Stopped

    # The sandbox

    def control(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        url = f"{self.stack.sandbox_url}/control{path}"
        answer = self.http.request(method, url, json=body, params=query)
        answer.raise_for_status()
        return answer.json()

    def book(self, part: Part, **body: Any) -> dict[str, Any]:
        booked: dict[str, Any] = self.control(
            "POST", f"/{part.vendor}/{part.tenant_name}/appointments", body, wait=POSTED_SECONDS
        )
        return booked

    def act(self, part: Part, external_id: str, action: str, **body: Any) -> Any:
        path = f"/{part.vendor}/{part.tenant_name}/appointments/{external_id}/{action}"
        return self.control("POST", path, body, wait=POSTED_SECONDS)

    def announce(self, part: Part, **body: Any) -> Any:
        return self.control("POST", f"/{part.vendor}/{part.tenant_name}/announce", body, wait=POSTED_SECONDS)

    def record(self, part: Part, external_id: str) -> Any:
        return self.control("GET", f"/{part.vendor}/{part.tenant_name}/appointments/{external_id}")

    def texts_at(self, phone: str) -> list[dict[str, Any]]:
        """Texts that have reached a phone, oldest first."""
        messages: list[dict[str, Any]] = self.control("GET", f"/phone/{phone}")["messages"]
        return [each for each in messages if each["to"] == phone]

    def answer(self, phone: str, body: str) -> Any:
        return self.control("POST", f"/phone/{phone}/reply", {"to": SENDING_NUMBER, "body": body}, wait=POSTED_SECONDS)

    def callbacks(self, part: Part) -> dict[str, Any]:
        found: dict[str, Any] = self.control("GET", f"/callbacks/{part.name}")
        return found

    # The database

    def row(self, part: Part, external_id: str) -> Any:
        with self.db.begin() as tx:
            return appointments.find(tx, part.name, external_id)

    def promises(self, part: Part, external_id: str) -> list[Any]:
        row = self.row(part, external_id)
        if row is None:
            return []
        with self.db.begin() as tx:
            query = sa.select(promises).where(promises.c.appointment_id == row.id).order_by(promises.c.id)
            return list(tx.execute(query).all())

    def attempts(self, part: Part, external_id: str) -> list[Any]:
        row = self.row(part, external_id)
        if row is None:
            return []
        with self.db.begin() as tx:
            query = sa.select(attempts).where(attempts.c.appointment_id == row.id).order_by(attempts.c.created_at)
            return list(tx.execute(query).all())

    def write_backs(self, part: Part, external_id: str) -> list[Any]:
        row = self.row(part, external_id)
        if row is None:
            return []
        with self.db.begin() as tx:
            query = sa.select(write_backs).where(write_backs.c.appointment_id == row.id).order_by(write_backs.c.id)
            return list(tx.execute(query).all())

    def told(self, part: Part, external_id: str) -> list[str]:
        """An appointment's timeline, as kinds, oldest first."""
        with self.db.begin() as tx:
            return [each.kind for each in timeline.of(tx, part.name, external_id)]

    def unrecognised(self, part: Part) -> int:
        with self.db.begin() as tx:
            query = sa.select(sa.func.count()).select_from(events)
            found = query.where(events.c.connection == part.name, ~events.c.recognised)
            return tx.execute(found).scalar_one()

    # Punctual's own commands and Flower

    def punctual(self, *words: str) -> str:
        """Run a command as a person would. Raises `Missing` with what it said when it fails."""
        said = subprocess.run(
            [sys.executable, "-m", "punctual", *words],
            cwd=PROJECT,
            env=self.stack.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )
        if said.returncode != 0:
            if self.stop.wait(1):  # Ctrl-C reaches the command too
                raise Stopped
            raise Missing(f"punctual {words[0]} said: {(said.stderr or said.stdout).strip()[:300]}")
        return said.stdout

    def explain(self, part: Part, external_id: str) -> Any:
        return json.loads(self.punctual("explain", part.name, external_id, "--json"))

    def flower(self, path: str, *, login: bool = True, method: str = "GET", body: Any = None) -> httpx.Response:
        auth = self.stack.flower_auth if login else None
        return self.http.request(method, f"{self.stack.flower_url}{path}", auth=auth, json=body)
