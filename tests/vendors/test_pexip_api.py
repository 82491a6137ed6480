"""Pexip's calls against the sandbox, and against recorded bytes where it cannot answer so."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from outbound.client import Client
from rules.errors import CredentialsRejected, NotFound, Permanent, RateLimited, Transient, Unsupported
from rules.vendors import Change, Connection, Wanted, Window
from tests.outbound.peers import Peer, answer, peer
from tests.vendors.conftest import Tenant
from vendors.pexip.api import Api

FIXTURES = Path(__file__).parent.parent / "fixtures" / "pexip"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = "2026-03-02T10:00:00Z"
TOKEN = answer(200, (FIXTURES / "records" / "token.json").read_bytes())


@pytest.fixture
def pexip(tenant: Callable[..., Tenant]) -> Tenant:
    return tenant("pexip")


def connection(tenant: Tenant, credentials: dict[str, str] | None = None, **options: Any) -> Connection:
    return Connection(
        name="pexip-north",
        vendor="pexip",
        zone="Europe/Brussels",
        base_url=f"{tenant.url}/pexip",
        credentials=credentials or tenant.credentials,
        options={"auth_url": f"{tenant.url}/pexip-auth", **options},
    )


def api(tenant: Tenant, **options: Any) -> Api:
    return Api(connection(tenant, **options), Client())


def recorded(one: Peer, **options: Any) -> Api:
    """A Pexip at the scripted peer, which also gives the tokens."""
    secrets = {"enterprise": "acme", "client_id": "c", "client_secret": "s"}
    return Api(Connection("p", "pexip", "UTC", one.url, secrets, {"auth_url": one.url, **options}), Client())


def asked(tenant: Tenant) -> list[dict[str, Any]]:
    """The calls of the API itself, without those for tokens."""
    return [call for call in tenant.calls() if not call["path"].endswith("/token")]


def tokens(tenant: Tenant) -> int:
    return len(tenant.calls()) - len(asked(tenant))


def test_many_ids_cost_one_call(pexip: Tenant) -> None:
    booked = {pexip.book(starts_at=START)["id"] for _ in range(3)}
    fetched = api(pexip).fetch([Wanted(one) for one in (*booked, "404")], now=NOW)
    assert ({record.external_id for record in fetched.records}, fetched.absent) == (booked, {"404"})
    (call,) = asked(pexip)
    assert sorted(parse_qs(call["query"])["id[]"]) == sorted((*booked, "404"))


def test_the_record_is_kept_as_it_came(pexip: Tenant) -> None:
    booked = pexip.book(starts_at=START)
    (record,) = api(pexip).fetch([Wanted(booked["id"])], now=NOW).records
    assert record.raw == booked["record"]


def test_more_ids_than_fit_a_page_are_asked_page_by_page(pexip: Tenant) -> None:
    booked = {pexip.book(starts_at=START)["id"] for _ in range(27)}
    fetched = api(pexip).fetch([Wanted(one) for one in booked], now=NOW)
    assert ({record.external_id for record in fetched.records}, fetched.absent) == (booked, frozenset())
    assert len(asked(pexip)) == 2


def test_a_customers_appointments_are_found(pexip: Tenant) -> None:
    booked = pexip.book(starts_at=START)
    again = pexip.book(starts_at=START, person_id=booked["person_id"])
    pexip.book(starts_at=START)
    found = api(pexip).customer(booked["person_id"], now=NOW).records
    assert {record.external_id for record in found} == {booked["id"], again["id"]}


def test_a_window_is_read_to_its_end_and_what_lies_outside_is_not(pexip: Tenant) -> None:
    booked = {pexip.book(starts_at=START)["id"] for _ in range(7)}
    pexip.book(starts_at="2026-04-02T10:00:00Z")
    window, cursor, seen = Window(NOW, NOW + timedelta(days=7)), None, set()
    calls = api(pexip, page_size=3)
    while True:
        page = calls.page(window, cursor)
        seen |= {record.external_id for record in page.records}
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == booked
    query = parse_qs(asked(pexip)[0]["query"])
    assert query["from"] == ["2026-03-01T12:00:00.000Z"]
    assert query["to"] == ["2026-03-09T12:00:00.000Z"]
    assert "offset" not in query


def test_what_runs_over_the_end_of_a_window_is_in_it(pexip: Tenant) -> None:
    booked = pexip.book(starts_at=START, minutes=90)
    cut = Window(NOW, datetime(2026, 3, 2, 11, tzinfo=UTC))
    assert [record.external_id for record in api(pexip).page(cut, None).records] == [booked["id"]]


def test_case_22_a_record_that_vanishes_while_pages_are_read_hides_no_other(pexip: Tenant) -> None:
    booked = [pexip.book(starts_at=f"2026-03-02T{hour:02}:00:00Z")["id"] for hour in range(8)]
    window, calls = Window(NOW, NOW + timedelta(days=7)), api(pexip, page_size=4)
    first = calls.page(window, None)
    gone = first.records[0].external_id
    pexip.act(gone, "delete")
    seen, cursor = {record.external_id for record in first.records}, first.cursor
    while cursor is not None:
        page = calls.page(window, cursor)
        seen |= {record.external_id for record in page.records}
        cursor = page.cursor
    assert seen >= set(booked) - {gone}


def test_the_customer_says_phone_zone_and_language(pexip: Tenant) -> None:
    booked = pexip.book(starts_at=START, phone="+32470123456", zone="Europe/Brussels", language="nl", first_name="Ada")
    contact = api(pexip).contact(booked["person_id"])
    assert contact is not None
    assert (contact.phone, contact.zone, contact.language) == ("+32470123456", "Europe/Brussels", "nl")
    assert (contact.first_name, contact.phone_problem) == ("Ada", None)


def test_a_customer_that_is_not_there_is_said_to_be_missing(pexip: Tenant) -> None:
    with pytest.raises(NotFound):
        api(pexip).contact("404")


@pytest.mark.parametrize(
    ("fields", "phone", "zone", "problem"),
    [
        ({"phoneNumber": "+32470123456", "timeZone": "string"}, "+32470123456", None, None),
        ({"phoneNumber": "call me", "timeZone": "Europe/Brussels"}, None, "Europe/Brussels", "no_valid_phone"),
        ({"phoneNumber": None}, None, None, None),
        ({"phoneNumber": "+32470123456", "deletedAt": "2026-01-01T00:00:00.000Z"}, None, None, None),
    ],
)
def test_what_cannot_be_used_of_a_customer_is_missing(
    fields: dict[str, Any], phone: str | None, zone: str | None, problem: str | None
) -> None:
    body = json.dumps({"data": {"id": "7", **fields}}).encode()
    with peer() as one:
        one.scripts = [answer(200, token(one)), answer(200, body)]
        contact = recorded(one).contact("7")
    assert contact is not None
    assert (contact.phone, contact.zone, contact.phone_problem) == (phone, zone, problem)


def test_an_invite_is_accepted_and_the_answer_is_the_record(pexip: Tenant) -> None:
    booked = pexip.book(starts_at=START, status="OUTGOING_INVITE")
    record = api(pexip).write(booked["id"], Change.CONFIRM, booked["record"])
    assert record is not None
    assert (record.external_id, record.raw["status"]) == (booked["id"], "ACCEPTED")


def test_a_status_that_does_not_allow_it_is_permanent_and_keeps_its_code(pexip: Tenant) -> None:
    booked = pexip.book(starts_at=START)
    with pytest.raises(Permanent) as raised:
        api(pexip).write(booked["id"], Change.CONFIRM, booked["record"])
    assert raised.value.vendor_code == "APPOINTMENT_STATUS_INVALID"
    assert str(raised.value) == "HTTP 422"


@pytest.mark.parametrize("change", [Change.CANCEL, Change.COMPLETE, Change.NO_SHOW])
def test_what_has_no_documented_page_is_not_tried(pexip: Tenant, change: Change) -> None:
    with pytest.raises(Unsupported):
        api(pexip).write("1", change, {})
    assert pexip.calls() == []


def test_every_call_has_a_correlation_id_of_its_own_and_a_language() -> None:
    with peer() as one:
        one.scripts = [answer(200, token(one)), page([], 0)]
        calls = recorded(one, accept_language="nl *")
        calls.check()
        calls.check()
        sent = [request.decode() for request in one.received[1:]]
    ids = [line for request in sent for line in request.split("\r\n") if line.lower().startswith("x-correlation-id: ")]
    assert (len(sent), len(set(ids)), {len(each) for each in ids}) == (2, 2, {len("x-correlation-id: ") + 36})
    assert all("\r\naccept-language: nl *\r\n" in request.lower() for request in sent)


def test_one_token_serves_many_calls(pexip: Tenant) -> None:
    api(pexip).check()
    api(pexip).check()
    assert (tokens(pexip), len(asked(pexip))) == (1, 2)


def test_an_expired_token_is_renewed_once_and_the_call_repeated(pexip: Tenant) -> None:
    booked = pexip.book(starts_at=START, status="OUTGOING_INVITE")
    api(pexip).check()
    pexip.fault("token_expired")
    record = api(pexip).write(booked["id"], Change.CONFIRM, booked["record"])
    assert record is not None
    assert [call["status"] for call in asked(pexip)] == [200, 401, 200]
    assert len({call["correlation_id"] for call in asked(pexip)}) == 3
    assert tokens(pexip) == 2


def test_a_token_that_is_refused_twice_needs_a_person(pexip: Tenant) -> None:
    pexip.fault("token_expired", count=2)
    with pytest.raises(CredentialsRejected):
        api(pexip).check()
    assert tokens(pexip) == 2


def test_wrong_credentials_need_a_person(pexip: Tenant) -> None:
    wrong = {**pexip.credentials, "client_secret": "guess"}
    with pytest.raises(CredentialsRejected) as raised:
        Api(connection(pexip, wrong), Client()).check()
    assert raised.value.vendor_code == "invalid_client"
    assert asked(pexip) == []


def test_an_unknown_enterprise_needs_a_person(pexip: Tenant) -> None:
    with pytest.raises(CredentialsRejected):
        Api(connection(pexip, {**pexip.credentials, "enterprise": "../nobody"}), Client()).check()


def test_a_token_service_that_is_away_is_asked_again_later() -> None:
    with peer(answer(503, Retry_After="3")) as one:
        with pytest.raises(Transient) as raised:
            recorded(one).check()
        assert raised.value.retry_after == timedelta(seconds=3)


def test_a_429_pauses(pexip: Tenant) -> None:
    api(pexip).check()
    pexip.fault("rate_limited")
    with pytest.raises(RateLimited) as raised:
        api(pexip).check()
    assert raised.value.retry_after is None  # none is documented: back-off is the pipeline's


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"data": {}}', b'{"data": [], "meta": {}}', b'{"data": null}'])
def test_a_page_that_cannot_be_understood_proves_nothing_absent(body: bytes) -> None:
    with peer() as one:
        one.scripts = [answer(200, token(one)), answer(200, body)]
        with pytest.raises(Permanent):
            recorded(one).fetch([Wanted("1")], now=NOW)


def test_the_check_counts_what_it_sees(pexip: Tenant) -> None:
    pexip.book(starts_at=START)
    assert api(pexip).check() == "client credentials accepted, 1 appointments"


def token(one: Peer) -> bytes:
    """A token of this peer's own; tokens are kept per address, and ports come back."""
    return json.dumps({"access_token": f"token-{one.port}", "expires_in": 300}).encode()


def page(data: list[object], total: int) -> Callable[..., None]:
    meta = {"offset": 0, "limit": 25, "totalCount": total}
    return answer(200, json.dumps({"data": data, "meta": meta}).encode())
