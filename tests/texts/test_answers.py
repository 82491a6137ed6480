"""What is said back: every kind in every language, in the connection's own words where it has some."""

from datetime import UTC, datetime

import pytest

from rules.answers import AnswerKind
from rules.segments import segments
from texts import Line, TemplateProblem, answer_text, check_answer
from texts.answer_words import ANSWERS
from texts.words import LANGUAGES

LINE = Line(datetime(2026, 3, 3, 14, 30, tzinfo=UTC), "Europe/Dublin")


def said(kind: AnswerKind, language: str = "en", contact: str = "call 01 234 5678", **own: dict[str, str]) -> str:
    return answer_text(kind, language, own, practice="Dr. O'Neill", contact=contact, lines=[LINE])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", AnswerKind)
def test_every_answer_has_words_in_every_language_that_fit_into_one_segment(kind: AnswerKind, language: str) -> None:
    for contact in ("01 234 5678", ""):
        text = said(kind, language, contact)
        assert "{" not in text
        assert "  " not in text
        assert (segments(text).count, segments(text).encoding) == (1, "gsm7")


@pytest.mark.parametrize("kind", AnswerKind)
def test_our_own_words_pass_the_check_that_others_must(kind: AnswerKind) -> None:
    assert set(ANSWERS[kind]) == set(LANGUAGES)
    assert [check_answer(kind, template) for template in ANSWERS[kind].values()] == [[]] * len(LANGUAGES)


def test_an_unknown_language_is_answered_in_english_altogether() -> None:
    assert said(AnswerKind.MOVED, "pl").startswith("Your appointment is now on March 3 at 2:30 PM.")
    assert said(AnswerKind.MOVED, "de-AT").startswith("Ihr Termin ist jetzt am 3. März um 14:30.")


def test_own_words_count_by_language_and_for_all() -> None:
    own = {"other": {"de": "Moin", "": "Hello, {{ contact }}"}}
    assert said(AnswerKind.OTHER, "de-DE", **own) == "Moin"
    assert said(AnswerKind.OTHER, "fr", **own) == "Hello, call 01 234 5678"


def test_a_list_is_numbered_and_says_the_zone_where_it_is_a_guess() -> None:
    guess = Line(LINE.starts_at, "Europe/Dublin", zone_is_guess=True, first_name="Ada\n{{ contact }}")
    text = answer_text(AnswerKind.WHICH, "en", {}, practice="", contact="", lines=[LINE, guess])
    assert text.splitlines()[1:] == ["1) March 3, 2:30 PM", "2) Ada {{ contact }}, March 3, 2:30 PM GMT"]


def test_without_a_practices_name_it_is_still_a_sentence() -> None:
    text = answer_text(AnswerKind.OTHER, "en", {}, practice="", contact="", lines=[])
    assert text == "Thank you. The practice will read your message."


def test_a_template_that_makes_nothing_is_no_answer() -> None:
    with pytest.raises(TemplateProblem):
        said(AnswerKind.OTHER, other={"": "{% if contact == 'x' %}y{% endif %}"})
