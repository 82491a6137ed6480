import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from rules.errors import RateLimited
from runtime import observe
from runtime.observe.counters import registry

Lines = list[dict[str, Any]]


class Log:
    def __init__(self) -> None:
        self.stream = io.StringIO()

    def lines(self) -> Lines:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    made = Log()
    observe.configure_logs(json=True, stream=made.stream)
    yield made
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def end(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("told +353861234567", "told <number>"),
        ("told +353 86 123 4567.", "told <number>."),
        ("told +1 (415) 555-0132 twice", "told <number> twice"),
        ("told 00353861234567", "told <number>"),
        ("told 086 123 4567", "told <number>"),
        ("To=%2B353861234567&x", "To=<number>&x"),
        ("mail ada.lovelace+x@mail.example.com now", "mail <email> now"),
        ("redis://:hunter2@127.0.0.1:6379/0", "redis://<credentials>@127.0.0.1:6379/0"),
        ("postgresql+psycopg://me:hunter2@db/x", "postgresql+psycopg://<credentials>@db/x"),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer <secret>"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "<secret>"),
        ("north: 12 fetched, 9 planned", "north: 12 fetched, 9 planned"),
        ("2026-11-21T06:34:34.123456+00:00", "2026-11-21T06:34:34.123456+00:00"),
        ("7d3c0b1a-0242-4a7f-9c55-012345678901", "7d3c0b1a-0242-4a7f-9c55-012345678901"),
        ("took 0.012345678 s, attempt 1700000000123", "took 0.012345678 s, attempt 1700000000123"),
    ],
)
def test_what_looks_private_is_taken_out_and_the_rest_stays(said: str, left: str) -> None:
    assert observe.scrub(said) == left


def test_it_is_taken_out_however_deep_it_lies(log: Log) -> None:
    structlog.get_logger("punctual").info("sent", to=["+353861234567", {"mail": "ada@example.com"}], count=3, ok=True)
    (line,) = log.lines()
    assert (line["to"], line["count"], line["ok"]) == (["<number>", {"mail": "<email>"}], 3, True)
    assert line["event"] == "sent"


def test_a_line_of_a_library_is_scrubbed_too(log: Log) -> None:
    logging.getLogger("somebody").warning("no route to %s", "+353861234567")
    assert log.lines()[0]["event"] == "no route to <number>"


def test_an_exception_is_logged_by_type_and_place_alone(log: Log) -> None:
    try:
        end(ValueError("Ada Lovelace has no number"))
    except ValueError as error:
        structlog.get_logger("punctual").exception("crashed")
        logging.getLogger("somebody").exception("crashed")
        structlog.get_logger("punctual").error("crashed", reason=error)
    assert "Lovelace" not in log.stream.getvalue()
    ours, theirs, given = log.lines()
    for line in (ours, theirs):
        assert line["error"] == "ValueError"
        assert line["where"][-1].startswith("tests/runtime/test_logs.py:")
    assert given["reason"] == "ValueError"


def test_a_fate_is_logged_with_its_words(log: Log) -> None:
    try:
        end(RateLimited("the vendor counts our calls"))
    except RateLimited:
        structlog.get_logger("punctual").exception("put_off")
    assert log.lines()[0]["error"] == "RateLimited: the vendor counts our calls"


def test_every_line_of_a_task_carries_its_context(log: Log) -> None:
    with observe.log_context(task="appointments.sync", connection="north"):
        structlog.get_logger("punctual").info("fetched")
        logging.getLogger("somebody").warning("slow")
    structlog.get_logger("punctual").info("after")
    inside, library, after = log.lines()
    assert inside["connection"] == library["connection"] == "north"
    assert "connection" not in after


def test_an_outage_is_told_once_and_its_end_once(log: Log) -> None:
    outages = observe.Outages()
    assert [outages.away("caspen-north", "AnswerLost") for _ in range(3)] == [True, False, False]
    assert [outages.back("caspen-north") for _ in range(3)] == [True, False, False]
    assert [line["event"] for line in log.lines()] == ["away", "back"]


def test_counters_count_by_label() -> None:
    observe.counter("test_events", {"connection": "north"})
    observe.counter("test_events", {"connection": "north"}, by=2)
    assert registry.get_sample_value("punctual_test_events_total", {"connection": "north"}) == 3
    assert b'punctual_test_events_total{connection="north"} 3.0' in observe.counters_text()


def test_a_label_holds_no_number() -> None:
    observe.counter("test_labels", {"who": "+353861234567"})
    assert b"353861234567" not in observe.counters_text()
