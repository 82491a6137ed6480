"""Applies fetched records by revision. `store.presence` has what follows when there is no record any more.

`noted` is the revision that was read before the request went out. The row is written only while it still has it:
whoever loses applies nothing and asks again, also at vendors without any version of their own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from rules.appointment import Appointment, Contact
from rules.planning import Step
from rules.statuses import Presence, Standing
from rules.transitions import Before, Transition, between
from store import connections, people, timeline
from store.contacts import follow, foreseen, lock
from store.engine import now as database_now
from store.facts import ConnectionFacts
from store.planning import replan_many
from store.records import UPDATE, Look, columns, insert_row, keep_seats, known_from, stored_seats
from store.standing import vendor_standing
from store.tables import appointments, transitions


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
    planned: bool = False
    """Whether its promises were planned anew."""


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


def versions(tx: Connection, connection: str, external_ids: Iterable[str]) -> dict[str, datetime | None]:
    """The vendor's update times of known appointments, as stored."""
    query = sa.select(appointments.c.external_id, appointments.c.version).where(
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
    """Write a fetched record, its transitions and its plan, in one transaction. See `Look`."""
    return apply_many(tx, facts, [Look(appointment, raw, contacts, revision, trace)])[appointment.external_id]


def apply_many(tx: Connection, facts: ConnectionFacts, looks: Sequence[Look]) -> dict[str, Result]:
    """As `apply`, for records of one connection, each of another appointment, in little more statements than for one.

    All rows are locked before anything else is read or written, in the order of their ids. Results by external id.
    """
    offered = {look.external_id: _offered(look.appointment, look.contacts) for look in looks}
    expected = foreseen(tx, facts.name, [contact for of_one in offered.values() for contact, _ in of_one])
    rows = lock(tx, facts.name, expected, list(offered))
    results: dict[str, Result] = {}
    current: list[Look] = []
    for look in looks:
        if (outdated := _outdated(rows.get(look.external_id), look.appointment, look.revision)) is not None:
            results[look.external_id] = outdated
        else:
            current.append(look)
    known = _people(tx, facts, current, offered)
    changed = {person for persons in known.changed.values() for person in persons}
    results |= _applied(tx, facts, current, rows, known)
    planned = {each.appointment_id for each in results.values() if each.planned}
    if changed:
        contacts = [contact for look in current for contact, _ in offered[look.external_id]]
        others = [row for row in rows.values() if row.id not in planned]
        follow(tx, facts, others, [contact for contact in contacts if contact.person_id in changed])
    return {
        external_id: replace(result, people_changed=tuple(sorted(known.changed.get(external_id, set()) - expected)))
        for external_id, result in results.items()
    }


def _outdated(row: Row[Any] | None, appointment: Appointment, revision: int | None) -> Result | None:
    """Why this record is not applied; None when it is."""
    if (row.revision if row is not None else None) != revision:
        return Result(Applied.LOST, None)
    if row is not None and row.version and appointment.version and appointment.version < row.version:
        return Result(Applied.OLDER, row.id)
    return None


@dataclass(frozen=True, slots=True)
class _People:
    """Whoever has a seat, as they are now, and who of them is another by whose record."""

    rows: Mapping[str, Row[Any]]
    changed: Mapping[str, set[str]]

    def has_changed(self, look: Look) -> bool:
        """Whether something about this record's people is another now, by itself or by its neighbour."""
        mine = {*look.person_ids, *self.changed.get(look.external_id, set())}
        return any(mine & persons for persons in self.changed.values())


def _people(
    tx: Connection,
    facts: ConnectionFacts,
    looks: Sequence[Look],
    offered: Mapping[str, Sequence[tuple[Contact, str]]],
) -> _People:
    """Store the records' people, and make the rows that the fence locks."""
    every = [(look.external_id, *each) for look in looks for each in offered[look.external_id]]
    changed: dict[str, set[str]] = {}
    for external_id, contact, source in sorted(every, key=lambda each: each[1].person_id):
        if people.upsert(tx, facts.name, contact, source):
            changed.setdefault(external_id, set()).add(contact.person_id)
    rows = people.find(tx, facts.name, [person_id for look in looks for person_id in look.person_ids])
    people.know_numbers(tx, facts.senders, [row.phone for row in rows.values() if row.phone])
    return _People(rows, changed)


def _applied(
    tx: Connection, facts: ConnectionFacts, looks: Sequence[Look], rows: Mapping[str, Row[Any]], known: _People
) -> dict[str, Result]:
    """Write the records themselves. Whose record is as it was is planned anew only where their people are others."""
    written = _write(tx, facts, looks, rows, known)
    seats = stored_seats(tx, [row.id for row, _ in written.values()])
    for look in looks:
        if (found := written.get(look.external_id)) is not None:
            keep_seats(tx, found[0], look.appointment, seats.get(found[0].id, {}))
    _tell(tx, facts, [(look, *written[look.external_id]) for look in looks if look.external_id in written])
    same = [look for look in looks if look.external_id in rows and look.external_id not in written]
    _look_at(tx, [rows[look.external_id].id for look in same])
    anew = [rows[look.external_id] for look in same if known.has_changed(look)]
    steps = replan_many(tx, [*(row for row, _ in written.values()), *anew], facts)
    results = {look.external_id: Result(Applied.LOST, None) for look in looks}  # a first sight that another had too
    for look in same:
        results[look.external_id] = _result(Applied.SAME, rows[look.external_id], steps)
    for external_id, (row, _) in written.items():
        results[external_id] = _result(Applied.CHANGED if external_id in rows else Applied.NEW, row, steps)
    return results


Written = dict[str, tuple[Row[Any], list[Transition]]]
"""By external id: the row as it is now, and what changed by it."""


def _write(
    tx: Connection, facts: ConnectionFacts, looks: Sequence[Look], rows: Mapping[str, Row[Any]], known: _People
) -> Written:
    """The rows that are new, or another than before."""
    now = database_now(tx)
    written: Written = {}
    updates: list[dict[str, Any]] = []
    changes: dict[int, list[Transition]] = {}
    for look in looks:
        row, values = rows.get(look.external_id), columns(facts, look, known.rows)
        if row is None:
            fresh = insert_row(tx, facts, look.appointment, values, now)
            if fresh is not None:
                written[look.external_id] = fresh, _news(tx, facts, between(None, look.appointment))
        elif any(getattr(row, name) != value for name, value in values.items()):
            before = Before(vendor_standing(row), row.starts_at, Presence(row.presence))
            changes[row.id] = list(between(before, look.appointment))
            values["known_from"] = known_from(row, look.appointment, changes[row.id], now)
            updates.append({"row_id": row.id, **{f"new_{name}": value for name, value in values.items()}})
    if updates:
        tx.execute(UPDATE, updates)
        query = sa.select(appointments).where(appointments.c.id.in_(sorted(changes)))
        for fresh in tx.execute(query.order_by(appointments.c.id)):
            written[fresh.external_id] = fresh, changes[fresh.id]
    return written


def _news(tx: Connection, facts: ConnectionFacts, changes: Sequence[Transition]) -> list[Transition]:
    """What a first sight proves. Before the first whole look all of it may be old: the vendor must say when it was."""
    state = connections.find(tx, facts.name)
    looked = state is not None and state.reconciled_at is not None
    return [change for change in changes if looked or change.at is not None]


def _tell(tx: Connection, facts: ConnectionFacts, seen: Iterable[tuple[Look, Row[Any], list[Transition]]]) -> None:
    """The timeline of each: that it was seen or changed, and what changed by it."""
    told: list[tuple[str, str, timeline.Entry]] = []
    changed: list[tuple[Row[Any], Transition]] = []
    for look, row, changes in seen:
        said = {"status": look.appointment.status, "starts_at": look.appointment.starts_at, "revision": row.revision}
        kind = "first_seen" if look.revision is None else "changed"
        told.append((facts.name, look.external_id, (kind, said | timeline.of_call(look.trace))))
        told += [(facts.name, look.external_id, _transition(change)) for change in changes]
        changed += [(row, change) for change in changes]
    _keep_transitions(tx, changed)
    timeline.write_many(tx, told)


def locked(tx: Connection, connection: str, external_id: str) -> Row[Any] | None:
    query = sa.select(appointments).where(
        appointments.c.connection == connection, appointments.c.external_id == external_id
    )
    return tx.execute(query.with_for_update()).one_or_none()


def _result(outcome: Applied, row: Row[Any], steps: Mapping[int, Sequence[Step]]) -> Result:
    mine = steps.get(row.id, ())
    reasons = tuple(step.reason.value for step in mine if step.reason is not None)
    return Result(outcome, row.id, sum(step.reason is None for step in mine), reasons, planned=row.id in steps)


def _look_at(tx: Connection, ids: Sequence[int]) -> None:
    """Nothing new in these records: only their age."""
    if ids:
        moment = sa.func.clock_timestamp()
        tx.execute(sa.update(appointments).where(appointments.c.id.in_(sorted(ids))).values(fetched_at=moment))


def _offered(appointment: Appointment, contacts: Mapping[str, Contact]) -> list[tuple[Contact, str]]:
    """What the record and the second calls say of its people, with the source of each, in the order of locks."""
    found = []
    for seat in appointment.attendees:
        contact = contacts.get(seat.person_id or "") or seat.contact
        if contact is not None:
            found.append((contact, "record" if seat.contact is not None else "call"))
    return sorted(found, key=lambda each: each[0].person_id)


def write_transitions(tx: Connection, row: Row[Any], changes: Iterable[Transition]) -> None:
    changes = list(changes)
    _keep_transitions(tx, [(row, change) for change in changes])
    timeline.write(tx, row.connection, row.external_id, [_transition(change) for change in changes])


def _transition(change: Transition) -> timeline.Entry:
    facts = {"kind": change.kind, "start_before": change.start_before, "start_after": change.start_after}
    return "transition", facts


def _keep_transitions(tx: Connection, changed: Sequence[tuple[Row[Any], Transition]]) -> None:
    rows = [
        {
            "appointment_id": row.id,
            "revision": row.revision,
            "kind": change.kind,
            "at": change.at,
            "start_before": change.start_before,
            "start_after": change.start_after,
        }
        for row, change in changed
    ]
    if rows:
        tx.execute(insert(transitions).on_conflict_do_nothing(), rows)


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
