"""Vonage over HTTP, from the fence to the receipt and back to a reply: our code here, the sandbox over there."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import httpx
import pytest
import sqlalchemy as sa
from werkzeug.serving import make_server

from rules.senders import SenderSettings
from store.engine import Database
from store.tables import inbound_texts, numbers, receipts
from tests.sending.given import Practice, Silence, settings, twilio
from tests.until import until
from web.app import create_app
from workers import send, settle

Make = Callable[..., Practice]
_numbers = count(1)


@pytest.fixture(params=["json", "form"])
def clinic(request: pytest.FixtureRequest, sandbox: str, database: Database) -> Iterator[Practice]:
    """A practice that texts by Vonage and fails over to Twilio, with a receiver at a real address."""
    number = f"+1500556{next(_numbers):04}"
    key = f"key {number}"
    secrets = {"api_key": key, "api_secret": "secret", "signature_secret": "signing"}
    first = SenderSettings("first", "vonage", (number,), f"{sandbox}/vonage", secrets, {"sandbox": True})
    second = twilio("second", number.replace("556", "557"), f"{sandbox}/sms", f"AC of {number}")
    app_settings = settings(str(database.engine.url), [first, second], failover_sender="second")
    app = create_app(app_settings, database=database, doorbell=Silence())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    tenants = [
        {
            "vendor": "vonage",
            "name": key,
            "credentials": secrets,
            "numbers": {number: {"inbound_url": f"{address}/senders/first/inbound"}},
            "webhook_format": request.param,
        },
        {
            "vendor": "sms",
            "name": f"AC of {number}",
            "credentials": dict(second.credentials),
            "numbers": {second.numbers[0]: {}},
        },
    ]
    httpx.post(f"{sandbox}/control/tenants", json=tenants).raise_for_status()
    made = Practice(database, replace(app_settings, public_url=address), {})
    made.has_workflow()
    yield made
    server.shutdown()
    server.server_close()


def number(clinic: Practice) -> str:
    return clinic.settings.senders["first"].numbers[0]


def waiting(clinic: Practice) -> int:
    with clinic.db.begin() as tx:
        return int(tx.execute(sa.select(sa.func.count()).select_from(receipts)).scalar_one())


def test_a_text_leaves_arrives_and_its_receipt_comes_home(clinic: Practice, sandbox: str):
    phone = f"+1312557{next(_numbers):04}"
    promise = clinic.book(phone=phone)
    assert "1 accepted" in send.run(clinic.wiring)
    [text] = httpx.get(f"{sandbox}/control/phone/{phone}").json()["messages"]
    assert text["from"] == number(clinic)
    assert text["body"].startswith("Hi Ada, see you at ")
    until(lambda: waiting(clinic))
    settle.run(clinic.wiring)
    [attempt] = clinic.attempts(promise)
    assert (attempt.state, attempt.sender_id) == ("delivered", text["sid"])


@pytest.mark.parametrize(
    ("phone", "reason"), [("+15005550009", "bad_number"), ("+15005550001", "refused"), ("+15005550004", "bad_number")]
)
def test_case_50_a_refused_number_is_not_tried_again(clinic: Practice, phone: str, reason: str):
    promise = clinic.book(phone=phone)
    send.run(clinic.wiring)
    found = clinic.promise(promise)
    assert (found.state, found.skip_reason, len(clinic.attempts(promise))) == ("failed", reason, 1)


def test_case_49_no_route_is_proof_and_the_other_sender_takes_it(clinic: Practice, sandbox: str):
    phone = f"+1312558{next(_numbers):04}"
    httpx.put(f"{sandbox}/control/phone/{phone}", json={"behaviour": "unregistered"}).raise_for_status()
    promise = clinic.book(phone=phone)
    send.run(clinic.wiring)
    until(lambda: waiting(clinic))
    settle.run(clinic.wiring)
    assert clinic.promise(promise).next_sender == "second"
    httpx.put(f"{sandbox}/control/phone/{phone}", json={"behaviour": "delivers"}).raise_for_status()
    assert "1 accepted" in send.run(clinic.wiring)
    senders = [(each.sender, each.state) for each in clinic.attempts(promise)]
    assert senders == [("first", "undelivered"), ("second", "accepted")]


@pytest.mark.parametrize("clinic", ["json"], indirect=True)
def test_case_47_a_lost_answer_is_settled_by_its_receipt(clinic: Practice):
    promise = clinic.book(phone="+15005550041")
    assert "1 unknown" in send.run(clinic.wiring)
    until(lambda: waiting(clinic))
    settle.run(clinic.wiring)
    [attempt] = clinic.attempts(promise)
    assert (attempt.state, clinic.promise(promise).state) == ("delivered", "accepted")


def test_a_stop_is_in_force_before_its_answer_and_at_both_senders(clinic: Practice, sandbox: str):
    phone = f"+1312559{next(_numbers):04}"
    promise = clinic.book(phone=phone)
    sent = {"to": number(clinic), "body": "Stop"}
    answer = httpx.post(f"{sandbox}/control/phone/{phone}/reply?wait=5", json=sent).json()
    assert [each["status"] for each in answer["posted"]] == [200]
    with clinic.db.begin() as tx:
        mine = sa.and_(numbers.c.number == phone, numbers.c.sender == "first")
        assert tx.execute(sa.select(numbers.c.opted_out_at).where(mine)).scalar() is not None
    assert clinic.send(promise) == "skipped opted_out"


def test_case_9_a_forged_reply_is_refused(clinic: Practice, sandbox: str):
    sent = {"to": number(clinic), "body": "Stop", "signature": "wrong"}
    answer = httpx.post(f"{sandbox}/control/phone/+13125550142/reply?wait=5", json=sent).json()
    assert [each["status"] for each in answer["posted"]] == [401]
    with clinic.db.begin() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(inbound_texts)).scalar() == 0
