"""A broker as tests see it: what lies on its queues, and a gate before it that hangs or closes."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from kombu import Connection
from kombu.exceptions import ChannelError

from runtime.broker import celery_settings


def waiting(url: str) -> list[tuple[str, str, list[Any]]]:
    """Take all messages: (queue, task, arguments), oldest first in each queue."""
    found = []
    with Connection(url) as connection:
        channel = connection.default_channel
        for queue in celery_settings(url)["task_queues"]:
            bound = queue.bind(channel)
            with contextlib.suppress(ChannelError):  # never declared, or emptied: then Redis has forgotten it
                while (message := bound.get(no_ack=True)) is not None:
                    found.append((queue.name, message.headers["task"], message.payload[0]))
    return found


def free_port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def forget(url: str) -> None:
    """Leave none of our queues on a RabbitMQ that is there for others too."""
    with Connection(url) as connection:
        for queue in celery_settings(url)["task_queues"]:
            with contextlib.suppress(ChannelError):
                queue.bind(connection.channel()).delete()


class Gate:
    """A port in front of a broker. `open` passes everything on, `hang` accepts and says nothing, `shut` refuses."""

    def __init__(self, url: str, state: str = "open") -> None:
        self._behind = (urlsplit(url).hostname or "127.0.0.1", urlsplit(url).port or 6379)
        self.state = state
        self._lines: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self.port = free_port()
        self.url = url.replace(f":{self._behind[1]}", f":{self.port}").replace(self._behind[0], "127.0.0.1")
        self.become(state)

    def become(self, state: str) -> None:
        """Change, and cut whoever is connected."""
        self.state = state
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        self._lines = []
        if state == "shut" and self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        if state != "shut" and self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = listener.accept()
                self._lines.append(line)
                if self.state == "open":
                    far = socket.create_connection(self._behind)
                    self._lines.append(far)
                    for source, sink in ((line, far), (far, line)):
                        threading.Thread(target=pass_on, args=(source, sink), daemon=True).start()


def pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def gate(url: str, state: str) -> Iterator[Gate]:
    made = Gate(url, state)
    try:
        yield made
    finally:
        made.become("shut")
