"""Edge cases 51, 58, 59 and 64 for what is planned: opt-outs, opt-ins, the ledger and the fence, on a real database."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from rules.senders import Refused, Verdict
from store import configs, consents, inbound
from store.planning import lock, replan
from store.tables import attempts, people, promises
from store.tables import consents as ledger
from tests.replies.given import ADA, BOB, CLINIC, Practice, soon
from tests.until import until
from workers import reply, send

pytestmark = pytest.mark.servers


def promised(practice: Practice, *, seconds: float = 0, **changes: Any) -> int:
    """An appointment of Ada's whose one reminder falls due in so many seconds."""
    body = {
        "name": "Reminders",
        "workflows": [
            {
                "id": "3f0d3c52-9a54-4f0e-8a3c-1d6f0c1f4a02",
                "name": "A day before",
                "enabled": True,
                "trigger": {"anchor": "event_starts", "offsetMinutes": -60},
                "condition": {"kind": "appointment_status", "statuses": ["scheduled"]},
                "action": {"type": "sms", "senderId": "texts", "template": "See you, {{ clientCustomer.firstName }}"},
                "quietHours": {"start": "00:00", "end": "00:00"},
            }
        ],
    }
    with practice.db.begin() as tx:
        config_id, _ = configs.save(tx, body)
        configs.assign(tx, "north", config_id)
    made, _ = practice.booked(soon(minutes=60, seconds=seconds), **changes)
    plan(practice, made)
    return made


def plan(practice: Practice, appointment_id: int) -> None:
    with practice.db.begin() as tx:
        replan(tx, lock(tx, appointment_id), practice.wiring.facts("north"))


def stands(practice: Practice) -> list[tuple[str, str | None]]:
    return [(row.state, row.skip_reason) for row in practice.rows(promises)]


def opt_in(practice: Practice, number: str = ADA) -> None:
    with practice.db.begin() as tx:
        consents.record(tx, "texts", number, consents.OPT_IN, "import", "a form of 2026-01-05")


def test_what_is_due_is_sent_where_nobody_objects(practice: Practice) -> None:
    promised(practice)
    send.run(practice.wiring)
    assert practice.said() == ["See you, Ada"]


@pytest.mark.parametrize("words", ["STOP", "Stop. Thank you", "arrêt", "cancel"])
def test_case_59_an_opt_out_is_in_force_before_anything_is_resolved(practice: Practice, words: str) -> None:
    promised(practice)
    practice.keep(words)
    send.run(practice.wiring)
    assert practice.said() == []
    assert stands(practice) == [("skipped", "opted_out")]


def test_case_51_the_fence_waits_for_a_stop_that_is_being_stored(practice: Practice) -> None:
    promised(practice)
    worker = threading.Thread(target=lambda: send.run(practice.wiring))
    with practice.db.begin() as tx:
        inbound.keep(tx, "texts", [inbound.Inbound("IN-stop", ADA, CLINIC, "STOP")])
        worker.start()
        until(practice.someone_waits)
    worker.join(30)
    assert practice.said() == []
    assert stands(practice) == [("skipped", "opted_out")]


def test_case_51_an_opt_out_ends_every_promise_of_the_number_and_of_no_other(practice: Practice) -> None:
    promised(practice, seconds=600)
    practice.booked(soon(hours=5), ("Bob", BOB))
    plan(practice, practice.booked(soon(hours=5), ("Bob", BOB))[0])
    practice.writes("STOP")
    assert sorted(stands(practice)) == [("planned", None), ("skipped", "opted_out")]


def test_a_start_revives_what_is_still_ahead(practice: Practice) -> None:
    promised(practice, seconds=600)
    practice.writes("STOP")
    assert stands(practice) == [("skipped", "opted_out")]
    practice.writes("START")
    assert stands(practice) == [("planned", None)]
    assert practice.said()[1] == "You will get texts from North Street Dental again. Reply STOP to opt out."


def test_a_start_revives_nothing_whose_deadline_has_passed(practice: Practice) -> None:
    promised(practice, seconds=600)
    practice.writes("STOP")
    with practice.db.begin() as tx:
        tx.execute(sa.update(promises).values(not_after=soon(seconds=-1)))
    practice.keep("START")
    reply.run(practice.wiring)
    assert stands(practice) == [("skipped", "opted_out")]


def test_a_stop_that_only_the_sender_knew_of_goes_into_the_ledger(practice: Practice) -> None:
    promised(practice)
    practice.phones.outcomes = [Refused("21610", Verdict.OPTED_OUT, "the person has replied STOP")]
    send.run(practice.wiring)
    [entry] = practice.rows(ledger)
    assert (entry.sender, entry.number, entry.kind, entry.source) == ("texts", ADA, "opt_out", "sender")
    made, _ = practice.booked(soon(hours=3))
    plan(practice, made)
    assert stands(practice)[-1] == ("skipped", "opted_out")


def test_with_opt_in_nobody_is_texted_without_an_entry_in_the_ledger(practice: Practice) -> None:
    practice.has("north", consent_policy="opt_in")
    promised(practice)
    send.run(practice.wiring)
    assert practice.said() == []
    assert stands(practice) == [("skipped", "no_consent")]


def test_with_opt_in_the_fence_refuses_although_it_was_planned(practice: Practice) -> None:
    promised(practice)
    assert stands(practice) == [("planned", None)]
    practice.has("north", consent_policy="opt_in")
    send.run(practice.wiring)
    assert practice.said() == []
    assert stands(practice) == [("skipped", "no_consent")]
    assert practice.rows(attempts) == []


def test_with_opt_in_whoever_opted_in_is_texted_until_they_opt_out(practice: Practice) -> None:
    practice.has("north", consent_policy="opt_in")
    opt_in(practice)
    promised(practice)
    send.run(practice.wiring)
    assert practice.said() == ["See you, Ada"]
    practice.keep("STOP")
    made, _ = practice.booked(soon(hours=3))
    plan(practice, made)
    assert stands(practice)[-1] == ("skipped", "opted_out")


def test_with_opt_in_a_start_is_consent_and_revives(practice: Practice) -> None:
    practice.has("north", consent_policy="opt_in")
    promised(practice, seconds=600)
    assert stands(practice) == [("skipped", "no_consent")]
    practice.writes("START")
    assert stands(practice) == [("planned", None)]


def test_consent_counts_for_the_sender_that_it_was_given_to(practice: Practice) -> None:
    practice.has("north", consent_policy="opt_in")
    with practice.db.begin() as tx:
        consents.record(tx, "another", ADA, consents.OPT_IN, "import")
    promised(practice)
    assert stands(practice) == [("skipped", "no_consent")]


def test_the_ledger_keeps_every_word_in_order_and_the_newest_counts(practice: Practice) -> None:
    for number, words in enumerate(("STOP", "START", "STOP", "START")):
        practice.keep(words, sid=f"IN-{number}")
    with practice.db.begin() as tx:
        assert [row.kind for row in consents.history(tx, ADA)] == ["opt_out", "opt_in", "opt_out", "opt_in"]
        assert consents.stand(tx, "texts", ADA) == "opt_in"
        assert [row.reference for row in consents.page(tx)] == ["IN-0", "IN-1", "IN-2", "IN-3"]
        assert [row.kind for row in consents.newest(tx)] == ["opt_in"]
        assert consents.newest(tx, kind="opt_out") == []


def test_a_stop_from_a_number_that_nobody_knows_is_kept_for_whoever_has_it_later(practice: Practice) -> None:
    practice.keep("STOP", BOB)
    made = promised(practice, seconds=600)
    with practice.db.begin() as tx:
        tx.execute(sa.update(people).values(phone=BOB))
    plan(practice, made)
    assert stands(practice) == [("skipped", "opted_out")]
