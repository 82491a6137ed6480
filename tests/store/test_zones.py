"""Which zone an appointment takes place in (edge case 23)."""

from dataclasses import replace

import pytest

from rules.appointment import MeetingType
from tests.factories import ADA, days
from tests.store.given import FACTS, North

pytestmark = pytest.mark.servers
PLACE, RECORD, HOME, CONNECTION = "Asia/Tokyo", "Europe/Paris", "America/Chicago", FACTS.zone


def zone(north: North, kind: MeetingType, *, place: str | None = None, record: str = "", home: str | None = None):
    """The stored zone, and whether it is a guess."""
    north.facts = replace(FACTS, location_zones={"main": place} if place else {})
    contact = replace(ADA, zone=home)
    north.books(days(2), meeting_type=kind, location_id="main", zone=record, people=(contact,))
    row = north.row()
    return row.zone, row.zone_is_guess


@pytest.mark.parametrize(
    ("kind", "found"),
    [(MeetingType.IN_PERSON, PLACE), (MeetingType.PHONE, HOME), (MeetingType.VIDEO, HOME)],
)
def test_case_23_a_place_has_its_own_zone_and_a_call_that_of_the_person(north: North, kind: MeetingType, found: str):
    assert zone(north, kind, place=PLACE, record=RECORD, home=HOME) == (found, False)


@pytest.mark.parametrize("kind", [MeetingType.IN_PERSON, MeetingType.PHONE])
def test_case_23_else_the_record_says_it(north: North, kind: MeetingType):
    home = HOME if kind is MeetingType.IN_PERSON else None  # where somebody lives says nothing of where they go
    place = PLACE if kind is MeetingType.PHONE else None
    assert zone(north, kind, place=place, record=RECORD, home=home) == (RECORD, False)


def test_case_23_the_connections_zone_is_a_guess_for_a_call(north: North):
    assert zone(north, MeetingType.PHONE, place=PLACE) == (CONNECTION, True)


def test_case_23_the_connections_zone_is_where_its_practice_is(north: North):
    assert zone(north, MeetingType.IN_PERSON, home=HOME) == (CONNECTION, False)
