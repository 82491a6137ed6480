"""Migrations are one line, also when two of them were written at the same time."""

from alembic.script import ScriptDirectory

from store import migrate


def test_migrations_follow_one_another_in_one_line() -> None:
    files = sorted((migrate.MIGRATIONS / "versions").glob("[0-9]*.py"))
    line = [each.revision for each in ScriptDirectory(str(migrate.MIGRATIONS)).walk_revisions()]
    assert [file.name[:4] for file in files] == line[::-1]
