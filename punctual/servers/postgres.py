"""PostgreSQL 18 from a wheel: set up once, run with settings of ours, reached through a private socket."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from punctual import ports
from punctual.home import Home
from punctual.launching import launch
from punctual.servers.binaries import postgres_program
from punctual.servers.owner import server_owner
from punctual.servers.process import ServerError, ServerProcess

MAJOR = "18"
NAME = "punctual"  # of the database and of its only user
FAST, IMMEDIATE = (
    signal.SIGINT,
    signal.SIGQUIT,
)  # postgres(1): with a checkpoint, or with recovery at the next start

SETTINGS = """\
# Written by Punctual at every start; changes here are lost.
listen_addresses = '{addresses}'
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 128MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
random_page_cost = 1.1
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
autovacuum_naptime = 10s
autovacuum_vacuum_scale_factor = 0.02
autovacuum_analyze_scale_factor = 0.02
autovacuum_vacuum_cost_delay = 0
max_parallel_workers_per_gather = 0
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, ymd'
default_text_search_config = 'pg_catalog.simple'
log_line_prefix = '%m [%p] '
log_min_duration_statement = 2s
logging_collector = off
"""

ACCESS = """\
# Only the owner can enter the folder of the socket; TCP is used where sockets cannot be, and asks for a password.
local all all trust
host all all 127.0.0.1/32 scram-sha-256
"""


@dataclass
class EmbeddedPostgres:
    """Rows under `<home>/postgres`. Whoever starts it holds the home's lock."""

    home: Home
    durable: bool = True  # tests alone may do without fsync
    _process: ServerProcess = field(init=False)
    _sockets: Path | None = field(default=None, init=False)
    _port: int = field(default=5432, init=False)  # inside a socket's name; no TCP port unless sockets cannot be

    def __post_init__(self) -> None:
        self._process = ServerProcess("postgres", self.home, stop_steps=((FAST, 20), (IMMEDIATE, 5)))

    @property
    def folder(self) -> Path:
        return self.home.path / "postgres"

    def start(self) -> None:
        """Set the folder up if it is new, clear away what a killed start left, run, and wait until it answers.

        Raises:
            ServerError: with the reason in words.
        """
        self.home.prepare()
        owner = server_owner()
        self._refuse_another_major()
        self._process.clear_left_behind(proof=str(self.folder))
        if not self.folder.exists():
            self._set_up(owner)
        self._sockets = self.home.socket_folder()
        if self._sockets is None:
            self._port = ports.any_free()
        self._write_settings()
        program = [str(postgres_program("postgres")), "-D", str(self.folder)]
        self._process.start(program, folder=self.folder, owner=owner, ready=self._answers)
        self._create_database()

    def stop(self) -> None:
        """End it with all its sessions; what was committed stays."""
        self._process.stop()
        if self._sockets is not None and self._sockets != self.home.run:
            shutil.rmtree(self._sockets, ignore_errors=True)

    @property
    def alive(self) -> bool:
        return self._process.alive

    @property
    def url(self) -> str:
        """Address for SQLAlchemy; without `+psycopg` it is one for libpq."""
        return self.address(NAME)

    def address(self, database: str) -> str:
        """The same for another database of this server."""
        if self._sockets is not None:
            return f"postgresql+psycopg://{NAME}@/{database}?host={quote(str(self._sockets), safe='')}"
        password = self.home.secret("postgres-password")
        return f"postgresql+psycopg://{NAME}:{password}@127.0.0.1:{self._port}/{database}"

    @property
    def running_url(self) -> str:
        """The address of a server that another process runs: lines 4 and 5 of its pid file are its port and folder."""
        with contextlib.suppress(OSError, IndexError, ValueError):
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
            self._port, self._sockets = int(lines[3]), Path(lines[4]) if lines[4] else None
        return self.url

    def _refuse_another_major(self) -> None:
        try:
            found = (self.folder / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            if self.folder.exists():
                raise ServerError(f"{self.folder} holds no PostgreSQL; move it away and start again") from None
            return
        if found != MAJOR:
            raise ServerError(
                f"{self.folder} holds PostgreSQL {found}, this version runs {MAJOR}: dump it with the version of "
                f"Punctual that wrote it, move the folder away, and load the dump; it has not been touched"
            )

    def _set_up(self, owner: tuple[int, int] | None) -> None:
        """Let initdb work beside the folder and put it in place whole, so that an interrupted one leaves no half."""
        for unfinished in self.home.path.glob("postgres.new-*"):
            shutil.rmtree(unfinished)
        new = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self.home.path))
        self.home.secret("postgres-password")
        if owner is not None:
            os.chown(new, *owner)
        program = [
            *[str(postgres_program("initdb")), "-D", str(new), "-U", NAME],
            *["--pwfile", str(self.home.path / "postgres-password"), "--auth=scram-sha-256"],
            *["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
            *["--no-instructions", *([] if self.durable else ["--no-sync"])],
        ]
        initdb = launch(
            program,
            folder=new,
            output=subprocess.PIPE,
            owner=owner,
            at_parents_death=signal.SIGTERM,
            environ={"LC_ALL": "C"},
        )
        said, _ = initdb.communicate()
        if initdb.returncode != 0:
            shutil.rmtree(new, ignore_errors=True)
            raise ServerError(f"PostgreSQL could not be set up in {self.folder}: {said.decode(errors='replace')}")
        new.rename(self.folder)

    def _write_settings(self) -> None:
        settings = SETTINGS.format(
            addresses="" if self._sockets else "127.0.0.1",
            port=self._port,
            sockets=str(self._sockets or "").replace("'", "''"),
            durable="on" if self.durable else "off",
        )
        # Written in place, because the files belong to the server's uid
        (self.folder / "postgresql.conf").write_text(settings)
        (self.folder / "pg_hba.conf").write_text(ACCESS)

    def _answers(self) -> bool:
        """The last line of postmaster.pid says so (src/include/utils/pidfile.h), and costs no connection."""
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        # The file of a killed start may still be there; its first line is that server's pid
        return len(lines) > 7 and lines[0] == str(self._process.pid) and lines[7].strip() == "ready"

    def _create_database(self) -> None:
        address = self.address("postgres").replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True, connect_timeout=10) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (NAME,)).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {NAME}")
