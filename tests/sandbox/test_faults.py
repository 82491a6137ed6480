from datetime import datetime, timedelta

import pytest

from tests.sandbox.given import SENDER, SID, TOKEN, until

KEY = {"Authorization": "Bearer north-token"}
LIST = "/caspen/v1/appointments"


@pytest.fixture
def fault(client):
    def fault(name, vendor="caspen", **more):
        answer = client.put("/control/faults", json={"vendor": vendor, "fault": name, **more})
        assert answer.status_code == 200, answer.json

    return fault


def statuses(client, times, path=LIST):
    return [client.get(path, headers=KEY).status_code for _ in range(times)]


@pytest.mark.parametrize(("name", "status"), [("rate_limited", 429), ("error_500", 500), ("token_expired", 401)])
def test_a_fault_strikes_as_often_as_it_is_told(client, fault, name, status):
    fault(name, count=2)
    assert statuses(client, 3) == [status, status, 200]


def test_a_fault_without_end_lasts_until_it_is_taken_away(client, fault):
    fault("error_500", count=None)
    assert statuses(client, 3) == [500, 500, 500]
    client.delete("/control/faults")
    assert statuses(client, 1) == [200]


def test_a_fault_hits_its_tenant_method_and_path_only(client, fault, book):
    record_id = book("caspen/north")["id"]
    fault("error_500", count=None, tenant="south")
    fault("error_500", count=None, method="POST")
    fault("error_500", count=None, path="/clients")
    assert statuses(client, 1) == [200]
    assert client.post(f"{LIST}/{record_id}", json={}, headers=KEY).status_code == 500
    assert statuses(client, 1, "/caspen/v1/clients") == [500]


def test_a_known_record_is_not_found(client, fault, book):
    first, second = book("caspen/north")["id"], book("caspen/north")["id"]
    fault("not_found", id=second)
    found = [client.get(f"{LIST}/{each}", headers=KEY).status_code for each in (first, second, second)]
    assert found == [200, 404, 200]


def test_a_list_omits_one_record_only(client, fault, book):
    booked = [book("caspen/north")["id"] for _ in range(3)]
    fault("omit_record", id=booked[1])
    fault("omit_record", count=None)
    lists = [[each["id"] for each in client.get(LIST, headers=KEY).json["data"]] for _ in range(2)]
    assert lists == [[booked[2]], booked[1:]]


def test_a_stale_read_shows_the_version_before(client, fault, book):
    record_id = book("caspen/north")["id"]
    client.post(f"{LIST}/{record_id}", json={"note": "new"}, headers=KEY)
    fault("stale_read", count=2)
    assert client.get(f"{LIST}/{record_id}", headers=KEY).json["note"] is None
    assert client.get(LIST, headers=KEY).json["data"][0]["note"] is None
    assert client.get(f"{LIST}/{record_id}", headers=KEY).json["note"] == "new"


def test_a_write_takes_effect_and_is_not_answered(client, fault, book, world):
    record_id = book("caspen/north")["id"]
    world.stopping.set()  # held requests are let go at once
    fault("timeout_after_acceptance")
    assert statuses(client, 1) == [200]
    assert world.faults.all()
    client.post(f"{LIST}/{record_id}", json={"note": "new"}, headers=KEY)
    assert world.faults.all() == []
    assert world.tenant("caspen", "north").appointments.get(record_id)["note"] == "new"


def test_an_expired_token_kills_those_issued(client, fault, pexip_auth):
    fault("token_expired", vendor="pexip")
    again = [client.get("/pexip/enterprises/acme/appointments", headers=pexip_auth).status_code for _ in range(2)]
    assert again == [401, 401]


def test_lost_and_duplicate_and_wrongly_signed_webhooks(client, fault, book, receiver):
    fault("lost")
    book("caspen/north")
    fault("duplicate")
    book("caspen/north")
    until(lambda: len(receiver.got) == 2)
    assert len({headers["Webhook-Id"] for headers, _ in receiver.got}) == 1
    fault("wrong_signature")
    delivery = book("caspen/north")["deliveries"][0]
    assert client.get(f"/control/deliveries/{delivery}?wait=5").json["signature"] == "wrong"


def test_an_out_of_order_webhook_follows_the_next_one(client, fault, book, receiver):
    fault("out_of_order")
    first, second = book("caspen/north")["id"], book("caspen/north")["id"]
    until(lambda: len(receiver.got) == 2)
    assert [body["data"]["id"] for body in receiver.bodies()] == [second, first]
    held, passed = (each["due_at"] for each in client.get("/control/deliveries").json["deliveries"])
    assert datetime.fromisoformat(held) - datetime.fromisoformat(passed) >= timedelta(seconds=0.5)


def test_a_delayed_webhook_comes_late(client, fault, book):
    fault("delayed", seconds=30)
    early = book("caspen/north")
    shown = client.get(f"/control/deliveries/{early['deliveries'][0]}").json
    assert shown["due_at"] > early["record"]["created_at"]
    assert (shown["attempts"], shown["fault"]) == ([], "delayed")


def test_an_unknown_fault_is_refused(client):
    assert client.put("/control/faults", json={"vendor": "caspen", "fault": "gremlins"}).status_code == 400
    assert client.put("/control/faults", json={"fault": "lost"}).status_code == 400


def test_the_sms_network_answers_429_with_20429(client, fault):
    fault("rate_limited", vendor="sms")
    form = {"To": "+13125550142", "From": SENDER, "Body": "x"}
    answer = client.post(f"/sms/2010-04-01/Accounts/{SID}/Messages.json", data=form, auth=(SID, TOKEN))
    assert (answer.status_code, answer.json["code"]) == (429, 20429)


def test_a_record_is_deleted_between_its_event_and_the_fetch(client, fault, book, receiver):
    fault("deleted_after_event")
    first, second = book("caspen/north")["id"], book("caspen/north")["id"]
    until(lambda: len(receiver.got) == 2)
    found = [client.get(f"{LIST}/{each}", headers=KEY).status_code for each in (first, second)]
    assert found == [404, 200]
