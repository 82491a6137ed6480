"""Cases 47 and 49: the next sender is tried where the first has provably not accepted, and never otherwise."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from rules.senders import Accepted, AttemptState, NotSent, Outcome, Receipt, Refused, Unknown, Verdict
from store import consents, people, receipts
from store.tables import numbers
from tests.sending.given import ADA, Network, Practice
from workers import send, settle

Make = Callable[..., Practice]
TWO = {"failover_sender": "second"}
LIMITED = Refused("20429", Verdict.RETRY, elsewhere=True, retry_after_seconds=120)


def senders_of(practice: Practice, promise_id: int) -> list[tuple[str, str]]:
    return [(each.sender, each.state) for each in practice.attempts(promise_id)]


@pytest.mark.parametrize(
    "proof",
    [
        NotSent("no connection"),
        LIMITED,
        Refused("20003", Verdict.NEEDS_PERSON, elsewhere=True),
        Refused("21612", Verdict.FAILED, elsewhere=True),
    ],
)
def test_case_49_what_the_first_has_provably_not_taken_goes_by_the_second_at_once(practice: Make, proof: Outcome):
    clinic = practice(first=[proof], second=[Accepted("SM2", 1)], **TWO)
    promise = clinic.book()
    clinic.send(promise)
    assert clinic.promise(promise).look_at <= clinic.now()
    assert "1 accepted" in send.run(clinic.wiring)
    assert senders_of(clinic, promise) == [
        ("first", "not_sent" if isinstance(proof, NotSent) else "refused"),
        ("second", "accepted"),
    ]
    assert [each.from_number for each in clinic.attempts(promise)] == ["+12025570001", "+12025570002"]
    assert clinic.promise(promise).state == "accepted"
    [told] = clinic.told("failover")
    assert (told.facts["from"], told.facts["to"]) == ("first", "second")


def test_case_47_after_unknown_nobody_else_is_asked(practice: Make):
    clinic = practice(first=[Unknown("no answer in time")], second=[Accepted("SM2", 1)], **TWO)
    promise = clinic.book()
    clinic.send(promise)
    send.run(clinic.wiring)
    settle.run(clinic.wiring)
    assert senders_of(clinic, promise) == [("first", "unknown")]
    assert clinic.promise(promise).state == "unknown"


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (Refused("21211", Verdict.BAD_NUMBER), "bad_number"),
        (Refused("21610", Verdict.OPTED_OUT), "opted_out"),
        (Refused("21602", Verdict.FAILED), "refused"),
    ],
)
def test_case_50_a_refusal_of_the_number_or_the_text_goes_nowhere_else(practice: Make, refusal: Refused, reason: str):
    clinic = practice(first=[refusal], second=[Accepted("SM2", 1)], **TWO)
    promise = clinic.book()
    clinic.send(promise)
    send.run(clinic.wiring)
    assert senders_of(clinic, promise) == [("first", "refused")]
    found = clinic.promise(promise)
    assert (found.state, found.skip_reason) == ("failed", reason)


def test_case_49_two_senders_that_are_both_down_are_not_asked_in_a_circle(practice: Make):
    clinic = practice(first=[NotSent("down")], second=[NotSent("down")], **TWO)
    promise = clinic.book()
    clinic.send(promise)
    clinic.send(promise)
    found = clinic.promise(promise)
    assert (found.state, found.next_sender) == ("planned", "first")
    assert found.look_at > clinic.now() + timedelta(seconds=5)


def test_case_49_a_promise_keeps_its_deadline_whoever_is_tried(practice: Make):
    clinic = practice(first=[LIMITED], second=[LIMITED], **TWO)
    promise = clinic.book()
    deadline = clinic.now() + timedelta(seconds=30)
    clinic.put(promise, not_after=deadline)
    clinic.send(promise)
    clinic.send(promise)
    assert clinic.promise(promise).look_at == deadline  # not in 120 s: the deadline comes first
    clinic.put(promise, not_after=clinic.now(), look_at=clinic.now())
    assert clinic.send(promise) == "skipped too_late"
    assert len(clinic.attempts(promise)) == 2


def receipt(clinic: Practice, sender: str, promise: int, state: AttemptState, code: str = "") -> str:
    attempt = next(each for each in clinic.attempts(promise) if each.sender == sender)
    with clinic.db.begin() as tx:
        receipts.keep(tx, sender, [Receipt(f"SM of {sender}", state, str(attempt.id), code)])
    return settle.run(clinic.wiring)


def test_case_49_a_late_failure_that_proves_it_goes_by_the_second_sender(practice: Make):
    clinic = practice(first=[Accepted("SM of first")], second=[Accepted("SM of second")], **TWO)
    promise = clinic.book()
    clinic.send(promise)
    receipt(clinic, "first", promise, AttemptState.UNDELIVERED, "30034")
    assert "1 accepted" in send.run(clinic.wiring)
    assert senders_of(clinic, promise) == [("first", "undelivered"), ("second", "accepted")]
    assert clinic.promise(promise).state == "accepted"
    assert [item.kind for item in clinic.inbox()] == ["sender_refuses"]


@pytest.mark.parametrize("code", ["30003", "30007", "30008", "", "99999"])
def test_case_47_a_late_failure_without_proof_is_final(practice: Make, code: str):
    clinic = practice(first=[Accepted("SM of first")], second=[Accepted("SM of second")], **TWO)
    promise = clinic.book()
    clinic.send(promise)
    receipt(clinic, "first", promise, AttemptState.UNDELIVERED, code)
    send.run(clinic.wiring)
    assert senders_of(clinic, promise) == [("first", "undelivered")]
    found = clinic.promise(promise)
    assert (found.state, found.skip_reason) == ("failed", "refused")


def test_case_49_a_late_failure_after_the_deadline_is_final(practice: Make):
    clinic = practice(first=[Accepted("SM of first")], second=[Accepted("SM of second")], **TWO)
    promise = clinic.book()
    clinic.send(promise)
    clinic.put(promise, not_after=clinic.now())
    receipt(clinic, "first", promise, AttemptState.UNDELIVERED, "30034")
    assert clinic.promise(promise).state == "failed"


def test_case_49_both_senders_failing_late_is_final(practice: Make):
    clinic = practice(first=[Accepted("SM of first")], second=[Accepted("SM of second")], **TWO)
    promise = clinic.book()
    clinic.send(promise)
    receipt(clinic, "first", promise, AttemptState.UNDELIVERED, "30034")
    clinic.send(promise)
    receipt(clinic, "second", promise, AttemptState.UNDELIVERED, "30034")
    assert senders_of(clinic, promise) == [("first", "undelivered"), ("second", "undelivered")]
    assert clinic.promise(promise).state == "failed"


def test_case_50_a_late_receipt_that_names_a_bad_number_marks_it(practice: Make):
    clinic = practice(first=[Accepted("SM of first")], second=[Accepted("SM of second")], **TWO)
    promise = clinic.book()
    clinic.send(promise)
    receipt(clinic, "first", promise, AttemptState.UNDELIVERED, "30006")
    found = clinic.promise(promise)
    assert (found.state, found.skip_reason) == ("failed", "bad_number")
    later = clinic.book("a2")
    assert clinic.send(later) == "skipped bad_number" or clinic.promise(later).skip_reason == "bad_number"
    assert [item.kind for item in clinic.inbox()] == ["bad_number"]


@pytest.mark.parametrize("sender", ["first", "second"])
def test_case_51_an_opt_out_at_one_sender_counts_at_the_other(practice: Make, sender: str):
    clinic = practice(first=[Accepted("SM1")], second=[Accepted("SM2")], **TWO)
    promise = clinic.book()
    with clinic.db.begin() as tx:
        consents.record(tx, sender, ADA, consents.OPT_OUT, "inbound")
    assert clinic.send(promise) == "skipped opted_out"
    assert clinic.attempts(promise) == []
    planned = clinic.book("a2")
    assert clinic.promise(planned).skip_reason == "opted_out"


def test_case_50_a_bad_number_at_the_second_sender_counts_at_the_first(practice: Make):
    clinic = practice(first=[Accepted("SM1")], **TWO)
    promise = clinic.book()
    with clinic.db.begin() as tx:
        people.mark_bad(tx, "second", ADA, "30006")
    assert clinic.send(promise) == "skipped bad_number"


def test_the_fence_holds_until_each_sender_has_a_row_to_lock(practice: Make):
    clinic = practice(first=[Accepted("SM1")], **TWO)
    promise = clinic.book()
    with clinic.db.begin() as tx:
        tx.execute(sa.delete(numbers).where(numbers.c.sender == "second"))
    assert clinic.send(promise) == "skipped no_contact"
    assert clinic.promise(promise).state == "planned"
    assert clinic.send(promise) == "accepted"


def test_case_49_over_http_a_sender_that_is_down_is_passed_by(practice: Make, network: Network):
    clinic = practice(senders=[network.unreachable(network.first), network.second], **TWO)
    phone = "+13125550149"
    promise = clinic.book(phone=phone)
    assert "1 accepted" in send.run(clinic.wiring)
    assert [each["from"] for each in network.texts(phone)] == [network.second.numbers[0]]
    assert senders_of(clinic, promise)[0] == ("first", "not_sent")


def test_case_47_over_http_a_lost_answer_is_never_passed_on(practice: Make, network: Network):
    clinic = practice(senders=[network.first, network.second], **TWO)
    phone = "+13125550147"
    network.fault(network.first, "timeout_after_acceptance", seconds=30)
    promise = clinic.book(phone=phone)
    assert "1 unknown" in send.run(clinic.wiring)
    assert [each["from"] for each in network.texts(phone)] == [network.first.numbers[0]]
    assert clinic.promise(promise).state == "unknown"
