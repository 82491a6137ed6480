from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from outbound.answer import Answer
from outbound.fates import after, check
from rules.errors import CredentialsRejected, Fate, NotFound, Permanent, RateLimited, Transient

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def answer(status: int = 429, body: bytes = b"", **headers: str) -> Answer:
    return Answer(status, httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()}), body)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_success_passes(status: int) -> None:
    check(answer(status))


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (301, Permanent), (302, Permanent), (400, Permanent), (405, Permanent), (413, Permanent), (422, Permanent),
        (401, CredentialsRejected), (403, CredentialsRejected), (404, NotFound), (410, NotFound),
        (408, Transient), (409, Transient), (425, Transient), (500, Transient), (502, Transient), (503, Transient),
        (504, Transient), (599, Transient), (429, RateLimited),
    ],
)  # fmt: skip
def test_each_status_has_one_fate(status: int, fate: type[Fate]) -> None:
    with pytest.raises(Fate) as raised:
        check(answer(status))
    assert type(raised.value) is fate


def test_the_vendors_words_are_kept_apart_from_the_message_that_reaches_the_logs() -> None:
    with pytest.raises(Permanent) as raised:
        check(answer(422), code="INVALID", message="Ada Byron has no phone")
    assert (raised.value.vendor_code, raised.value.vendor_message) == ("INVALID", "Ada Byron has no phone")
    assert str(raised.value) == "HTTP 422"


def test_a_busy_server_is_asked_again_when_it_says() -> None:
    with pytest.raises(Transient) as raised:
        check(answer(503, Retry_After="120"))
    assert raised.value.retry_after == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (answer(Retry_After="32"), 32.0),
        (answer(Retry_After="1.5"), 1.5),
        (answer(Retry_After="0"), 0.0),
        (answer(Retry_After="-5"), 0.0),
        (answer(Retry_After=format_datetime(NOON + timedelta(seconds=90), usegmt=True)), 90.0),
        (answer(Retry_After="Sun, 01 Mar 2026 12:00:10 -0000"), 10.0),
        (answer(Retry_After=format_datetime(NOON - timedelta(seconds=90), usegmt=True)), 0.0),
        (answer(body=b'{"message": "Rate limit exceeded", "code": "RATE_LIMIT_EXCEEDED", "retryAfter": 60}'), 60.0),
        (answer(X_RateLimit_Reset=str(int(NOON.timestamp()) + 20)), 20.0),
        (answer(Retry_After="1", body=b'{"retryAfter": 60}', X_RateLimit_Reset="9999999999"), 1.0),
        (answer(body=b'{"retryAfter": 60}', X_RateLimit_Reset="9999999999"), 60.0),
        (answer(Retry_After="99999999999999999999"), 86400.0),
        (answer(X_RateLimit_Reset="9" * 300), 86400.0),
        (answer(Retry_After="1e999", body=b'{"retryAfter": 3}'), 3.0),
    ],
)
def test_the_wait_is_read_in_the_documented_order(given: Answer, seconds: float) -> None:
    assert after(given, now=NOON) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "given",
    [
        answer(),
        answer(Retry_After="soon"),
        answer(Retry_After="Sun, 99 Foo 2026 12:00:10 GMT"),
        answer(body=b'{"retryAfter": true}'),
        answer(body=b'{"retryAfter": {}}'),
        answer(body=b"[60]"),
        answer(body=b"[" * 100_000),
        answer(X_RateLimit_Reset="nan"),
    ],
)
def test_without_a_readable_wait_there_is_none(given: Answer) -> None:
    assert after(given, now=NOON) is None


def test_a_date_is_compared_with_the_others_clock_and_not_with_ours() -> None:
    given = answer(Date=format_datetime(NOON, usegmt=True), Retry_After="Sun, 01 Mar 2026 12:00:30 GMT")
    assert after(given) == timedelta(seconds=30)
