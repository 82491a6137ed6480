"""Vonage's network, as its pages show it. The shapes are written here a second time, by hand."""

import hashlib
import hmac
import json
from urllib.parse import parse_qsl

import pytest

from sandbox.tenants import read_tenant
from tests.sandbox.given import until

KEY, SECRET, SIGNING = "abcd1234", "api-secret", "signature-secret"
NUMBER, ADA = "+15005550017", "+13125550142"


@pytest.fixture(autouse=True)
def tenant(world, receiver):
    sent = {
        "vendor": "vonage",
        "name": "others",
        "credentials": {"api_key": KEY, "api_secret": SECRET, "signature_secret": SIGNING},
        "numbers": {NUMBER: {"inbound_url": f"{receiver.url}/senders/others/inbound"}},
    }
    return world.put_tenant(read_tenant(sent))


@pytest.fixture
def text(client):
    def text(recipient=ADA, body="Hello", **more):
        form = {"api_key": KEY, "api_secret": SECRET, "from": NUMBER[1:], "to": recipient[1:], "text": body, **more}
        return client.post("/vonage/sms/json", data=form)

    return text


def is_signed(fields, method="sha256"):
    """As the page "Signing messages" tells it."""
    fields = dict(fields)
    given = fields.pop("sig")
    joined = "".join("&" + name + "=" + fields[name].replace("&", "_").replace("=", "_") for name in sorted(fields))
    if method == "md5hash":
        return given == hashlib.md5((joined + SIGNING).encode()).hexdigest()
    return given.lower() == hmac.new(SIGNING.encode(), joined.encode(), method).hexdigest()


def test_a_text_is_accepted_with_the_documented_answer(text, client):
    answer = text(**{"client-ref": "a1b2c3"})
    assert answer.status_code == 200
    assert answer.json["message-count"] == "1"
    [part] = answer.json["messages"]
    assert set(part) == {
        *("to", "message-id", "status", "remaining-balance", "message-price", "network", "client-ref"),
    }
    assert (part["status"], part["to"], part["client-ref"]) == ("0", ADA[1:], "a1b2c3")
    on_phone = client.get(f"/control/phone/{ADA}").json["messages"]
    assert [(each["from"], each["body"]) for each in on_phone] == [(NUMBER, "Hello")]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"api_secret": "wrong"}, "4"),
        ({"api_key": "nobody"}, "4"),
        ({"text": ""}, "2"),
        ({"to": "12"}, "3"),
        ({"from": "15005550099"}, "15"),
        ({"text": "x" * 3201}, "12"),
        ({"to": "15005550001"}, "3"),
        ({"to": "15005550002"}, "6"),
        ({"to": "15005550003"}, "29"),
        ({"to": "15005550004"}, "7"),
        ({"to": "15005550009"}, "33"),
    ],
)
def test_a_refusal_is_http_200_with_its_status(text, world, change, status):
    answer = text(**change)
    [part] = answer.json["messages"]
    assert (answer.status_code, part["status"], set(part)) == (200, status, {"status", "error-text"})
    assert world.phones.by_sid == {}


def test_too_fast_is_status_1(text, world):
    world.faults.put({"vendor": "vonage", "fault": "rate_limited", "seconds": 2})
    assert text().json["messages"][0]["status"] == "1"


def test_a_long_text_has_parts_with_ids_and_receipts_of_their_own(text, receiver):
    parts = text(body="x" * 400, callback=f"{receiver.url}/r").json["messages"]
    assert len({part["message-id"] for part in parts}) == 3
    until(lambda: len(receiver.got) == 3)
    assert {each["messageId"] for each in receiver.bodies()} == {part["message-id"] for part in parts}


def test_what_is_not_announced_as_unicode_arrives_as_question_marks(text, client):
    text(body="Grüße 🙂")
    text(body="Grüße 🙂", type="unicode")
    assert [each["body"] for each in client.get(f"/control/phone/{ADA}").json["messages"]] == ["Grüße ?", "Grüße 🙂"]


@pytest.mark.parametrize(
    ("number", "word", "code"),
    [
        (ADA, "delivered", "0"),
        ("+15005550030", "failed", "2"),
        ("+15005550031", "rejected", "6"),
        ("+15005550032", "failed", "1"),
        ("+15005550033", "rejected", "11"),
        ("+15005550041", "delivered", "0"),
    ],
)
def test_the_receipt_has_the_documented_fields_and_a_signature(text, world, receiver, number, word, code):
    world.stopping.set()  # held requests are let go at once
    text(number, callback=f"{receiver.url}/senders/others/receipts?attempt=a1", **{"client-ref": "a1"})
    until(lambda: receiver.got)
    [told] = receiver.bodies()
    assert set(told) == {
        *("msisdn", "to", "network-code", "messageId", "price", "status", "scts", "err-code", "api-key"),
        *("message-timestamp", "client-ref", "timestamp", "nonce", "sig"),
    }
    assert (told["status"], told["err-code"], told["client-ref"]) == (word, code, "a1")
    assert (told["msisdn"], told["to"]) == (number[1:], NUMBER[1:])
    assert is_signed(told)


@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha256", "sha512"])
def test_a_customer_chooses_how_webhooks_are_signed_and_written(text, tenant, receiver, method):
    tenant.options |= {"signature_method": method, "webhook_format": "form"}
    text(callback=f"{receiver.url}/r")
    until(lambda: receiver.got)
    assert is_signed(dict(parse_qsl(receiver.got[0][1].decode())), method)


def test_no_receipt_ever_comes_from_the_silent_number_nor_without_a_callback(text, world):
    text("+15005550060", callback="http://127.0.0.1:9/r")
    text()
    assert world.postman.log() == []


def test_a_reply_arrives_signed_at_the_numbers_address(client, receiver):
    answer = client.post(f"/control/phone/{ADA}/reply?wait=5", json={"to": NUMBER, "body": "C & thanks"}).json
    [told] = receiver.bodies()
    assert (told["msisdn"], told["to"], told["text"]) == (ADA[1:], NUMBER[1:], "C & thanks")
    assert (told["messageId"], told["keyword"], told["type"]) == (answer["sid"], "C", "text")
    assert is_signed(told)
    assert answer["posted"][0]["status"] == 202


def test_a_long_reply_comes_in_parts(client, receiver):
    client.post(f"/control/phone/{ADA}/reply?wait=5", json={"to": NUMBER, "body": "x" * 200})
    parts = sorted(receiver.bodies(), key=lambda each: each["concat-part"])
    assert ["".join(each["text"] for each in parts), parts[0]["concat-total"]] == ["x" * 200, "2"]
    assert len({each["messageId"] for each in parts}) == 2


def test_a_forged_reply_has_no_good_signature(client, receiver):
    for quality in ("wrong", "none"):
        sent = {"to": NUMBER, "body": "C", "signature": quality}
        client.post(f"/control/phone/{ADA}/reply?wait=5", json=sent)
    wrong, none = (json.loads(body) for _, body in receiver.got)
    assert not is_signed(wrong)
    assert "sig" not in none


def test_a_number_of_nobody_takes_no_reply(client):
    assert client.post(f"/control/phone/{ADA}/reply", json={"to": "+19990000000", "body": "C"}).status_code == 404


def test_the_balance_wants_the_credentials(client):
    assert client.get("/vonage/account/get-balance", auth=(KEY, SECRET)).json["value"] > 0
    assert client.get("/vonage/account/get-balance", auth=(KEY, "wrong")).status_code == 401
