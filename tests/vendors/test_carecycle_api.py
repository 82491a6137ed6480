"""CareCycle's calls against the sandbox, and against recorded bytes where it cannot answer so."""

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
from vendors.carecycle.api import Api
from vendors.carecycle.listing import MOST_SECOND_LOOKS

FIXTURES = Path(__file__).parent.parent / "fixtures" / "carecycle"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def carecycle(tenant: Callable[..., Tenant]) -> Tenant:
    return tenant("carecycle")


def api(tenant: Tenant, **options: Any) -> Api:
    base = f"{tenant.url}/carecycle"
    return Api(Connection("c", "carecycle", "UTC", base, tenant.credentials, options=options), Client())


def recorded(one: Peer, **credentials: str) -> Api:
    return Api(Connection("c", "carecycle", "UTC", one.url, {"api_key": "cc_1"} | credentials), Client())


def booked(tenant: Tenant, starts_at: datetime, **more: Any) -> str:
    return str(tenant.book(starts_at=starts_at.isoformat(), **more)["id"])


def asked(tenant: Tenant) -> list[tuple[str, str]]:
    """The windows that were asked for, without the second of overlap."""
    windows = []
    for call in tenant.calls():
        query = parse_qs(call["query"])
        start = datetime.fromisoformat(query["startDate"][0]) + timedelta(seconds=1)
        windows.append((start.isoformat()[:10], query["endDate"][0][:10]))
    return windows


def test_expected_days_next_to_each_other_are_one_call(carecycle: Tenant) -> None:
    days = [TOMORROW, TOMORROW + timedelta(days=1), TOMORROW + timedelta(days=5)]
    wanted = [Wanted(booked(carecycle, day), day) for day in days]
    fetched = api(carecycle).fetch(wanted, now=NOW)
    assert {record.external_id for record in fetched.records} == {one.external_id for one in wanted}
    assert fetched.absent == frozenset()
    assert asked(carecycle) == [("2026-03-02", "2026-03-04"), ("2026-03-07", "2026-03-08")]
    assert fetched.windows == (
        Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC)),
        Window(datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC)),
    )


def test_whatever_else_the_window_holds_comes_along(carecycle: Tenant) -> None:
    one, other = booked(carecycle, TOMORROW), booked(carecycle, TOMORROW + timedelta(hours=1))
    fetched = api(carecycle).fetch([Wanted(one, TOMORROW)], now=NOW)
    assert {record.external_id for record in fetched.records} == {one, other}


STEPS = [("2026-02-28", "2026-03-09"), ("2026-03-09", "2026-04-01"), ("2026-04-01", "2026-05-31")]


@pytest.mark.parametrize(("ahead", "steps"), [(3, 1), (7, 1), (20, 2), (90, 3)])
def test_one_that_nobody_knows_the_day_of_is_looked_for_step_by_step(carecycle: Tenant, ahead: int, steps: int) -> None:
    near, far = booked(carecycle, TOMORROW), booked(carecycle, NOW + timedelta(days=ahead))
    fetched = api(carecycle).fetch([Wanted(far), Wanted(near, TOMORROW)], now=NOW)
    assert {near, far} <= {record.external_id for record in fetched.records}
    assert asked(carecycle) == STEPS[:steps], "who is expected on a day that was listed costs no call of its own"


def test_one_that_is_nowhere_costs_no_more_than_the_steps(carecycle: Tenant) -> None:
    assert api(carecycle).fetch([Wanted("never-seen")], now=NOW).absent == {"never-seen"}
    assert asked(carecycle) == STEPS


def test_many_separate_days_are_one_call_over_the_horizon(carecycle: Tenant) -> None:
    moments = [NOW + timedelta(days=2 * n) for n in range(1, 30)]
    wanted = [Wanted(booked(carecycle, moment), moment) for moment in moments]
    fetched = api(carecycle).fetch(wanted, now=NOW)
    assert len([one for one in fetched.records if one.external_id in {each.external_id for each in wanted}]) == 29
    assert asked(carecycle)[0] == ("2026-02-28", "2026-05-31")


def test_one_that_moved_to_another_day_is_found_there_in_the_same_fetch(carecycle: Tenant) -> None:
    moved = booked(carecycle, TOMORROW)
    carecycle.act(moved, "move", starts_at=(TOMORROW + timedelta(days=30)).isoformat())
    fetched = api(carecycle).fetch([Wanted(moved, TOMORROW)], now=NOW)
    assert fetched.absent == frozenset()
    (record,) = fetched.records
    assert record.raw["appointmentDateTime"].startswith("2026-04-01")
    assert asked(carecycle) == [("2026-03-02", "2026-03-03"), ("2026-02-28", "2026-05-31")]


def test_case_80_a_cancelled_one_is_absent_only_after_a_look_over_the_horizon(carecycle: Tenant) -> None:
    gone, other = booked(carecycle, TOMORROW), booked(carecycle, TOMORROW)
    carecycle.act(gone, "cancel")
    fetched = api(carecycle).fetch([Wanted(gone, TOMORROW), Wanted(other, TOMORROW), Wanted("never-seen")], now=NOW)
    assert fetched.absent == {gone, "never-seen"}
    assert [record.external_id for record in fetched.records] == [other]


def test_a_past_one_is_looked_for_on_its_own_day_too(carecycle: Tenant) -> None:
    past = NOW - timedelta(days=20)
    known = booked(carecycle, past)
    fetched = api(carecycle).fetch([Wanted(known, past), Wanted("unknown")], now=NOW)
    assert [record.external_id for record in fetched.records] == [known]
    assert fetched.absent == {"unknown"}


def test_an_absurd_hint_is_no_hint(carecycle: Tenant) -> None:
    known = booked(carecycle, TOMORROW)
    fetched = api(carecycle).fetch([Wanted(known, datetime.min.replace(tzinfo=UTC))], now=NOW)
    assert [record.external_id for record in fetched.records] == [known]


def test_midnight_belongs_to_its_day_whatever_the_ends_of_a_window_mean(carecycle: Tenant) -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    known = booked(carecycle, midnight)
    fetched = api(carecycle).fetch([Wanted(known, midnight)], now=NOW)
    assert [record.external_id for record in fetched.records] == [known]
    query = parse_qs(carecycle.calls()[0]["query"])
    assert query == {"startDate": ["2026-03-01T23:59:59.000Z"], "endDate": ["2026-03-03T00:00:00.000Z"]}


def test_a_customers_appointments_are_picked_from_the_horizon(carecycle: Tenant) -> None:
    first = carecycle.book(starts_at=TOMORROW.isoformat())
    second = booked(carecycle, TOMORROW + timedelta(days=40), person_id=first["person_id"])
    booked(carecycle, TOMORROW)
    fetched = api(carecycle).customer(first["person_id"], now=NOW)
    assert {record.external_id for record in fetched.records} == {first["id"], second}
    assert len(asked(carecycle)) == 1


def test_the_horizon_can_be_set(carecycle: Tenant) -> None:
    booked(carecycle, NOW + timedelta(days=20))
    assert api(carecycle, horizon_days=7).fetch([Wanted("x")], now=NOW).records == ()
    assert asked(carecycle) == [("2026-02-28", "2026-03-09")]


def test_reconciliation_goes_day_by_day_and_misses_nothing(carecycle: Tenant) -> None:
    wanted = {booked(carecycle, NOW + timedelta(hours=9 * n)) for n in range(10)}
    window, cursor, seen, pages = Window(NOW, NOW + timedelta(days=4)), None, set(), 0
    while True:
        page = api(carecycle).page(window, cursor)
        seen |= {record.external_id for record in page.records}
        cursor, pages = page.cursor, pages + 1
        if cursor is None:
            break
    assert (seen, pages) == (wanted, 5)


def test_the_phone_of_a_customer_is_read_by_a_second_call(carecycle: Tenant) -> None:
    person_id = carecycle.book(
        starts_at=TOMORROW.isoformat(), phone="+13125550142", first_name="Ada", zone="America/Phoenix"
    )["person_id"]
    contact = api(carecycle).contact(person_id)
    assert contact is not None
    assert (contact.phone, contact.first_name, contact.zone, contact.language) == (
        "+13125550142",
        "Ada",
        "America/Phoenix",
        "en",
    )
    with pytest.raises(NotFound):
        api(carecycle).contact("nobody")


def test_a_key_is_checked_before_it_is_shown_to_anybody(carecycle: Tenant) -> None:
    assert api(carecycle).check() == "API key accepted"
    with peer(answer(200, b'{"results": []}')) as one, pytest.raises(CredentialsRejected, match="cc_"):
        recorded(one, api_key="sk_1").check()
    assert one.received == []


def test_a_wrong_key_needs_a_person(carecycle: Tenant) -> None:
    stranger = Tenant(carecycle.url, "carecycle", "x", {"api_key": "cc_wrong"})
    with pytest.raises(CredentialsRejected) as caught:
        api(stranger).fetch([Wanted("x")], now=NOW)
    assert caught.value.vendor_code == "UNAUTHORIZED"


def test_nothing_can_be_written(carecycle: Tenant) -> None:
    with pytest.raises(Unsupported):
        api(carecycle).write("a", Change.CONFIRM, {})


def test_case_18_a_429_says_in_its_body_how_long_to_wait() -> None:
    body = (FIXTURES / "errors" / "rate_limited_public.json").read_bytes()
    with peer(answer(429, body)) as one, pytest.raises(RateLimited) as caught:
        recorded(one).fetch([Wanted("x")], now=NOW)
    assert (caught.value.retry_after, caught.value.vendor_code) == (timedelta(seconds=60), "RATE_LIMIT_EXCEEDED")


def test_a_validation_error_keeps_what_was_said_of_each_field_and_names_no_failed_person() -> None:
    body = (FIXTURES / "errors" / "configs_6.json").read_bytes()
    with peer(answer(422, body)) as one, pytest.raises(Permanent) as caught:
        recorded(one).fetch([Wanted("x")], now=NOW)
    assert caught.value.vendor_code == "VALIDATION_ERROR"
    assert caught.value.vendor_message == "string; string: string; 1 failed records"


def test_an_outage_is_tried_again() -> None:
    body = (FIXTURES / "errors" / "appointments_8.json").read_bytes()
    with peer(answer(500, body)) as one, pytest.raises(Transient):
        recorded(one).check()


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"results": null}', b"<html>", b'{"results": {}}'])
def test_an_answer_without_a_list_makes_nobody_absent(body: bytes) -> None:
    with peer(answer(200, body)) as one, pytest.raises(Permanent):
        recorded(one).fetch([Wanted("x", TOMORROW)], now=NOW)


def test_a_list_with_something_unreadable_in_it_makes_nobody_absent() -> None:
    body = json.dumps({"results": [{"id": "a"}, {"name": "no id"}]}).encode()
    with peer(answer(200, body)) as one:
        fetched = recorded(one).fetch([Wanted("x", TOMORROW)], now=NOW)
    assert (fetched.absent, fetched.windows) == (frozenset(), ())
    assert [record.external_id for record in fetched.records] == ["a"]


def test_a_list_as_long_as_a_suspected_cap_is_listed_again_in_halves(carecycle: Tenant) -> None:
    for n in range(25):
        booked(carecycle, TOMORROW + timedelta(hours=n))
    fetched = api(carecycle, horizon_days=30).fetch([Wanted("gone")], now=NOW)
    assert (len(fetched.records), fetched.absent) == (25, {"gone"})
    assert len(asked(carecycle)) > 1


def test_a_list_that_is_always_cut_makes_nobody_absent() -> None:
    body = json.dumps({"results": [{"id": str(n)} for n in range(100)]}).encode()
    with peer(answer(200, body)) as one:
        fetched = recorded(one).fetch([Wanted("x", TOMORROW)], now=NOW)
    assert (fetched.absent, fetched.windows) == (frozenset(), ())
    assert len(one.received) == 2 + MOST_SECOND_LOOKS
