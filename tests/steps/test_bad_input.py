"""What no program should be given, from the record or the webhook to the row that says what became of it."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from rules.senders import AttemptState, Receipt
from store import configs, receipts, tables
from tests.factories import config_body, days, minutes, workflow_body
from tests.steps.given import Clinic, now

pytestmark = pytest.mark.servers
Make = Callable[..., Clinic]


def has_template(north: Clinic, words: str) -> None:
    body = config_body(workflow_body(action={"type": "sms", "template": words}))
    with north.db.begin() as tx:
        configs.save(tx, body, config_id=north.row(tables.appointment_configs).id)


@pytest.mark.parametrize("phone", ["call my mother", "", "+", "12", "+00000000000", "0x13125550142", "\u0661\u0662"])
def test_bad_input_a_number_that_is_no_number_is_said_at_once(clinic: Make, phone: str) -> None:
    north = clinic()
    north.known(days(2), phone=phone)
    assert north.promise.state == "skipped"
    assert north.promise.skip_reason in {"no_valid_phone", "no_contact"}
    assert north.texts() == []


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "../../etc/passwd", "string", "America/Chicago\0", "🌍", "EST5EDT4,M3"]
)
def test_bad_input_a_zone_that_is_none_is_the_practices_own_and_told(clinic: Make, zone: str) -> None:
    north = clinic("carecycle")
    has_template(north, "At {{ appointment.time }}")
    external_id = north.known()
    north.tenant.act(external_id, "set", fields={"timezone": zone})
    north.hears(external_id)
    north.syncs()
    north.sends()
    [body] = north.texts()
    practices = north.wiring.connection("north").zone
    assert north.appointment.zone_is_guess
    assert north.appointment.zone == practices
    assert body.split()[-1] not in {"AM", "PM"}, "the zone is told, because it is a guess"


def test_bad_input_a_template_that_renders_to_nothing_is_skipped_with_that_reason(clinic: Make) -> None:
    north = clinic()
    has_template(north, "{% if practitioner.name != '' %}See you, {{ practitioner.name }}{% endif %}")
    north.known()
    north.sends()
    assert (north.promise.state, north.promise.skip_reason) == ("skipped", "template")
    assert north.texts() == []
    assert north.rows(tables.attempts) == []


def test_bad_input_a_receipt_for_a_text_nobody_sent_changes_nothing_and_says_so_in_the_end(clinic: Make) -> None:
    north = clinic()
    north.known()
    north.sends()
    before = [(row.state, row.sender_id, row.receipt_at) for row in north.rows(tables.attempts)]
    told = [Receipt("SM-of-nobody", AttemptState.UNDELIVERED, reference, "30005") for reference in ("", str(uuid4()))]
    for each in told:
        with north.db.begin() as tx:
            receipts.keep(tx, "texts", [each])
    north.settles()
    stranger = north.row(tables.receipts, sender_id="SM-of-nobody")
    assert (stranger.applied_at, stranger.outcome) == (None, ""), "its text may still be on its way"
    north.alters(tables.receipts, received_at=now() - days(3) - minutes(1))
    assert "1 receipts for texts nobody sent" in north.settles()
    assert north.row(tables.receipts, sender_id="SM-of-nobody").outcome == "nobody_sent_it"
    assert [(row.state, row.sender_id, row.receipt_at) for row in north.rows(tables.attempts)] == before
    assert north.promise.state == "accepted"
    assert north.inbox == []
    assert north.settles() == ""
