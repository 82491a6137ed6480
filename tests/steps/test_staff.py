"""Staff are told by mail what needs a person, once, and again while the mail server is away."""

import dataclasses
import socketserver
import threading
from collections.abc import Callable, Iterator

import pytest

from runtime.settings import Settings, Staff
from runtime.wiring import Wiring
from store import inbox
from store.engine import Database
from tests.steps.given import Clinic
from workers import staff

Make = Callable[..., Clinic]

MESSAGE = "The vendor refused: HTTP 401."


class _Talk(socketserver.StreamRequestHandler):
    """As much SMTP as a client needs to hand over one message."""

    def handle(self) -> None:
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            if word == "DATA":
                self.say("354 go on")
                body = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.taken.append(body.decode())  # type: ignore[attr-defined]
            self.say("221 bye" if word == "QUIT" else "250 ok")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Post(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.taken: list[str] = []


@pytest.fixture
def post() -> Iterator[Post]:
    with Post() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def mailed(wiring: Wiring, name: str, port: int) -> Wiring:
    """The same wiring with a mail server and somebody to write to."""
    settings: Settings = wiring.settings
    smtp = {
        "host": "127.0.0.1",
        "port": port,
        "username": "",
        "password": "",
        "tls": "none",
        "sender": "punctual@example.com",
    }
    connection = dataclasses.replace(settings.connections[name], staff=Staff(email="desk@example.com"))
    wiring.settings = dataclasses.replace(settings, smtp=smtp, connections={**settings.connections, name: connection})
    return wiring


def tell(db: Database, name: str) -> None:
    with db.begin() as tx:
        inbox.tell(tx, name, "needs_person", "credentials", MESSAGE)


def test_what_needs_a_person_is_mailed_once(clinic: Make, post: Post) -> None:
    north = clinic()
    wiring = mailed(north.wiring, "north", post.server_address[1])
    tell(north.db, "north")
    assert staff.run(wiring) == "staff: 1 mailed"
    assert staff.run(wiring) == ""
    assert len(post.taken) == 1
    assert "desk@example.com" in post.taken[0]
    assert MESSAGE in post.taken[0]


def test_a_mail_server_that_is_away_loses_nothing(clinic: Make) -> None:
    north = clinic()
    wiring = mailed(north.wiring, "north", 9)
    tell(north.db, "north")
    assert staff.run(wiring) == "staff: 1 mail waits"
    with north.db.begin() as tx:
        assert [item.told_at for item in inbox.open_items(tx, "north")] == [None]
