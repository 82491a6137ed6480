"""Words of vendors that nobody knows: counted, logged once, and never a private fact."""

import logging
import threading

import pytest

from rules.surprises import MORE, ODD, Surprise, Surprises, clipped


def test_each_is_counted_and_logged_the_first_time_alone(caplog: pytest.LogCaptureFixture) -> None:
    met = Surprises()
    with caplog.at_level(logging.WARNING):
        met.note("pexip", "status", "TELEPORTED")
        met.note("pexip", "status", "TELEPORTED", "TELEPORTED")
    assert met.counts() == {Surprise("pexip", "status", "TELEPORTED"): 3}
    assert [line.getMessage() for line in caplog.records] == ["unknown status at pexip: TELEPORTED"]


@pytest.mark.parametrize("word", ["NO_SHOW", "appointment.updated", "showAsStatus", "v2", "_mailbox"])
def test_a_word_of_an_api_is_shown(word: str) -> None:
    assert clipped(word) == word


@pytest.mark.parametrize(
    "word", ["Ada Byron", "+13125550142", "ada@example.org", "x" * 41, "room5550142", "", "1", None, 7, ["a"], "a\nb"]
)
def test_what_may_be_private_is_counted_without_being_shown(word: object) -> None:
    assert clipped(word) == ODD


def test_an_enemy_with_many_words_fills_nothing() -> None:
    met = Surprises(most=3)
    met.note("pexip", "event", *(f"word{letter}" for letter in "abcdefgh"))
    assert len(met.counts()) == 4
    assert met.counts()[Surprise("pexip", "event", MORE)] == 5


def test_threads_lose_no_count() -> None:
    met = Surprises()
    threads = [threading.Thread(target=met.note, args=("caspen", "status", *["late"] * 500)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert met.counts() == {Surprise("caspen", "status", "late"): 4000}
