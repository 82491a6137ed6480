import re

import pytest

from tests.sandbox.given import until
from tests.sandbox.shapes import differences, documented

KEY = {"Authorization": "Bearer north-token"}
LIST = "/caspen/v1/appointments"
ULID = re.compile(r"^[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}$")


def update(client, record_id, **changes):
    return client.post(f"{LIST}/{record_id}", json=changes, headers=KEY)


def test_an_appointment_has_the_documented_fields_and_no_more(client, book):
    record_id = book("caspen/north")["id"]
    record = client.get(f"{LIST}/{record_id}", headers=KEY).json
    assert differences(record, documented("caspen_appointment")) == []
    assert "updated_at" not in record
    assert (record["starts_at"], record["ends_at"], record["duration"]) == (
        "2030-05-01T10:00:00Z",
        "2030-05-01T10:30:00Z",
        30,
    )
    assert record["status"] == "pending"
    ids = [value for name, value in record.items() if name == "id" or name.endswith("_id")]
    assert all(ULID.match(each) for each in ids if each is not None)


def test_a_wrong_token_is_refused(client):
    answer = client.get(LIST, headers={"Authorization": "Bearer other"})
    assert (answer.status_code, answer.json) == (401, {"message": "Unauthenticated."})


def test_the_list_is_followed_by_absolute_links_to_its_end(client, book):
    booked = [book("caspen/north")["id"] for _ in range(5)]
    seen, url = [], f"{LIST}?limit=2"
    while url:
        page = client.get(url, headers=KEY).json
        seen += [each["id"] for each in page["data"]]
        url = page["links"]["next"]
        assert url is None or url.startswith("http://localhost/caspen/v1/appointments?")
    assert seen == booked
    assert page["links"]["prev"] is not None


def test_a_cursor_survives_a_deletion(client, book):
    booked = [book("caspen/north")["id"] for _ in range(4)]
    following = client.get(f"{LIST}?limit=2", headers=KEY).json["links"]["next"]
    client.post(f"/control/caspen/north/appointments/{booked[0]}/delete")
    assert [each["id"] for each in client.get(following, headers=KEY).json["data"]] == booked[2:]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=%25%25"])
def test_a_wrong_page_is_a_422_with_field_errors(client, query):
    answer = client.get(f"{LIST}?{query}", headers=KEY)
    assert (answer.status_code, set(answer.json)) == (422, {"message", "errors"})


def test_a_confirmation_is_kept_and_echoed_as_a_webhook(client, book, receiver):
    record_id = book("caspen/north", announce=False)["id"]
    answer = update(client, record_id, confirmed=True)
    assert answer.json["confirmed"] is True
    assert answer.json["confirmed_at"] is not None
    until(lambda: receiver.got)
    body = receiver.bodies()[0]
    assert (body["type"], body["data"]) == ("appointment.updated", {"id": record_id})


def test_a_new_time_changes_the_duration(client, book):
    record_id = book("caspen/north")["id"]
    changed = update(client, record_id, starts_at="2030-05-01T12:00:00+02:00", ends_at="2030-05-01T11:00:00Z").json
    assert (changed["starts_at"], changed["duration"]) == ("2030-05-01T10:00:00Z", 60)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "cli_01HQFQ9QWTNNPY58FZ8CB3FWWK"},
        {"location_id": 12},
        {"room_id": "rom_01HQFQ9QWTNNPY58FZ8CB3FWWK"},
        {"resource_ids": ["res_01HYHYQHA682J0K1RW7B2HVA9F"]},
        {"confirmed": "yes"},
        {"note": "x" * 256},
        {"starts_at": "2030-05-01T10:00:00"},
        {"starts_at": "2031-01-01T00:00:00Z"},
    ],
)
def test_what_an_update_cannot_take_is_refused_by_field(client, book, changes):
    record_id = book("caspen/north")["id"]
    before = client.get(f"{LIST}/{record_id}", headers=KEY).json
    answer = update(client, record_id, **changes)
    assert answer.status_code == 422
    assert answer.json["errors"]
    assert client.get(f"{LIST}/{record_id}", headers=KEY).json == before


def test_a_status_in_an_update_is_ignored(client, book):
    assert update(client, book("caspen/north")["id"], status="cancelled").json["status"] == "pending"


def test_a_cancelled_appointment_takes_no_update(client, book):
    record_id = book("caspen/north")["id"]
    client.post(f"/control/caspen/north/appointments/{record_id}/cancel")
    assert client.get(f"{LIST}/{record_id}", headers=KEY).json["cancelled_at"] is not None
    assert update(client, record_id, confirmed=True).status_code == 409


def test_a_client_has_a_home_number_before_the_mobile(client, book):
    person_id = book("caspen/north")["person_id"]
    person = client.get(f"/caspen/v1/clients/{person_id}", headers=KEY).json
    kinds = [each["type"] for each in person["phone_numbers"]]
    mobile = person["phone_numbers"][1]
    assert kinds == ["home", "mobile"]
    assert mobile["code"] + mobile["number"] == person["phone_number"] == "+13125550142"
    assert client.get("/caspen/v1/clients", headers=KEY).json["data"] == [person]


def test_a_missing_appointment_is_not_found(client):
    answer = client.get(f"{LIST}/app_01HQFQ9QWTNNPY58FZ8CB3FWWK", headers=KEY)
    assert (answer.status_code, set(answer.json)) == (404, {"message"})
