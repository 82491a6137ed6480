"""Caspen's calls against the sandbox, and against recorded bytes where it cannot answer so."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from outbound.client import Client
from rules.errors import CredentialsRejected, NotFound, Permanent, RateLimited, Transient, Unsupported
from rules.vendors import Change, Connection, Wanted, Window
from tests.outbound.peers import Peer, answer, peer
from tests.vendors.conftest import Tenant
from vendors.caspen.api import Api

FIXTURES = Path(__file__).parent.parent / "fixtures" / "caspen"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = Window(NOW, NOW + timedelta(days=90))
START = "2026-03-02T10:00:00Z"


@pytest.fixture
def caspen(tenant: Callable[..., Tenant]) -> Tenant:
    return tenant("caspen")


def connection(tenant: Tenant) -> Connection:
    return Connection(
        name="caspen-north",
        vendor="caspen",
        zone="America/Chicago",
        base_url=f"{tenant.url}/caspen/v1",
        credentials=tenant.credentials,
    )


def api(tenant: Tenant) -> Api:
    return Api(connection(tenant), Client())


def recorded(one: Peer) -> Api:
    return Api(Connection("c", "caspen", "UTC", f"{one.url}/v1", {"token": "secret-token"}), Client())


def test_a_booked_appointment_is_fetched_whole(caspen: Tenant) -> None:
    booked = caspen.book(starts_at=START)
    (record,) = api(caspen).fetch([Wanted(booked["id"])], now=NOW).records
    assert (record.external_id, record.raw) == (booked["id"], booked["record"])


def test_an_id_that_is_not_there_is_absent_and_the_others_still_come(caspen: Tenant) -> None:
    booked = caspen.book(starts_at=START)
    missing = "app_01HQFQ9QWTNNPY58FZ8CB3FWWK"
    fetched = api(caspen).fetch([Wanted(missing), Wanted(booked["id"]), Wanted("..")], now=NOW)
    assert (fetched.absent, len(fetched.records)) == ({missing, ".."}, 1)
    assert [call["path"].rpartition("/")[2] for call in caspen.calls()] == [missing, booked["id"]]


def test_the_mobile_comes_from_the_client(caspen: Tenant) -> None:
    booked = caspen.book(starts_at=START, phone="+13125550142", first_name="Ada", last_name="Byron")
    contact = api(caspen).contact(booked["person_id"])
    assert contact is not None
    assert (contact.phone, contact.first_name, contact.last_name) == ("+13125550142", "Ada", "Byron")


def test_a_client_that_is_not_there_is_said_to_be_missing(caspen: Tenant) -> None:
    with pytest.raises(NotFound):
        api(caspen).contact("cli_01HQFQ9QWTNNPY58FZ8CB3FWWK")


def test_where_clients_are_read_can_be_set(caspen: Tenant) -> None:
    booked = caspen.book(starts_at=START)
    elsewhere = replace(connection(caspen), options={"client_path": "/people/{id}"})
    with pytest.raises(NotFound):
        Api(elsewhere, Client()).contact(booked["person_id"])


def test_a_confirmation_is_written_and_the_answer_is_the_record(caspen: Tenant) -> None:
    booked = caspen.book(starts_at=START)
    record = api(caspen).write(booked["id"], Change.CONFIRM, booked["record"])
    assert record is not None
    assert (record.external_id, record.raw["confirmed"]) == (booked["id"], True)
    (call,) = caspen.calls()
    assert (call["method"], json.loads(call["body"])) == ("POST", {"confirmed": True})


@pytest.mark.parametrize("change", [Change.CANCEL, Change.COMPLETE, Change.NO_SHOW])
def test_what_is_not_documented_is_not_tried(caspen: Tenant, change: Change) -> None:
    with pytest.raises(Unsupported):
        api(caspen).write("app_1", change, {})
    assert caspen.calls() == []


def test_a_page_is_as_long_as_documented_and_the_last_one_says_so(caspen: Tenant) -> None:
    booked = {caspen.book(starts_at=START)["id"] for _ in range(3)}
    page = api(caspen).page(WINDOW, None)
    assert ({record.external_id for record in page.records}, page.cursor) == (booked, None)
    (call,) = caspen.calls()
    assert parse_qs(call["query"]) == {"limit": ["100"]}


def test_more_than_a_page_is_read_to_its_end(caspen: Tenant) -> None:
    booked = {caspen.book(starts_at=START)["id"] for _ in range(103)}
    calls = api(caspen)
    first = calls.page(WINDOW, None)
    last = calls.page(WINDOW, first.cursor)
    assert (len(first.records), last.cursor) == (100, None)
    assert {record.external_id for record in (*first.records, *last.records)} == booked


def test_the_next_link_is_followed_as_it_is() -> None:
    with peer() as one:
        following = f"{one.url}/v1/appointments?limit=100&cursor=eyJhIjoxfQ%3D%3D&x=a+b"
        one.scripts = [page([{"id": "app_1"}], following), page([{"id": "app_2"}], None)]
        first = recorded(one).page(WINDOW, None)
        assert first.cursor == following
        last = recorded(one).page(WINDOW, first.cursor)
        assert ([record.external_id for record in last.records], last.cursor) == (["app_2"], None)
        assert one.received[1].startswith(b"GET /v1/appointments?limit=100&cursor=eyJhIjoxfQ%3D%3D&x=a+b HTTP")


@pytest.mark.parametrize("link", ["http://elsewhere.example/v1/appointments?cursor=x", "//elsewhere.example/", "https"])
def test_a_next_link_to_another_host_never_gets_the_token(link: str) -> None:
    with peer(page([{"id": "app_1"}], link)) as one:
        with pytest.raises(Permanent, match="another host"):
            recorded(one).page(WINDOW, None)
        with pytest.raises(Permanent, match="another host"):
            recorded(one).page(WINDOW, link)
        assert len(one.received) == 1


def test_a_list_that_goes_in_a_circle_is_noticed() -> None:
    with peer() as one:
        same = f"{one.url}/v1/appointments?cursor=x"
        one.scripts = [page([{"id": "app_1"}], same)]
        with pytest.raises(Permanent, match="circle"):
            recorded(one).page(WINDOW, same)


def test_a_record_without_an_id_does_not_hide_the_rest_of_its_page() -> None:
    with peer(page([{"status": "pending"}, None, {"id": "app_2"}], None)) as one:
        assert [record.external_id for record in recorded(one).page(WINDOW, None).records] == ["app_2"]


def test_text_that_postgresql_cannot_store_is_cleaned_at_the_edge() -> None:
    body = rb'{"id": "app_1", "note": "a\u0000b\ud800", "duration": 1e999}'
    with peer(answer(200, body)) as one:
        (record,) = recorded(one).fetch([Wanted("app_1")], now=NOW).records
    assert "\0" not in record.raw["note"]
    record.raw["note"].encode()
    assert record.raw["duration"] is None


def test_a_429_says_until_when(caspen: Tenant) -> None:
    caspen.fault("rate_limited", seconds=30)
    with pytest.raises(RateLimited) as raised:
        api(caspen).fetch([Wanted("app_1")], now=NOW)
    assert raised.value.retry_after is not None
    assert timedelta(seconds=29) < raised.value.retry_after < timedelta(seconds=33)
    assert raised.value.vendor_message == "Too Many Attempts."


def test_a_refused_token_needs_a_person(caspen: Tenant) -> None:
    stranger = replace(connection(caspen), credentials={"token": "not-a-token"})
    with pytest.raises(CredentialsRejected):
        Api(stranger, Client()).fetch([Wanted("app_1")], now=NOW)


def test_a_500_is_tried_again_later(caspen: Tenant) -> None:
    caspen.fault("error_500")
    with pytest.raises(Transient):
        api(caspen).page(WINDOW, None)


def test_a_cancelled_appointment_cannot_be_confirmed(caspen: Tenant) -> None:
    booked = caspen.book(starts_at=START)
    caspen.act(booked["id"], "cancel")
    with pytest.raises(Transient):  # 409: read again before repeating, then it is seen to be cancelled
        api(caspen).write(booked["id"], Change.CONFIRM, booked["record"])


def test_the_422_keeps_what_it_says_of_each_field() -> None:
    with peer(answer(422, (FIXTURES / "errors" / "422.json").read_bytes())) as one, pytest.raises(Permanent) as raised:
        recorded(one).write("app_1", Change.CONFIRM, {})
    said = "The note field must not be greater than 255 characters."
    assert raised.value.vendor_message == f"{said}; note: {said}"
    assert str(raised.value) == "HTTP 422"


def test_an_error_that_is_not_json_keeps_its_fate() -> None:
    with peer(answer(502, b"<html>Bad gateway</html>")) as one, pytest.raises(Transient):
        recorded(one).fetch([Wanted("app_1")], now=NOW)


def test_the_check_proves_the_token_with_one_call(caspen: Tenant) -> None:
    assert api(caspen).check() == "token accepted, 59 calls left in this minute"
    assert len(caspen.calls()) == 1


def page(data: list[object], following: str | None) -> Callable[..., None]:
    return answer(200, json.dumps({"data": data, "links": {"prev": None, "next": following}}).encode())
