import html
import re

from tests.sandbox.given import SENDER, until

FORM = {"first_name": "Ada", "last_name": "Byron", "phone": "+13125550142", "starts": "2030-05-01T10:00",
        "minutes": "30", "zone": "America/Chicago", "announce": "yes"}  # fmt: skip


def page(client, path="/"):
    answer = client.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.text)


def test_every_tenant_is_on_the_page_with_a_form(client):
    shown = page(client)
    for name in ("care", "north", "acme", "desk"):
        assert f"Book at {name}" in shown


def test_a_booking_from_the_page_is_in_local_time_and_announced(client, receiver, world):
    answer = client.post("/book/caspen/north", data=FORM)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    [record] = world.tenant("caspen", "north").appointments.all()
    assert record["starts_at"] == "2030-05-01T15:00:00Z"
    until(lambda: receiver.got)
    assert "Ada Byron" in page(client)
    assert "appointment.created" in page(client)


def test_without_the_box_no_webhook_goes_out(client, world):
    client.post("/book/caspen/north", data={key: value for key, value in FORM.items() if key != "announce"})
    assert world.postman.log() == []


def test_move_cancel_complete_and_delete(client, book, world):
    shelf = world.tenant("caspen", "north").appointments
    for action, seen in (("move", "2030-06-01T09:00:00Z"), ("cancel", "cancelled"), ("complete", "completed")):
        record_id = book("caspen/north")["id"]
        client.post(f"/change/caspen/north/{record_id}", data={"action": action, "starts": "2030-06-01T09:00"})
        assert seen in shelf.get(record_id).values()
    client.post(f"/change/caspen/north/{record_id}", data={"action": "delete"})
    assert shelf.get(record_id) is None


def test_what_went_wrong_is_said_on_the_page(client, book):
    record_id = book("officeplace/desk")["id"]
    answer = client.post(f"/change/officeplace/desk/{record_id}", data={"action": "complete"})
    assert "cannot express" in page(client, answer.headers["Location"])
    answer = client.post("/book/caspen/north", data={**FORM, "starts": "never"})
    assert "is not a time" in page(client, answer.headers["Location"])


def test_a_phone_shows_its_texts_and_answers(client, receiver, world):
    assert "No texts" in page(client, "/phones/+13125550142")
    client.post("/phones/+13125550142", data={"to": SENDER, "body": "C"})
    until(lambda: receiver.got)
    assert re.search(r"<p>C</p>", client.get("/phones/+13125550142").text)
    assert "+13125550142" in page(client, "/phones")


def test_nothing_that_comes_from_outside_is_markup(client, book, world):
    evil = "<script>alert(1)</script>"
    book("caspen/north", first_name=evil)
    client.post("/control/phone/+13125550142/reply", json={"to": SENDER, "body": evil})
    paths = ("/", "/phones", "/phones/+13125550142", f"/?problem={evil}", f"/phones/{evil.replace('/', '')}")
    for path in paths:
        assert "<script>" not in client.get(path).text


def test_every_field_has_a_label(client, book):
    book("pexip/acme")
    shown = client.get("/").text
    fields = re.findall(r"<(?:input|select)[^>]*>", shown)
    labelled = re.findall(r"<label[^>]*>[^<]*<(?:input|select)", shown)
    assert len(fields) == len(labelled) > 0
