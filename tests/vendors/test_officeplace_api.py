"""OfficePlace's calls against the sandbox, and against recorded bytes where it cannot answer so."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from outbound.client import Client
from rules.errors import CredentialsRejected, NotFound, Permanent, RateLimited, Unsupported
from rules.vendors import Change, Connection, Wanted, Window
from tests.outbound.peers import Peer, answer, peer
from tests.vendors.conftest import Tenant
from vendors.officeplace.api import Api
from vendors.officeplace.operations import MAILBOX, Operations

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = NOW + timedelta(days=1)
WINDOW = Window(NOW, NOW + timedelta(days=90))
TOKEN = b'{"token":"t-1","expiresIn":3600,"tokenType":"Bearer"}'


@pytest.fixture
def officeplace(tenant: Callable[..., Tenant]) -> Tenant:
    return tenant("officeplace")


def with_more(tenant: Tenant, **credentials: Any) -> Tenant:
    """The same customer, with mailboxes or a domain of its own."""
    sent = {"vendor": tenant.vendor, "name": tenant.name, "credentials": tenant.credentials | credentials}
    httpx.post(f"{tenant.url}/control/tenants", json=sent).raise_for_status()
    return tenant


def api(tenant: Tenant, **options: Any) -> Api:
    base, options = f"{tenant.url}/officeplace", {"mailboxes": ["ad-1"]} | options
    return Api(Connection("c", "officeplace", "UTC", base, tenant.credentials, options=options), Client())


def at_tenant(tenant: Tenant, **options: Any) -> Operations:
    base = f"{tenant.url}/officeplace"
    return Operations(Connection("c", "officeplace", "UTC", base, tenant.credentials, options=options), Client())


def at_peer(one: Peer, **options: Any) -> Connection:
    credentials = {"tenant_id": "north", "client_id": "c", "client_secret": "s"}
    return Connection("c", "officeplace", "UTC", one.url, credentials, options=options)


def recorded(one: Peer, **options: Any) -> Api:
    return Api(at_peer(one, **options), Client())


def tokens_asked(tenant: Tenant) -> int:
    return len([call for call in tenant.calls() if call["path"].endswith("/authentication/token")])


def test_a_booked_appointment_is_fetched_with_the_mailbox_that_has_it(officeplace: Tenant) -> None:
    booked = officeplace.book(starts_at=START.isoformat())
    (record,) = api(officeplace).fetch([Wanted(booked["id"])], now=NOW).records
    assert (record.external_id, record.raw) == (booked["id"], booked["record"] | {MAILBOX: "ad-1"})


def test_without_mailboxes_the_guides_call_is_made(officeplace: Tenant) -> None:
    booked = officeplace.book(starts_at=START.isoformat())
    (record,) = api(officeplace, mailboxes=[]).fetch([Wanted(booked["id"])], now=NOW).records
    assert record.raw == booked["record"]
    assert "adId" not in officeplace.calls()[-1]["query"]


def test_every_mailbox_is_asked_before_an_appointment_is_absent(officeplace: Tenant) -> None:
    with_more(officeplace, ad_ids=["ad-1", "ad-2"])
    booked = officeplace.book(starts_at=START.isoformat(), mailbox="ad-2")
    both = api(officeplace, mailboxes=["ad-1", "ad-2"])
    fetched = both.fetch([Wanted(booked["id"]), Wanted("never"), Wanted("")], now=NOW)
    assert [record.raw[MAILBOX] for record in fetched.records] == ["ad-2"]
    assert fetched.absent == {"never", ""}
    assert api(officeplace, mailboxes=["ad-1"]).fetch([Wanted(booked["id"])], now=NOW).absent == {booked["id"]}


def test_case_8_a_deleted_appointment_is_absent(officeplace: Tenant) -> None:
    booked = officeplace.book(starts_at=START.isoformat())
    officeplace.act(booked["id"], "delete")
    assert api(officeplace).fetch([Wanted(booked["id"])], now=NOW).absent == {booked["id"]}


def test_the_domain_is_sent_where_it_is_known(officeplace: Tenant) -> None:
    with_more(officeplace, domain_id="d-1")
    booked = officeplace.book(starts_at=START.isoformat())
    (found,) = at_tenant(officeplace, domain_id="d-1").preview(WINDOW.start, WINDOW.end, "ad-1")
    assert found.external_id == booked["id"]
    with pytest.raises(Permanent):
        at_tenant(officeplace).preview(WINDOW.start, WINDOW.end, "ad-1")


def test_the_tenant_is_in_the_path_and_in_the_header() -> None:
    with peer(answer(200, TOKEN), answer(200, b'{"appointmentId": "1"}')) as one:
        Operations(at_peer(one), Client()).get_appointment("1")
    assert one.received[1].startswith(b"GET /north/appointment?appointmentId=1 HTTP/1.1\r\n")
    assert b"\r\ntenantId: north\r\n" in one.received[1]
    assert b"\r\nAuthorization: Bearer t-1\r\n" in one.received[1]


def test_reconciliation_goes_through_every_mailbox_month_by_month(officeplace: Tenant) -> None:
    with_more(officeplace, ad_ids=["ad-1", "ad-2"])
    wanted = {
        officeplace.book(starts_at=(NOW + timedelta(days=30 * n, hours=1)).isoformat(), mailbox=box)["id"]
        for n in range(3)
        for box in ("ad-1", "ad-2")
    }
    both, cursor, seen, pages = api(officeplace, mailboxes=["ad-1", "ad-2"]), None, set(), 0
    while True:
        page = both.page(WINDOW, cursor)
        seen |= {record.external_id for record in page.records}
        cursor, pages = page.cursor, pages + 1
        if cursor is None:
            break
    assert (seen, pages) == (wanted, 6)


def test_a_cursor_of_a_mailbox_that_was_taken_away_ends_the_scan(officeplace: Tenant) -> None:
    page = api(officeplace).page(WINDOW, f"1/{NOW.isoformat()}")
    assert (page.records, page.cursor) == ((), None)


def test_create_update_and_delete_do_what_the_guide_says(officeplace: Tenant) -> None:
    one = at_tenant(officeplace)
    made = one.create("Meeting with Client", START, START + timedelta(hours=1), "Quarterly review meeting", "ad-1")
    record = one.get_appointment(made, "ad-1")
    assert (record.raw["title"], record.raw["body"]["content"]) == ("Meeting with Client", "Quarterly review meeting")
    later = START + timedelta(minutes=30)
    updated = one.update(made, "Updated Meeting Title", later, later + timedelta(hours=1), "ad-1")
    assert updated is not None
    assert (updated.raw["title"], updated.raw["startTime"]) == ("Updated Meeting Title", "2026-03-02T12:30:00Z")
    one.delete(made, "ad-1")
    with pytest.raises(NotFound):
        one.delete(made, "ad-1")


def test_delete_has_a_json_body() -> None:
    with peer(answer(200, TOKEN), answer(200, b"{}")) as one:
        Operations(at_peer(one), Client()).delete("123")
    assert one.received[1].startswith(b"DELETE /north/appointment HTTP/1.1\r\n")
    assert json.loads(one.received[1].partition(b"\r\n\r\n")[2]) == {"appointmentId": "123"}


@pytest.mark.parametrize("shape", ["guide", "reference"])
def test_both_documented_token_shapes_work_and_are_asked_for_once(tenant: Callable[..., Tenant], shape: str) -> None:
    officeplace = tenant("officeplace", token_shape=shape)
    assert api(officeplace).check() == "client credentials accepted"
    assert api(officeplace).check() == "client credentials accepted"
    assert tokens_asked(officeplace) == 1


def test_a_token_that_expired_early_is_renewed_once(officeplace: Tenant) -> None:
    api(officeplace).check()
    officeplace.fault("token_expired")
    api(officeplace).check()
    assert tokens_asked(officeplace) == 2


def test_a_second_refusal_needs_a_person(officeplace: Tenant) -> None:
    officeplace.fault("token_expired", count=2)
    with pytest.raises(CredentialsRejected):
        api(officeplace).fetch([Wanted("1")], now=NOW)


def test_a_wrong_secret_needs_a_person_and_buries_nobody(officeplace: Tenant) -> None:
    for wrong in ({"client_secret": "wrong"}, {"tenant_id": "nobody"}):
        stranger = replace(officeplace, credentials=officeplace.credentials | wrong)
        with pytest.raises(CredentialsRejected):
            api(stranger).fetch([Wanted("1")], now=NOW)


def test_a_missing_token_endpoint_is_no_missing_record() -> None:
    with peer(answer(404, b"")) as one, pytest.raises(CredentialsRejected):
        recorded(one).fetch([Wanted("1")], now=NOW)


def test_case_18_a_429_without_a_word_pauses_without_a_time() -> None:
    with peer(answer(200, TOKEN), answer(429, b"")) as one, pytest.raises(RateLimited) as caught:
        recorded(one).fetch([Wanted("1")], now=NOW)
    assert caught.value.retry_after is None


@pytest.mark.parametrize("body", [b"{}", b"null", b'{"appointmentId": "2"}', b"<html>"])
def test_an_answer_about_something_else_is_no_record_and_no_absence(body: bytes) -> None:
    with peer(answer(200, TOKEN), answer(200, body)) as one, pytest.raises(Permanent) as caught:
        recorded(one).fetch([Wanted("1")], now=NOW)
    assert not isinstance(caught.value, NotFound)


def test_statuses_cannot_be_written_and_people_cannot_be_asked_for(officeplace: Tenant) -> None:
    with pytest.raises(Unsupported):
        api(officeplace).write("1", Change.CONFIRM, {})
    with pytest.raises(Unsupported):
        api(officeplace).customer("1", now=NOW)
    assert api(officeplace).contact("ada@example.org") is None
