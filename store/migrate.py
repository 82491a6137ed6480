"""Brings a database to this code's schema, and refuses one that is newer than the code."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x50554E43
"""Two starters may migrate at once; the second waits here."""


class NewerSchema(Exception):
    """The database was migrated by a later version of Punctual."""


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The revision that this code expects."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("store/migrations holds no migration")
    return revision


def current(connection: sa.Connection) -> str | None:
    """The revision that the database is at; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(url: str) -> str:
    """Migrate to `head` and return it. Safe to run twice and by several at once.

    Raises:
        NewerSchema: the database is at a revision that this code does not know.
    """
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": 10})
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        refuse_newer(connection)
        command.upgrade(_config(connection), "head")
        found = current(connection)
    engine.dispose()
    return found or ""


def refuse_newer(connection: sa.Connection) -> None:
    """Raise `NewerSchema` when the database is ahead of the code."""
    found = current(connection)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise NewerSchema(
            f"the database's schema is at revision {found}, which this version does not know (it ends at {head()}); "
            "start the version that migrated it, or restore a backup from before"
        )
