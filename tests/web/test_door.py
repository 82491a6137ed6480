"""Webhooks as the event loop takes them. What they mean is proven in `test_receive.py`; both share every step."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from store.engine import Database
from tests.web.given import MakeApp, Rung, signed, standard, until
from web.bodies import MOST_BYTES
from web.door import Door

pytestmark = pytest.mark.servers

Count = Callable[[str], int]
Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
def door(make_app: MakeApp, rung: Rung) -> Door:
    return Door(make_app(rung))


def scope(method: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        "server": ("127.0.0.1", 8400),
        "client": ("127.0.0.1", 50000),
        "scheme": "http",
    }


async def call(door: Door, method: str, path: str, headers: dict[str, str], *parts: bytes, whole: bool = True) -> Any:
    """The answer, or None when nothing was said."""
    said: list[dict[str, Any]] = []
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append({"type": "http.request", "body": b""} if whole else {"type": "http.disconnect"})
    coming = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(coming)

    async def send(message: Any) -> None:
        said.append(message)

    await door(scope(method, path, headers), receive, send)
    if not said:
        return None
    names = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return said[0]["status"], names, b"".join(each.get("body", b"") for each in said[1:])


def post(door: Door, path: str, sent: dict[str, Any], *parts: bytes, whole: bool = True) -> Any:
    return asyncio.run(call(door, "POST", path, sent["headers"], *(parts or (sent["data"],)), whole=whole))


def test_a_webhook_is_stored_answered_and_rung_for(door: Door, rung: Rung, count: Count) -> None:
    status, headers, body = post(door, "/hooks/north", standard("app_7"))
    assert (status, json.loads(body)) == (202, {"accepted": 1, "duplicates": 0})
    assert headers["content-type"] == "application/json"
    assert count("events") == 1
    until(lambda: rung.rings == [("appointments.sync", ("north",))])


def test_a_hundred_at_once_are_each_told_of_their_own(door: Door, count: Count) -> None:
    async def all_of_them() -> list[Answer]:
        sent = [standard(f"app_{n}", message_id=f"msg_{n % 50}") for n in range(100)]
        return await asyncio.gather(*(call(door, "POST", "/hooks/north", s["headers"], s["data"]) for s in sent))

    told = [json.loads(body) for _, _, body in asyncio.run(all_of_them())]
    assert sum(each["accepted"] for each in told) == count("events") == 50
    assert sum(each["duplicates"] for each in told) == 50


def test_a_body_in_pieces_is_taken_whole(door: Door, count: Count) -> None:
    sent = standard()
    assert post(door, "/hooks/north", sent, sent["data"][:20], sent["data"][20:])[0] == 202
    assert count("events") == 1


def test_a_part_of_a_body_is_nothing(door: Door, count: Count) -> None:
    """Chunked, so that no length tells: what came proves itself, and yet more was to come."""
    assert post(door, "/hooks/north", standard(), whole=False) is None
    assert count("events") == 0


@pytest.mark.parametrize("announced", [True, False])
def test_a_large_body_is_refused_announced_or_not(door: Door, count: Count, announced: bool) -> None:
    sent = signed(b"x" * (MOST_BYTES + 1))
    if announced:
        sent["headers"]["content-length"] = str(len(sent["data"]))
    assert post(door, "/hooks/north", sent)[0] == 413
    assert count("events") == 0


def test_a_large_body_for_the_documented_api_is_refused_as_documented(door: Door) -> None:
    sent = signed(b"x" * (MOST_BYTES + 1))
    status, _, body = post(door, "/v2/campaigns/appointment-configs", sent)
    assert (status, json.loads(body)["code"], set(json.loads(body))) == (413, "PAYLOAD_TOO_LARGE", {"message", "code"})


@pytest.mark.parametrize(("path", "status"), [("/hooks/nobody", 404), ("/hooks/polled", 404), ("/health/live", 405)])
def test_what_is_no_webhook_is_answered_by_the_pages(door: Door, path: str, status: int) -> None:
    answered, headers, body = post(door, path, standard())
    assert answered == status
    assert set(json.loads(body)) == {"error", "message"}
    assert headers["content-type"] == "application/json"


def test_a_page_is_served(door: Door) -> None:
    status, _, body = asyncio.run(call(door, "GET", "/health/live", {}))
    assert (status, json.loads(body)) == (200, {"status": "live"})


def test_a_forged_webhook_is_refused(door: Door, count: Count) -> None:
    sent = standard()
    assert post(door, "/hooks/north", sent, sent["data"] + b" ")[0] == 401
    assert count("events") == 0


@pytest.fixture
def stuck(database: Database) -> Iterator[None]:
    """Nobody can write to `events`."""
    with database.engine.connect() as connection:
        connection.execute(sa.text("LOCK TABLE events IN EXCLUSIVE MODE"))
        yield


@pytest.mark.usefixtures("stuck")
def test_a_sender_waits_less_than_a_second_for_a_database_that_is_stuck(door: Door) -> None:
    async def timed() -> tuple[float, Answer]:
        loop, sent = asyncio.get_running_loop(), standard()
        began = loop.time()
        answer = await call(door, "POST", "/hooks/north", sent["headers"], sent["data"])
        return loop.time() - began, answer

    seconds, (status, headers, _) = asyncio.run(timed())
    assert status == 503
    assert int(headers["retry-after"]) > 0
    assert seconds < 1
