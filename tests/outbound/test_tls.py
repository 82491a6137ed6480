"""The same promises through TLS, with a certificate made for the occasion."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from outbound import client as outbound_client
from outbound.client import Client
from outbound.clock import boottime
from rules.errors import AnswerLost, NotReached
from tests.outbound.peers import Peer, answer, peer

OPENSSL = shutil.which("openssl")


def test_a_peer_that_never_shakes_hands_is_not_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(NotReached):
            Client(total_seconds=0.3).call("POST", f"https://127.0.0.1:{silent.getsockname()[1]}/")
    assert time.monotonic() - began < 1.5


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    """A peer that speaks TLS, trusted by this test alone."""
    if OPENSSL is None:
        pytest.skip("needs the openssl command to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setattr(outbound_client, "_here", type("Fresh", (), {})())  # pools of their own, with this trust
    monkeypatch.setattr(outbound_client, "_tls", lambda: ssl.create_default_context(cafile=str(certificate)))
    with peer() as one:
        one.tls = context
        one.url = f"https://localhost:{one.port}"
        yield one


def test_an_answer_arrives_and_the_connection_is_used_again(secure: Peer) -> None:
    client = Client()
    assert [client.call("POST", secure.url, json={"a": 1}).status for _ in range(2)] == [200, 200]
    assert secure.connections == 1


def test_a_dripping_answer_is_cut(secure: Peer) -> None:
    secure.scripts = [secure.drip]
    began = time.monotonic()
    with pytest.raises(AnswerLost):
        Client(total_seconds=0.5).call("GET", secure.url)
    assert time.monotonic() - began < 1.5


def test_past_its_send_by_nothing_is_written(secure: Peer) -> None:
    with pytest.raises(NotReached):
        Client().call("POST", secure.url, send_by=boottime() - 0.01)
    assert secure.received == []


def test_a_stranger_certificate_is_not_reached(secure: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound_client, "_tls", ssl.create_default_context)
    secure.scripts = [answer(200)]
    with pytest.raises(NotReached):
        Client().call("POST", secure.url)
    assert secure.received == []
