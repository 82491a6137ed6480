"""Edge cases 51 and 64: an answer's own fence, its claim and its three outcomes, on a real database."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from rules.answers import MOST_A_DAY
from rules.senders import AttemptState, NotSent, Receipt, Refused, Unknown, Verdict
from runtime.settings import Mode
from store import answers, connections, inbound, receipts
from store.tables import answers as table
from store.tables import consents, numbers, people, timeline
from store.tables import receipts as receipts_table
from tests.replies.given import ADA, CLINIC, Practice, soon
from tests.until import until
from workers import answer, reply

pytestmark = pytest.mark.servers


def test_case_64_a_stop_is_confirmed_although_the_number_has_just_opted_out(practice: Practice) -> None:
    practice.reminded(soon(days=1))
    practice.writes("STOP")
    assert practice.said() == ["You will get no more texts from North Street Dental. Reply START to get them again."]
    practice.writes("HELP")
    assert len(practice.said()) == 1


def test_case_64_a_sender_that_confirms_a_stop_itself_is_left_to_it(practice: Practice) -> None:
    practice.kind = "twilio"
    practice.reminded(soon(days=1))
    practice.writes("STOP")
    assert practice.said() == []
    assert practice.answered() == [("stopped", "unsaid", "left_to_sender")]
    assert ["opted out" in said for said in practice.told_staff()] == [True]


def test_case_51_an_opt_out_between_question_and_answer_leaves_nothing_but_its_confirmation(practice: Practice) -> None:
    practice.reminded(soon(days=1))
    practice.reminded(soon(days=2))
    practice.keep("C")
    reply.run(practice.wiring)
    practice.keep("STOP")
    answer.run(practice.wiring)
    assert practice.said() == []
    assert practice.answered() == [("which", "unsaid", "opted_out")]


def test_case_51_the_fence_of_answers_waits_for_an_opt_out_that_is_being_stored(practice: Practice) -> None:
    practice.reminded(soon(days=1))
    practice.reminded(soon(days=2))
    practice.keep("C")
    reply.run(practice.wiring)
    worker = threading.Thread(target=lambda: answer.run(practice.wiring))
    with practice.db.begin() as tx:
        inbound.keep(tx, "texts", [inbound.Inbound("IN-stop", ADA, CLINIC, "STOP")])
        worker.start()
        until(practice.someone_waits)
    worker.join(30)
    assert practice.said() == []


def test_observe_answers_nobody_and_trial_only_those_who_try_it(practice: Practice) -> None:
    practice.has("north", in_force="observe")
    practice.writes("HELP")
    practice.has("north", in_force="trial", trial_numbers=(ADA,))
    practice.writes("HELP", "+353879999999")
    assert practice.said() == []
    practice.writes("HELP")
    assert len(practice.said()) == 1
    assert [code for _, _, code in practice.answered()] == ["observe", "trial", ""]


def test_the_more_cautious_mode_counts_for_answers_too(practice: Practice) -> None:
    practice.has("north", mode=Mode.LIVE, in_force="observe")
    practice.writes("HELP")
    assert practice.said() == []


def test_an_answer_is_written_down_with_what_it_said(practice: Practice) -> None:
    practice.writes("HELP")
    [row] = practice.rows(table)
    assert (row.state, row.sender_id, bytes(row.body).decode()) == ("accepted", "SM1", practice.said()[0])
    [entry] = [each for each in practice.rows(timeline) if each.kind == "answer"]
    assert entry.facts == {"answer": "help", "state": "accepted"}
    assert practice.phones.texts[0].reference == str(row.id)
    assert practice.phones.texts[0].from_ == CLINIC


def test_no_connection_is_held_while_the_sender_is_called(practice: Practice) -> None:
    held: list[int] = []
    practice.phones.meanwhile = lambda: held.append(practice.db.engine.pool.checkedout())  # type: ignore[attr-defined]  # QueuePool's
    practice.writes("HELP")
    assert held == [0]


def test_an_unknown_outcome_is_never_sent_again_and_staff_are_told(practice: Practice) -> None:
    practice.phones.outcomes = [Unknown("timed out")]
    practice.writes("HELP")
    answer.run(practice.wiring)
    assert len(practice.said()) == 1
    assert practice.answered() == [("help", "unknown", "timed out")]
    assert len(practice.told_staff()) == 1


def test_a_lease_that_ended_is_unknown_and_never_sent_again(practice: Practice) -> None:
    class KilledError(Exception):
        pass

    def die() -> None:
        raise KilledError

    practice.phones.meanwhile = die
    with pytest.raises(KilledError):
        practice.writes("HELP")
    practice.phones.meanwhile = lambda: None
    answer.run(practice.wiring)
    assert len(practice.said()) == 1, "it was taken while somebody held it"
    with practice.db.begin() as tx:
        tx.execute(sa.update(table).values(lease_until=soon(seconds=-1)))
    answer.run(practice.wiring)
    assert len(practice.said()) == 1
    assert [state for _, state, _ in practice.answered()] == ["unknown"]


def test_an_owner_that_comes_back_after_its_lease_writes_nothing(practice: Practice) -> None:
    def stall() -> None:
        with practice.db.begin() as tx:
            tx.execute(sa.update(table).values(lease_until=soon(seconds=-1)))
        with practice.db.begin() as tx:
            assert answers.expire(tx) == 1

    practice.phones.meanwhile = stall
    practice.writes("HELP")
    assert [state for _, state, _ in practice.answered()] == ["unknown"]


def test_what_provably_did_not_leave_is_sent_again_soon(practice: Practice) -> None:
    practice.phones.outcomes = [NotSent("no connection"), Refused("20429", Verdict.RETRY, "", 1.0)]
    practice.writes("HELP")
    assert [state for _, state, _ in practice.answered()] == ["waiting"]
    for _ in range(2):
        with practice.db.begin() as tx:
            tx.execute(sa.update(table).values(due_at=soon(seconds=-1)))
        answer.run(practice.wiring)
    assert [state for _, state, _ in practice.answered()] == ["accepted"]
    assert len(practice.said()) == 3


def test_a_refusal_ends_it_and_an_opt_out_at_the_sender_goes_into_the_ledger(practice: Practice) -> None:
    practice.phones.outcomes = [Refused("21610", Verdict.OPTED_OUT)]
    practice.writes("HELP")
    assert [state for _, state, _ in practice.answered()] == ["refused"]
    [entry] = practice.rows(consents)
    assert (entry.kind, entry.source, entry.reference) == ("opt_out", "sender", "21610")
    assert practice.rows(numbers)[0].opted_out_at is not None


def test_a_number_that_cannot_be_texted_is_marked(practice: Practice) -> None:
    practice.phones.outcomes = [Refused("21614", Verdict.BAD_NUMBER)]
    practice.writes("HELP")
    practice.writes("HELP")
    assert [code for _, _, code in practice.answered()] == ["21614", "bad_number"]


def test_credentials_that_are_refused_are_told_to_staff_and_the_answer_waits(practice: Practice) -> None:
    practice.phones.outcomes = [Refused("20003", Verdict.NEEDS_PERSON)]
    practice.writes("HELP")
    assert [state for _, state, _ in practice.answered()] == ["waiting"]
    assert len(practice.told_staff()) == 1


def test_two_machines_that_answer_each_other_come_to_an_end(practice: Practice) -> None:
    for _ in range(MOST_A_DAY + 5):
        practice.writes("HELP")
    assert len(practice.said()) == MOST_A_DAY


def test_a_paused_connection_answers_when_it_goes_on_and_not_after_ten_minutes(practice: Practice) -> None:
    with practice.db.begin() as tx:
        connections.pause(tx, "north", "by a test", timedelta(hours=1), sends=True)
    practice.writes("HELP")
    assert practice.said() == []
    with practice.db.begin() as tx:
        connections.resume(tx, "north")
        tx.execute(sa.update(table).values(due_at=soon(seconds=-1)))
    answer.run(practice.wiring)
    assert len(practice.said()) == 1
    practice.keep("HELP")
    reply.run(practice.wiring)
    practice.earlier(11 * 60)
    answer.run(practice.wiring)
    assert [code for _, _, code in practice.answered()] == ["", "too_late"]


def test_a_template_that_cannot_be_rendered_is_told_to_staff(practice: Practice) -> None:
    practice.has("north", answers={"help": {"": "{{ nobody.knows }}"}})
    practice.writes("HELP")
    assert practice.answered() == [("help", "unsaid", "template")]
    assert len(practice.told_staff()) == 1


def test_a_question_that_no_longer_stands_is_not_asked(practice: Practice) -> None:
    made = [practice.reminded(soon(days=1)), practice.reminded(soon(days=2))]
    practice.keep("C")
    reply.run(practice.wiring)
    for each in made:
        practice.changed(each, vendor_status="cancelled")
    answer.run(practice.wiring)
    assert practice.answered() == [("which", "unsaid", "overtaken")]
    assert len(practice.told_staff()) == 1


def test_a_connection_that_is_no_longer_configured_answers_nobody(practice: Practice) -> None:
    practice.keep("HELP")
    reply.run(practice.wiring)
    del practice.connections["north"]
    answer.run(practice.wiring)
    assert practice.answered() == [("help", "unsaid", "no_sender")]


def test_a_report_on_an_answer_settles_it_and_waits_for_nobody(practice: Practice) -> None:
    practice.phones.outcomes = [Unknown("timed out")]
    practice.writes("HELP")
    [row] = practice.rows(table)
    with practice.db.begin() as tx:
        receipts.keep(tx, "texts", [Receipt("SM-late", AttemptState.DELIVERED, reference=str(row.id))])
        receipts.keep(tx, "texts", [Receipt("SM-other", AttemptState.DELIVERED, reference="no id of ours")])
    answer.run(practice.wiring)
    assert [state for _, state, _ in practice.answered()] == ["accepted"]
    assert [each.applied_at is None for each in practice.rows(receipts_table)] == [False, True]


def test_two_workers_give_an_answer_once(practice: Practice) -> None:
    for number in range(8):
        practice.keep("HELP", f"+35387{number:07d}")
    reply.run(practice.wiring)
    together = threading.Barrier(4)

    def work() -> None:
        together.wait(30)
        answer.run(practice.wiring)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(60)
    assert len(practice.said()) == 8


def test_the_language_is_the_persons(practice: Practice) -> None:
    practice.reminded(soon(days=1))
    with practice.db.begin() as tx:
        tx.execute(sa.update(people).values(language="de-AT"))
    practice.writes("hilfe")
    assert practice.said() == [
        "North Street Dental: SMS zu Ihren Terminen. Bitte call 01 234 5678. Mit STOP melden Sie sich ab."
    ]
