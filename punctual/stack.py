"""Everything that runs, as one thing to enter and to leave: servers, schema, sandbox and the Procfile's processes."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from punctual import processes
from punctual.home import MARK, Home
from punctual.kept_server import KeptServer
from punctual.ports import Ports
from punctual.servers import EmbeddedPostgres, EmbeddedValkey
from punctual.supervisor import Supervisor, read_procfile
from punctual.supervisor.output import Terminal

PROJECT = Path(__file__).resolve().parent.parent
HEALTHY_SECONDS = 60.0  # from the start of a process to its first good sign, on a busy two-core machine
STEADY_SECONDS = 4.0  # up for so long counts as healthy for what gives no sign; importing Celery takes two
WORKER_SECONDS = 30.0  # the same for workers, who do give one, unless they are somebody else's
LEFTOVER_PATIENCE = 10.0  # seconds for what a killed start left


class UpError(Exception):
    """It cannot be brought up; the message is for the person who asked."""


class Stack:
    """The one way everything is brought up: `punctual up`, the demo and the end-to-end tests use it.

    Enter and leave it in a thread that lives in between; the main thread is best.
    """

    def __init__(
        self,
        home: Path,
        config: Path,
        *,
        extra_env: Mapping[str, str] | None = None,
        procfile: Path = PROJECT / "Procfile",
        sandbox: bool = False,
        quiet: bool = False,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.home = Home(home.absolute())
        self.config = config.absolute()
        self.procfile = procfile
        self.sandbox = sandbox
        self.given = {**environ, **(extra_env or {})}
        self.environ: dict[str, str] = {}
        self.terminal = Terminal(quiet=quiet)
        self.supervisor = Supervisor(self.home.log, self.terminal)
        self.stopping = False
        self._leave = contextlib.ExitStack()
        self._ports = Ports()
        self._sandbox_port = 0

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.environ['PUNCTUAL_WEB_PORT']}"

    @property
    def flower_url(self) -> str:
        return f"http://127.0.0.1:{self.environ['PUNCTUAL_FLOWER_PORT']}"

    @property
    def flower_auth(self) -> tuple[str, str]:
        return self.environ["PUNCTUAL_FLOWER_USER"], self.environ["PUNCTUAL_FLOWER_PASSWORD"]

    @property
    def sandbox_url(self) -> str:
        """Empty when no sandbox runs."""
        return f"http://127.0.0.1:{self._sandbox_port}" if self._sandbox_port else ""

    @property
    def database_url(self) -> str:
        return self.environ["PUNCTUAL_DATABASE_URL"]

    @property
    def broker_url(self) -> str:
        return self.environ["PUNCTUAL_BROKER_URL"]

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def hurry(self) -> None:
        """Stop without patience."""
        self.supervisor.hurry()

    def _say(self, text: str) -> None:
        self.terminal.line("punctual", text)

    def _stop(self) -> None:
        self.stopping = True
        self._leave.close()

    def _start(self) -> None:
        lines = read_procfile(self.procfile)
        self.terminal.names(["punctual", "sandbox", *(line.name for line in lines)])
        self.home.prepare()
        now = datetime.now().astimezone()
        self._leave.enter_context(self.home.lock(already_running(os.getpid(), now)))
        self._clear_left_behind()
        self._leave.callback(self._ports.close)
        self.environ = self._environment()
        self._start_servers()
        self._migrate()
        self._leave.callback(self.supervisor.stop)
        if self.sandbox:
            self._start_sandbox()
        for line in lines:
            self._start_child(line.name, line.command(self.environ))
        for line in lines:
            self.supervisor.wait_until_healthy(line.name, self._sign_of(line.name), HEALTHY_SECONDS)

    def _clear_left_behind(self) -> None:
        """What an earlier start could not end, because it was killed; and, at the end, what escaped its group."""
        ended = processes.end_marked(MARK, self.home.mark, LEFTOVER_PATIENCE)
        if ended:
            self._say(f"ended {ended} processes that an earlier start had left")
        self.home.new_mark()
        mark = self.home.mark
        self._leave.callback(lambda: processes.end_marked(MARK, mark, 1.0))

    def _environment(self) -> dict[str, str]:
        """What the processes are told; all of it can be set from outside."""
        environ = self.home.marked(self.given)
        venv = str(Path(sys.executable).parent)
        environ["PATH"] = os.pathsep.join([venv, environ.get("PATH", os.defpath)])
        environ["PYTHONUNBUFFERED"] = "1"
        environ["PUNCTUAL_HOME"] = str(self.home.path)
        environ["PUNCTUAL_CONFIG"] = str(self.config)
        environ.setdefault("PUNCTUAL_FLOWER_USER", "punctual")
        for name in ("PUNCTUAL_WEB_PORT", "PUNCTUAL_FLOWER_PORT"):
            environ[name] = str(self._ports.choose(name, environ))
        if self.sandbox:
            self._sandbox_port = self._ports.choose("PUNCTUAL_SANDBOX_PORT", environ)
            environ["PUNCTUAL_SANDBOX_PORT"] = str(self._sandbox_port)
        for name, kept in (("PUNCTUAL_FLOWER_PASSWORD", "flower-password"), ("PUNCTUAL_SECRET_KEY", "secret-key")):
            environ[name] = environ.get(name) or self.home.secret(kept)
        return environ

    def _start_servers(self) -> None:
        """Embed what has no address."""
        if not self.environ.get("PUNCTUAL_DATABASE_URL"):
            postgres = EmbeddedPostgres(self.home)
            self._embed("PostgreSQL", postgres)
            self.environ["PUNCTUAL_DATABASE_URL"] = postgres.url
        if not self.environ.get("PUNCTUAL_BROKER_URL"):
            valkey = EmbeddedValkey(self.home)
            self._embed("Valkey", valkey)
            self.environ["PUNCTUAL_BROKER_URL"] = valkey.url

    def _embed(self, name: str, server: EmbeddedPostgres | EmbeddedValkey) -> None:
        begun = time.monotonic()
        self._leave.callback(server.stop)
        server.start()
        self.supervisor.tended.append(KeptServer(name, server, self._say).tend)
        self._say(f"{name} runs on {server.folder} after {time.monotonic() - begun:.1f} s")

    def _migrate(self) -> None:
        said = subprocess.run(
            [sys.executable, "-m", "punctual", "migrate"],
            cwd=PROJECT,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if said.returncode != 0:
            raise UpError(f"the database could not be brought to this version:\n{(said.stdout + said.stderr).strip()}")
        self._say("the database is at this version's schema")

    def _start_sandbox(self) -> None:
        command = [sys.executable, "-m", "sandbox", "--port", str(self._sandbox_port)]
        tenants = self.home.path / "sandbox.json"
        if tenants.exists():
            command += ["--tenants", str(tenants)]
        self._start_child("sandbox", command)
        self.supervisor.wait_until_healthy("sandbox", lambda: listens(self._sandbox_port), HEALTHY_SECONDS)

    def _start_child(self, name: str, command: list[str]) -> None:
        ready = self.home.run / f"{name}.ready"
        ready.unlink(missing_ok=True)
        self.supervisor.start(name, command, PROJECT, {**self.environ, "PUNCTUAL_READY_FILE": str(ready)})

    def _sign_of(self, name: str) -> Callable[[], bool]:
        """How a process shows that it works: its port, a file it makes (PUNCTUAL_READY_FILE), or staying up."""
        if name == "web":
            return lambda: answers(int(self.environ["PUNCTUAL_WEB_PORT"]), "/health/ready")
        if name == "flower":
            return lambda: listens(int(self.environ["PUNCTUAL_FLOWER_PORT"]))
        ready = self.home.run / f"{name}.ready"
        child = self.supervisor.children[name]
        steady = WORKER_SECONDS if name.startswith("worker") else STEADY_SECONDS
        return lambda: ready.exists() or child.seconds_up > steady


def already_running(pid: int, since: datetime) -> str:
    """What a second start is told; `since` in the machine's own zone, as its person reads the clock."""
    return f"already running as pid {pid} since {since:%H:%M}; stop it with Ctrl-C where it runs, or `kill {pid}`"


def listens(port: int) -> bool:
    """True when something accepts connections there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def answers(port: int, path: str) -> bool:
    """True when GET is answered with 200."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        line.request("GET", path)
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
