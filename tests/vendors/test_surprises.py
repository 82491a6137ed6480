"""What vendors said that no document says, counted where it came in."""

import json
from typing import Any

import pytest

from rules import surprises
from vendors.webhooks import PARSERS

EVENTS: dict[str, tuple[dict[str, Any], bool]] = {
    "carecycle": ({"event_type": "customer.abducted", "id": "1"}, False),
    "caspen": ({"type": "client.updated", "data": {"id": "1"}}, False),
    "officeplace": ({"type": "mailbox.moved", "data": {"id": "1"}}, False),
    # Looked at all the same: the record says what happened.
    "pexip": (
        {"id": "e", "entity": "Appointment", "data": {"eventType": "TELEPORT", "appointment": {"id": "1"}}},
        True,
    ),
}


def counted(vendor: str, word: str) -> int:
    return surprises.SURPRISES.counts().get(surprises.Surprise(vendor, "event", word), 0)


@pytest.mark.parametrize("vendor", EVENTS)
def test_an_unknown_event_type_is_counted(vendor: str) -> None:
    body, recognised = EVENTS[vendor]
    word = body.get("event_type") or body.get("type") or body["data"]["eventType"]
    before = counted(vendor, word)
    (notice,) = PARSERS[vendor]({}, json.dumps(body).encode())
    assert (notice.recognised, counted(vendor, word)) == (recognised, before + 1)


def test_an_unknown_entity_of_pexip_is_counted_and_asks_for_nothing() -> None:
    before = counted("pexip", "Listing")
    (notice,) = PARSERS["pexip"]({}, b'{"id": "e", "entity": "Listing", "data": {}}')
    assert (notice.refs, counted("pexip", "Listing")) == ((), before + 1)
