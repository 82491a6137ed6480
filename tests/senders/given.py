"""What sender tests speak to: a customer of the sandbox's SMS network, and a server under a test's control."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import httpx

from rules.senders import SenderSettings

FIXTURES = Path(__file__).parent.parent / "fixtures"
FROM = "+1202556"  # and three digits


def fixture(path: str) -> bytes:
    return (FIXTURES / path).read_bytes()


@dataclass(frozen=True)
class Network:
    url: str
    name: str
    settings: SenderSettings

    @property
    def number(self) -> str:
        return self.settings.numbers[0]

    def texts(self, phone: str) -> list[dict[str, Any]]:
        """What the network took for a phone from this customer's number."""
        found = httpx.get(f"{self.url}/control/phone/{phone}").json()["messages"]
        return [each for each in found if self.number in {each["from"], each["to"]}]

    def fault(self, fault: str, **where: Any) -> None:
        body = {"vendor": "sms", "tenant": self.name, "fault": fault, **where}
        assert httpx.put(f"{self.url}/control/faults", json=body).is_success

    def reply(self, phone: str, body: str, **how: Any) -> None:
        sent = {"to": self.number, "body": body, **how}
        assert httpx.post(f"{self.url}/control/phone/{phone}/reply", json=sent).is_success


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class Stub:
    """Answers in the order given; the last answer stays."""

    answers: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def says(self, status: int, body: bytes = b"", **headers: str) -> None:
        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name.replace("_", "-"), value)
            request.send_header("Content-Length", str(len(body)))
            request.send_header("Connection", "close")  # as it does; a line that is kept would be found dead
            request.end_headers()
            request.wfile.write(body)

        self.answers.append(answer)

    def hangs(self) -> None:
        self.answers.append(lambda _: self.released.wait(30) and None)

    def hangs_up(self) -> None:
        self.answers.append(lambda request: request.connection.close())

    def wait_for(self, number: int, seconds: float = 10.0) -> list[Request]:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.requests) >= number, seconds), self.requests
        return self.requests

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        stub = self

        class Answers(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with stub.arrived:
                    stub.requests.append(Request(self.command, self.path, dict(self.headers), body))
                    stub.arrived.notify_all()
                answer = stub.answers.pop(0) if len(stub.answers) > 1 else stub.answers[0]
                answer(self)
                self.close_connection = True

            do_GET = do_POST = _serve  # noqa: N815 - the names http.server looks for

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
