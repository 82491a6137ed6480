"""A peer on a real socket that does exactly what a test says, byte by byte."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Script = Callable[[socket.socket], None]


@dataclass
class Peer:
    """Each accepted request is answered by the next script (the last one again when they run out)."""

    scripts: list[Script]
    received: list[bytes] = field(default_factory=list)
    connections: int = 0
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.done = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), self.tls.wrap_socket(plain, server_side=True) if self.tls else plain as sock:
            while request := read_request(sock):
                self.received.append(request)
                self.scripts[min(len(self.received), len(self.scripts)) - 1](sock)

    def stop(self) -> None:
        self.done.set()
        self._listener.close()

    def hold(self, _sock: socket.socket) -> None:
        """Say nothing until the test is over."""
        self.done.wait(30)

    def drip(self, sock: socket.socket) -> None:
        """An answer that always comes a little further: each single read succeeds in time."""
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not self.done.wait(0.02):
            sock.sendall(b"x")


@contextlib.contextmanager
def peer(*scripts: Script) -> Iterator[Peer]:
    one = Peer(list(scripts) or [answer(200, b"{}")])
    try:
        yield one
    finally:
        one.stop()


def answer(status: int, body: bytes = b"", **headers: str) -> Script:
    """One whole answer; `retry_after` becomes the header Retry-After."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def raw(sent: bytes, *, close: bool = False) -> Script:
    def send(sock: socket.socket) -> None:
        sock.sendall(sent)
        if close:
            sock.shutdown(socket.SHUT_RDWR)

    return send


def hang_up(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_RDWR)


def read_request(sock: socket.socket) -> bytes:
    """One request with its body, as bytes; empty when the client has gone."""
    got = b""
    while b"\r\n\r\n" not in got:
        part = sock.recv(65536)
        if not part:
            return b""
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += sock.recv(65536)
    return head + b"\r\n\r\n" + body
