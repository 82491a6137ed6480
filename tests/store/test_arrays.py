from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from store.arrays import Bodies, Flags, Instants, Texts
from store.engine import Database

pytestmark = pytest.mark.servers
EARLY, LATE = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.fixture
def database(fresh_postgres_url: str) -> Iterator[Database]:
    database = Database(fresh_postgres_url)
    yield database
    database.dispose()


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (Texts(["", "plain", None, 'a "quoted", {braced} \\ text', "naïve 🎈", "NULL"]), "text[]"),
        (Bodies([b"", None, bytes(range(256))]), "bytea[]"),
        (Flags([True, False, None]), "boolean[]"),
        (Instants([EARLY, None, LATE]), "timestamptz[]"),
        (Texts([]), "text[]"),
    ],
)
def test_a_column_comes_back_as_it_went(database: Database, column: list[Any], kind: str) -> None:
    with database.begin() as tx:
        rows = tx.execute(sa.text(f"SELECT * FROM unnest(CAST(:column AS {kind}))"), {"column": column})
        assert list(rows.scalars()) == column


@pytest.mark.parametrize(("text", "error"), [("\ud800", UnicodeEncodeError), ("a\0b", sa.exc.DataError)])
def test_what_is_no_text_is_refused(database: Database, text: str, error: type[Exception]) -> None:
    with pytest.raises(error), database.begin() as tx:
        tx.execute(sa.text("SELECT CAST(:column AS text[])"), {"column": Texts([text])})
