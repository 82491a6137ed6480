"""Whoever knows a connection's secret may still be an enemy: no body may raise, whatever it holds."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.vendors import Change, MappingFacts
from vendors.webhooks import MAPPINGS, PARSERS

FACTS = MappingFacts(zone="UTC", now=datetime(2026, 3, 1, tzinfo=UTC))
VENDORS = tuple(PARSERS)

WORDS = (
    "id", "type", "data", "entity", "Appointment", "appointment", "eventType", "updatedAt", "timestamp", "status",
    "start", "starts_at", "ends_at", "duration", "cancelled_at", "participant", "appointmentParticipants", "location",
    "appointment.updated", "office", "subject", "role", "formattedAddress", "2022-08-17T19:05:21.362Z", "CUSTOMER",
    "event_type", "call.completed", "customer.updated", "customerId", "customer", "clientCustomerId", "appointmentId",
    "appointmentDateTime", "appointmentAttended", "timezone", "callerId", "startTime", "timeZone", "attendees", "email",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "\0", "\ud800",
)  # fmt: skip
text = st.sampled_from(WORDS) | st.text(max_size=5)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=6),
    max_leaves=25,
)
objects = st.dictionaries(text, anything, max_size=8)

EXTREMES = [
    b"[" * 200_000,
    b'{"data":' * 50_000,
    b'{"id": ' + b"9" * 6000 + b', "entity": "Appointment"}',
    b'{"id": 1e999, "entity": NaN}',
    b"\xff\xfe\x00",
    b'\xef\xbb\xbf{"id": "1"}',
    b'{"id": "\\ud800", "entity": "Appointment", "data": {"appointment": {"id": "\\ud800\\u0000"}}}',
    b'{"type": "appointment.\\ud800", "data": {"id": "\\u0000"}}',
]


def harmless(vendor: str, body: bytes) -> None:
    notices = PARSERS[vendor]({"webhook-id": "\ud800" * 300, "x": "y"}, body)
    assert notices
    for notice in notices:
        texts = [notice.kind, notice.key or "", *(ref.key for ref in notice.refs)]
        assert all("\0" not in each and len(each.encode()) < 2000 for each in texts)


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("body", EXTREMES, ids=range(len(EXTREMES)))
def test_extremes_are_unrecognised_and_never_raise(vendor: str, body: bytes) -> None:
    harmless(vendor, body)


@pytest.mark.parametrize("vendor", VENDORS)
@given(body=st.binary(max_size=200))
def test_bytes_never_raise(vendor: str, body: bytes) -> None:
    harmless(vendor, body)


@pytest.mark.parametrize("vendor", VENDORS)
@given(said=anything)
def test_json_of_any_shape_never_raises(vendor: str, said: Any) -> None:
    harmless(vendor, json.dumps(said).encode())


@pytest.mark.parametrize("vendor", VENDORS)
@given(raw=objects)
def test_a_record_of_any_shape_is_mapped_and_never_raises(vendor: str, raw: dict[str, Any]) -> None:
    to_appointment, way_to = MAPPINGS[vendor]
    found = to_appointment(raw, FACTS)
    assert all(moment is None or moment.tzinfo for moment in (found.starts_at, found.ends_at, found.version))
    for change in Change:
        way_to(change, raw, {})
