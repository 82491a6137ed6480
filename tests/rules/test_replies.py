"""Edge cases 57 to 59: what people write back, as they write it."""

import time

import pytest

from rules import reply_words
from rules.replies import Reply, meaning, opt_out_words


@pytest.mark.parametrize("word", sorted(opt_out_words()))
@pytest.mark.parametrize("language", [None, "en", "es", "fr", "de", "nl", "xx"])
def test_case_58_opt_out_words_are_opt_outs_in_every_language(word: str, language: str | None):
    assert meaning(word, language) is Reply.OPT_OUT
    assert meaning(f" {word.upper()}! ", language) is Reply.OPT_OUT


@pytest.mark.parametrize(
    "body",
    [
        "Stop. Thank you",
        "STOP please",
        "Please stop",
        "ok stop",
        "stop texting me, I will be there",
        "S.T.O.P.",
        "ＳＴＯＰ",
        "🛑 STOP 🛑",
        "\nstop\n",
        "“Stop”",
        "Arrêt",
        "No more texts please",
        "I would like to opt out",
        "please take me off this list",
        "Bitte keine SMS mehr",
        "Dejen de enviar mensajes",
        "Je ne veux plus de SMS",
        "Geen berichten meer aub",
    ],
)
def test_case_59_stop_with_anything_polite_around_it_is_an_opt_out(body: str):
    assert meaning(body, "en") is Reply.OPT_OUT
    assert meaning(body, "de") is Reply.OPT_OUT
    assert meaning(body) is Reply.OPT_OUT


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("YES", "en"),
        ("Y", None),
        ("c.", "en"),
        ("Ok 👍", "en"),
        ("Yes, I will be there. Thanks!", "en"),
        ("Thank you, see you then", "en"),
        ("Sí, gracias", "es"),
        ("si confirmo", "es-MX"),
        ("Oui, merci beaucoup", "fr"),
        ("D’accord", "fr"),
        ("j’y serai", "fr_CA"),
        ("Ja, bis morgen!", "de"),
        ("Bestätigt ✅", "de"),
        ("bestaetigt", "de"),
        ("Is goed, bedankt", "nl"),
        ("Tot dan", "nl"),
        ("ja", "en"),
        ("yes", "de"),
        ("yes", "xx"),
    ],
)
def test_case_57_a_yes_is_understood_with_manners_and_emoji(body: str, language: str | None):
    assert meaning(body, language) is Reply.CONFIRM


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("No", "en"),
        ("no thanks", "en"),
        ("Cancel my appointment", "en"),
        ("can you cancel my appointment?", "en"),
        ("Sorry, I can't make it tomorrow", "en"),
        ("Quiero cancelar mi cita", "es"),
        ("Je ne pourrai pas venir", "fr"),
        ("Ich muss absagen", "de"),
        ("Ik kan niet komen", "nl"),
        ("nee", "de"),
    ],
)
def test_case_58_a_no_declines(body: str, language: str):
    assert meaning(body, language) is Reply.DECLINE


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("Can we reschedule to Friday?", "en"),
        ("No, I need to reschedule", "en"),
        ("I can't come, can we change the time?", "en"),
        ("R", "en"),
        ("¿Puedo cambiar mi cita?", "es"),
        ("Puis-je déplacer le rendez-vous", "fr"),
        ("Kann ich den Termin verschieben?", "de"),
        ("Ik wil de afspraak verzetten", "nl"),
    ],
)
def test_a_wish_for_another_time_is_heard_inside_a_sentence(body: str, language: str):
    assert meaning(body, language) is Reply.RESCHEDULE


def test_start_and_help_are_known():
    assert [meaning(body, "en") for body in ("START", "unstop", "Help", "info")] == [
        Reply.OPT_IN,
        Reply.OPT_IN,
        Reply.HELP,
        Reply.HELP,
    ]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   ",
        "👍",
        "thanks",
        "Good morning",
        "ok?",
        "yes but can I come later",
        "no idea where you are",
        "Can I stop by earlier",
        "Stop by at five?",
        "the pain won't stop",
        "don't stop texting me",
        "I don't need to reschedule",
        "r u there",
        "yes no",
        "1",
        "What is the address",
        "\x00\ud800",
    ],
)
def test_what_is_not_clear_is_left_to_a_person(body: str):
    assert meaning(body, "en") is Reply.OTHER


def test_ten_kilobytes_of_emoji_are_answered_quickly():
    began = time.perf_counter()
    assert meaning("🙏" * 2_500, "en") is Reply.OTHER
    assert meaning("yes " * 2_500, "en") is Reply.CONFIRM
    assert meaning("no idea " * 2_500, "en") is Reply.OTHER
    assert time.perf_counter() - began < 0.5


def test_the_tables_are_written_as_replies_are_read():
    tables = (reply_words.CONFIRM, reply_words.DECLINE, reply_words.RESCHEDULE, reply_words.OPT_IN, reply_words.HELP)
    for table in tables:
        assert set(table) == set(reply_words.LANGUAGES)
        for phrase in frozenset().union(*table.values()):
            assert phrase.replace(" ", "").isascii(), phrase
            assert phrase == phrase.casefold().strip(), phrase
            assert phrase.replace(" ", "").isalnum(), phrase


def test_no_word_means_two_things_in_one_language():
    tables = (reply_words.CONFIRM, reply_words.DECLINE, reply_words.RESCHEDULE, reply_words.OPT_IN, reply_words.HELP)
    for language in reply_words.LANGUAGES:
        said = [phrase for table in tables for phrase in table[language]]
        assert len(said) == len(set(said)), sorted(said)
        assert not set(said) & opt_out_words()
