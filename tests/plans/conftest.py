"""One crowded database for all of these tests: nothing that they write makes it less crowded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.wiring import Wiring
from store.engine import Database
from tests import servers
from tests.plans.reading import Statements, listening
from tests.plans.rows import MANY, fill
from tests.senders.given import Network
from tests.steps.conftest import network, sandbox, tenant  # noqa: F401 - fixtures
from tests.steps.given import Clinic
from tests.vendors.conftest import Tenant

OWN = ("connection_states", "assignments", "appointment_configs", "slots", "budgets")
"""Tables that each test begins with afresh."""
NEW = ("appointments", "sync_requests", "inbound_texts", "receipts", "inbox")
"""Tables of which each test forgets what it has added; what belongs to their rows goes with them."""


@dataclass(frozen=True)
class Crowded:
    """The same database twice: as the tests look at it, and as the steps do, who are listened to."""

    url: str
    tests: Database
    steps: Database


@pytest.fixture(scope="session")
def crowded(server_url: str, run_folder: Path, worker_id: str) -> Iterator[Crowded]:
    servers.ensure_template(server_url, run_folder)
    name = f"punctual_test_{worker_id}_crowded"
    url = servers.create_database(server_url, name, migrated=True)
    fill(url)
    found = Crowded(url, Database(url, size=2), Database(url, size=8))
    yield found
    found.tests.dispose()
    found.steps.dispose()
    servers.drop_database(server_url, name)


@pytest.fixture
def heard(crowded: Crowded) -> Iterator[Statements]:
    """Nothing that the steps do in this test may read a growing table from end to end."""
    with listening(crowded.steps.engine) as statements:
        yield statements
    assert statements.seen
    assert not statements.dear, "\n".join(statements.dear)
    with crowded.tests.begin() as tx:
        for table in OWN:
            tx.execute(sa.text(f"DELETE FROM {table}"))
        for table in NEW:
            tx.execute(sa.text(f"DELETE FROM {table} WHERE id > {MANY}"))


@pytest.fixture
def clinic(
    crowded: Crowded,
    heard: Statements,
    tenant: Callable[..., Tenant],  # noqa: F811 - the fixture
    network: Network,  # noqa: F811 - the fixture
) -> Callable[..., Clinic]:
    """As in the tests of steps, with the steps listened to."""

    def make(vendor: str = "caspen", **settings: Any) -> Clinic:
        north = Clinic(crowded.tests, tenant(vendor), network, settings)
        north.wiring = Wiring(north.wiring.settings, crowded.steps, north.bell, north._sender)
        return north

    return make
