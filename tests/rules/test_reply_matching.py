"""Edge cases 57 to 62: what a reply leads to, decided from values alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rules.answers import AnswerKind
from rules.replies import Reply, number_said, says
from rules.reply_matching import Act, Choice, Decision, Prompt, Question, decide
from rules.statuses import Presence, Standing, Status
from tests.factories import NOON, SCHEDULED, days, hours, minutes

ASKING = [Reply.CONFIRM, Reply.CANCEL, Reply.DECLINE, Reply.RESCHEDULE]
CONFIRMED = Standing(Status.SCHEDULED, confirmed=True)


def prompt(number: int = 1, **changes: Any) -> Prompt:
    """Texted an hour ago about an appointment in two days; each further one is a day later."""
    start = NOON + days(1 + number)
    given: dict[str, Any] = {
        "appointment_id": number,
        "told_at": NOON - hours(1),
        "told_start": changes.get("starts_at", start),
        "starts_at": start,
        "standing": SCHEDULED,
        "presence": Presence.PRESENT,
    }
    return Prompt(**given | changes)


def after(
    reply: Reply, *prompts: Prompt, number: int | None = None, question: Question | None = None, said: Any = ()
) -> Decision:
    return decide(reply, number, prompts, question, said, now=NOON)


def asked(*prompts: Prompt, wish: Reply = Reply.CONFIRM) -> Question:
    return Question(wish, tuple(Choice(each.appointment_id, each.starts_at) for each in prompts))


def test_case_57_a_yes_to_the_one_open_appointment_confirms_it() -> None:
    found = after(Reply.CONFIRM, prompt())
    assert (found.act, found.about, found.to_staff) == (Act.CONFIRM, 1, False)


def test_case_57_a_second_yes_changes_nothing() -> None:
    found = after(Reply.CONFIRM, prompt(standing=CONFIRMED, answered_at=NOON - minutes(5)))
    assert (found.act, found.answer, found.to_staff) == (Act.NOTHING, None, False)


@pytest.mark.parametrize("wish", [Reply.CANCEL, Reply.DECLINE, Reply.RESCHEDULE, Reply.OTHER])
def test_case_58_whatever_is_no_yes_goes_to_staff_and_is_answered_politely(wish: Reply) -> None:
    found = after(wish, prompt())
    assert (found.act, found.about, found.to_staff) == (Act.NOTHING, 1, True)
    assert found.answer in {AnswerKind.DECLINED, AnswerKind.RESCHEDULE, AnswerKind.OTHER}


def test_case_58_a_cancel_word_is_written_back_only_where_the_connection_says_so() -> None:
    found = after(Reply.CANCEL, prompt(writes_cancels=True))
    assert (found.act, found.answer, found.to_staff) == (Act.CANCEL, AnswerKind.CANCEL_PASSED_ON, True)
    assert after(Reply.DECLINE, prompt(writes_cancels=True)).act is Act.NOTHING


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"starts_at": NOON}, AnswerKind.TOO_LATE),
        ({"starts_at": NOON - hours(2)}, AnswerKind.TOO_LATE),
        ({"starts_at": NOON + hours(3), "closes_before": hours(4)}, AnswerKind.TOO_LATE),
        ({"standing": Standing(Status.COMPLETED)}, AnswerKind.TOO_LATE),
        ({"standing": Standing(Status.CANCELLED)}, AnswerKind.CANCELLED),
        ({"presence": Presence.GONE}, AnswerKind.CANCELLED),
        ({"standing": Standing(Status.UNKNOWN)}, AnswerKind.OTHER),
        ({"starts_at": None}, AnswerKind.OTHER),
    ],
)
@pytest.mark.parametrize("wish", ASKING)
def test_case_60_a_reply_that_comes_too_late_changes_nothing_and_is_answered(
    wish: Reply, changes: dict[str, Any], answer: AnswerKind
) -> None:
    found = after(wish, prompt(**{"writes_cancels": True} | changes))
    assert (found.act, found.answer, found.to_staff) == (Act.NOTHING, answer, True)


def test_case_60_until_the_cut_off_a_reply_counts() -> None:
    assert (
        after(Reply.CONFIRM, prompt(starts_at=NOON + hours(4), closes_before=hours(4) - minutes(1))).act is Act.CONFIRM
    )


@pytest.mark.parametrize("wish", ASKING)
def test_case_61_with_two_open_appointments_it_asks_which_in_the_order_of_their_starts(wish: Reply) -> None:
    found = after(wish, prompt(1, starts_at=NOON + days(9)), prompt(2))
    assert (found.act, found.answer, found.about, found.choices) == (Act.NOTHING, AnswerKind.WHICH, None, (2, 1))
    assert found.to_staff is (wish in {Reply.DECLINE, Reply.RESCHEDULE})


def test_case_61_what_is_not_clear_is_about_neither_of_two() -> None:
    found = after(Reply.OTHER, prompt(1), prompt(2))
    assert (found.about, found.answer, found.to_staff) == (None, AnswerKind.OTHER, True)


@pytest.mark.parametrize(("number", "about"), [(1, 1), (2, 2)])
def test_case_61_the_number_is_the_choice(number: int, about: int) -> None:
    one, two = prompt(1), prompt(2)
    found = after(Reply.OTHER, one, two, number=number, question=asked(one, two))
    assert (found.act, found.about, found.answer, found.chosen) == (Act.CONFIRM, about, AnswerKind.CONFIRMED, True)


def test_case_61_the_choice_is_about_what_was_wished_before() -> None:
    one, two = prompt(1, writes_cancels=True), prompt(2, writes_cancels=True)
    assert after(Reply.OTHER, one, two, number=2, question=asked(one, two, wish=Reply.CANCEL)).act is Act.CANCEL
    found = after(Reply.OTHER, one, two, number=2, question=asked(one, two, wish=Reply.DECLINE))
    assert (found.act, found.about, found.answer) == (Act.NOTHING, 2, AnswerKind.DECLINED)


@pytest.mark.parametrize("number", [0, 3, 99])
def test_case_61_a_number_that_was_not_offered_is_asked_about_again(number: int) -> None:
    one, two = prompt(1), prompt(2)
    found = after(Reply.OTHER, one, two, number=number, question=asked(one, two))
    assert (found.act, found.answer, found.choices) == (Act.NOTHING, AnswerKind.WHICH, (1, 2))


def test_case_61_a_number_without_a_question_chooses_nothing() -> None:
    assert after(Reply.OTHER, prompt(1), number=1).act is Act.NOTHING


def test_case_61_a_chosen_appointment_that_has_moved_since_the_question_is_named_anew() -> None:
    one, two = prompt(1), prompt(2)
    moved = replace(two, starts_at=NOON + days(5))
    found = after(Reply.OTHER, one, moved, number=2, question=asked(one, two))
    assert (found.act, found.answer, found.about) == (Act.NOTHING, AnswerKind.MOVED, 2)


def test_case_61_a_chosen_appointment_that_was_cancelled_since_is_not_confirmed() -> None:
    one, two = prompt(1), prompt(2)
    gone = replace(two, standing=Standing(Status.CANCELLED))
    found = after(Reply.OTHER, one, gone, number=2, question=asked(one, two))
    assert (found.act, found.answer) == (Act.NOTHING, AnswerKind.CANCELLED)


def test_case_61_a_yes_twice_in_a_row_does_not_confirm_the_other_one() -> None:
    confirmed = prompt(1, standing=CONFIRMED, answered_at=NOON - minutes(1))
    found = after(Reply.CONFIRM, confirmed, prompt(2))
    assert (found.act, found.answer) == (Act.NOTHING, AnswerKind.WHICH)


def test_case_61_a_yes_after_another_text_is_about_that_text() -> None:
    confirmed = prompt(1, standing=CONFIRMED, answered_at=NOON - minutes(30))
    found = after(Reply.CONFIRM, confirmed, prompt(2, told_at=NOON - minutes(2)))
    assert (found.act, found.about) == (Act.CONFIRM, 2)


def test_case_61_a_no_after_another_text_may_still_be_about_the_first() -> None:
    confirmed = prompt(1, standing=CONFIRMED, answered_at=NOON - minutes(30))
    assert after(Reply.DECLINE, confirmed, prompt(2, told_at=NOON - minutes(2))).answer is AnswerKind.WHICH


def test_case_61_when_the_newest_text_is_about_one_that_is_over_the_lone_open_one_is_asked_about() -> None:
    over = prompt(1, starts_at=NOON - minutes(10), told_at=NOON - hours(1))
    found = after(Reply.CONFIRM, over, prompt(2, told_at=NOON - hours(20)))
    assert (found.act, found.answer, found.choices) == (Act.NOTHING, AnswerKind.WHICH, (2,))


@pytest.mark.parametrize("wish", [Reply.CONFIRM, Reply.CANCEL])
def test_case_62_what_answers_an_old_time_counts_for_nothing_and_the_new_one_is_named(wish: Reply) -> None:
    found = after(wish, prompt(told_start=NOON + days(1), writes_cancels=True))
    assert (found.act, found.answer, found.about) == (Act.NOTHING, AnswerKind.MOVED, 1)


def test_a_number_that_is_no_longer_theirs_confirms_nothing_and_is_told_nothing() -> None:
    found = after(Reply.CONFIRM, prompt(is_theirs=False))
    assert (found.act, found.answer, found.to_staff) == (Act.NOTHING, None, True)


def test_a_text_from_nowhere_is_shown_to_staff_and_not_answered() -> None:
    found = after(Reply.CONFIRM)
    assert (found.answer, found.to_staff) == (None, True)


def test_help_is_always_given_and_troubles_nobody() -> None:
    for prompts in ((), (prompt(1), prompt(2))):
        found = after(Reply.HELP, *prompts)
        assert (found.answer, found.to_staff) == (AnswerKind.HELP, False)


@pytest.mark.parametrize("earlier", [AnswerKind.OTHER, AnswerKind.DECLINED, AnswerKind.TOO_LATE])
def test_one_polite_answer_a_day_is_enough(earlier: AnswerKind) -> None:
    found = after(Reply.OTHER, prompt(), said={earlier})
    assert (found.answer, found.to_staff) == (None, True)


def test_a_question_is_asked_again_although_something_polite_was_said() -> None:
    assert (
        after(Reply.CONFIRM, prompt(1), prompt(2), said={AnswerKind.OTHER, AnswerKind.WHICH}).answer is AnswerKind.WHICH
    )


def test_case_82_a_yes_to_a_request_promises_nothing_that_staff_must_decide() -> None:
    requested = prompt(1, standing=Standing(Status.REQUESTED))
    assert after(Reply.CONFIRM, requested).act is Act.CONFIRM
    assert after(Reply.CONFIRM, requested).answer is None
    found = after(Reply.OTHER, requested, prompt(2), number=1, question=asked(requested, prompt(2)))
    assert (found.act, found.answer) == (Act.CONFIRM, AnswerKind.OTHER)


def test_more_appointments_than_a_text_can_list_go_to_staff() -> None:
    found = after(Reply.CONFIRM, *(prompt(number) for number in range(1, 12)))
    assert (found.act, found.answer, found.to_staff) == (Act.NOTHING, AnswerKind.OTHER, True)


def test_the_order_of_the_texts_does_not_matter() -> None:
    prompts = [prompt(3), prompt(1), prompt(2, told_at=NOON - timedelta(minutes=3))]
    assert len({repr(after(Reply.CONFIRM, *order)) for order in (prompts, prompts[::-1])}) == 1


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("2", 2),
        ("#2", 2),
        (" 2. ", 2),
        ("2️⃣", 2),
        ("Number 2 please", 2),
        ("ja, die 2", 2),
        ("12", 12),
        ("2?", None),
        ("at 2", None),
        ("2 pm", None),
        ("2 tomorrow", None),
        ("no 2", None),
        ("1 and 2", None),
        ("123", None),
        ("two", None),
        ("", None),
        ("\x00", None),
        ("9" * 10_000, None),
    ],
)
def test_case_61_a_number_is_one_only_when_nothing_else_is_said(body: str, number: int | None) -> None:
    assert number_said(body) == number


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("drop", True),
        ("DROP please!", True),
        ("drop it", False),
        ("drop?", False),
        ("don't drop", False),
        ("x", True),
        ("thanks x", False),
        ("", False),
    ],
)
def test_case_58_a_cancel_word_counts_with_nothing_but_manners_around_it(body: str, said: bool) -> None:
    assert says(body, ["Drop", "X", "!"]) is said
