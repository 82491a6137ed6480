"""A contact changes, and the plans of all appointments of that person follow in the same transaction."""

from dataclasses import replace

import sqlalchemy as sa

from rules.appointment import Appointment, Attendee, Contact, MeetingType
from store import contacts, tables
from tests.factories import ADA, BOB, days, hours, minutes
from tests.store.given import North, Other, all_at_once, now, waits_for_a_lock

NUMBERLESS = replace(ADA, phone=None, phone_problem="no_valid_phone")
TOKYO = replace(ADA, zone="Asia/Tokyo")


def of(found: Appointment, *people: Contact) -> Appointment:
    """The same appointment, its record naming these people."""
    return replace(found, attendees=tuple(Attendee(each.person_id, each.person_id, each) for each in people))


def states(north: North) -> list[str]:
    return [row.state for row in north.promises]


def test_case_85_a_new_number_serves_all_appointments_of_the_person_at_once(north: North) -> None:
    found = north.books(hours(3), people=(NUMBERLESS,))
    north.books(days(3), external_id="app_2", people=(NUMBERLESS,))
    assert states(north) == ["skipped", "skipped"]
    result = north.answers(of(found, ADA))
    assert states(north) == ["planned", "planned"]
    assert result.people_changed == ()  # nothing is left for a later transaction


def test_case_85_the_fence_refuses_no_text_for_a_contact_that_has_changed(north: North) -> None:
    found = north.books(days(2))
    north.books(external_id="app_2")
    north.answers(of(found, replace(ADA, phone=BOB.phone, language="fr")))
    due = next(row for row in north.promises if row.due_at < now())
    claimed = north.passes(due.id)
    assert getattr(claimed, "to", claimed) == BOB.phone


def test_case_85_a_remote_appointment_takes_place_where_the_person_is_now(north: North) -> None:
    found = north.books(days(2))
    north.books(days(3), external_id="app_2", meeting_type=MeetingType.PHONE)
    north.books(days(3), external_id="app_3", meeting_type=MeetingType.IN_PERSON)
    north.answers(of(found, TOKYO))
    assert [north.row(f"app_{n}").zone for n in (1, 2, 3)] == ["Europe/London", "Asia/Tokyo", "Europe/London"]


def test_case_85_a_contact_by_itself_changes_all_that_hangs_on_it(north: North) -> None:
    north.books(hours(3), people=(NUMBERLESS,))
    with north.db.begin() as tx:
        assert contacts.change(tx, north.facts, ADA, "call")
        assert not contacts.change(tx, north.facts, ADA, "call")
    assert states(north) == ["planned"]


def test_case_85_two_records_that_bring_the_same_news_do_not_deadlock(north: North) -> None:
    ids = [f"app_{n}" for n in range(6)]
    booked = [north.books(days(2), external_id=each) for each in ids]

    def news(number: int) -> None:
        for turn in range(8):
            person = replace(ADA, zone="Asia/Tokyo" if (turn + number) % 2 else "Europe/Paris")
            north.answers(of(booked[number], person))

    all_at_once(6, news)
    assert states(north) == ["planned"] * 6


def test_case_85_a_text_at_the_fence_is_waited_for(north: North) -> None:
    """Or it would be stamped with what it no longer says."""
    found = north.books(days(2))
    north.books(days(3), external_id="app_2", people=(NUMBERLESS,))
    with north.db.begin() as tx:
        tx.execute(sa.select(tables.appointments).where(tables.appointments.c.external_id == "app_2").with_for_update())
        news = Other(lambda: north.answers(of(found, ADA)))
        waits_for_a_lock(north.db)
        assert north.rows(tables.people)[0].phone is None
    news.ends()
    assert states(north) == ["planned", "planned"]


def test_what_has_long_ended_is_left_alone(north: North) -> None:
    found = north.books(days(2), people=(NUMBERLESS,))
    north.books(external_id="app_2", people=(NUMBERLESS,))
    north.alters(
        tables.appointments, tables.appointments.c.external_id == "app_2", starts_at=now() - days(40) - minutes(1)
    )
    north.answers(of(found, ADA))
    assert sorted(states(north)) == ["planned", "skipped"]
