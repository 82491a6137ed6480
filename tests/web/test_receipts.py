import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from rules.senders import SenderSettings
from store.engine import Database
from store.tables import consents, inbound_texts, numbers, receipts
from tests.web.given import MakeApp, Rung, settings_with, until

pytestmark = pytest.mark.servers

Count = Callable[[str], int]
TOKEN = "token of this test"
PERSON, CLINIC = "+31612345678", "+3197010200000"
TWILIO = SenderSettings(
    name="main",
    kind="twilio",
    numbers=(CLINIC,),
    base_url="http://127.0.0.1:9",
    credentials={"account_sid": "AC1", "auth_token": TOKEN},
    options={"sandbox": True},
)


@pytest.fixture
def client(make_app: MakeApp, postgres_url: str, rung: Rung) -> FlaskClient:
    return make_app(rung, settings_with(postgres_url, [TWILIO])).test_client()


def signed(path: str, fields: dict[str, str], token: str = TOKEN) -> dict[str, Any]:
    """Keyword arguments of a client's `post`, signed over the public address as Twilio does."""
    content = "https://hooks.example.com" + path + "".join(name + fields[name] for name in sorted(fields))
    signature = base64.b64encode(hmac.new(token.encode(), content.encode(), hashlib.sha1).digest()).decode()
    return {
        "path": path,
        "data": urlencode(fields),
        "headers": {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"},
    }


def text(body: str, sid: str = "SM1", **changed: str) -> dict[str, Any]:
    fields = {"MessageSid": sid, "From": PERSON, "To": CLINIC, "Body": body} | changed
    return signed("/senders/main/inbound", fields)


def report(status: str, sid: str = "SM9", code: str = "") -> dict[str, Any]:
    fields = {"MessageSid": sid, "MessageStatus": status} | ({"ErrorCode": code} if code else {})
    return signed("/senders/main/receipts?attempt=8b6b7c5e-0000-4000-8000-000000000001", fields)


def opted_out(database: Database) -> bool:
    with database.begin() as tx:
        query = sa.select(numbers.c.opted_out_at).where(numbers.c.sender == "main", numbers.c.number == PERSON)
        return tx.execute(query).scalar() is not None


def test_a_text_is_stored_and_its_answer_is_empty_xml(client: FlaskClient, database: Database, rung: Rung) -> None:
    answer = client.post(**text("C"))
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/xml")
    assert b"<Response></Response>" in answer.data
    with database.begin() as tx:
        row = tx.execute(sa.select(inbound_texts)).one()
    assert (row.from_number, row.to_number, bytes(row.body), row.meaning) == (PERSON, CLINIC, b"C", "confirm")
    assert row.resolved_at is None
    until(lambda: rung.rings == [("replies.resolve", ())])


def test_case_51_a_stop_is_in_force_before_its_2xx(client: FlaskClient, database: Database) -> None:
    assert client.post(**text("STOP")).status_code == 200
    assert opted_out(database)
    with database.begin() as tx:
        row = tx.execute(sa.select(consents)).one()
    assert (row.sender, row.number, row.kind, row.source, row.reference) == (
        "main",
        PERSON,
        "opt_out",
        "inbound",
        "SM1",
    )


def test_case_59_stop_thank_you_is_an_opt_out(client: FlaskClient, database: Database) -> None:
    client.post(**text("Stop. Thank you"))
    assert opted_out(database)


def test_a_start_opts_in_again_and_the_ledger_keeps_both(client: FlaskClient, database: Database, count: Count) -> None:
    client.post(**text("STOP", "SM1"))
    client.post(**text("START", "SM2"))
    assert not opted_out(database)
    assert count("consents") == 2


def test_case_63_the_same_text_twice_is_one_row_and_changes_nothing(
    client: FlaskClient, database: Database, count: Count
) -> None:
    client.post(**text("STOP", "SM1"))
    client.post(**text("START", "SM2"))
    assert client.post(**text("STOP", "SM1")).status_code == 200
    assert count("inbound_texts") == 2
    assert not opted_out(database), "a repeated STOP undid the START after it"


def test_case_52_a_receipt_that_comes_first_is_kept_by_our_reference(
    client: FlaskClient, database: Database, rung: Rung
) -> None:
    assert client.post(**report("delivered")).status_code == 200
    with database.begin() as tx:
        row = tx.execute(sa.select(receipts)).one()
    assert (row.sender_id, row.state, row.reference) == ("SM9", "delivered", "8b6b7c5e-0000-4000-8000-000000000001")
    assert row.applied_at is None
    until(lambda: rung.rings == [("attempts.settle", ())])


def test_the_same_receipt_twice_is_one_row_and_every_state_is_kept(client: FlaskClient, count: Count) -> None:
    for status in ("sent", "delivered", "delivered"):
        assert client.post(**report(status)).status_code == 200
    assert count("receipts") == 2


@pytest.mark.parametrize(
    "host", [{}, {"Host": "evil.example.net"}, {"X-Forwarded-Host": "evil.example.net", "X-Forwarded-Proto": "http"}]
)
def test_the_signature_is_over_our_public_address_whatever_a_proxy_says(
    client: FlaskClient, host: dict[str, str]
) -> None:
    call = text("C")
    call["headers"] |= host
    assert client.post(**call).status_code == 200


def test_case_09_a_forged_text_or_receipt_is_refused_and_stored_nowhere(
    client: FlaskClient, database: Database, count: Count
) -> None:
    fields = {"MessageSid": "SM1", "From": PERSON, "To": CLINIC, "Body": "STOP"}
    assert client.post(**signed("/senders/main/inbound", fields, token="guessed")).status_code == 401
    unsigned = report("delivered")
    del unsigned["headers"]["X-Twilio-Signature"]
    assert client.post(**unsigned).status_code == 401
    assert client.get("/senders/main/inbound").status_code == 401
    assert count("inbound_texts") == count("receipts") == 0
    assert not opted_out(database)


def test_an_unknown_sender_is_404(client: FlaskClient) -> None:
    assert client.post("/senders/nobody/inbound").status_code == 404


def test_a_nul_in_a_text_does_not_hide_a_stop(client: FlaskClient, database: Database) -> None:
    assert client.post(**text("STOP\0")).status_code == 200
    assert opted_out(database)


def test_an_id_that_no_index_can_hold_is_refused_alone(client: FlaskClient, count: Count) -> None:
    answer = client.post(**text("C", sid=hashlib.shake_256(b"x").hexdigest(4000)))
    assert answer.status_code in {200, 400}
    assert client.post(**text("C")).status_code == 200
    assert count("inbound_texts") >= 1
