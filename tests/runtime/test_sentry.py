"""What really leaves for Sentry: the bytes that arrive at a server in its place."""

import gzip
import http.server
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import flask
import pytest
import sentry_sdk
import structlog
from sentry_sdk.integrations.flask import FlaskIntegration

from rules.errors import CredentialsRejected
from runtime import observe

PERSON, NUMBER, TEXT, MAIL = "Ada Lovelace", "+353861234567", "See you at ten on Monday", "ada@example.com"
TOKEN = "very-secret-token"  # up here: lines of source around a frame are sent, and may be


class Ingest(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        packed = self.headers.get("Content-Encoding") == "gzip"
        self.server.arrived.append(gzip.decompress(body) if packed else body)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def sentry() -> Iterator[SimpleNamespace]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ingest)
    server.arrived = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    dsn = f"http://key@127.0.0.1:{server.server_port}/1"
    assert observe.start_sentry(dsn, process="worker-sync", integrations=[FlaskIntegration()])

    def arrived() -> str:
        sentry_sdk.flush(5)
        return b"\n".join(server.arrived).decode()  # type: ignore[attr-defined]

    yield SimpleNamespace(arrived=arrived)
    sentry_sdk.init()
    server.shutdown()
    server.server_close()


def clean(sent: str) -> bool:
    return not [each for each in (PERSON, "Lovelace", NUMBER, NUMBER[1:], TEXT, MAIL) if each in sent]


def tell(name: str, number: str, text: str) -> None:
    row = {"name": name, "number": number, "text": text}
    try:
        row["e-mail"]
    except KeyError as error:
        raise ValueError(f"{row} has no e-mail such as {MAIL}") from error


def test_an_error_leaves_with_its_place_and_without_its_people(sentry: SimpleNamespace) -> None:
    sentry_sdk.set_user({"id": NUMBER, "email": MAIL})
    sentry_sdk.set_extra("row", PERSON)
    sentry_sdk.set_context("appointment", {"name": PERSON})
    sentry_sdk.add_breadcrumb(message=f"texted {NUMBER}", data={"text": TEXT}, category="punctual")
    structlog.get_logger("punctual").error(f"told {PERSON}")
    try:
        tell(PERSON, NUMBER, TEXT)
    except ValueError as error:
        observe.capture(error, task="appointments.sync", connection="caspen-north")
    sent = sentry.arrived()
    assert clean(sent)
    for kept in ("ValueError", "KeyError", "test_sentry.py", "appointments.sync", "caspen-north", "worker-sync"):
        assert kept in sent


def test_a_fate_keeps_its_words_and_not_those_of_the_vendor(sentry: SimpleNamespace) -> None:
    observe.capture(CredentialsRejected("401 after a fresh token", vendor_message=f"no user {MAIL}"))
    sent = sentry.arrived()
    assert "401 after a fresh token" in sent
    assert clean(sent)


def test_a_request_that_fails_leaves_without_body_headers_or_query(sentry: SimpleNamespace) -> None:
    app = flask.Flask("receiver")

    @app.post("/hooks/<connection>")
    def receive(connection: str) -> str:
        body = flask.request.get_json()
        raise RuntimeError(f"{connection}: {body}")

    headers = {"X-Name": PERSON, "Authorization": f"Bearer {TOKEN}", "Cookie": f"who={MAIL}"}
    body = {"name": PERSON, "phone": NUMBER, "text": TEXT}
    app.test_client().post(f"/hooks/north?phone={NUMBER}", json=body, headers=headers)
    sent = sentry.arrived()
    assert "RuntimeError" in sent
    assert clean(sent)
    assert TOKEN not in sent


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_is_reported_without_its_people(sentry: SimpleNamespace) -> None:
    thread = threading.Thread(target=tell, args=(PERSON, NUMBER, TEXT), name="writer")
    thread.start()
    thread.join()
    sent = sentry.arrived()
    assert "ValueError" in sent
    assert clean(sent)


def test_without_a_dsn_nothing_starts() -> None:
    assert not observe.start_sentry("", process="web")
    observe.capture(ValueError())
