"""Commands as a person types them: in this process, on a database of their own, with a file of connections."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from punctual.cli import main
from rules.appointment import Appointment, Attendee, Contact
from rules.statuses import Standing, Status
from runtime import settings_file
from runtime.wiring import Wiring
from store import appointments, connections
from store.engine import Database
from store.engine import now as database_now

FILE = """
[senders.texts]
kind = "console"
numbers = ["+353861234567"]

[connections.north]
vendor = "caspen"
zone = "Europe/Dublin"
mode = "{north}"
credentials = {{ token = "env:NORTH_TOKEN" }}
webhook = "none"
sender = "texts"
practice = "North Street Dental"
trial_numbers = ["+353867654321"]

[connections.desk]
vendor = "officeplace"
zone = "America/Chicago"
mode = "observe"
credentials = {{ tenant_id = "desk", client_id = "punctual", client_secret = "env:NORTH_TOKEN" }}
webhook = "none"
sender = "texts"
"""

TEMPLATE = "Hi {{ clientCustomer.firstName }}, see you at {{ appointment.time }}."


def workflow(offset: int = -60, template: str = TEMPLATE, **more: Any) -> dict[str, Any]:
    return {
        "enabled": True,
        "trigger": {"anchor": "event_starts", "offsetMinutes": offset},
        "action": {"type": "sms", "template": template},
        # Tests run at night too
        "quietHours": {"start": "00:00", "end": "00:00"},
        **more,
    }


def config(*workflows: dict[str, Any], name: str = "Reminders", **more: Any) -> dict[str, Any]:
    return {"name": name, "workflows": list(workflows or [workflow()]), **more}


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Bench:
    """Where a person types commands."""

    folder: Path
    db: Database
    capture: pytest.CaptureFixture[str]
    environ: pytest.MonkeyPatch

    def file(self, name: str, content: Any) -> str:
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    def settings(self, text: str) -> None:
        self.file("punctual.toml", text)

    def allow(self, mode: str) -> None:
        """What the file says of north."""
        self.settings(FILE.format(north=mode))
        self.wiring().declare()

    def run(self, *words: str) -> Said:
        self.capture.readouterr()
        try:
            status = main(words)
        except SystemExit as stopped:  # argparse
            status = int(stopped.code or 0)
        said = self.capture.readouterr()
        return Said(status, said.out, said.err)

    def done(self, *words: str) -> Said:
        said = self.run(*words)
        assert said.status == 0, said.err
        return said

    def wiring(self) -> Wiring:
        return Wiring(settings_file.load(), self.db, None, None)  # type: ignore[arg-type]  # nothing is rung or sent

    def book(
        self,
        external_id: str,
        contact: Contact,
        *,
        connection: str = "north",
        starts_in: timedelta = timedelta(hours=5),
        status: Status = Status.SCHEDULED,
        known: bool = True,
    ) -> datetime:
        """A fetched record, planned. `known` False: nobody has said yet who that person is."""
        facts = self.wiring().facts(connection)
        with self.db.begin() as tx:
            now = database_now(tx)
            starts_at = (now + starts_in).replace(microsecond=0)
            record = Appointment(
                external_id=external_id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=30),
                standing=Standing(status),
                attendees=(Attendee(contact.person_id, contact.person_id, contact if known else None),),
                booked_at=now - timedelta(days=1),
            )
            raw = {"id": external_id, "start": starts_at.isoformat(), "status": status.value}
            noted = appointments.noted(tx, connection, [external_id]).get(external_id)
            appointments.apply(tx, facts, record, raw, {}, noted)
        return starts_at

    def state(self, connection: str = "north") -> Any:
        with self.db.begin() as tx:
            return connections.get(tx, connection)


ADA = Contact("ada@example.org", "Ada", "Byron", "+353867654321", "Europe/Dublin", "en")
BEN = Contact("ben@example.org", "Ben", "Doyle", "+353861112223", "Europe/Dublin", "en")


@pytest.fixture
def bench(
    fresh_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Bench]:
    monkeypatch.setenv("PUNCTUAL_DATABASE_URL", fresh_postgres_url)
    monkeypatch.setenv("PUNCTUAL_CONFIG", str(tmp_path / "punctual.toml"))
    monkeypatch.setenv("PUNCTUAL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NORTH_TOKEN", "t")
    monkeypatch.chdir(tmp_path)
    db = Database(fresh_postgres_url, size=2)
    made = Bench(tmp_path, db, capsys, monkeypatch)
    made.allow("observe")
    yield made
    db.dispose()
