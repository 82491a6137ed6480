"""Answers that the network does not give on its own: what Twilio, or whatever stands before it, may say."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest

from outbound.client import Client
from rules.errors import NotReached, Permanent, RateLimited
from rules.senders import Accepted, NotSent, SenderSettings, Sought, Unknown, Verdict
from senders.twilio.api import Api
from senders.twilio.mapping import CODES
from tests.senders.given import Stub, fixture

ANNA = "+12025550142"
CREATED = json.loads(fixture("twilio/answers/created.json"))
SOUGHT = Sought(ANNA, "+12025550100", "See you at 2:30 PM", datetime(2023, 8, 24, 5, 1, 45, 900_000, tzinfo=UTC))


def test_the_request_is_the_documented_one(twilio: Api, stub: Stub, send: Callable[..., Any]):
    stub.says(201, fixture("twilio/answers/created.json"))
    url = "https://texts.example/senders/texts/receipts?attempt=a1b2c3"
    assert send(twilio, ANNA, receipt_url=url) == Accepted("SM11111111111111111111111111111111", 1)
    [request] = stub.requests
    assert (request.method, request.path) == ("POST", "/2010-04-01/Accounts/AC1/Messages.json")
    assert request.headers["Authorization"] == "Basic QUMxOnQ="
    assert request.form == {
        "To": ANNA,
        "From": "+12025550100",
        "Body": "See you at 2:30 PM",
        "StatusCallback": url,
    }


def test_no_receipts_are_asked_for_where_none_are_wanted(twilio: Api, stub: Stub, send: Callable[..., Any]):
    stub.says(201, fixture("twilio/answers/created.json"))
    send(twilio, ANNA)
    assert "StatusCallback" not in stub.requests[0].form


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_of_the_table_is_read_from_the_answer(twilio: Api, stub: Stub, send: Callable[..., Any], code: str):
    stub.says(400, json.dumps({"code": int(code), "message": f"about {ANNA}", "status": 400}).encode())
    outcome = send(twilio, ANNA)
    assert outcome == CODES[code].refused(code)
    assert ANNA not in outcome.message


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("20003", Verdict.NEEDS_PERSON),
        ("20429", Verdict.RETRY),
        ("21211", Verdict.BAD_NUMBER),
        ("21408", Verdict.FAILED),
        ("21606", Verdict.NEEDS_PERSON),
        ("21610", Verdict.OPTED_OUT),
        ("21612", Verdict.FAILED),
        ("21614", Verdict.BAD_NUMBER),
        ("30003", Verdict.FAILED),
        ("30004", Verdict.FAILED),
        ("30005", Verdict.BAD_NUMBER),
        ("30006", Verdict.BAD_NUMBER),
        ("30007", Verdict.FAILED),
        ("30008", Verdict.FAILED),
        ("30034", Verdict.NEEDS_PERSON),
    ],
)
def test_the_codes_that_must_be_known_are(code: str, verdict: Verdict):
    assert CODES[code].verdict is verdict


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (400, Verdict.FAILED),
        (404, Verdict.FAILED),
        (422, Verdict.FAILED),
        (401, Verdict.NEEDS_PERSON),
        (403, Verdict.NEEDS_PERSON),
        (429, Verdict.RETRY),
    ],
)
@pytest.mark.parametrize(
    "body", [b'{"code": 99999, "message": "new"}', b"<html>no</html>", b"", b"[]", b'{"code": {}}']
)
def test_an_unknown_code_goes_by_its_http_class(
    twilio: Api, stub: Stub, send: Callable[..., Any], status: int, verdict: Verdict, body: bytes
):
    stub.says(status, body)
    outcome = send(twilio, ANNA)
    assert outcome.verdict is verdict
    assert outcome.code in {"99999", f"http_{status}"}


def test_case_48_the_wait_that_is_asked_for_is_passed_on(twilio: Api, stub: Stub, send: Callable[..., Any]):
    stub.says(429, b'{"code": 20429}', Retry_After="7")
    assert send(twilio, ANNA).retry_after_seconds == 7


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"code": 20500}'),
        (502, b""),
        (503, b'{"code": 21211}'),
        (504, b"<html>"),
        (408, b""),
        (302, b""),
        (200, b""),
        (201, b"<html>ok</html>"),
        (201, b"[]"),
        (201, b'{"sid": null}'),
        (201, b'{"sid": ["SM1"]}'),
        (201, b"[" * 100_000),
    ],
)
def test_case_47_an_answer_that_proves_nothing_is_unknown(
    twilio: Api, stub: Stub, send: Callable[..., Any], status: int, body: bytes
):
    stub.says(status, body, Location="https://elsewhere.example/")
    assert isinstance(send(twilio, ANNA), Unknown)
    assert len(stub.requests) == 1


def test_case_47_silence_and_a_broken_line_are_unknown(twilio: Api, stub: Stub, send: Callable[..., Any]):
    stub.hangs()
    assert isinstance(send(twilio, ANNA, seconds=0.3), Unknown)
    stub.answers.clear()
    stub.hangs_up()
    assert isinstance(send(twilio, ANNA), Unknown)


def test_nobody_listening_is_proof_that_nothing_was_sent(send: Callable[..., Any]):
    with Stub() as gone:
        url = gone.url
    sender = Api(SenderSettings("texts", "twilio", (), url, {"account_sid": "AC1", "auth_token": "t"}), Client())
    assert isinstance(send(sender, ANNA), NotSent)


@pytest.mark.parametrize("reason", [RateLimited("our own budget is used up"), NotReached("no slot")])
def test_our_own_budget_is_proof_that_nothing_was_sent(stub: Stub, send: Callable[..., Any], reason: Exception):
    def no_leave() -> AbstractContextManager[None]:
        raise reason

    settings = SenderSettings("texts", "twilio", (), stub.url, {"account_sid": "AC1", "auth_token": "t"})
    assert send(Api(settings, Client(before_call=no_leave)), ANNA) == NotSent(str(reason))
    assert stub.requests == []


def listed(*messages: dict[str, Any], more: str | None = None) -> bytes:
    return json.dumps({"messages": [{**CREATED, **each} for each in messages], "next_page_uri": more}).encode()


def test_a_look_up_asks_by_number_alone_and_reads_further_pages(twilio: Api, stub: Stub):
    more = "/2010-04-01/Accounts/AC1/Messages.json?To=x&PageSize=100&Page=1&PageToken=PASM9"
    stub.says(200, listed({"body": "another"}, more=more))
    stub.says(200, listed({"status": "delivered"}, {"date_created": "Wed, 23 Aug 2023 05:01:45 +0000"}))
    found = twilio.look_up(SOUGHT)
    assert found is not None
    assert (found.sender_id, found.state) == (CREATED["sid"], "delivered")
    assert stub.requests[0].query == {"To": ANNA, "PageSize": "100"}
    assert stub.requests[1].query["PageToken"] == "PASM9"


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{}, {"sid": "SM2"}],
        [{"direction": "inbound"}],
        [{"direction": None}],
        [{"from": "+12025550199"}],
        [{"body": "see you at 2:30 pm"}],
        [{"date_created": "Thu, 24 Aug 2023 05:01:30 +0000"}],
        [{"date_created": "yesterday"}],
        [{"sid": None}],
    ],
)
def test_a_look_up_without_exactly_one_fit_proves_nothing(twilio: Api, stub: Stub, messages: list[dict[str, Any]]):
    stub.says(200, listed(*messages))
    assert twilio.look_up(SOUGHT) is None


def test_a_look_up_gives_up_on_a_list_without_end(twilio: Api, stub: Stub):
    stub.says(200, listed({"body": "another"}, more="/x?Page=1"))
    assert twilio.look_up(SOUGHT) is None
    assert len(stub.requests) == 5


def test_a_look_up_that_fails_says_so(twilio: Api, stub: Stub):
    stub.says(200, b"<html>")
    with pytest.raises(Permanent):
        twilio.look_up(SOUGHT)
    stub.answers.clear()
    stub.says(429, b'{"code": 20429, "message": "no"}')
    with pytest.raises(RateLimited) as raised:
        twilio.look_up(SOUGHT)
    assert raised.value.vendor_code == "20429"
