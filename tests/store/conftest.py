"""One practice on a real database, emptied after each test."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from store.engine import Database
from store.tables import metadata
from tests.store.given import North

# Some rows in few tables: deleting them is five times as fast as truncating them all.
FORGET = sa.text("; ".join(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)))


@pytest.fixture(scope="session")
def store_database(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url, size=16)
    yield database
    database.dispose()


@pytest.fixture
def database(store_database: Database) -> Iterator[Database]:
    yield store_database
    with store_database.begin() as tx:
        tx.execute(FORGET)


@pytest.fixture
def north(database: Database) -> North:
    """A connection that has been live for a month, with one reminder a day before."""
    return North(database)
