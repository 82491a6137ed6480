"""What the file says of replies: own words, cancel words, consent. Each mistake is named with its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.settings import ConnectionSettings, SettingsProblem
from runtime.settings_file import load

HEAD = """
[connections.play]
vendor = "caspen"
base_url = "http://127.0.0.1:8900/caspen/v1"
zone = "Europe/Dublin"
credentials = { token = "literal" }
webhook = "none"
"""

Read = Callable[[str], ConnectionSettings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(text: str) -> ConnectionSettings:
        file = tmp_path / "punctual.toml"
        file.write_text(HEAD + text)
        return load({}, file).connections["play"]

    return read_text


def problems(read: Read, text: str) -> list[str]:
    with pytest.raises(SettingsProblem) as caught:
        read(text)
    return list(caught.value.problems)


def test_without_a_word_about_replies_nothing_is_written_back_and_nobody_needs_to_opt_in(read: Read) -> None:
    found = read("")
    assert (found.contact, found.answers, found.cancel_words, found.on_decline) == ("", {}, (), "staff")
    assert (found.reply_cut_off_minutes, found.consent_policy) == (0, "opt_out")


def test_all_of_it_is_read(read: Read) -> None:
    found = read(
        """
contact = "call 01 234 5678"
cancel_words = ["DROP", "weg ermee"]
on_decline = "write_back"
reply_cut_off_minutes = 120
consent_policy = "opt_in"

[connections.play.answers]
too_late = "Too late, {{ contact }}"
which = { de = "Welcher? {{ choices }}", en-GB = "Which? {{ choices }}" }
"""
    )
    assert found.answers == {
        "too_late": {"": "Too late, {{ contact }}"},
        "which": {"de": "Welcher? {{ choices }}", "en-gb": "Which? {{ choices }}"},
    }
    assert found.cancel_words == ("DROP", "weg ermee")
    assert (found.on_decline, found.reply_cut_off_minutes, found.consent_policy) == ("write_back", 120, "opt_in")


@pytest.mark.parametrize("word", ["CANCEL", "stop", "End", "QUIT", "unsubscribe", "arrêt", "Stop texting me"])
def test_case_58_a_cancel_word_that_opts_people_out_is_refused(read: Read, word: str) -> None:
    [problem] = problems(read, f'cancel_words = ["{word}"]')
    assert "expected a word that does not opt people out of all texts" in problem


@pytest.mark.parametrize("word", ["C", "YES", "R", "START", "HELP", "2"])
def test_case_58_a_cancel_word_that_means_something_else_is_refused(read: Read, word: str) -> None:
    [problem] = problems(read, f'cancel_words = ["{word}"]')
    assert "expected a word that means nothing else in a reply" in problem


@pytest.mark.parametrize("word", ["", "  ", "!!", "four words are many"])
def test_a_cancel_word_is_one_that_people_type(read: Read, word: str) -> None:
    [problem] = problems(read, f'cancel_words = ["{word}"]')
    assert "expected a word to reply with" in problem


def test_writing_back_needs_a_word_that_does_it(read: Read) -> None:
    [problem] = problems(read, 'on_decline = "write_back"')
    assert "connections.play.cancel_words: missing" in problem


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ('other = "Hello {{ nobody }}"', "answers.other: expected a template that can be rendered: line 1, column"),
        ('other = "On {{ appointment.date }}"', "appointment.date is not a variable"),
        ('which = "Which?"', "it must say {{ choices }}"),
        ('moved = "It moved"', "it must say {{ appointment.time }}"),
        ('other = ""', "it is empty"),
        ('other = "{% if"', "answers.other"),
        ('other = "Reply STOP to cancel your appointment"', "It tells people to reply STOP"),
        ('othr = "Hello"', "answers.othr: unknown key; did you mean other?"),
        ('other = { english = "Hello" }', "answers.other.english: expected a language tag"),
        ('other = { de = "{{ nobody }}" }', "answers.other.de: expected a template"),
        ("other = 5", "answers.other: expected"),
    ],
)
def test_words_of_its_own_that_cannot_be_said_are_refused(read: Read, answers: str, why: str) -> None:
    [problem] = problems(read, f"[connections.play.answers]\n{answers}")
    assert why in problem


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('consent_policy = "optin"', "did you mean opt_in?"),
        ('on_decline = "cancel"', "expected one of staff, write_back"),
        ("reply_cut_off_minutes = -1", "expected a whole number from 0"),
        ('contct = "call us"', "unknown key; did you mean contact?"),
    ],
)
def test_misspelt_settings_are_named(read: Read, text: str, why: str) -> None:
    [problem] = problems(read, text)
    assert why in problem
