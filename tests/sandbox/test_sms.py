import re
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from sandbox.phones import MAGIC
from sandbox.segments import segments
from sandbox.signing import twilio_signature
from tests.sandbox.given import SENDER, SID, TOKEN, until

AT = f"/sms/2010-04-01/Accounts/{SID}/Messages"
ADA = "+13125550142"


@pytest.fixture
def ask(client):
    def ask(path=".json", method="GET", auth=(SID, TOKEN), **more):
        return client.open(f"{AT}{path}", method=method, auth=auth, **more)

    return ask


@pytest.fixture
def text(ask):
    def text(recipient=ADA, sender=SENDER, body="Hello", **more):
        return ask(method="POST", data={"To": recipient, "From": sender, "Body": body, **more})

    return text


def test_a_text_is_accepted_with_twilios_resource(text, client):
    answer = text()
    sent = answer.json
    assert answer.status_code == 201
    assert re.fullmatch(r"SM[0-9a-f]{32}", sent["sid"])
    assert (sent["status"], sent["direction"], sent["num_segments"]) == ("queued", "outbound-api", "1")
    assert (sent["error_code"], sent["date_sent"]) == (None, None)
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", sent["date_created"])
    on_phone = client.get(f"/control/phone/{ADA}").json["messages"]
    assert [(each["from"], each["to"], each["body"]) for each in on_phone] == [(SENDER, ADA, "Hello")]


@pytest.mark.parametrize("auth", [None, (SID, "wrong"), ("ACother", TOKEN)])
def test_a_wrong_login_is_20003(ask, auth):
    answer = ask(auth=auth)
    assert (answer.status_code, answer.json["code"], answer.json["status"]) == (401, 20003, 401)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"recipient": "13125550142"}, 21211),
        ({"recipient": ""}, 21604),
        ({"sender": ""}, 21603),
        ({"sender": "+15005550099"}, 21606),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"recipient": "+15005550001"}, 21211),
        ({"recipient": "+15005550004"}, 21610),
        ({"recipient": "+15005550009"}, 21614),
    ],
)
def test_what_cannot_be_sent_is_refused_with_twilios_code(text, world, change, code):
    answer = text(**change)
    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert set(answer.json) == {"code", "message", "more_info", "status"}
    assert world.phones.by_sid == {}


def test_receipts_are_signed_forms_in_order(text, receiver, ask):
    callback = f"{receiver.url}/senders/texts/receipts?a=1"
    message_sid = text(StatusCallback=callback).json["sid"]
    until(lambda: len(receiver.got) == 2)
    forms = [dict(parse_qsl(body.decode())) for _, body in receiver.got]
    assert [form["MessageStatus"] for form in forms] == ["sent", "delivered"]
    for (headers, _), form in zip(receiver.got, forms, strict=True):
        assert (form["MessageSid"], form["To"], form["From"]) == (message_sid, ADA, SENDER)
        assert headers["X-Twilio-Signature"] == twilio_signature(TOKEN, callback, form)
    assert ask(f"/{message_sid}.json").json["status"] == "delivered"


def test_an_unreachable_phone_is_undelivered_with_30003(text, receiver, ask):
    message_sid = text("+15005550030", StatusCallback=f"{receiver.url}/r").json["sid"]
    until(lambda: len(receiver.got) == 2)
    form = dict(parse_qsl(receiver.got[1][1].decode()))
    assert (form["MessageStatus"], form["ErrorCode"]) == ("undelivered", "30003")
    assert ask(f"/{message_sid}.json").json["error_code"] == 30003


def test_a_late_delivery_comes_after_ten_seconds(text, world):
    message = world.phones.by_sid[text("+15005550050").json["sid"]]
    assert message.stages[-1][0] - message.at == timedelta(seconds=10)


def test_who_never_answers_accepts_nothing(text, world):
    world.stopping.set()  # held requests are let go at once
    assert text("+15005550040").status_code == 503
    assert world.phones.by_sid == {}


def test_who_falls_silent_has_accepted(text, world, receiver):
    world.stopping.set()
    text("+15005550041", StatusCallback=f"{receiver.url}/r")
    assert len(world.phones.by_sid) == 1
    until(lambda: len(receiver.got) == 2)


def test_a_late_answer_is_an_acceptance_all_the_same(text, world):
    world.stopping.set()
    assert text("+15005550042").json["status"] == "queued"
    assert len(world.phones.by_sid) == 1


def test_one_number_delivers_whatever_the_others_do(text, world, receiver):
    text("+15005550020", StatusCallback=f"{receiver.url}/r")
    until(lambda: len(receiver.got) == 2)
    assert dict(parse_qsl(receiver.got[1][1].decode()))["MessageStatus"] == "delivered"


def test_a_list_may_lag_behind_and_the_receipt_come_when_nobody_waits_for_an_answer_any_more(text, world, ask):
    world.stopping.set()
    sid = text("+15005550043").json["sid"]
    message = world.phones.by_sid[sid]
    assert [(at - message.at).total_seconds() for at, _, _ in message.stages] == [0, 19, 20]
    assert ask(".json?To=%2B15005550043").json["messages"] == []
    message.listed_at = message.at
    assert [each["sid"] for each in ask(".json?To=%2B15005550043").json["messages"]] == [sid]


def test_any_number_can_be_given_a_behaviour(client, text):
    client.put(f"/control/phone/{ADA}", json={"behaviour": "landline"})
    assert text().json["code"] == 21614
    assert client.put(f"/control/phone/{ADA}", json={"behaviour": "odd"}).status_code == 400


def test_no_sender_number_is_magic():
    assert SENDER not in MAGIC


def test_a_reply_arrives_signed_at_the_numbers_address(client, receiver):
    answer = client.post(f"/control/phone/{ADA}/reply?wait=5", json={"to": SENDER, "body": "C"}).json
    headers, body = receiver.got[0]
    form = dict(parse_qsl(body.decode()))
    assert (form["From"], form["To"], form["Body"], form["NumMedia"]) == (ADA, SENDER, "C", "0")
    assert form["MessageSid"] == answer["sid"]
    url = f"{receiver.url}/senders/texts/inbound"
    assert headers["X-Twilio-Signature"] == twilio_signature(TOKEN, url, form)
    assert answer["posted"][0]["status"] == 202
    assert client.get(f"/control/phone/{ADA}").json["messages"][0]["direction"] == "inbound"


def test_a_badly_signed_reply_and_a_repeated_one(client, receiver):
    forged = client.post(f"/control/phone/{ADA}/reply?wait=5", json={"to": SENDER, "body": "C", "signature": "none"})
    assert "X-Twilio-Signature" not in receiver.got[0][0]
    again = {"to": SENDER, "body": "C", "sid": forged.json["sid"], "copies": 2}
    client.post(f"/control/phone/{ADA}/reply?wait=5", json=again)
    sids = [dict(parse_qsl(body.decode()))["MessageSid"] for _, body in receiver.got]
    assert sids == [forged.json["sid"]] * 3


def test_after_stop_a_number_is_closed_to_that_sender_until_start(client, text):
    client.post(f"/control/phone/{ADA}/reply", json={"to": SENDER, "body": " stop "})
    assert text().json["code"] == 21610
    client.post(f"/control/phone/{ADA}/reply", json={"to": SENDER, "body": "START"})
    assert text().status_code == 201


def test_the_list_is_newest_first_filtered_and_paged(text, ask):
    sids = [text(body=f"{number}").json["sid"] for number in range(3)]
    text("+13125550199")
    first = ask(".json?To=%2B13125550142&From=%2B15005550006&PageSize=2").json
    assert [each["sid"] for each in first["messages"]] == [sids[2], sids[1]]
    path = first["next_page_uri"].partition("/Messages")[2]
    second = ask(path).json
    assert [each["sid"] for each in second["messages"]] == [sids[0]]
    assert second["next_page_uri"] is None


def test_an_unknown_message_is_20404(ask):
    answer = ask("/SM0.json")
    assert (answer.status_code, answer.json["code"]) == (404, 20404)


@pytest.mark.parametrize(
    ("body", "count"),
    [("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("ж" * 70, 1), ("ж" * 71, 2), ("😀" * 35, 1)],
)
def test_segments_are_counted(body, count):
    assert segments(body) == count
