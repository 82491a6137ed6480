from pathlib import Path

import pytest

import sandbox
from sandbox.faults import KINDS
from sandbox.phones import MAGIC
from sandbox.signing import webhook_headers
from sandbox.tenants import Webhook
from sandbox.times import now
from tests.sandbox.given import ADA, SECRET

NORTH = "/control/caspen/north"
BODY = b'{"type": "appointment.confirmed"}'


def test_sending_a_tenant_again_keeps_what_it_holds(client, book):
    book("caspen/north")
    again = {"vendor": "caspen", "name": "north", "credentials": {"token": "new"}, "webhook": None}
    assert client.post("/control/tenants", json=[again]).json["tenants"][0]["appointments"] == 1
    assert client.get("/caspen/v1/appointments", headers={"Authorization": "Bearer new"}).status_code == 200
    assert client.get("/caspen/v1/appointments", headers={"Authorization": "Bearer north-token"}).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"vendor": "other"},
        {"credentials": {}},
        {"colour": "red"},
        {"webhook": {"url": "http://x", "scheme": "standard"}},
        {"webhook": {"url": "http://x", "scheme": "trust"}},
        {"vendor": "carecycle", "credentials": {"api_key": "key"}},
    ],
)
def test_a_wrong_tenant_is_refused_with_a_reason(client, change):
    sent = {"vendor": "caspen", "name": "south", "credentials": {"token": "t"}, **change}
    answer = client.post("/control/tenants", json=sent)
    assert answer.status_code == 400
    assert answer.json["error"]


def test_two_tenants_cannot_share_their_credentials(client):
    sent = {"vendor": "caspen", "name": "south", "credentials": {"token": "north-token"}}
    assert client.post("/control/tenants", json=sent).status_code == 409


@pytest.mark.parametrize(
    "change",
    [{"starts_at": "2030-01-01T10:00:00"}, {"starts_at": "soon"}, {"zone": "Mars/Olympus"}, {"mailbox": "x"}],
)
def test_a_wrong_booking_is_refused_with_a_reason(client, change):
    answer = client.post(f"{NORTH}/appointments", json={**ADA, **change})
    assert answer.status_code == 400


def test_many_appointments_are_booked_at_once_and_listed(client):
    booked = client.post(f"{NORTH}/appointments", json=[{**ADA, "announce": False}] * 3).json
    rows = client.get(f"{NORTH}/appointments").json["appointments"]
    assert [each["id"] for each in rows] == [each["id"] for each in booked]
    assert rows[0]["starts_at"] == "2030-05-01T10:00:00+00:00"


def test_moving_keeps_the_length(client, book):
    record_id = book("caspen/north", minutes=45)["id"]
    moved = client.post(f"{NORTH}/appointments/{record_id}/move", json={"starts_at": "2030-06-01T10:00:00Z"}).json
    assert moved["record"]["ends_at"] == "2030-06-01T10:45:00Z"


@pytest.mark.parametrize("where", ["carecycle/care", "caspen/north", "pexip/acme", "officeplace/desk"])
def test_a_deleted_appointment_is_gone_and_a_second_deletion_says_so(client, book, where):
    one = f"/control/{where}/appointments/{book(where)['id']}"
    assert client.post(f"{one}/delete").json["record"] is None
    assert client.post(f"{one}/delete").status_code == 404
    assert client.post(f"{one}/dance").status_code == 404


@pytest.mark.parametrize("where", ["carecycle/care", "caspen/north", "pexip/acme", "officeplace/desk"])
def test_a_person_changes_their_phone_and_books_again(client, book, where):
    person_id = book(where)["person_id"]
    changed = client.post(f"/control/{where}/people/{person_id}", json={"phone": "+13125550177"})
    assert "+13125550177" in str(changed.json)
    assert book(where, person_id=person_id)["person_id"] == person_id


def test_any_field_can_be_set(client, book):
    record_id = book("pexip/acme")["id"]
    sent = {"fields": {"status": "TELEPORTED"}, "announce": False}
    answer = client.post(f"/control/pexip/acme/appointments/{record_id}/set", json=sent).json
    assert answer["record"]["status"] == "TELEPORTED"


def test_calls_are_counted_and_listed(client):
    client.get("/caspen/v1/appointments?limit=3", headers={"Authorization": "Bearer north-token"})
    client.get("/caspen/v1/appointments", headers={"Authorization": "Bearer nobody"})
    summary = client.get("/control/requests?vendor=caspen").json
    assert (summary["total"], summary["by_status"]) == (2, {"200": 1, "401": 1})
    assert summary["requests"][0]["query"] == "limit=3"
    assert client.get("/control/requests?tenant=north").json["total"] == 1
    client.delete("/control/requests")
    assert client.get("/control/requests").json["total"] == 0


def test_a_reset_forgets_all_but_the_tenants(client, book):
    book("caspen/north")
    client.post("/control/reset")
    assert client.get(f"{NORTH}/appointments").json == {"appointments": []}
    assert client.get("/control/deliveries").json == {"deliveries": []}
    assert client.get("/control/health").json == {"ok": True, "tenants": 5}
    client.post("/control/reset", json={"tenants": True})
    assert client.get("/control/health").json["tenants"] == 0


def call_back(client, quality="good"):
    webhook = Webhook(url="x", scheme="standard", secret=SECRET)
    return client.post("/callbacks/crm", data=BODY, headers=webhook_headers(webhook, "msg_1", now(), BODY, quality))


def test_a_callback_sink_takes_what_is_signed_and_refuses_the_rest(client):
    assert call_back(client).status_code == 404
    client.post("/control/callbacks", json={"name": "crm", "secret": SECRET})
    assert [call_back(client, quality).status_code for quality in ("good", "wrong", "none")] == [202, 401, 401]
    shown = client.get("/control/callbacks/crm").json
    assert [(each["id"], each["body"]) for each in shown["received"]] == [("msg_1", {"type": "appointment.confirmed"})]
    assert len(shown["refused"]) == 2


def test_a_callback_sink_fails_as_often_as_it_is_told(client):
    told = {"name": "crm", "secret": SECRET, "fail": 1, "status": 503, "retry_after": "7"}
    client.post("/control/callbacks", json=told)
    refused = call_back(client)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "7")
    assert call_back(client).status_code == 202


def test_the_readme_names_every_fault_and_every_magic_number():
    readme = (Path(sandbox.__file__).parent / "README.md").read_text()
    assert [each for each in (*KINDS, *MAGIC) if each not in readme] == []
