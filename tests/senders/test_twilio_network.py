"""Twilio's sender against the emulated network: every end that a call can have, and finding it again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from outbound.client import Client
from outbound.clock import boottime
from rules.errors import CredentialsRejected
from rules.senders import Accepted, AttemptState, NotSent, Refused, Sought, Unknown, Verdict
from senders.apis import APIS
from senders.webhooks import WEBHOOKS
from tests.senders.given import Network, Stub

ANNA = "+12025550142"


def api(network: Network) -> Any:
    return APIS[network.settings.kind](network.settings, Client())


def sought(network: Network, to: str, body: str, since: datetime, **more: Any) -> Sought:
    return Sought(to=to, from_=network.number, body=body, created_after=since, **more)


def test_a_text_arrives_as_it_was_written(network: Callable[..., Network], send: Callable[..., Any]):
    one = network()
    outcome = send(api(one), ANNA, "Grüße & 100 % = €5 + 🙂", from_=one.number)
    [text] = one.texts(ANNA)
    assert text["body"] == "Grüße & 100 % = €5 + 🙂"
    assert outcome == Accepted(text["sid"], 1)


@pytest.mark.parametrize(
    ("to", "code", "verdict"),
    [
        ("+15005550001", "21211", Verdict.BAD_NUMBER),
        ("+15005550002", "21612", Verdict.FAILED),
        ("+15005550003", "21408", Verdict.FAILED),
        ("+15005550004", "21610", Verdict.OPTED_OUT),
        ("+15005550009", "21614", Verdict.BAD_NUMBER),
        ("12", "21211", Verdict.BAD_NUMBER),
    ],
)
def test_case_50_a_refusal_says_what_it_means(
    network: Callable[..., Network], send: Callable[..., Any], to: str, code: str, verdict: Verdict
):
    one = network()
    outcome = send(api(one), to, from_=one.number)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.verdict) == (code, verdict)
    assert to not in outcome.message


def test_a_number_that_is_not_ours_needs_a_person(network: Callable[..., Network], send: Callable[..., Any]):
    outcome = send(api(network()), ANNA, from_="+12025550199")
    assert (outcome.code, outcome.verdict) == ("21606", Verdict.NEEDS_PERSON)


def test_wrong_credentials_need_a_person(network: Callable[..., Network], send: Callable[..., Any]):
    one = network()
    wrong = replace(one.settings, credentials={**one.settings.credentials, "auth_token": "no"})
    sender = APIS["twilio"](wrong, Client())
    outcome = send(sender, ANNA, from_=one.number)
    assert (outcome.code, outcome.verdict) == ("20003", Verdict.NEEDS_PERSON)
    with pytest.raises(CredentialsRejected):
        sender.check()
    assert api(one).check() == "Twilio accepts the credentials"


def test_case_48_too_fast_is_tried_later(network: Callable[..., Network], send: Callable[..., Any]):
    one = network()
    one.fault("rate_limited", seconds=7)
    outcome = send(api(one), ANNA, from_=one.number)
    assert (outcome.code, outcome.verdict) == ("20429", Verdict.RETRY)


def test_a_server_error_proves_nothing(network: Callable[..., Network], send: Callable[..., Any]):
    one = network()
    one.fault("error_500")
    assert isinstance(send(api(one), ANNA, from_=one.number), Unknown)


def test_case_47_a_text_accepted_without_an_answer_is_unknown_and_found_again(
    network: Callable[..., Network], send: Callable[..., Any]
):
    one, to, began = network(), "+15005550041", datetime.now(UTC)
    sender = api(one)
    assert isinstance(send(sender, to, from_=one.number, seconds=0.5), Unknown)
    [text] = one.texts(to)
    found = sender.look_up(sought(one, to, text["body"], began))
    assert found is not None
    assert (found.sender_id, found.state) in {
        (text["sid"], AttemptState.ACCEPTED),
        (text["sid"], AttemptState.DELIVERED),
    }


def test_case_47_a_look_up_that_finds_nothing_proves_nothing(network: Callable[..., Network], send: Callable[..., Any]):
    one, to, began = network(), "+15005550040", datetime.now(UTC)
    sender = api(one)
    assert isinstance(send(sender, to, from_=one.number, seconds=0.5), Unknown)
    assert sender.look_up(sought(one, to, "See you at 2:30 PM", began)) is None


def test_case_47_a_late_answer_counts_inside_the_deadline_and_proves_nothing_after_it(
    network: Callable[..., Network], send: Callable[..., Any]
):
    one, to, began = network(), "+15005550042", datetime.now(UTC)
    sender = api(one)
    assert isinstance(send(sender, to, "Patient", from_=one.number), Accepted)
    assert isinstance(send(sender, to, "Hasty", from_=one.number, seconds=0.5), Unknown)
    found = sender.look_up(sought(one, to, "Hasty", began))
    assert found is not None
    assert {text["body"] for text in one.texts(to)} == {"Patient", "Hasty"}


def test_a_look_up_takes_only_what_fits_exactly(network: Callable[..., Network], send: Callable[..., Any]):
    one, began = network(), datetime.now(UTC)
    sender = api(one)
    first = send(sender, ANNA, "At two", from_=one.number).sender_id
    one.reply(ANNA, "At two")  # the same words the other way round
    wanted = sought(one, ANNA, "At two", began)
    found = sender.look_up(wanted)
    assert found is not None
    assert found.sender_id == first
    for wrong in (
        replace(wanted, body="At two "),
        replace(wanted, from_="+12025550199"),
        replace(wanted, to="+12025550143"),
        replace(wanted, created_after=began + timedelta(minutes=1)),
        replace(wanted, owned=frozenset({first})),
    ):
        assert sender.look_up(wrong) is None
    second = send(sender, ANNA, "At two", from_=one.number).sender_id
    assert sender.look_up(wanted) is None  # two fit: neither is proven
    assert sender.look_up(replace(wanted, owned=frozenset({first}))).sender_id == second


def test_nothing_is_sent_after_send_by(network: Callable[..., Network], send: Callable[..., Any]):
    one = network()
    assert isinstance(send(api(one), ANNA, from_=one.number, send_by=boottime() - 0.1), NotSent)
    assert one.texts(ANNA) == []


def test_receipts_come_back_with_our_reference_and_a_good_signature(
    network: Callable[..., Network], send: Callable[..., Any], stub: Stub
):
    one = network()
    stub.says(204)
    url = f"{stub.url}/senders/texts/receipts?attempt=a1b2c3"
    outcome = send(api(one), "+15005550031", from_=one.number, receipt_url=url)
    twilio = WEBHOOKS["twilio"]
    states = []
    for request in stub.wait_for(2):
        fields = twilio.read(request.headers, request.query, request.body)
        assert twilio.verify(one.settings, stub.url + request.path, request.headers, fields)
        assert not twilio.verify(one.settings, f"{stub.url}/elsewhere", request.headers, fields)
        [receipt] = twilio.receipts(request.query, fields)
        assert (receipt.sender_id, receipt.reference) == (outcome.sender_id, "a1b2c3")
        states.append((receipt.state, receipt.code))
    assert set(states) == {(AttemptState.ACCEPTED, ""), (AttemptState.UNDELIVERED, "30007")}


def test_an_inbound_text_is_read_and_a_forged_one_is_not(network: Callable[..., Network], stub: Stub):
    stub.says(204)
    one = network(inbound_url=f"{stub.url}/senders/texts/inbound")
    twilio = WEBHOOKS["twilio"]
    one.reply(ANNA, "Stop. Thank you 🙏")
    one.reply(ANNA, "forged", signature="wrong")
    bodies = {}
    for request in stub.wait_for(2):
        fields = twilio.read(request.headers, request.query, request.body)
        good = twilio.verify(one.settings, stub.url + request.path, request.headers, fields)
        [text] = twilio.inbound(request.query, fields)
        assert (text.from_, text.to) == (ANNA, one.number)
        bodies[text.body] = good
    assert bodies == {"Stop. Thank you 🙏": True, "forged": False}
