import gzip
import multiprocessing
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from outbound import client
from outbound.client import Client
from outbound.clock import boottime
from rules.errors import AnswerLost, NotReached, Permanent, RateLimited
from tests.outbound.peers import answer, hang_up, peer, raw


def head(request: bytes) -> dict[str, str]:
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def test_a_status_is_an_answer_and_no_error() -> None:
    with peer(answer(503, b'{"message": "later"}', Retry_After="7")) as one:
        got = Client().call("GET", one.url)
    assert (got.status, got.json(), got.headers["retry-after"]) == (503, {"message": "later"}, "7")


def test_an_answer_that_drips_is_cut_at_the_total_deadline() -> None:
    with peer() as one:
        one.scripts = [one.drip]
        began = time.monotonic()
        with pytest.raises(AnswerLost):
            Client(total_seconds=0.4).call("GET", one.url)
    assert 0.35 < time.monotonic() - began < 1.5


def test_headers_that_drip_are_cut_as_well() -> None:
    def drip_headers(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n")
        while not one.done.wait(0.02):
            sock.sendall(b"X-A: b\r\n")

    with peer() as one:
        one.scripts = [drip_headers]
        began = time.monotonic()
        with pytest.raises(AnswerLost):
            Client().call("GET", one.url, total_seconds=0.4)
    assert time.monotonic() - began < 1.5


def test_silence_after_the_request_leaves_the_answer_lost() -> None:
    with peer() as one:
        one.scripts = [one.hold]
        began = time.monotonic()
        with pytest.raises(AnswerLost):
            Client(total_seconds=0.3).call("POST", one.url, json={"a": 1})
        assert time.monotonic() - began < 1.5
        assert one.received[0].endswith(b'{"a":1}')


def test_a_connection_that_ends_without_an_answer_leaves_it_lost() -> None:
    with peer(hang_up) as one, pytest.raises(AnswerLost):
        Client().call("POST", one.url)


def test_half_a_body_is_no_answer() -> None:
    with peer(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", close=True)) as one, pytest.raises(AnswerLost):
        Client().call("GET", one.url)


def test_nobody_listening_is_proven_not_reached() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(NotReached):
            Client().call("POST", f"http://127.0.0.1:{closed.getsockname()[1]}/")


def test_a_name_that_does_not_resolve_is_not_reached() -> None:
    with pytest.raises(NotReached):
        Client(total_seconds=5).call("GET", "http://nowhere.invalid/")


def test_a_name_that_resolves_too_slowly_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def slow(*_args: object, **_more: object) -> list[object]:
        released.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    began = time.monotonic()
    with pytest.raises(NotReached):
        Client(total_seconds=0.3).call("GET", "http://slow.invalid/")
    released.set()
    assert time.monotonic() - began < 1.5


def test_a_listener_that_never_accepts_is_not_reached() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        with pytest.raises(NotReached):
            Client(total_seconds=0.3).call("GET", f"http://127.0.0.1:{port}/")
        for each in waiting:
            each.close()


def test_past_its_send_by_nothing_is_written() -> None:
    with peer() as one:
        with pytest.raises(NotReached):
            Client().call("POST", one.url, json={"a": 1}, send_by=boottime() - 0.01)
        assert one.received == []
        assert Client().call("POST", one.url, send_by=boottime() + 5).status == 200


def test_send_by_counts_the_time_spent_before_the_write() -> None:
    @contextmanager
    def slow_leave() -> Iterator[None]:
        threading.Event().wait(0.2)
        yield

    with peer() as one:
        with pytest.raises(NotReached):
            Client(before_call=slow_leave).call("POST", one.url, send_by=boottime() + 0.1)
        assert one.received == []


def test_leave_is_asked_before_every_request_and_given_back_after_the_answer() -> None:
    steps: list[str] = []

    @contextmanager
    def leave() -> Iterator[None]:
        steps.append("in")
        yield
        steps.append(f"out after {len(one.received)}")

    with peer() as one:
        client = Client(before_call=leave)
        client.call("GET", one.url)
        client.call("GET", one.url)
    assert steps == ["in", "out after 1", "in", "out after 2"]


def test_without_leave_nothing_is_sent() -> None:
    def refuse() -> None:
        raise RateLimited("the budget is used up")

    with peer() as one:
        with pytest.raises(RateLimited):
            Client(before_call=refuse).call("GET", one.url)  # type: ignore[arg-type]
        assert one.connections == 0


def test_redirects_are_answers_and_nobody_follows_them() -> None:
    with peer() as other, peer(answer(302, Location=other.url)) as one:
        assert Client().call("GET", one.url, headers={"Authorization": "Bearer secret"}).status == 302
        assert other.connections == 0


def test_cookies_are_not_carried_from_one_connection_to_the_next() -> None:
    with peer(answer(200, Set_Cookie="who=north")) as one:
        Client().call("GET", one.url)
        Client().call("GET", one.url)
        assert "cookie" not in head(one.received[1])


def test_arrays_keep_their_brackets_and_an_address_keeps_its_query() -> None:
    with peer() as one:
        Client().call("GET", f"{one.url}/a?cursor=eyJ%3D", params=[("id[]", "1"), ("id[]", "2")])
        assert one.received[0].startswith(b"GET /a?cursor=eyJ%3D&id%5B%5D=1&id%5B%5D=2 ")


def test_forms_and_basic_are_written_as_the_senders_want_them() -> None:
    with peer() as one:
        Client(user_agent="punctual/1").call("POST", one.url, form={"To": "+1", "Body": "é"}, auth=("AC", "s"))
        sent = head(one.received[0])
        assert one.received[0].endswith(b"To=%2B1&Body=%C3%A9")
    assert (sent["authorization"], sent["user-agent"]) == ("Basic QUM6cw==", "punctual/1")


def test_one_thread_uses_its_connection_again_and_another_thread_has_its_own() -> None:
    with peer() as one:
        client = Client()
        client.call("GET", one.url)
        client.call("GET", one.url)
        assert one.connections == 1
        thread = threading.Thread(target=client.call, args=("GET", one.url))
        thread.start()
        thread.join()
        assert one.connections == 2


def test_a_forked_process_never_talks_on_its_parents_connection() -> None:
    with peer() as one:
        Client().call("GET", one.url)
        child = multiprocessing.get_context("fork").Process(target=Client().call, args=("GET", one.url))
        child.start()
        child.join(10)
        assert (child.exitcode, one.connections, len(one.received)) == (0, 2, 2)


def test_after_a_cut_answer_the_next_call_is_not_served_its_rest() -> None:
    with peer() as one:
        one.scripts = [one.drip, answer(200, b'"mine"')]
        client = Client()
        with pytest.raises(AnswerLost):
            client.call("GET", one.url, total_seconds=0.2)
        assert client.call("GET", one.url).json() == "mine"


@pytest.mark.parametrize("packed", [False, True])
def test_an_endless_body_is_refused_and_never_held_in_memory(packed: bool) -> None:
    body = b"x" * (9 * 1024 * 1024)
    script = answer(200, gzip.compress(body), Content_Encoding="gzip") if packed else answer(200, body)
    with peer(script) as one, pytest.raises(Permanent, match="8 MiB"):
        Client().call("GET", one.url)


def test_a_body_that_cannot_be_unpacked_is_no_answer() -> None:
    with peer(answer(200, b"not gzip", Content_Encoding="gzip")) as one, pytest.raises(AnswerLost):
        Client().call("GET", one.url)


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("ftp://example.org", {}),
        ("http://example.org:port", {}),
        ("{peer}", {"X": "a\r\nY: b"}),
        ("{peer}", {"X": "é"}),
    ],
)
def test_what_cannot_be_written_is_permanent_and_quotes_no_secret(url: str, headers: dict[str, str]) -> None:
    with peer() as one:
        with pytest.raises(Permanent) as raised:
            Client().call("GET", url.format(peer=one.url), headers=headers)
        assert one.received == []
    assert "a\r\n" not in str(raised.value)


@pytest.mark.parametrize("body", [b"<html>", b"", b"[" * 100_000, b"9" * 10_000, b"\xff\xfe"])
def test_a_body_that_is_not_json_is_permanent(body: bytes) -> None:
    with peer(answer(200, body)) as one, pytest.raises(Permanent):
        Client().call("GET", one.url).json()


def test_a_guarded_client_never_reaches_this_machine() -> None:
    with peer() as one:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(Permanent, match="not a public one"):
                Client(public_only=True).call("POST", f"http://{host}:{one.port}/")
        assert one.connections == 0


def test_a_guarded_client_does_not_use_the_connection_of_one_that_is_not() -> None:
    with peer() as one:
        Client().call("GET", one.url)
        with pytest.raises(Permanent):
            Client(public_only=True).call("GET", one.url)


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
    with pytest.raises(Permanent, match="not a public one"):
        Client(public_only=True).call("GET", "http://mixed.example/")


def test_a_dead_first_address_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer() as one:
        # 127.0.0.2 has no listener on this port.
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, one.port)) for ip in ("127.0.0.2", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
        assert Client().call("GET", f"http://two.example:{one.port}/").status == 200


def test_threads_that_begin_at_one_moment_load_the_certificates_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = httpx.create_ssl_context

    def make() -> ssl.SSLContext:
        made.append(1)
        return real()

    monkeypatch.setattr(httpx, "create_ssl_context", make)
    client._made_tls.cache_clear()
    together = threading.Barrier(8)

    def begin(_: int) -> ssl.SSLContext:
        together.wait(10)
        return client._tls()

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(begin, range(8)))
    assert (len(found), len(made)) == (1, 1)
