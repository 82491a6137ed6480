"""A contact changes: the plans of all the person's appointments follow in the same transaction.

The order of locks everywhere: appointments by their ids, then the person, the number, the promises. So the person's
appointments are locked before anything is known to have changed, and only where something is about to.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.appointment import Contact, MeetingType
from rules.timing import zone_or_none
from store import people
from store.facts import ConnectionFacts
from store.planning import replan_many
from store.tables import appointments, attendees

STILL_OWED = timedelta(days=31)
"""After its start nothing is planned for an appointment any more."""
REMOTE = (MeetingType.PHONE, MeetingType.VIDEO)
FIELDS = ("first_name", "last_name", "phone", "phone_problem", "zone", "language")


def change(tx: Connection, facts: ConnectionFacts, contact: Contact, source: str) -> bool:
    """Store what a person's contact is now, and all that follows. True when something about texting them changed."""
    rows = lock(tx, facts.name, foreseen(tx, facts.name, [contact]))
    if not people.upsert(tx, facts.name, contact, source):
        return False
    if contact.phone:
        for sender in facts.senders:
            people.know_number(tx, sender, contact.phone)
    follow(tx, facts, rows.values(), [contact])
    return True


def foreseen(tx: Connection, connection: str, contacts: Iterable[Contact]) -> set[str]:
    """Whose row these would change, or make."""
    offered = {contact.person_id: contact for contact in contacts}
    known = people.find(tx, connection, offered)
    return {person_id for person_id, contact in offered.items() if _differs(known.get(person_id), contact)}


def _differs(row: Row[Any] | None, contact: Contact) -> bool:
    return row is None or any(getattr(row, field) != getattr(contact, field) for field in FIELDS)


def lock(
    tx: Connection, connection: str, person_ids: Iterable[str], external_ids: Collection[str] = ()
) -> dict[str, Row[Any]]:
    """These people's appointments that may still owe something, and the named ones, locked by their ids in order."""
    people_ids = sorted(person_ids)
    open_ones = sa.or_(
        appointments.c.starts_at.is_(None), appointments.c.starts_at > sa.func.clock_timestamp() - STILL_OWED
    )
    theirs = (
        sa.select(appointments.c.id)
        .join(attendees, attendees.c.appointment_id == appointments.c.id)
        .where(attendees.c.connection == connection, attendees.c.person_id.in_(people_ids), open_ones)
    )
    ids = set(tx.execute(theirs).scalars()) if people_ids else set()
    mine = sa.and_(appointments.c.connection == connection, appointments.c.external_id.in_(sorted(external_ids)))
    if external_ids:
        ids |= set(tx.execute(sa.select(appointments.c.id).where(mine)).scalars())
    if not ids:
        return {}
    rows = tx.execute(
        sa.select(appointments).where(appointments.c.id.in_(sorted(ids))).order_by(appointments.c.id).with_for_update()
    )
    return {row.external_id: row for row in rows}


def follow(tx: Connection, facts: ConnectionFacts, rows: Iterable[Row[Any]], contacts: Iterable[Contact]) -> None:
    """Plan these locked appointments anew; a remote one takes place where the person is."""
    rows = sorted(rows, key=lambda each: each.id)
    zones = _zones(tx, [row.id for row in rows], contacts)
    replan_many(tx, [_at_home(tx, row, zones.get(row.id)) for row in rows], facts)


def _at_home(tx: Connection, row: Row[Any], zone: str | None) -> Row[Any]:
    if zone is None or row.meeting_type not in REMOTE or (row.zone == zone and not row.zone_is_guess):
        return row
    changed = sa.update(appointments).where(appointments.c.id == row.id)
    return tx.execute(changed.values(zone=zone, zone_is_guess=False).returning(appointments)).one()


def _zones(tx: Connection, ids: Iterable[int], contacts: Iterable[Contact]) -> Mapping[int, str]:
    """The zone that a changed contact gives an appointment of theirs alone."""
    known = {each.person_id: each.zone for each in contacts if zone_or_none(each.zone) is not None}
    alone = (
        sa.select(attendees.c.appointment_id, sa.func.max(attendees.c.person_id).label("person_id"))
        .where(attendees.c.appointment_id.in_(sorted(ids)))
        .group_by(attendees.c.appointment_id)
        .having(sa.func.count() == 1)
    )
    found = tx.execute(alone).all() if known else []
    return {row.appointment_id: str(known[row.person_id]) for row in found if row.person_id in known}
