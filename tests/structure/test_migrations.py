"""The migrations make the tables that the code knows, one after another, and nothing starts on newer ones."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from store import migrate
from store.tables import metadata
from tests.store.given import all_at_once

pytestmark = pytest.mark.servers


@pytest.fixture
def engine(postgres_url: str):
    engine = sa.create_engine(postgres_url)
    yield engine
    engine.dispose()


def test_a_migrated_database_has_exactly_the_tables_of_the_code(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_indexes_hold_for_the_rows_that_the_code_means(engine: sa.Engine) -> None:
    """Alembic compares neither the conditions of partial indexes nor what tables are stored with."""

    def conditions(found: sa.Connection) -> dict[str, str]:
        rows = found.execute(
            sa.text(
                "SELECT c.relname, pg_get_expr(i.indpred, i.indrelid) AS condition FROM pg_index i "
                "JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = :schema AND i.indpred IS NOT NULL"
            ),
            {"schema": found.execute(sa.text("SELECT current_schema()")).scalar()},
        )
        return {row.relname: row.condition for row in rows}

    def stored(found: sa.Connection) -> dict[str, list[str]]:
        query = "SELECT relname, reloptions FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        rows = found.execute(sa.text(f"{query} AND reloptions IS NOT NULL AND relkind = 'r'"))
        return {row.relname: sorted(row.reloptions) for row in rows}

    with engine.connect() as connection:
        migrated = conditions(connection), stored(connection)
        connection.execute(sa.text("CREATE SCHEMA from_code"))
        connection.execute(sa.text("SET LOCAL search_path TO from_code"))
        metadata.create_all(connection)
        assert (conditions(connection), stored(connection)) == migrated
        connection.rollback()


def test_several_starters_may_migrate_an_empty_database_at_once(empty_postgres_url: str) -> None:
    assert set(all_at_once(3, lambda _: migrate.upgrade(empty_postgres_url))) == {migrate.head()}
    assert migrate.upgrade(empty_postgres_url) == migrate.head()


def test_a_database_of_a_later_version_is_refused(empty_postgres_url: str) -> None:
    migrate.upgrade(empty_postgres_url)
    engine = sa.create_engine(empty_postgres_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(migrate.NewerSchema, match="9999"):
        migrate.upgrade(empty_postgres_url)
