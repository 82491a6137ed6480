"""The servers and processes that everything is measured on, and their end."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis
from psycopg import sql

from punctual import processes
from punctual.home import Home
from punctual.servers import EmbeddedPostgres, EmbeddedValkey
from tests import servers

PROJECT = Path(__file__).parent.parent
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
START_SECONDS = 60.0


class Failed(Exception):
    """A figure that must not be quoted: rows were lost or doubled, or something did not run."""


@dataclass
class Ground:
    """One PostgreSQL and one broker for all that is compared, and the processes that use them."""

    folder: Path
    database_url: str
    broker_url: str
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    """What was written once and is copied from: name of its database -> whatever its maker knows of it."""
    databases: set[str] = field(default_factory=set)

    def database(self, name: str, *, migrated: bool = True) -> str:
        """A fresh database of this name; its address for SQLAlchemy."""
        self.databases.add(name)
        return servers.create_database(self.database_url, f"punctual_bench_{name}", migrated=migrated)

    def copy(self, original: str, name: str) -> str:
        """Another database with the same rows; nobody may be connected to the original."""
        url = self.database(name, migrated=False)
        with servers.connect(self.database_url) as tx:
            of, to = (sql.Identifier(f"punctual_bench_{each}") for each in (original, name))
            tx.execute(sql.SQL("DROP DATABASE {}").format(to))
            tx.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(to, of))
        return url

    def drop(self, name: str) -> None:
        servers.drop_database(self.database_url, f"punctual_bench_{name}")
        self.databases.discard(name)

    def clear(self) -> None:
        """End every process and forget every database, whatever was interrupted."""
        self.stop(*self.children, firmly=True)
        for name in sorted(self.databases):
            self.drop(name)

    def broker(self, number: int) -> str:
        """A numbered database of the broker, emptied."""
        url = f"{self.broker_url.rpartition('/')[0]}/{number}"
        redis.Redis.from_url(url).flushdb()
        return url

    def environ(self, **more: str) -> dict[str, str]:
        """Ours alone: nothing of what this machine runs."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PUNCTUAL_", "CELERY_"))}
        path = os.pathsep.join([str(Path(sys.executable).parent), inherited.get("PATH", os.defpath)])
        return {**inherited, "PATH": path, "PYTHONPATH": str(PROJECT), **more}

    def start(self, name: str, command: list[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """A process of its own group; what it says is in `<folder>/<name>.log`."""
        with (self.folder / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.children.append(child)
        return child

    def python(self, name: str, *args: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        return self.start(name, [sys.executable, *args], self.environ() if environ is None else environ)

    def await_port(self, child: subprocess.Popen[bytes], port: int, name: str) -> None:
        self.await_sign(child, lambda: listens(port), name)

    def await_sign(self, child: subprocess.Popen[bytes], sign: Callable[[], bool], name: str) -> None:
        until = time.monotonic() + START_SECONDS
        while not sign():
            if child.poll() is not None or time.monotonic() > until:
                raise Failed(f"{name} did not start:\n{self.said(name)}")
            time.sleep(0.05)

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]

    def stop(self, *children: subprocess.Popen[bytes], firmly: bool = False) -> None:
        """End these with all that they started. Firmly for what has nothing to finish."""
        for child in children:
            if child.poll() is None:
                processes.signal_group(child.pid, signal.SIGKILL if firmly else signal.SIGTERM)
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(8)
            processes.signal_group(child.pid, signal.SIGKILL)
            child.wait(10)
            if child in self.children:
                self.children.remove(child)


@contextlib.contextmanager
def ground() -> Iterator[Ground]:
    """Embedded servers, durable as `punctual up` runs them, or those of PUNCTUAL_TEST_*."""
    with contextlib.ExitStack() as leave:
        folder = Path(leave.enter_context(tempfile.TemporaryDirectory(prefix="punctual-bench-")))
        folder.chmod(0o755)  # the servers may run under another uid
        database_url = os.environ.get("PUNCTUAL_TEST_DATABASE_URL", "")
        broker_url = os.environ.get("PUNCTUAL_TEST_BROKER_URL", "")
        home = Home(folder / "home")
        if database_url:
            servers.refuse_unmarked(database_url)
        else:
            postgres = EmbeddedPostgres(home)
            leave.callback(postgres.stop)
            postgres.start()
            database_url = postgres.url
        if not broker_url:
            valkey = EmbeddedValkey(home)
            leave.callback(valkey.stop)
            valkey.start()
            broker_url = valkey.url
        assert_durable(database_url)
        servers.ensure_template(database_url, folder)
        made = Ground(folder, database_url, broker_url)
        leave.callback(made.clear)
        yield made


def assert_durable(url: str) -> None:
    """A figure without fsync is no figure."""
    with servers.connect(url) as connection:
        for name in DURABLE:
            row = connection.execute(f"SHOW {name}").fetchone()
            if row is None or row[0] != "on":
                raise Failed(f"{name} is {row and row[0]}, not on: what is measured would not be durable")


def plain(url: str) -> str:
    """For libpq."""
    return url.replace("+psycopg", "")


def ask(url: str, query: str, *values: object) -> list[tuple[object, ...]]:
    """One statement on a connection of its own, committed; its rows if it has any."""
    with psycopg.connect(plain(url), autocommit=True, connect_timeout=10) as connection:
        cursor = connection.execute(query, values or None)  # type: ignore[arg-type]  # our own text
        return cursor.fetchall() if cursor.description else []


def count(url: str, query: str) -> int:
    return int(str(ask(url, query)[0][0]))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
