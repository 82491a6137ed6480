"""Vonage, against answers from its documents. Against the sandbox's network: `tests/sending/test_vonage_network.py`."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbound.client import Client
from rules.errors import CredentialsRejected
from rules.senders import Accepted, AttemptState, Inbound, NotSent, Receipt, Refused, SenderSettings, Unknown, Verdict
from senders.vonage.api import Api
from senders.vonage.settings import check_options
from senders.vonage.webhook import inbound, read, receipts, verify
from tests.senders.given import Stub, fixture

PERSON = "+447700900000"
JSON = {"Content-Type": "application/json"}


def settings(base_url: str = "", **options: str) -> SenderSettings:
    credentials = {"api_key": "abcd1234", "api_secret": "s3", "signature_secret": "sig"}
    return SenderSettings("texts", "vonage", (), base_url, credentials, options)


@pytest.fixture
def vonage(stub: Stub) -> Api:
    return Api(settings(stub.url), Client())


def test_the_request_is_the_documented_one(vonage: Api, stub: Stub, send: Callable[..., Any]):
    stub.says(200, fixture("vonage/answers/accepted.json"))
    assert send(vonage, PERSON, receipt_url="https://texts.example/r?attempt=a1b2c3") == Accepted("0C000000217B7F02", 1)
    [request] = stub.requests
    assert (request.method, request.path) == ("POST", "/sms/json")
    assert request.form == {
        "api_key": "abcd1234",
        "api_secret": "s3",
        "from": "12025550100",
        "to": "447700900000",
        "text": "See you at 2:30 PM",
        "type": "text",
        "client-ref": "a1b2c3",
        "callback": "https://texts.example/r?attempt=a1b2c3",
    }


def test_letters_outside_gsm_are_announced(vonage: Api, stub: Stub, send: Callable[..., Any]):
    stub.says(200, fixture("vonage/answers/accepted.json"))
    send(vonage, PERSON, "🙂")
    assert stub.requests[0].form["type"] == "unicode"


def parts(*statuses: str) -> bytes:
    return json.dumps(
        {"messages": [{"status": each, "message-id": f"M{n}"} for n, each in enumerate(statuses)]}
    ).encode()


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("1", Verdict.RETRY),
        ("3", Verdict.FAILED),
        ("4", Verdict.NEEDS_PERSON),
        ("7", Verdict.BAD_NUMBER),
        ("9", Verdict.NEEDS_PERSON),
        ("10", Verdict.RETRY),
        ("15", Verdict.NEEDS_PERSON),
        ("33", Verdict.BAD_NUMBER),
        ("999", Verdict.FAILED),
    ],
)
def test_a_status_other_than_zero_is_a_refusal(
    vonage: Api, stub: Stub, send: Callable[..., Any], status: str, verdict: Verdict
):
    stub.says(200, parts(status))
    outcome = send(vonage, PERSON)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.verdict) == (status, verdict)


def test_a_refusal_is_read_as_documented(vonage: Api, stub: Stub, send: Callable[..., Any]):
    stub.says(200, fixture("vonage/answers/refused.json"))
    assert send(vonage, PERSON).code == "2"


def test_a_long_text_counts_its_parts(vonage: Api, stub: Stub, send: Callable[..., Any]):
    stub.says(200, parts("0", "0", "0"))
    assert send(vonage, PERSON, "x" * 400) == Accepted("M0", 3)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, parts("0", "1")),
        (200, parts("5")),
        (200, b""),
        (200, b'{"messages": []}'),
        (200, b'{"messages": [{"status": "0"}]}'),
        (200, b'{"messages": [{}]}'),
        (200, b"[1]"),
        (500, b""),
        (503, parts("4")),
        (302, b""),
    ],
)
def test_case_47_what_proves_nothing_is_unknown(
    vonage: Api, stub: Stub, send: Callable[..., Any], status: int, body: bytes
):
    stub.says(status, body)
    assert isinstance(send(vonage, PERSON), Unknown)


def test_silence_is_unknown_and_nobody_there_is_not_sent(vonage: Api, stub: Stub, send: Callable[..., Any]):
    stub.hangs()
    assert isinstance(send(vonage, PERSON, seconds=0.3), Unknown)
    with Stub() as gone:
        url = gone.url
    assert isinstance(send(Api(settings(url), Client()), PERSON), NotSent)


def test_http_refusals_go_by_their_class(vonage: Api, stub: Stub, send: Callable[..., Any]):
    stub.says(401, b"{}")
    stub.says(429, b"{}", Retry_After="3")
    assert send(vonage, PERSON).verdict is Verdict.NEEDS_PERSON
    limited = send(vonage, PERSON)
    assert (limited.verdict, limited.retry_after_seconds) == (Verdict.RETRY, 3)


def test_check_proves_the_credentials(vonage: Api, stub: Stub):
    stub.says(200, b'{"value": 1.2, "autoReload": false}')
    stub.says(401, b"{}")
    assert vonage.check() == "Vonage accepts the credentials"
    assert "s3" not in stub.requests[0].path
    with pytest.raises(CredentialsRejected):
        vonage.check()


def signed(fields: dict[str, str], method: str = "sha256") -> dict[str, str]:
    """As the page "Signing messages" describes it, written a second time."""
    text = ""
    for name in sorted(fields):
        text += "&" + name + "=" + fields[name].translate(str.maketrans("&=", "__"))
    if method == "md5hash":
        return {**fields, "sig": hashlib.md5((text + "sig").encode()).hexdigest()}
    return {**fields, "sig": hmac.new(b"sig", text.encode(), method).hexdigest().upper()}


@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha256", "sha512"])
def test_signed_webhooks_are_accepted_and_spoiled_ones_are_not(method: str):
    fields = read(JSON, {}, fixture("vonage/webhooks/inbound.json"))
    good = signed(fields, method)
    chosen = settings(signature_method=method)
    assert verify(chosen, "", {}, good)
    for spoiled in (
        fields,
        {**good, "text": "no"},
        {**good, "more": ""},
        {**good, "sig": ""},
        {**good, "sig": "é\udc80"},
    ):
        assert not verify(chosen, "", {}, spoiled)


def test_case_9_without_a_secret_nothing_is_believed():
    good = signed(read(JSON, {}, fixture("vonage/webhooks/inbound.json")))
    assert not verify(SenderSettings("texts", "vonage", (), "", {"api_key": "a", "api_secret": "b"}), "", {}, good)


def test_a_method_that_vonage_does_not_know_is_refused_at_start_and_verifies_nothing():
    odd = settings(signature_method="crc32")
    assert "sha512" in check_options(odd.options)[0]
    assert check_options({}) == []
    assert not verify(odd, "", {}, signed({"messageId": "M1"}))


def test_a_get_callback_may_carry_our_own_query_beside_the_signed_fields():
    query = {"attempt": "a1b2c3", **signed({"messageId": "M1", "status": "delivered", "client-ref": "x"})}
    fields = read({}, query, b"")
    assert verify(settings(), "", {}, fields)
    assert receipts(query, fields) == [Receipt("M1", AttemptState.DELIVERED, "x", "", "delivered")]


def test_an_unsigned_query_names_no_attempt():
    fields = signed({"messageId": "M1", "status": "delivered"})
    assert verify(settings(), "", JSON, fields)
    assert receipts({"attempt": "somebody-elses"}, fields)[0].reference == ""


def test_a_receipt_is_read_from_json_and_from_a_form():
    whole = json.loads(fixture("vonage/webhooks/receipt.json"))
    for headers, body in (
        (JSON, fixture("vonage/webhooks/receipt.json")),
        ({"content-type": "application/x-www-form-urlencoded"}, urlencode(whole).encode()),
    ):
        assert receipts({}, read(headers, {}, body)) == [
            Receipt("0B00000127FDBC63", AttemptState.DELIVERED, "a1b2c3", "", "delivered")
        ]


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("failed", AttemptState.UNDELIVERED),
        ("rejected", AttemptState.UNDELIVERED),
        ("expired", AttemptState.UNDELIVERED),
        ("buffered", AttemptState.ACCEPTED),
        ("unknown", AttemptState.ACCEPTED),
        ("a-new-word", AttemptState.ACCEPTED),
    ],
)
def test_words_become_states(word: str, state: AttemptState):
    [receipt] = receipts({}, {"messageId": "M1", "status": word, "err-code": "9"})
    assert (receipt.state, receipt.code) == (state, "9")


def test_an_inbound_text_has_numbers_in_e164():
    assert inbound({}, read(JSON, {}, fixture("vonage/webhooks/inbound.json"))) == [
        Inbound("0A0000000123ABCD1", "+447700900001", "+447700900000", "Yes & thanks = ok")
    ]
    short = {"messageId": "M1", "msisdn": "447700900001", "to": "80123", "text": ""}
    assert inbound({}, short) == [Inbound("M1", "+447700900001", "80123", "")]
    assert inbound({}, {**short, "messageId": ""}) == []


@given(st.binary(max_size=300), st.sampled_from([JSON, {}]))
def test_case_9_whatever_a_stranger_sends_nothing_breaks(body: bytes, headers: dict[str, str]):
    fields = read(headers, {}, body)
    assert not verify(settings(), "", headers, fields)
    receipts({}, fields)
    inbound({}, fields)
