import pytest

from tests.sandbox.given import until

AT = "/officeplace/t-1/appointment"
WINDOW = {"domainId": "dom", "adId": "ad-1", "startDate": "2030-05-01T00:00:00Z", "endDate": "2030-05-02T00:00:00Z"}


@pytest.fixture
def ask(client, office_auth):
    def ask(method="GET", path="", **more):
        return client.open(f"{AT}{path}", method=method, headers=office_auth, **more)

    return ask


def test_both_documented_answers_to_a_token_request(client, world):
    sent = {"clientId": "i", "clientSecret": "s"}
    guide = client.post("/officeplace/t-1/authentication/token", json=sent).json
    assert set(guide) == {"token", "expiresIn", "tokenType"}
    world.tenant("officeplace", "desk").options["token_shape"] = "reference"
    reference = client.post("/officeplace/t-1/authentication/token", json=sent).json
    assert set(reference) == {"accessToken", "refreshToken", "expiresIn"}
    wrong = client.post("/officeplace/t-1/authentication/token", json={**sent, "clientSecret": "x"})
    assert wrong.status_code == 400


def test_a_record_names_its_attendee_by_mail_and_has_no_phone(ask, book):
    booked = book("officeplace/desk", email="ada@example.org")
    record = ask(query_string={"appointmentId": booked["id"]}).json
    assert record["attendees"] == [{"name": "Ada Byron", "email": "ada@example.org"}]
    assert booked["person"]["phone"] == "+13125550142"
    assert "+13125550142" not in str(record)
    assert (record["startTime"], record["endTime"]) == ("2030-05-01T10:00:00Z", "2030-05-01T10:30:00Z")


@pytest.mark.parametrize("missing", ["tenantId", "Authorization"])
def test_both_headers_are_needed(client, office_auth, missing):
    headers = {name: value for name, value in office_auth.items() if name != missing}
    assert client.get(AT, query_string={"appointmentId": "1"}, headers=headers).status_code in {400, 401}


def test_a_preview_shows_one_mailbox_in_one_window(ask, book):
    mine = book("officeplace/desk")["id"]
    book("officeplace/desk", mailbox="ad-2")
    book("officeplace/desk", starts_at="2030-05-02T00:00:00Z")
    assert [each["appointmentId"] for each in ask(path="/preview", query_string=WINDOW).json] == [mine]


@pytest.mark.parametrize("missing", list(WINDOW))
def test_a_preview_needs_all_four_parameters(ask, missing):
    query = {name: value for name, value in WINDOW.items() if name != missing}
    assert ask(path="/preview", query_string=query).status_code == 400


def test_an_unknown_mailbox_is_not_found(ask):
    assert ask(path="/preview", query_string={**WINDOW, "adId": "ad-9"}).status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        {"title": "Visit", "description": "bring papers"},
        {"domainId": "dom", "subject": "Visit", "body": {"content": "bring papers", "contentType": "Text"}},
    ],
)
def test_guide_and_reference_both_create_update_and_delete(ask, sent):
    times = {"startTime": "2024-01-15T10:00:00Z", "endTime": "2024-01-15T11:00:00Z"}
    record_id = ask("POST", json={**sent, **times}).json["appointmentId"]
    later = {"appointmentId": record_id, "title": "Later", "startTime": "2024-01-15T10:30:00Z"}
    after = ask("PUT", json=later).json
    assert (after["title"], after["subject"], after["startTime"]) == ("Later", "Later", "2024-01-15T10:30:00Z")
    assert after["body"]["content"] == "bring papers"
    assert ask("DELETE", json={"appointmentId": record_id}).status_code == 200
    assert ask(query_string={"appointmentId": record_id}).status_code == 404


def test_a_time_without_an_offset_or_an_end_before_the_start_is_refused(ask):
    sent = {"title": "Visit", "startTime": "2024-01-15T10:00:00", "endTime": "2024-01-15T11:00:00Z"}
    assert ask("POST", json=sent).status_code == 400
    assert ask("POST", json={**sent, "startTime": "2024-01-15T12:00:00Z"}).status_code == 400


def test_cancelling_is_deleting_and_nothing_else_can_be_expressed(client, book, receiver):
    record_id = book("officeplace/desk", announce=False)["id"]
    one = f"/control/officeplace/desk/appointments/{record_id}"
    assert client.post(f"{one}/complete").status_code == 409
    assert client.post(f"{one}/cancel").json["record"] is None
    until(lambda: receiver.got)
    assert receiver.bodies()[0]["type"] == "appointment.deleted"
