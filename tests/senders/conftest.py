"""Senders against the emulated SMS network, and against a server that answers whatever a test says."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from outbound.client import Client
from outbound.clock import boottime
from rules.senders import SenderSettings, Text
from senders.twilio.api import Api
from tests.senders.given import FROM, Network, Stub

ROOT = Path(__file__).parent.parent.parent
_numbers = count(1)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    """The address of a running sandbox."""
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("sandbox: http"), f"the sandbox did not start: {line!r}"
        yield line.split()[1]
        process.terminate()


@pytest.fixture
def network(sandbox: str) -> Callable[..., Network]:
    """A customer of the SMS network, new for each test, with a sender number nobody else has."""

    def make(inbound_url: str = "") -> Network:
        number = next(_numbers)
        one = Network(
            url=sandbox,
            name=f"sms{number}",
            settings=SenderSettings(
                name="texts",
                kind="twilio",
                numbers=(f"{FROM}{number:03}",),
                base_url=f"{sandbox}/sms",
                credentials={"account_sid": f"AC{number:032}", "auth_token": f"token-{number}"},
            ),
        )
        tenant = {"vendor": "sms", "name": one.name, "credentials": dict(one.settings.credentials)}
        answer = httpx.post(
            f"{sandbox}/control/tenants", json={**tenant, "numbers": {one.number: {"inbound_url": inbound_url}}}
        )
        assert answer.is_success, answer.text
        return one

    return make


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A server for one test: answers, notes requests, and can be told to hang or to hang up."""
    with Stub() as server:
        yield server


@pytest.fixture
def send() -> Callable[..., Any]:
    """`send(api, to, body)` with a deadline that is far enough."""

    def hand_over(api: Any, to: str, body: str = "See you at 2:30 PM", *, seconds: float = 5.0, **more: Any) -> Any:
        text = Text(
            to=to,
            from_=more.pop("from_", "+12025550100"),
            body=body,
            reference=more.pop("reference", "a1b2c3"),
            receipt_url=more.pop("receipt_url", ""),
        )
        return api.send(text, send_by=more.pop("send_by", boottime() + 60), timeout_seconds=seconds)

    return hand_over


@pytest.fixture
def twilio(stub: Stub) -> Api:
    """A Twilio sender whose answers come from `stub`."""
    return Api(SenderSettings("texts", "twilio", (), stub.url, {"account_sid": "AC1", "auth_token": "t"}), Client())
