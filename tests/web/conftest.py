"""A receiver on a real database, with a doorbell that only remembers."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from runtime.settings import Settings
from store.engine import Database
from store.tables import metadata
from tests.web.given import MakeApp, Rung, settings_with
from web.app import create_app
from web.bell import Doorbell


@pytest.fixture(scope="session")
def shared_database(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url, size=8)
    yield database
    database.dispose()


@pytest.fixture
def database(shared_database: Database) -> Iterator[Database]:
    yield shared_database
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    with shared_database.begin() as tx:
        tx.execute(sa.text(f"TRUNCATE {tables}"))


@pytest.fixture
def rung() -> Rung:
    return Rung()


@pytest.fixture
def settings(postgres_url: str) -> Settings:
    return settings_with(postgres_url)


@pytest.fixture
def make_app(settings: Settings, database: Database) -> Iterator[MakeApp]:
    """Receivers that say nothing more to the database once their test is over."""
    made: list[Flask] = []

    def make(doorbell: Doorbell, changed: Settings = settings) -> Flask:
        made.append(create_app(changed, database=database, doorbell=doorbell))
        return made[-1]

    yield make
    for app in made:
        app.extensions["punctual"].tallies.close()


@pytest.fixture
def client(make_app: MakeApp, rung: Rung) -> FlaskClient:
    return make_app(rung).test_client()


@pytest.fixture
def count(database: Database) -> Callable[[str], int]:
    def rows(table: str) -> int:
        with database.begin() as tx:
            return int(tx.execute(sa.select(sa.func.count()).select_from(sa.table(table))).scalar_one())

    return rows
