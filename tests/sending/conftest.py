"""Sending on a real PostgreSQL, to senders that a test scripts or to the emulated network over HTTP."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from rules.senders import SenderSettings
from store.engine import Database
from tests.sending.given import Answering, Network, Practice, settings, twilio

ROOT = Path(__file__).parent.parent.parent
_numbers = count(1)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    """The address of a running sandbox."""
    command = [sys.executable, "-m", "sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("sandbox: http"), f"the sandbox did not start: {line!r}"
        yield line.split()[1]
        process.terminate()


@pytest.fixture
def network(sandbox: str) -> Network:
    """Numbers that no other test has."""

    def customer(name: str) -> SenderSettings:
        number = next(_numbers)
        found = twilio(name, f"+1202557{number:04}", f"{sandbox}/sms", f"AC{number:032}")
        account = found.credentials["account_sid"]
        tenant = {"vendor": "sms", "name": account, "credentials": dict(found.credentials)}
        body = {**tenant, "numbers": {found.numbers[0]: {}}}
        httpx.post(f"{sandbox}/control/tenants", json=body).raise_for_status()
        return found

    return Network(sandbox, customer("first"), customer("second"))


@pytest.fixture
def database(fresh_postgres_url: str) -> Iterator[Database]:
    database = Database(fresh_postgres_url, size=12)
    yield database
    database.dispose()


@pytest.fixture
def practice(database: Database, fresh_postgres_url: str) -> Callable[..., Practice]:
    """`practice(first=[...], second=[...])`: what each sender answers; or `senders=[...]` of the network."""

    def make(*, senders: list[SenderSettings] | None = None, workflow: dict[str, Any] | None = None, **how: Any) -> Any:
        scripted = {name: Answering(how.pop(name)) for name in ("first", "second") if name in how}
        known = senders or [twilio("first", "+12025570001"), twilio("second", "+12025570002", account="AC2")]
        made = Practice(database, settings(fresh_postgres_url, known, **how), scripted)
        made.has_workflow(**(workflow or {}))
        return made

    return make
