"""What makes two webhooks one event."""

import re
from datetime import UTC, datetime, timedelta

from web import keys

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
THIN = b'{"id": 42}'


def test_case_3_without_an_id_an_equal_body_is_the_same_event_for_five_minutes_and_no_longer() -> None:
    first = keys.of_body(THIN, 0, NOON)
    assert keys.of_body(THIN, 0, NOON + timedelta(minutes=4, seconds=59)) == first
    assert keys.of_body(THIN, 0, NOON + timedelta(minutes=5)) != first
    assert keys.of_body(THIN, 0, NOON + timedelta(days=1)) != first


def test_case_3_several_events_of_one_body_are_told_apart() -> None:
    assert keys.of_body(THIN, 0, NOON) != keys.of_body(THIN, 1, NOON)
    assert keys.of_body(THIN, 0, NOON) != keys.of_body(b'{"id": 421}', 0, NOON)


def test_case_1_the_vendors_own_id_is_the_same_event_however_late_it_comes_again() -> None:
    assert keys.own("msg_1", "moved") == keys.own("msg_1", "moved")
    assert keys.own("msg_1", "moved") != keys.own("msg_1", "cancelled")
    assert keys.own("msg_1", "moved") != keys.own("msg_1m", "oved")


def test_a_key_is_22_letters_whatever_a_vendor_says() -> None:
    for key in (keys.own("", ""), keys.own("Ada Byron\x00\ud800", "x" * 100_000), keys.of_body(b"\xff" * 99, 3, NOON)):
        assert re.fullmatch(r"[A-Za-z0-9_-]{22}", key)
