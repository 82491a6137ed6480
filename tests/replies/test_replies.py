"""Edge cases 56 to 63 and 82, from the text that came in to what left and what is owed, on a real database."""

import json
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from rules.senders import Unknown
from runtime.settings import StatusCallback
from store.tables import callbacks, inbound_texts, people, transitions, write_backs
from tests.replies.given import ADA, BOB, Practice, soon
from workers import reply, write_back

pytestmark = pytest.mark.servers


def test_case_57_a_yes_confirms_and_is_owed_to_the_vendor(practice: Practice) -> None:
    made = practice.reminded(soon(days=1))
    practice.writes("Yes, thanks!")
    assert practice.is_confirmed(made)
    assert practice.owed() == [(made, "confirm")]
    assert [row.kind for row in practice.rows(transitions)] == ["confirmed"]
    assert practice.said() == []
    assert practice.told_staff() == []
    assert "statuses.write_back" in practice.bell.rings


def test_case_57_a_yes_in_the_persons_language_counts(practice: Practice) -> None:
    practice.has("north", language="nl")
    made = practice.reminded(soon(days=1))
    practice.writes("Tot dan")
    assert practice.is_confirmed(made)


def test_case_57_a_second_yes_owes_nothing_more(practice: Practice) -> None:
    made = practice.reminded(soon(days=1))
    practice.writes("C")
    practice.writes("Yes!")
    assert practice.owed() == [(made, "confirm")]
    assert practice.outcomes() == ["confirmed", "confirmed already"]
    assert practice.told_staff() == []


def test_case_57_a_connection_may_thank_for_a_yes_in_its_own_words(practice: Practice) -> None:
    practice.has("north", answers={"confirmed": {"": "See you on {{ appointment.weekday }}, {{ practice.name }}"}})
    practice.reminded(soon(days=1))
    practice.writes("C")
    [said] = practice.said()
    assert said.endswith("day, North Street Dental")


@pytest.mark.parametrize("word", ["CANCEL", "Stop", "END", "quit", "Unsubscribe"])
def test_case_58_opt_out_words_are_opt_outs_and_the_appointment_is_untouched(practice: Practice, word: str) -> None:
    practice.has("north", cancel_words=(word,), on_decline="write_back")
    made = practice.reminded(soon(days=1))
    practice.writes(word)
    assert practice.owed() == []
    assert not practice.is_confirmed(made)
    assert ["A person has opted out of texts from this sender." in said for said in practice.told_staff()] == [True]
    assert [kind for kind, _, _ in practice.answered()] == ["stopped"]


def test_case_58_a_no_is_told_to_staff_and_answered_without_a_promise(practice: Practice) -> None:
    practice.has("north", cancel_words=("DROP",), on_decline="write_back")
    practice.reminded(soon(days=1))
    practice.writes("Sorry, I can't make it")
    assert practice.owed() == []
    [message] = practice.told_staff()
    assert "read as decline" in message
    [said] = practice.said()
    assert said.startswith("Thank you. North Street Dental will read that you cannot come; until they answer,")


@pytest.mark.parametrize(("on_decline", "owed"), [("staff", []), ("write_back", ["cancel"])])
def test_case_58_a_cancel_word_asks_staff_or_writes_back_as_the_connection_says(
    practice: Practice, on_decline: str, owed: list[str]
) -> None:
    practice.has("north", cancel_words=("DROP",), on_decline=on_decline)
    practice.reminded(soon(days=1))
    practice.writes("drop, please")
    assert [change for _, change in practice.owed()] == owed
    assert len(practice.told_staff()) == len(practice.said()) == 1


@pytest.mark.parametrize(
    ("starts_in", "cut_off"), [(timedelta(minutes=-5), 0), (timedelta(hours=3), 240)], ids=["after", "cut-off"]
)
def test_case_60_too_late_is_answered_with_the_practices_contact_and_nothing_is_written(
    practice: Practice, starts_in: timedelta, cut_off: int
) -> None:
    practice.has("north", reply_cut_off_minutes=cut_off)
    made = practice.reminded(soon(seconds=starts_in.total_seconds()))
    practice.writes("C")
    assert practice.said() == ["Thank you. This appointment can no longer be changed by text. Please call 01 234 5678."]
    assert practice.owed() == []
    assert not practice.is_confirmed(made)
    assert len(practice.told_staff()) == 1


def test_case_60_a_yes_that_came_in_time_counts_although_it_is_read_late(practice: Practice) -> None:
    made = practice.reminded(soon(minutes=-10))
    practice.keep("C")
    practice.earlier(3600)
    reply.run(practice.wiring)
    assert practice.is_confirmed(made)


def test_case_60_a_cancelled_appointment_is_not_confirmed(practice: Practice) -> None:
    made = practice.reminded(soon(days=1))
    practice.changed(made, vendor_status="cancelled")
    practice.writes("C")
    assert practice.said() == ["This appointment has been cancelled. Please call 01 234 5678."]
    assert practice.owed() == []


def test_case_61_two_open_appointments_are_asked_about_and_the_number_decides(practice: Practice) -> None:
    first, second = practice.reminded(soon(days=1)), practice.reminded(soon(days=2))
    practice.writes("C")
    [question] = practice.said()
    assert question.startswith("Which appointment do you mean? Please reply with its number only:\n1) ")
    assert "\n2) " in question
    assert practice.owed() == []
    practice.writes("2")
    assert practice.owed() == [(second, "confirm")]
    assert practice.is_confirmed(second)
    assert not practice.is_confirmed(first)
    assert practice.said()[1].startswith("Thank you. We have noted that you will come on ")
    assert practice.told_staff() == []
    practice.writes("1")
    assert practice.is_confirmed(first)


def test_case_61_the_list_has_the_times_of_when_it_left(practice: Practice) -> None:
    first, second = practice.reminded(soon(days=1)), practice.reminded(soon(days=3))
    practice.keep("C")
    reply.run(practice.wiring)
    practice.changed(second, starts_at=soon(days=2))
    practice.changed(first, vendor_status="cancelled")
    practice.writes("", sid="nothing more")
    question = practice.said()[0]
    assert "1) " in question
    assert "2) " not in question
    practice.writes("1")
    assert practice.is_confirmed(second)


def test_case_61_a_number_that_nobody_was_asked_for_chooses_nothing(practice: Practice) -> None:
    practice.reminded(soon(days=1))
    practice.writes("1")
    assert practice.owed() == []
    assert len(practice.told_staff()) == 1


def test_case_61_the_same_appointment_texted_twice_is_one(practice: Practice) -> None:
    made = practice.reminded(soon(days=1))
    practice.texted(made, ago=timedelta(minutes=5))
    practice.writes("C")
    assert practice.is_confirmed(made)


def test_case_62_a_yes_to_an_old_time_counts_for_nothing_and_the_new_one_may_be_confirmed(practice: Practice) -> None:
    made = practice.reminded(soon(days=1))
    practice.changed(made, starts_at=soon(days=2))
    practice.writes("C")
    [named] = practice.said()
    assert named.startswith("Your appointment is now on ")
    assert practice.owed() == []
    practice.writes("C")  # at once: it was written before the new time can have been read
    assert practice.owed() == []
    practice.earlier(60)
    practice.writes("C")
    assert practice.owed() == [(made, "confirm")]


def test_case_62_the_new_time_is_that_of_when_the_answer_leaves(practice: Practice) -> None:
    made = practice.reminded(soon(days=1))
    practice.changed(made, starts_at=soon(days=2))
    practice.keep("C")
    reply.run(practice.wiring)
    practice.changed(made, starts_at=soon(days=3))
    practice.earlier(5)
    practice.writes("thanks")
    practice.earlier(60)
    practice.writes("C")
    assert practice.is_confirmed(made)


def test_case_62_a_new_time_that_may_not_have_arrived_is_named_again(practice: Practice) -> None:
    made = practice.reminded(soon(days=1))
    practice.changed(made, starts_at=soon(days=2))
    practice.phones.outcomes = [Unknown("no answer")]
    practice.writes("C")
    practice.earlier(60)
    practice.writes("C")
    assert len(practice.said()) == 2
    assert practice.owed() == []


def test_case_63_the_same_text_twice_is_one_row_one_answer_and_one_write_back(practice: Practice) -> None:
    practice.reminded(soon(days=1))
    practice.reminded(soon(days=2))
    practice.keep("C", sid="IN-once")
    practice.keep("C", sid="IN-once")
    practice.writes("C", sid="IN-once")
    practice.writes("C", sid="IN-once")
    assert len(practice.rows(inbound_texts)) == len(practice.said()) == 1


def test_case_63_two_workers_resolve_a_text_once(practice: Practice) -> None:
    practice.reminded(soon(days=1))
    practice.reminded(soon(days=2))
    for number in range(6):
        practice.keep("C", sid=f"IN-{number}")
    together = threading.Barrier(4)

    def work() -> None:
        together.wait(30)
        reply.run(practice.wiring)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(60)
    reply.run(practice.wiring)
    assert practice.outcomes() == ["may be about another appointment: asked which"] * 6


def test_case_56_a_shared_number_is_asked_which_and_no_name_stands_at_anothers_time(practice: Practice) -> None:
    first = practice.reminded(soon(days=2), ("Ada", ADA))
    second = practice.reminded(soon(days=1), ("Bob", ADA))
    practice.writes("C")
    _, line_one, line_two = practice.said()[0].split("\n")
    assert line_one.startswith("1) Bob, ")
    assert line_two.startswith("2) Ada, ")
    practice.writes("2")
    assert practice.is_confirmed(first)
    assert not practice.is_confirmed(second)


def test_case_56_one_person_with_two_appointments_is_asked_without_a_name(practice: Practice) -> None:
    practice.reminded(soon(days=1), ("Ada", ADA))
    practice.reminded(soon(days=2), ("Ada", ADA))
    practice.writes("C")
    assert "Ada" not in practice.said()[0]


def test_case_56_somebody_elses_appointment_is_never_in_the_list(practice: Practice) -> None:
    practice.reminded(soon(days=1), ("Bob", BOB))
    made = practice.reminded(soon(days=2), ("Ada", ADA))
    practice.writes("C", ADA)
    assert practice.owed() == [(made, "confirm")]


def test_a_number_that_was_corrected_since_confirms_nothing_and_learns_nothing(practice: Practice) -> None:
    made = practice.reminded(soon(days=1))
    with practice.db.begin() as tx:
        tx.execute(sa.update(people).values(phone=BOB))
    practice.writes("C", ADA)
    assert not practice.is_confirmed(made)
    assert practice.said() == []
    assert len(practice.told_staff()) == 1


def test_case_82_a_yes_to_a_request_is_kept_and_told_to_staff_and_accepts_nothing(practice: Practice) -> None:
    practice.has("acme", "pexip")
    raw = b'{"id": "1", "status": "INCOMING_REQUEST"}'
    made = practice.reminded(soon(days=1), name="acme", vendor_status="requested", raw=raw)
    practice.writes("C")
    assert practice.is_confirmed(made)
    assert practice.said() == []
    assert write_back.run(practice.wiring) == "write-backs: 1 handed_over"
    [row] = practice.rows(write_backs)
    assert (row.change, row.state, row.outcome) == ("confirm", "handed_over", "staff must decide")
    [message] = practice.told_staff()
    assert "a request that staff must answer" in message


def test_case_58_a_cancel_that_is_written_back_reaches_the_status_callback(practice: Practice) -> None:
    callback = StatusCallback("https://clinic.example.com/punctual", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    practice.has("north", cancel_words=("DROP",), on_decline="write_back", status_callback=callback)
    practice.reminded(soon(days=1))
    practice.writes("DROP")
    assert write_back.run(practice.wiring) == "write-backs: 1 to callback"
    [row] = practice.rows(callbacks)
    assert json.loads(row.body)["type"] == "appointment.cancel"


@pytest.mark.parametrize(
    "body",
    ["", "   ", "\x00", "🙏" * 2_500, "\ud800", "?" * 10_000, "What is the address?"],
    ids=["empty", "blank", "nul", "10kB", "surrogate", "long", "question"],
)
def test_bad_input_what_nobody_can_read_goes_to_staff_with_one_polite_answer(practice: Practice, body: str) -> None:
    practice.reminded(soon(days=1))
    practice.writes(body)
    practice.writes(body)
    assert practice.said() == [
        "Thank you. North Street Dental will read your message. If it is urgent please call 01 234 5678."
    ]
    assert len(practice.told_staff()) == 2
    assert practice.owed() == []


def test_a_wish_for_another_time_goes_to_staff_once_answered(practice: Practice) -> None:
    practice.reminded(soon(days=1))
    practice.writes("Can we reschedule to Friday?")
    assert "want another time" in practice.said()[0]
    assert "read as reschedule" in practice.told_staff()[0]


def test_help_is_answered_with_the_practices_contact(practice: Practice) -> None:
    practice.writes("HELP")
    [said] = practice.said()
    assert said == "North Street Dental: texts about your appointments. Please call 01 234 5678. Reply STOP to opt out."
    assert practice.told_staff() == []


def test_a_text_from_a_stranger_is_told_to_staff_and_not_answered(practice: Practice) -> None:
    practice.writes("Are you open on Sunday", "+353879999999")
    assert practice.said() == []
    assert len(practice.told_staff()) == 1
    assert practice.rows(write_backs) == []


def test_a_text_to_a_number_that_nobody_texts_from_is_resolved_all_the_same(practice: Practice) -> None:
    practice.keep("HELP", to="+353861111111")
    practice.keep("STOP", to="+353861111111")
    reply.run(practice.wiring)
    assert practice.outcomes() == ["asked for help", "applied"]
    assert write_back.run(practice.wiring) == ""


def test_case_57_the_twentieth_yes_on_one_connection_is_as_good_as_the_first(practice: Practice) -> None:
    """PostgreSQL plans a statement anew for all values after a while; an upsert must still find its index then."""
    made = [practice.reminded(soon(days=1), ("Ada", f"+35387000{number:04d}")) for number in range(20)]
    for number in range(20):
        practice.keep("C", f"+35387000{number:04d}")
    reply.run(practice.wiring)
    assert sorted(practice.owed()) == [(each, "confirm") for each in sorted(made)]
