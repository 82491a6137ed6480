import threading

import pytest
import time_machine

from outbound.clock import boottime
from rules.errors import Transient
from vendors import tokens
from vendors.tokens import Token, Tokens

KEY = ("https://auth.example", "acme", "c", "s")


class Desk:
    """Gives out tokens and counts them."""

    def __init__(self, seconds: float = 300) -> None:
        self.given = 0
        self.seconds = seconds

    def ask(self) -> Token:
        self.given += 1
        return Token.lasting(f"token-{self.given}", self.seconds, asked_at=tokens.boottime())


@pytest.mark.parametrize(
    ("seconds", "renewed_after"), [(300, 240), (3600, 3540), (120, 60), (90, 45), (10, 5), (1, 0.5)]
)
def test_a_token_is_renewed_a_minute_before_its_end_or_at_half_its_life(seconds: int, renewed_after: float) -> None:
    assert Token.lasting("t", seconds, asked_at=1000.0).renew_at == 1000.0 + renewed_after


def test_a_token_is_kept_until_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, kept, now = Desk(), Tokens(), boottime()
    monkeypatch.setattr(tokens, "boottime", lambda: now)
    assert [kept.get(KEY, desk.ask) for _ in range(3)] == ["token-1"] * 3
    monkeypatch.setattr(tokens, "boottime", lambda: now + 239)
    assert kept.get(KEY, desk.ask) == "token-1"
    monkeypatch.setattr(tokens, "boottime", lambda: now + 241)
    assert kept.get(KEY, desk.ask) == "token-2"


def test_many_threads_with_one_refused_token_ask_for_one_new_one() -> None:
    desk, kept, got = Desk(), Tokens(), []
    first = kept.get(KEY, desk.ask)
    threads = [threading.Thread(target=lambda: got.append(kept.get(KEY, desk.ask, refused=first))) for _ in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (set(got), desk.given) == ({"token-2"}, 2)


def test_a_connection_with_other_credentials_has_a_token_of_its_own() -> None:
    desk, kept = Desk(), Tokens()
    assert kept.get(KEY, desk.ask) != kept.get((*KEY[:3], "rotated"), desk.ask)


def test_a_failed_request_keeps_nothing() -> None:
    desk, kept = Desk(), Tokens()

    def away() -> Token:
        raise Transient("HTTP 503")

    with pytest.raises(Transient):
        kept.get(KEY, away)
    assert kept.get(KEY, desk.ask) == "token-1"


def test_the_time_of_day_has_no_say() -> None:
    desk, kept = Desk(), Tokens()
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        kept.get(KEY, desk.ask)
    with time_machine.travel("2030-03-01T12:00:00Z", tick=False):
        assert kept.get(KEY, desk.ask) == "token-1"
