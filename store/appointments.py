"""Applies fetched records by revision. `store.presence` has what follows when there is no record any more.

`noted` is the revision that was read before the request went out. The row is written only while it still has it:
whoever loses applies nothing and asks again, also at vendors without any version of their own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from rules.appointment import Appointment, Contact, MeetingType
from rules.statuses import Presence, Standing
from rules.timing import zone_or_none
from rules.transitions import Before, Kind, Transition, between
from store import connections, people, timeline
from store.contacts import follow, foreseen, lock
from store.engine import now as database_now
from store.facts import ConnectionFacts
from store.planning import replan
from store.standing import vendor_standing
from store.tables import appointments, attendees, transitions


class Applied(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    OLDER = "older"
    """The vendor's version is strictly older than the stored one: a stale read copy."""
    LOST = "lost"
    """Somebody wrote since `noted`; nothing was applied."""


@dataclass(frozen=True, slots=True)
class Result:
    outcome: Applied
    appointment_id: int | None
    steps: int = 0
    skipped: tuple[str, ...] = ()
    people_changed: tuple[str, ...] = ()
    """Whose number, zone or name changed in the same moment by somebody else: their other appointments are planned anew
    apart, because they could not be locked in their order any more."""


def noted(tx: Connection, connection: str, external_ids: Iterable[str] | None) -> dict[str, int]:
    """Revisions as they stand before a request. None: of everything this connection may be answered with."""
    query = sa.select(appointments.c.external_id, appointments.c.revision).where(
        appointments.c.connection == connection
    )
    if external_ids is not None:
        query = query.where(appointments.c.external_id.in_(sorted(set(external_ids))))
    return dict(tx.execute(query).all())


def find(tx: Connection, connection: str, external_id: str) -> Row[Any] | None:
    query = sa.select(appointments).where(
        appointments.c.connection == connection, appointments.c.external_id == external_id
    )
    return tx.execute(query).one_or_none()


def by_id(tx: Connection, appointment_id: int) -> Row[Any]:
    return tx.execute(sa.select(appointments).where(appointments.c.id == appointment_id)).one()


def raw(row: Row[Any]) -> dict[str, Any]:
    """The stored record, as the vendor gave it."""
    body: dict[str, Any] = json.loads(row.raw)
    return body


def starts(tx: Connection, connection: str, external_ids: Iterable[str]) -> dict[str, Any]:
    """Where known appointments are believed to be."""
    query = sa.select(appointments.c.external_id, appointments.c.starts_at).where(
        appointments.c.connection == connection, appointments.c.external_id.in_(sorted(set(external_ids)))
    )
    return dict(tx.execute(query).all())


def apply(
    tx: Connection,
    facts: ConnectionFacts,
    appointment: Appointment,
    raw: Mapping[str, Any],
    contacts: Mapping[str, Contact],
    revision: int | None,
    *,
    trace: str = "",
) -> Result:
    """Write a fetched record, its transitions and its plan, in one transaction.

    `contacts` are what the second calls or the record said of its people; `revision` what was noted, None for new;
    `trace` names the call that brought it, where the vendor has such names.
    """
    offered = _offered(appointment, contacts)
    expected = foreseen(tx, facts.name, [contact for contact, _ in offered])
    rows = lock(tx, facts.name, expected, appointment.external_id)
    row = rows.pop(appointment.external_id, None)
    if (row.revision if row is not None else None) != revision:
        return Result(Applied.LOST, None)
    if row is not None and row.version and appointment.version and appointment.version < row.version:
        return Result(Applied.OLDER, row.id)
    changed = _people(tx, facts, appointment, offered)
    result = _applied(tx, facts, appointment, raw, row, trace, theirs=bool(changed))
    if changed:
        follow(tx, facts, rows.values(), [contact for contact, _ in offered if contact.person_id in changed])
    return replace(result, people_changed=tuple(sorted(changed - expected)))


def _applied(
    tx: Connection,
    facts: ConnectionFacts,
    appointment: Appointment,
    raw: Mapping[str, Any],
    row: Row[Any] | None,
    trace: str,
    *,
    theirs: bool,
) -> Result:
    """Write the record itself. `theirs`: something about its people has changed."""
    body = json.dumps(raw, sort_keys=True, ensure_ascii=True, default=str).encode()
    values = _columns(tx, facts, appointment, body)
    if row is not None and all(getattr(row, name) == value for name, value in values.items()):
        return _same(tx, row, facts, theirs=theirs)
    before = None if row is None else Before(vendor_standing(row), row.starts_at, Presence(row.presence))
    changes = between(before, appointment)
    fresh = _insert(tx, facts, appointment, values) if row is None else _update(tx, row, appointment, values, changes)
    if fresh is None:
        return Result(Applied.LOST, None)
    _seats(tx, fresh, appointment)
    kind = "first_seen" if row is None else "changed"
    told = {"status": appointment.status, "starts_at": appointment.starts_at, "revision": fresh.revision}
    timeline.write(tx, facts.name, appointment.external_id, [(kind, told | timeline.of_call(trace))])
    write_transitions(tx, fresh, changes if row is not None else _news(tx, facts, changes))
    return _planned(tx, fresh, facts, Applied.NEW if row is None else Applied.CHANGED)


def _insert(
    tx: Connection, facts: ConnectionFacts, appointment: Appointment, values: Mapping[str, Any]
) -> Row[Any] | None:
    """The first sight. None when somebody else had it at the same moment."""
    now = database_now(tx)
    booked_at = appointment.booked_at
    known = {"booked_at": booked_at, "known_from": min(booked_at, now) if booked_at else now}
    new = insert(appointments).values(connection=facts.name, external_id=appointment.external_id, **known, **values)
    return tx.execute(new.on_conflict_do_nothing().returning(appointments)).one_or_none()


def _update(
    tx: Connection,
    row: Row[Any],
    appointment: Appointment,
    values: Mapping[str, Any],
    changes: Iterable[Transition],
) -> Row[Any]:
    moment = sa.func.clock_timestamp()
    known = {}
    if row.starts_at != appointment.starts_at or any(change.kind is Kind.REOPENED for change in changes):
        # At the vendor's instant, which lies between the last look without it and now; else it may be as old as that.
        said = appointment.version or row.fetched_at
        known["known_from"] = min(max(said, row.fetched_at), database_now(tx))
    changed = sa.update(appointments).where(appointments.c.id == row.id)
    changed = changed.values(revision=appointments.c.revision + 1, changed_at=moment, fetched_at=moment)
    return tx.execute(changed.values(**values, **known).returning(appointments)).one()


def _news(tx: Connection, facts: ConnectionFacts, changes: Sequence[Transition]) -> list[Transition]:
    """What a first sight proves. Before the first whole look all of it may be old: the vendor must say when it was."""
    state = connections.find(tx, facts.name)
    looked = state is not None and state.reconciled_at is not None
    return [change for change in changes if looked or change.at is not None]


def locked(tx: Connection, connection: str, external_id: str) -> Row[Any] | None:
    query = sa.select(appointments).where(
        appointments.c.connection == connection, appointments.c.external_id == external_id
    )
    return tx.execute(query.with_for_update()).one_or_none()


def _planned(tx: Connection, row: Row[Any], facts: ConnectionFacts, outcome: Applied) -> Result:
    steps = replan(tx, row, facts)
    reasons = tuple(step.reason.value for step in steps if step.reason is not None)
    return Result(outcome, row.id, sum(step.reason is None for step in steps), reasons)


def _same(tx: Connection, row: Row[Any], facts: ConnectionFacts, *, theirs: bool) -> Result:
    """Nothing new in the record: only its age. The plan follows when a person's number or zone changed."""
    tx.execute(sa.update(appointments).where(appointments.c.id == row.id).values(fetched_at=sa.func.clock_timestamp()))
    return _planned(tx, row, facts, Applied.SAME) if theirs else Result(Applied.SAME, row.id)


def _columns(tx: Connection, facts: ConnectionFacts, appointment: Appointment, body: bytes) -> dict[str, Any]:
    zone, guessed = resolve_zone(tx, facts, appointment)
    place = appointment.place
    return {
        "presence": Presence.PRESENT,
        "doubtful_at": None,
        "vendor_status": appointment.status,
        "vendor_word": appointment.vendor_word,
        "vendor_confirmed": appointment.standing.confirmed,
        "version": appointment.version,
        "starts_at": appointment.starts_at,
        "ends_at": appointment.ends_at,
        "zone": zone,
        "zone_is_guess": guessed,
        "meeting_type": appointment.meeting_type,
        "location_id": appointment.location_id,
        "practitioner_id": appointment.practitioner_id,
        "service_id": appointment.service_id,
        "campaign_id": appointment.campaign_id,
        "appointment_type": appointment.appointment_type,
        "place_name": place.name if place else "",
        "place_address": place.address if place else "",
        "raw": body,
    }


def resolve_zone(tx: Connection, facts: ConnectionFacts, appointment: Appointment) -> tuple[str, bool]:
    """The event zone, and whether it is a guess that a text must name.

    In person: location, record, connection. Remote: contact, record, connection.
    """
    located = facts.location_zones.get(appointment.location_id or "")
    remote = appointment.meeting_type in {MeetingType.PHONE, MeetingType.VIDEO}
    ids = [seat.person_id for seat in appointment.attendees if seat.person_id]
    homes = [row.zone for row in people.find(tx, facts.name, ids[:1]).values()] if remote else []
    for candidate in [*homes, appointment.zone] if remote else [located, appointment.zone]:
        if zone_or_none(candidate) is not None:
            return str(candidate), False
    return facts.zone, remote


def _offered(appointment: Appointment, contacts: Mapping[str, Contact]) -> list[tuple[Contact, str]]:
    """What the record and the second calls say of its people, with the source of each, in the order of locks."""
    found = []
    for seat in appointment.attendees:
        contact = contacts.get(seat.person_id or "") or seat.contact
        if contact is not None:
            found.append((contact, "record" if seat.contact is not None else "call"))
    return sorted(found, key=lambda each: each[0].person_id)


def _people(
    tx: Connection, facts: ConnectionFacts, appointment: Appointment, offered: Iterable[tuple[Contact, str]]
) -> set[str]:
    """Store its people, and make the rows that the fence locks. Returns who is another now."""
    changed = {contact.person_id for contact, source in offered if people.upsert(tx, facts.name, contact, source)}
    known = people.find(tx, facts.name, [seat.person_id for seat in appointment.attendees if seat.person_id])
    for number in sorted({row.phone for row in known.values() if row.phone}):
        for sender in facts.senders:
            people.know_number(tx, sender, number)
    return changed


def _seats(tx: Connection, row: Row[Any], appointment: Appointment) -> None:
    keys = [seat.key for seat in appointment.attendees]
    tx.execute(sa.delete(attendees).where(attendees.c.appointment_id == row.id, attendees.c.key.not_in(keys or [""])))
    for seat in appointment.attendees:
        new = insert(attendees).values(
            appointment_id=row.id, key=seat.key, connection=row.connection, person_id=seat.person_id
        )
        tx.execute(
            new.on_conflict_do_update(index_elements=["appointment_id", "key"], set_={"person_id": seat.person_id})
        )


def write_transitions(tx: Connection, row: Row[Any], changes: Iterable[Transition]) -> None:
    for change in changes:
        new = insert(transitions).values(
            appointment_id=row.id,
            revision=row.revision,
            kind=change.kind,
            at=change.at,
            start_before=change.start_before,
            start_after=change.start_after,
        )
        tx.execute(new.on_conflict_do_nothing())
        facts = {"kind": change.kind, "start_before": change.start_before, "start_after": change.start_after}
        timeline.write(tx, row.connection, row.external_id, [("transition", facts)])


def keep_our_word(tx: Connection, row: Row[Any], ours: Standing) -> Row[Any]:
    """Store what we were told, for the start it was told about. No revision: a fetch in flight must not lose to it."""
    changed = (
        sa.update(appointments)
        .where(appointments.c.id == row.id)
        .values(
            our_status=ours.status,
            our_confirmed=ours.confirmed,
            our_for_start=row.starts_at,
            our_vendor_status=row.vendor_status,
            our_vendor_confirmed=row.vendor_confirmed,
        )
        .returning(appointments)
    )
    return tx.execute(changed).one()


def keep_zone(tx: Connection, row: Row[Any], zone: str, *, is_guess: bool) -> Row[Any]:
    """Another event zone for the same record: somebody has corrected what is configured."""
    changed = sa.update(appointments).where(appointments.c.id == row.id).values(zone=zone, zone_is_guess=is_guess)
    timeline.write(tx, row.connection, row.external_id, [("zone_corrected", {"zone": zone, "before": row.zone})])
    return tx.execute(changed.returning(appointments)).one()


def worth_planning(tx: Connection, connection: str, *, after_id: int, limit: int) -> list[int]:
    """Appointments that may still have something owed, in short key-set pages: from yesterday on, or undated."""
    query = (
        sa.select(appointments.c.id)
        .where(
            appointments.c.connection == connection,
            appointments.c.id > after_id,
            sa.or_(
                appointments.c.starts_at.is_(None),
                appointments.c.starts_at > sa.func.clock_timestamp() - timedelta(days=31),
            ),
        )
        .order_by(appointments.c.id)
        .limit(limit)
    )
    return list(tx.execute(query).scalars())
