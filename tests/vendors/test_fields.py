"""What is read of a vendor's values, and what PostgreSQL can store of them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import post_load

from schemas.fields import Many, One, Text, Tolerant, clean, e164, instant, read, zone_name


@pytest.mark.parametrize(
    ("raw", "country", "phone"),
    [
        ("+13125550142", "", "+13125550142"),
        (" +1 (312) 555-0142 ", "", "+13125550142"),
        ("+44 7700 900123", "", "+447700900123"),
        ("(312) 555-0142", "us", "+13125550142"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("(312) 555-0142", "", None),
        ("555-0142", "US", None),
        ("+1312", "", None),
        ("+999 1234567", "", None),
        ("12345678901234567890", "US", None),
        ("string", "US", None),
        ("0612345678", "XX", None),
        ("", "US", None),
        (None, "US", None),
        ("+1" * 1000, "US", None),
    ],
)
def test_case_55_a_number_is_e164_or_none(raw: str | None, country: str, phone: str | None) -> None:
    assert e164(raw, country) == phone


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2024-01-01T10:00:00Z", datetime(2024, 1, 1, 10, tzinfo=UTC)),
        ("2022-08-17T09:00:00.000Z", datetime(2022, 8, 17, 9, tzinfo=UTC)),
        ("2024-01-01T10:00:00+02:00", datetime(2024, 1, 1, 8, tzinfo=UTC)),
        ("2024-01-01T10:00Z", datetime(2024, 1, 1, 10, tzinfo=UTC)),
    ],
)
def test_an_instant_with_its_offset_is_read(said: str, moment: datetime) -> None:
    found = instant(said)
    assert found == moment
    assert found is not None
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "said",
    [
        "2024-01-01T10:00:00",
        "2024-01-01",
        "<string>",
        "",
        "0001-01-01T00:00:00+14:00",
        "2024-02-30T10:00:00Z",
        1704103200,
    ],
)
def test_case_24_a_naive_or_impossible_time_is_none(said: Any) -> None:
    assert instant(said) is None


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("America/Phoenix", "America/Phoenix"),
        ("UTC", "UTC"),
        ("string", None),
        ("America", None),
        ("../../etc/passwd", None),
        ("/etc/localtime", None),
        ("a\0b", None),
        ("", None),
        (7, None),
    ],
)
def test_only_a_zone_that_exists_is_one(said: Any, zone: str | None) -> None:
    assert zone_name(said) == zone


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\0", "\ud800x", "😀"]),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    )
)
def test_what_is_cleaned_can_be_stored(said: Any) -> None:
    stored = json.dumps(clean(said), allow_nan=False, ensure_ascii=False)
    stored.encode()
    assert "\\u0000" not in stored


def test_cleaning_changes_nothing_that_can_be_stored() -> None:
    said = {"id": "1", "name": "Zoë 😀", "n": [1, 2.5, True, None], "deep": {"a": {"b": []}}}
    assert clean(said) == said


def test_nesting_without_end_is_cut() -> None:
    said: Any = "bottom"
    for _ in range(900):
        said = [said]
    assert json.dumps(clean(said)).count("[") == 50


class Inner(Tolerant):
    name = Text()


class Outer(Tolerant):
    id = Text(required=True)
    one = One(Inner())
    many = Many(Inner())


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"id": "1"}, {"id": "1", "one": None, "many": []}),
        ({"id": 7, "one": None, "many": None}, {"id": "7", "one": None, "many": []}),
        ({"id": "1", "one": 3, "many": {"a": 1}, "more": 1}, {"id": "1", "one": None, "many": []}),
        (
            {"id": "1", "one": {}, "many": [1, {"name": []}]},
            {"id": "1", "one": {"name": None}, "many": [{"name": None}]},
        ),
        ({}, {}),
        ({"id": None}, {}),
        ([], {}),
        (None, {}),
    ],
)
def test_odd_values_are_missing_and_nothing_raises(said: Any, found: dict[str, Any]) -> None:
    assert read(Outer(), said) == found


class Hooked(Inner):
    @post_load
    def greet(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**loaded, "greeting": f"dear {loaded['name']}"}


def test_a_message_with_a_hook_of_its_own_keeps_it() -> None:
    assert read(Hooked(), {"name": "Ada"}) == {"name": "Ada", "greeting": "dear Ada"}
