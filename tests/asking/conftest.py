"""The sandbox and one database for all tests of this folder; the database is emptied before each of them."""

from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa

from store.engine import Database
from store.tables import metadata
from tests.asking.given import Desk
from tests.vendors.conftest import sandbox, tenant

__all__ = ["sandbox", "tenant"]


@pytest.fixture(scope="session")
def asking_database(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url, size=8)
    yield database
    database.dispose()


@pytest.fixture
def desk(asking_database: Database, sandbox: str) -> Iterator[Desk]:
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    with asking_database.begin() as tx:
        tx.execute(sa.text(f"TRUNCATE {tables}"))
    yield Desk(asking_database)
    httpx.put(f"{sandbox}/control/limits", json={"window_seconds": 60, "latency_seconds": 0}).raise_for_status()
    with asking_database.begin() as tx:
        tx.execute(sa.text(f"TRUNCATE {tables}"))


@pytest.fixture
def limits(sandbox: str) -> Iterator[None]:
    """The vendors' windows last one second instead of one minute."""
    httpx.put(f"{sandbox}/control/limits", json={"window_seconds": 1}).raise_for_status()
    yield
    httpx.put(f"{sandbox}/control/limits", json={"window_seconds": 60, "latency_seconds": 0}).raise_for_status()
