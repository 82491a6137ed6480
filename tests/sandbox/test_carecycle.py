import pytest

from tests.sandbox.given import until
from tests.sandbox.shapes import differences, documented

KEY = {"x-api-key": "cc_key"}
LIST = "/carecycle/v2/customers/appointments"
DAY = {"startDate": "2030-05-01T00:00:00.000Z", "endDate": "2030-05-02T00:00:00Z"}
CONFIGS = "/carecycle/v2/campaigns/appointment-configs"


def test_a_booked_appointment_has_the_documented_fields(client, book):
    book("carecycle/care")
    answer = client.get(LIST, query_string=DAY, headers=KEY).json
    assert differences(answer, documented("carecycle_appointments")) == []
    record = answer["results"][0]
    assert (record["appointmentDateTime"], record["timezone"]) == ("2030-05-01T10:00:00Z", "America/Chicago")
    assert record["callerId"] == "+13125550142"


def test_the_window_decides_what_is_listed(client, book):
    book("carecycle/care")
    later = {"startDate": "2030-05-01T10:00:01Z", "endDate": "2030-05-02T00:00:00+02:00"}
    assert client.get(LIST, query_string=later, headers=KEY).json == {"results": []}


@pytest.mark.parametrize(
    "text",
    ["2030-05-01T00:00:00", "2030-05-01T00:00:00+0200", "2030-05-01 00:00:00Z", "2030-02-29T00:00:00Z",
     "2030-05-01T24:00:00Z", ""],
)  # fmt: skip
def test_a_time_the_document_does_not_match_is_a_validation_error(client, text):
    answer = client.get(LIST, query_string={**DAY, "startDate": text}, headers=KEY)
    assert (answer.status_code, answer.json["code"]) == (422, "VALIDATION_ERROR")
    assert set(answer.json["errors"][0]) == {"path", "message", "expected", "received", "code"}


def test_seconds_may_be_left_out(client):
    query = {"startDate": "2030-05-01T00:00Z", "endDate": "2030-05-02T00:00+02:00"}
    assert client.get(LIST, query_string=query, headers=KEY).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "cc_other"}, {"Authorization": "Bearer cc_key"}])
def test_a_wrong_key_is_refused_in_the_documented_words(client, headers):
    answer = client.get(LIST, query_string=DAY, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (401, "UNAUTHORIZED")


def test_an_unknown_path_is_not_found_in_the_documented_words(client):
    assert client.get("/carecycle/v2/nowhere").json["code"] == "NOT_FOUND"


def test_a_cancelled_appointment_is_no_longer_listed(client, book):
    record_id = book("carecycle/care")["id"]
    client.post(f"/control/carecycle/care/appointments/{record_id}/cancel")
    assert client.get(LIST, query_string=DAY, headers=KEY).json == {"results": []}


def test_attendance_is_the_only_status(client, book):
    record_id = book("carecycle/care")["id"]
    client.post(f"/control/carecycle/care/appointments/{record_id}/attended")
    assert client.get(LIST, query_string=DAY, headers=KEY).json["results"][0]["appointmentAttended"] is True


def test_customers_are_listed_in_pages_and_found_by_id(client, book):
    person_id = book("carecycle/care")["person_id"]
    book("carecycle/care", first_name="Grace")
    page = client.get("/carecycle/v2/customers?pageSize=1&sortBy=firstName", headers=KEY).json
    assert (page["itemsTotal"], page["currentPage"], page["nextPage"], page["prevPage"]) == (2, 1, 2, None)
    assert page["items"][0]["id"] == person_id
    assert client.get(f"/carecycle/v2/customers/{person_id}", headers=KEY).json["callerId"] == "+13125550142"
    assert client.get("/carecycle/v2/customers?pageSize=101", headers=KEY).status_code == 422


def test_a_config_comes_back_with_the_documented_fields(client):
    sent = {
        "name": "Visits",
        "appointmentLength": 30,
        "workflows": [
            {
                "id": "497f6eca-6276-4993-bfeb-53cbbbba6f08",
                "name": "an hour before",
                "enabled": True,
                "trigger": {"anchor": "event_starts", "offsetMinutes": -60},
                "condition": {"kind": "appointment_status", "statuses": ["scheduled"]},
                "action": {"type": "sms", "senderId": "main", "template": "Hi"},
            }
        ],
        "bookingHours": [{"startHour": 9, "endHour": 17, "dayOfWeek": [1]}],
    }
    created = client.post(CONFIGS, json=sent, headers=KEY).json
    assert differences(created, documented("carecycle_config")) == []
    assert client.get(CONFIGS, headers=KEY).json == {"appointmentConfigs": [created["appointmentConfig"]]}
    gone = client.delete(f"{CONFIGS}/{created['appointmentConfig']['id']}", headers=KEY)
    assert gone.json == created
    assert client.get(CONFIGS, headers=KEY).json == {"appointmentConfigs": []}


def test_an_empty_config_is_allowed(client):
    assert client.post(CONFIGS, json={}, headers=KEY).status_code == 200


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({"name": ""}, ["name"]),
        ({"appointmentLength": "30"}, ["appointmentLength"]),
        ({"appointmentLength": 2**53}, ["appointmentLength"]),
        ({"minDate": "2030-05-01T"}, ["minDate"]),
        ({"preferredMode": "gps"}, ["preferredMode"]),
        ({"routingConfigId": "no-uuid"}, ["routingConfigId"]),
        ({"workflows": [{"enabled": True}]}, ["workflows", 0, "id"]),
        ({"bookingHours": [{"startHour": 24, "endHour": 24, "dayOfWeek": [0]}]}, ["bookingHours", 0, "startHour"]),
        ({"bookingHours": [{"startHour": 1, "endHour": 24, "dayOfWeek": []}]}, ["bookingHours", 0, "dayOfWeek"]),
    ],
)
def test_a_config_outside_the_documented_ranges_is_refused(client, sent, path):
    answer = client.post(CONFIGS, json=sent, headers=KEY)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["path"] == path


def test_booking_posts_the_two_documented_events_flat(client, book, receiver):
    booked = book("carecycle/care")
    until(lambda: len(receiver.got) == 2)
    by_type = {body["event_type"]: body for body in receiver.bodies()}
    assert set(by_type) == {"call.completed", "customer.updated"}
    assert by_type["call.completed"]["customerId"] == booked["person_id"]
    assert by_type["customer.updated"]["phoneNumber"] == "+13125550142"
    assert all("svix-signature" in {name.lower() for name in headers} for headers, _ in receiver.got)


def test_the_invented_event_names_the_appointment(client, book, receiver):
    booked = book("carecycle/care", events=["appointment.updated"])
    until(lambda: receiver.got)
    body = receiver.bodies()[0]
    assert (body["appointmentId"], body["appointmentDateTime"]) == (booked["id"], "2030-05-01T10:00:00Z")
    assert body["id"] != booked["id"]
