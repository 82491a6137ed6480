"""`punctual vendor`: what a vendor answers, on the terminal and nowhere else."""

import json
import logging
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from store.tables import operator_actions
from tests.cli.conftest import Bench
from tests.vendors.conftest import Tenant, sandbox, tenant

__all__ = ["sandbox", "tenant"]

pytestmark = pytest.mark.servers
FILE = """
[senders.texts]
kind = "console"
numbers = ["+353861234567"]

[connections.acme]
vendor = "{vendor}"
base_url = "{base}"
zone = "Europe/Brussels"
mode = "observe"
credentials = {credentials}
webhook = "none"
{more}
"""


@pytest.fixture
def acme(bench: Bench, tenant: Callable[..., Tenant]) -> Tenant:
    one = tenant("pexip")
    credentials = ", ".join(f'{name} = "{value}"' for name, value in one.credentials.items())
    options = f'options = {{ auth_url = "{one.url}/pexip-auth" }}'
    bench.settings(
        FILE.format(vendor="pexip", base=f"{one.url}/pexip", credentials=f"{{ {credentials} }}", more=options)
    )
    bench.wiring().declare()
    return one


def test_the_calls_of_a_vendor_are_listed(bench: Bench, acme: Tenant) -> None:
    said = bench.done("vendor", "acme").out
    assert "update-meeting-type  POST   /appointments/{id}/_actions/update-meeting-type" in said
    assert {each["name"] for each in bench.done("vendor", "acme", "--json").json} >= {"accept", "get-customer"}
    assert acme.calls() == []


def test_an_answer_goes_to_the_terminal_and_nowhere_else(
    bench: Bench, acme: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    booked = acme.book(starts_at="2026-03-02T10:00:00Z", phone="+32470123456", first_name="Augusta")
    caplog.set_level(logging.DEBUG)
    said = bench.done("vendor", "acme", "get-customer", "--customer-id", booked["person_id"])
    assert "firstName: Augusta\n" in said.out
    assert "phoneNumber: +32470123456\n" in said.out
    assert "Augusta" not in caplog.text
    assert "470123456" not in caplog.text
    with bench.db.begin() as tx:
        assert tx.execute(sa.select(operator_actions)).all() == []


def test_as_json_the_answer_is_the_record_as_it_came(bench: Bench, acme: Tenant) -> None:
    booked = acme.book(starts_at="2026-03-02T10:00:00Z")
    said = bench.done("vendor", "acme", "list-appointments", "--status", "ACCEPTED", "--id", booked["id"], "--json")
    assert said.json["records"] == [booked["record"]]


def test_a_call_that_changes_something_is_noted_without_what_was_sent(bench: Bench, acme: Tenant) -> None:
    booked = acme.book(starts_at="2026-03-02T10:00:00Z")
    words = ("--appointment-id", booked["id"], "--internal-notes", "private")
    bench.done("vendor", "acme", "update-appointment", *words)
    with bench.db.begin() as tx:
        (noted,) = tx.execute(sa.select(operator_actions)).all()
    assert (noted.action, noted.target) == ("vendor update-appointment", "acme")
    assert "private" not in json.dumps(noted._asdict(), default=str)


def test_a_refusal_says_what_the_vendor_said(bench: Bench, acme: Tenant) -> None:
    booked = acme.book(starts_at="2026-03-02T10:00:00Z")
    said = bench.run("vendor", "acme", "accept", "--appointment-id", booked["id"])
    assert (said.status, said.out) == (1, "")
    assert "HTTP 422 (Permanent, correlation id " in said.err
    assert "APPOINTMENT_STATUS_INVALID: The status ACCEPTED does not allow" in said.err


def test_an_answer_that_was_lost_says_to_look_first(
    bench: Bench, acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.wiring.VENDOR_CALL_SECONDS", 0.5)
    booked = acme.book(starts_at="2026-03-02T10:00:00Z", status="OUTGOING_INVITE")
    acme.fault("timeout_after_acceptance")
    said = bench.run("vendor", "acme", "accept", "--appointment-id", booked["id"])
    assert (said.status, "look before you repeat it" in said.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("acne",), "did you mean acme?"),
        (("acme", "get-apointment"), "did you mean get-appointment?"),
        (("acme", "get-appointment"), "--appointment-id"),
        (("acme", "list-appointments", "--limit", "x"), "expected a whole number"),
        (("acme", "list-appointments", "--start", "2026-03-02"), "expected an instant with an offset"),
        (("acme", "list-appointments", "--status", "accepted"), "expected one of ACCEPTED"),
    ],
)
def test_what_is_not_understood_is_said_and_calls_nobody(
    bench: Bench, acme: Tenant, words: tuple[str, ...], hint: str
) -> None:
    said = bench.run("vendor", *words)
    assert said.status == 2
    assert hint in said.err
    assert acme.calls() == []


def test_nothing_that_a_vendor_says_can_move_the_cursor(bench: Bench, acme: Tenant) -> None:
    booked = acme.book(starts_at="2026-03-02T10:00:00Z", internal_notes="\x1b[2Jgone\nid: 7")
    said = bench.done("vendor", "acme", "get-appointment", "--appointment-id", booked["id"])
    assert "internalNotes: \\x1b[2Jgone\\nid: 7\n" in said.out
