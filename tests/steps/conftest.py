"""One connection at the emulated vendor and on the emulated SMS network, with a real database in between."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from store.engine import Database
from tests.senders.given import Network
from tests.steps.given import Clinic, sms
from tests.store.conftest import database, store_database  # noqa: F401 - fixtures
from tests.vendors.conftest import Tenant, sandbox, tenant  # noqa: F401 - fixtures

_numbers = count(1)


@pytest.fixture
def network(sandbox: str) -> Network:  # noqa: F811 - the fixture
    """A customer of the SMS network with a number of its own."""
    number = next(_numbers)
    one = Network(sandbox, f"steps{number}", sms(sandbox, number))
    tenant_of_sms = {"vendor": "sms", "name": one.name, "credentials": dict(one.settings.credentials)}
    httpx.post(f"{sandbox}/control/tenants", json={**tenant_of_sms, "numbers": {one.number: {}}}).raise_for_status()
    return one


@pytest.fixture
def clinic(
    database: Database,  # noqa: F811 - the fixture
    tenant: Callable[..., Tenant],  # noqa: F811 - the fixture
    network: Network,
) -> Iterator[Callable[..., Clinic]]:
    """`clinic("caspen")`: a live connection `north` there, with a reminder a day before."""

    def make(vendor: str = "caspen", *, at_vendor: dict[str, Any] | None = None, **settings: Any) -> Clinic:
        return Clinic(database, tenant(vendor, **at_vendor or {}), network, settings)

    return make
