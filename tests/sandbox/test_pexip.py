import pytest

from tests.sandbox.given import until
from tests.sandbox.shapes import differences, documented

LIST = "/pexip/enterprises/acme/appointments"


@pytest.fixture
def ask(client, pexip_auth):
    def ask(path="", method="GET", **more):
        return client.open(f"{LIST}{path}", method=method, headers={**pexip_auth, **more.pop("headers", {})}, **more)

    return ask


def listed(ask, query):
    return [each["id"] for each in ask(f"?{query}").json["data"]]


def test_a_list_has_the_documented_fields(ask, book):
    book("pexip/acme")
    answer = ask().json
    assert differences(answer, documented("pexip_appointments")) == []
    assert answer["meta"] == {"offset": 0, "limit": 25, "totalCount": 1}
    assert answer["data"][0]["start"] == "2030-05-01T10:00:00.000Z"
    assert len(answer["data"][0]["appointmentParticipants"]) == 2


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer guessed"}])
def test_without_a_token_nothing_is_told(client, headers):
    answer = client.get(LIST, headers=headers)
    assert answer.status_code == 401
    assert set(answer.json["errors"][0]) == {"message", "code", "type", "statusCode"}


def test_a_token_needs_the_right_secret_and_grant(client):
    at = "/pexip-auth/realms/acme/protocol/openid-connect/token"
    wrong = {"grant_type": "client_credentials", "client_id": "i", "client_secret": "x"}
    assert client.post(at, data=wrong).status_code == 401
    assert client.post(at, data={**wrong, "grant_type": "password"}).json["error"] == "unsupported_grant_type"
    assert client.post(at.replace("acme", "other"), data=wrong).status_code == 404


def test_a_token_ends_with_its_time(client, world):
    world.tenant("pexip", "acme").options["token_seconds"] = 0
    form = {"grant_type": "client_credentials", "client_id": "i", "client_secret": "s"}
    token = client.post("/pexip-auth/realms/acme/protocol/openid-connect/token", data=form).json["access_token"]
    assert client.get(LIST, headers={"Authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize(
    "name",
    ["id", "external-id", "meeting-type", "status", "callback-request-id", "listing-id", "lead-segment-id",
     "subject-id", "office-id", "customer-id", "employee-id"],
)  # fmt: skip
def test_an_array_written_plainly_is_refused(ask, name):
    answer = ask(f"?{name}=ACCEPTED")
    assert answer.status_code == 400
    assert "[]" in answer.json["errors"][0]["message"]


def test_every_filter_narrows_the_list(ask, book, world):
    wanted = book("pexip/acme", status="OUTGOING_INVITE", meeting_type="PHONE", external_id="X1", subject_id="51",
                  office_id="61", employee_id="71")  # fmt: skip
    other = book("pexip/acme", starts_at="2030-05-03T10:00:00Z")
    links = {"callbackRequest": {"id": "c1"}, "listing": {"id": "l1"}, "leadSegment": {"id": "s1"}}
    shelf = world.tenant("pexip", "acme").appointments
    shelf.put(wanted["id"], {**shelf.get(wanted["id"]), **links})
    for query in (
        f"id[]={wanted['id']}",
        "external-id[]=X1",
        "status[]=OUTGOING_INVITE",
        "meeting-type[]=PHONE",
        "subject-id[]=51",
        "office-id[]=61",
        "employee-id[]=71",
        "callback-request-id[]=c1",
        "listing-id[]=l1",
        "lead-segment-id[]=s1",
        f"customer-id[]={wanted['person_id']}",
        "to=2030-05-02T00:00:00Z",
    ):
        assert listed(ask, query) == [wanted["id"]], query
    assert listed(ask, "from=2030-05-02T00:00:00.000Z") == [other["id"]]
    assert listed(ask, f"id[]={wanted['id']}&id[]={other['id']}") == [wanted["id"], other["id"]]


@pytest.mark.parametrize(
    "query", ["status[]=DONE", "meeting-type[]=ZOOM", "id[]=", "from=2030-05-01", "limit=0", "offset=-1"]
)
def test_a_value_outside_the_documented_ones_is_refused(ask, query):
    assert ask(f"?{query}").status_code == 400


def test_pages_are_cut_by_offset_and_limit(ask, book):
    booked = [book("pexip/acme")["id"] for _ in range(3)]
    assert listed(ask, "offset=1&limit=1") == [booked[1]]
    assert ask("?offset=1&limit=1").json["meta"] == {"offset": 1, "limit": 1, "totalCount": 3}


def test_a_correlation_id_has_at_most_36_characters(ask):
    assert ask(headers={"X-Correlation-Id": "a" * 36}).status_code == 200
    assert ask(headers={"X-Correlation-Id": "a" * 37}).status_code == 400


def test_one_appointment_and_its_customer(ask, client, book, pexip_auth):
    booked = book("pexip/acme")
    assert ask(f"/{booked['id']}").json["data"]["status"] == "ACCEPTED"
    customer = client.get(f"/pexip/enterprises/acme/customers/{booked['person_id']}", headers=pexip_auth).json["data"]
    assert (customer["phoneNumber"], customer["timeZone"]) == ("+13125550142", "America/Chicago")
    assert ask("/0").status_code == 404


@pytest.mark.parametrize("status", ["INCOMING_REQUEST", "OUTGOING_INVITE", "ALTERNATIVE_DATE_REQUESTED"])
def test_an_open_request_is_accepted_and_echoed_with_our_correlation_id(ask, book, receiver, status):
    record_id = book("pexip/acme", status=status, announce=False)["id"]
    answer = ask(f"/{record_id}/_actions/accept", "POST", headers={"X-Correlation-Id": "mine"})
    assert answer.json["data"]["status"] == "ACCEPTED"
    until(lambda: receiver.got)
    body = receiver.bodies()[0]
    assert (body["data"]["eventType"], body["correlationId"]) == ("ACCEPT", "mine")


def test_what_is_accepted_already_cannot_be_accepted(ask, book):
    record_id = book("pexip/acme")["id"]
    error = ask(f"/{record_id}/_actions/accept", "POST").json["errors"][0]
    assert (error["code"], error["statusCode"]) == ("APPOINTMENT_STATUS_INVALID", "422")


def test_a_rescheduled_appointment_moves_and_its_update_time_rises(ask, book):
    booked = book("pexip/acme")
    sent = {"start": "2030-06-01T10:00:00Z", "end": "2030-06-01T11:00:00Z"}
    after = ask(f"/{booked['id']}/_actions/reschedule", "POST", json=sent).json["data"]
    assert after["start"] == "2030-06-01T10:00:00.000Z"
    assert after["updatedAt"] > booked["record"]["updatedAt"]
    backwards = {"start": sent["end"], "end": sent["start"]}
    error = ask(f"/{booked['id']}/_actions/reschedule", "POST", json=backwards).json["errors"][0]
    assert error["code"] == "APPOINTMENT_START_AFTER_END"


def test_reassigning_and_the_meeting_type(ask, book):
    record_id = book("pexip/acme")["id"]
    after = ask(f"/{record_id}/_actions/reassign", "POST", json={"officeId": "9", "primaryEmployeeId": "8"}).json[
        "data"
    ]
    assert after["office"] == {"id": "9"}
    assert after["appointmentParticipants"][0]["participant"] == {"id": "8"}
    at = f"/{record_id}/_actions/update-meeting-type"
    assert ask(at, "POST", json={"meetingType": "PHONE"}).json["data"]["meetingType"] == "PHONE"
    assert ask(at, "POST", json={"meetingType": "FAX"}).status_code == 400
    missing = ask(at, "POST", json={"meetingType": "ON_LOCATION", "location": None})
    assert missing.json["errors"][0]["code"] == "APPOINTMENT_LOCATION_REQUIRED"


def test_a_patch_takes_notes_and_no_status(ask, book):
    record_id = book("pexip/acme")["id"]
    assert ask(f"/{record_id}", "PATCH", json={"internalNotes": "calm"}).json["data"]["internalNotes"] == "calm"
    assert ask(f"/{record_id}", "PATCH", json={"status": "CANCELLED"}).status_code == 400


def test_a_webhook_is_the_documented_envelope_with_people_written_out(client, book, receiver):
    booked = book("pexip/acme")
    until(lambda: receiver.got)
    headers, _ = receiver.got[0]
    body = receiver.bodies()[0]
    assert set(body) == {"id", "correlationId", "webhookConfigurationId", "version", "entity", "data"}
    assert (body["entity"], body["data"]["eventType"]) == ("Appointment", "CREATE")
    appointment = body["data"]["appointment"]
    assert (appointment["id"], appointment["subject"]["translations"][0]["name"]) == (booked["id"], "Consultation")
    assert appointment["appointmentParticipants"][1]["participant"]["phoneNumber"] == "+13125550142"
    assert headers["X-Secret"] == "s3"


@pytest.mark.parametrize(
    ("action", "event"),
    [("cancel", "CANCEL"), ("complete", "COMPLETE"), ("no-show", "GENERIC_UPDATE"), ("move", "RESCHEDULE")],
)
def test_each_change_has_its_event_type(client, book, receiver, action, event):
    record_id = book("pexip/acme", announce=False)["id"]
    client.post(f"/control/pexip/acme/appointments/{record_id}/{action}", json={"starts_at": "2030-07-01T10:00:00Z"})
    until(lambda: receiver.got)
    assert receiver.bodies()[0]["data"]["eventType"] == event


def test_a_request_may_have_no_time_yet(ask, book):
    record_id = book("pexip/acme", status="INCOMING_REQUEST", starts_at=None)["id"]
    assert ask(f"/{record_id}").json["data"]["start"] is None
    assert listed(ask, "from=2000-01-01T00:00:00Z") == []
