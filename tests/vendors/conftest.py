"""The sandbox, once for all tests of vendors; a tenant of its own for each test."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.vendors.kits import KITS

FIXTURES = Path(__file__).parent.parent / "fixtures"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_numbers = count(1)


@dataclass(frozen=True)
class Tenant:
    """One customer at one emulated vendor, and what a test does in the vendor's place."""

    url: str
    vendor: str
    name: str
    credentials: dict[str, str]

    def book(self, **wanted: Any) -> dict[str, Any]:
        """`id`, `person_id`, `record`, `person`, as sandbox/README.md says."""
        return self._send("POST", f"/control/{self.vendor}/{self.name}/appointments", wanted)

    def act(self, record_id: str, action: str, **how: Any) -> dict[str, Any]:
        return self._send("POST", f"/control/{self.vendor}/{self.name}/appointments/{record_id}/{action}", how)

    def change_person(self, person_id: str, **fields: Any) -> dict[str, Any]:
        return self._send("POST", f"/control/{self.vendor}/{self.name}/people/{person_id}", fields)

    def fault(self, fault: str, **where: Any) -> None:
        self._send("PUT", "/control/faults", {"vendor": self.vendor, "tenant": self.name, "fault": fault, **where})

    def configure(self, **more: Any) -> None:
        """Tell the sandbox again who this is, with more."""
        self._send(
            "POST",
            "/control/tenants",
            {"vendor": self.vendor, "name": self.name, "credentials": self.credentials, **more},
        )

    def posted(self) -> list[bytes]:
        """The bodies of the webhooks that went out, oldest first."""
        found = self._send("GET", f"/control/deliveries?tenant={self.name}", None)
        return [each["body"].encode() for each in found["deliveries"]]

    def calls(self) -> list[dict[str, Any]]:
        """The requests that came in from this tenant, oldest first."""
        found = self._send("GET", f"/control/requests?vendor={self.vendor}&tenant={self.name}", None)
        return list(found["requests"])

    def _send(self, method: str, path: str, body: Any) -> dict[str, Any]:
        answer = httpx.request(method, self.url + path, json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        sent: dict[str, Any] = answer.json()
        return sent


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    """The address of a running sandbox; the vendors answer below it."""
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=FIXTURES.parent.parent,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("sandbox: http"), f"the sandbox did not start: {line!r}"
        yield line.split()[1]
        process.terminate()


@pytest.fixture
def tenant(sandbox: str) -> Callable[..., Tenant]:
    """`tenant("caspen")`: a new customer at that vendor, with whatever else the sandbox takes for it."""

    def make(vendor: str, **more: Any) -> Tenant:
        number = next(_numbers)
        one = Tenant(sandbox, vendor, f"t{number}", KITS[vendor].credentials(number))
        one.configure(**more)
        return one

    return make
