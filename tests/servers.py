"""The tests' own PostgreSQL and Valkey: one of each for a whole run, started when the first test asks.

They are kept by a process of their own (`python -m tests.servers FOLDER PID`), because pytest-xdist's workers come and
go; it ends with the run that PID leads, also when that is killed.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from punctual import processes
from punctual.home import Home
from punctual.servers import EmbeddedPostgres, EmbeddedValkey
from store.migrate import upgrade

MARKER = "punctual test database"  # the comment on a database that tests may empty
TEMPLATE = "punctual_template"
STORE = Path(__file__).resolve().parent.parent / "store"


@dataclass(frozen=True)
class Servers:
    """Addresses: a database the tests may create others beside, and a broker."""

    database_url: str
    broker_url: str


class NotATestDatabase(Exception):
    """Somebody's rows may be in it."""


def embedded_servers(folder: Path, leader: int) -> Servers:
    """The servers of this run; the first caller starts their keeper, the others wait for it."""
    with locked(folder):
        known = folder / "servers.json"
        if not known.exists():
            log = folder / "keeper.log"
            with log.open("wb") as output:
                keeper = subprocess.Popen(
                    [sys.executable, "-m", "tests.servers", str(folder), str(leader)],
                    cwd=Path(__file__).parent.parent,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            processes.wait_until(lambda: known.exists() or keeper.poll() is not None, 60)
            if not known.exists():
                raise RuntimeError(f"the tests' servers did not start:\n{log.read_text()}")
    found = json.loads(known.read_text())
    return Servers(found["database_url"], found["broker_url"])


def stop_embedded_servers(folder: Path) -> None:
    """End the keeper if there is one, and wait for it."""
    with contextlib.suppress(OSError, ValueError):
        keeper = processes.birth_of(json.loads((folder / "servers.json").read_text())["keeper"])
        if keeper:
            processes.end(keeper, ((signal.SIGTERM, 20),))


def create_database(server_url: str, name: str, *, migrated: bool) -> str:
    """Make the database anew with the marker, from a migrated template or empty; returns its address."""
    address, _, query = server_url.partition("?")
    base = address.rpartition("/")[0]
    template = sql.Identifier(TEMPLATE if migrated else "template1")
    with connect(server_url) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template))
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(MARKER)))
    return f"{base}/{name}" + (f"?{query}" if query else "")


def drop_database(server_url: str, name: str) -> None:
    """End the sessions of a test that forgot to, and forget its rows."""
    with connect(server_url) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def ensure_template(server_url: str, folder: Path) -> None:
    """Migrate one database, from which the others are copied in milliseconds; a later run with the same source as this
    one finds it made already.
    """
    with locked(folder):
        done = folder / "template"
        if done.exists():
            return
        comment = f"{MARKER}, {_digest_of_schema()}"
        if _comment_on(server_url, TEMPLATE) != comment:
            upgrade(create_database(server_url, TEMPLATE, migrated=False))
            with connect(server_url) as connection:
                name = sql.Identifier(TEMPLATE)
                connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(comment)))
        done.touch()


def _digest_of_schema() -> str:
    """Of everything that a migration may look at."""
    digest = hashlib.sha256()
    for path in sorted([STORE / "tables.py", STORE / "migrate.py", *STORE.glob("migrations/**/*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _comment_on(server_url: str, name: str) -> str | None:
    with connect(server_url) as connection:
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
        row = connection.execute(query, [name]).fetchone()
    return row and row[0]


def refuse_unmarked(url: str) -> None:
    """Tests empty what they are given, so they take only what says that it is theirs."""
    with connect(url) as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    if row is None or row[0] != MARKER:
        raise NotATestDatabase(
            "PUNCTUAL_TEST_DATABASE_URL names a database that may hold somebody's rows: "
            f"tests take one only after COMMENT ON DATABASE ... IS '{MARKER}'"
        )


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True, connect_timeout=10)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def keep(folder: Path, leader: processes.Birth) -> None:
    """Run both servers until told to stop or until the run is gone."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stopped.set())
    home = Home(folder / "home")
    postgres, valkey = EmbeddedPostgres(home, durable=False), EmbeddedValkey(home, durable=False)
    try:
        postgres.start()
        valkey.start()
        said = {"database_url": postgres.url, "broker_url": valkey.url, "keeper": os.getpid()}
        written = folder / "servers.json.new"
        written.write_text(json.dumps(said))
        written.rename(folder / "servers.json")
        while leader.alive() and not stopped.wait(0.5):
            pass
    finally:
        valkey.stop()
        postgres.stop()


if __name__ == "__main__":
    run = processes.birth_of(int(sys.argv[2]))
    if run is not None:
        keep(Path(sys.argv[1]), run)
