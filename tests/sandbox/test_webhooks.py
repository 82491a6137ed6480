import pytest
from standardwebhooks.webhooks import Webhook as StandardWebhook
from standardwebhooks.webhooks import WebhookVerificationError

from sandbox.signing import standard_signature
from sandbox.webhooks import POLICIES, Policy
from tests.sandbox.given import SECRET, until

NORTH = "/control/caspen/north"


def posted(client, **query):
    return client.get("/control/deliveries", query_string={"tenant": "north", **query}).json["deliveries"]


def test_a_booking_posts_a_signed_thin_event_that_the_log_shows(client, book, receiver):
    booked = book("caspen/north")
    assert client.get(f"/control/deliveries/{booked['deliveries'][0]}?wait=5").json["status"] == 202
    headers, body = receiver.got[0]
    StandardWebhook(SECRET).verify(body, {name.lower(): value for name, value in headers.items()})
    assert receiver.bodies()[0]["type"] == "appointment.created"
    [shown] = posted(client)
    assert (shown["subject"], shown["answer"], shown["signature"]) == (booked["id"], "taken", "good")


def test_a_booking_can_go_unannounced(client, book):
    book("caspen/north", announce=False)
    assert posted(client) == []


def test_an_event_is_posted_again_with_the_same_id(client, book, receiver):
    first = book("caspen/north")["deliveries"][0]
    client.post(f"{NORTH}/announce?wait=5", json={"repeat_of": first, "copies": 2})
    until(lambda: len(receiver.got) == 3)
    assert len({headers["Webhook-Id"] for headers, _ in receiver.got}) == 1
    assert len({body for _, body in receiver.got}) == 1


def test_an_announcement_can_be_forged_or_be_no_json_at_all(client, book, receiver):
    record_id = book("caspen/north", announce=False)["id"]
    client.post(f"{NORTH}/announce?wait=5", json={"id": record_id, "signature": "wrong"})
    client.post(f"{NORTH}/announce?wait=5", json={"id": record_id, "signature": "none"})
    client.post(f"{NORTH}/announce?wait=5", json={"raw": "this is { no json"})
    (forged, body), (unsigned, _), (raw, no_json) = receiver.got
    with pytest.raises(WebhookVerificationError):
        StandardWebhook(SECRET).verify(body, {name.lower(): value for name, value in forged.items()})
    assert "Webhook-Signature" not in unsigned
    assert no_json == b"this is { no json"
    right = standard_signature(SECRET, raw["Webhook-Id"], int(raw["Webhook-Timestamp"]), no_json)
    assert raw["Webhook-Signature"] == right


def test_a_forged_event_is_posted_once_whatever_the_answer(client, book, receiver, monkeypatch):
    monkeypatch.setitem(POLICIES, "caspen", Policy(5, ((0.01, 5),)))
    receiver.answers = [401]
    record_id = book("caspen/north", announce=False)["id"]
    answer = client.post(f"{NORTH}/announce?wait=5", json={"id": record_id, "signature": "wrong"}).json
    assert [each["status"] for each in answer["posted"][0]["attempts"]] == [401]


def test_a_refused_event_is_retried_with_the_same_id_and_a_new_signature(client, book, receiver, monkeypatch):
    monkeypatch.setitem(POLICIES, "caspen", Policy(5, ((0.01, 5),)))
    receiver.answers = [503]
    delivery = book("caspen/north")["deliveries"][0]
    shown = client.get(f"/control/deliveries/{delivery}?wait=5").json
    assert [each["status"] for each in shown["attempts"]] == [503, 202]
    assert len({headers["Webhook-Id"] for headers, _ in receiver.got}) == 1


def test_an_endpoint_that_is_gone_is_left_alone(client, book, receiver):
    receiver.answers = [410]
    delivery = book("caspen/north")["deliveries"][0]
    assert len(client.get(f"/control/deliveries/{delivery}?wait=5").json["attempts"]) == 1


def test_nobody_there_is_an_error_in_the_log(client, book):
    nobody = {"url": "http://127.0.0.1:9/x", "scheme": "standard", "secret": SECRET, "retries": False}
    tenant = {"vendor": "caspen", "name": "north", "credentials": {"token": "north-token"}, "webhook": nobody}
    client.post("/control/tenants", json=tenant)
    delivery = book("caspen/north")["deliveries"][0]
    shown = client.get(f"/control/deliveries/{delivery}?wait=5").json
    assert shown["status"] is None
    assert "ConnectError" in shown["error"]
