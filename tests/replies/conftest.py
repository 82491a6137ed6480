"""One practice on a real database, emptied after each test."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from store.engine import Database
from store.tables import metadata
from tests.replies.given import Phones, Practice, Rung


@pytest.fixture(scope="session")
def replies_database(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url, size=8)
    yield database
    database.dispose()


@pytest.fixture
def practice(replies_database: Database) -> Iterator[Practice]:
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    with replies_database.begin() as tx:
        tx.execute(sa.text(f"TRUNCATE {tables}"))
    yield Practice(replies_database, Phones(), Rung())
    with replies_database.begin() as tx:
        tx.execute(sa.text(f"TRUNCATE {tables}"))
