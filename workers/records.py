"""Fetched records on their way into rows: mapped, completed with contacts, applied one by one."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.appointment import Appointment, Contact
from rules.errors import NotFound
from rules.vendors import Record
from runtime.calling import waits
from runtime.wiring import Wiring
from store import appointments, people
from store.appointments import Applied
from store.losses import Kind
from workers import plan
from workers.tally import Tally

CONTACT_MAX_AGE = timedelta(hours=6)
"""A contact is asked for anew when it is older and its appointment is looked at: before a text, after a webhook."""
CONTACT_PATIENCE = timedelta(seconds=20)
"""How long a second call waits for leave: given up, the first one would have been for nothing, again and again."""
KINDS = {Applied.NEW: Kind.NEW, Applied.CHANGED: Kind.CHANGED}


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a record. `since`: when the vendor says that it became what it is; `missing`: whose number is not
    known, and was not asked for.
    """

    outcome: Applied
    since: datetime | None = None
    starts_at: datetime | None = None
    missing: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind | None:
        """What changed by it, for the loss meter."""
        return KINDS.get(self.outcome)


def apply_records(
    wiring: Wiring,
    name: str,
    records: Iterable[Record],
    noted: dict[str, int],
    now: datetime,
    tally: Tally,
    *,
    contacts_later: bool = False,
) -> dict[str, Seen]:
    """Map, complete with contacts and apply each record in a transaction of its own.

    `contacts_later`: whoever lies behind a second call is not asked for here, but named in `missing`. A scan of
    50,000 records would otherwise be as many calls.
    """
    to_appointment, mapping = wiring.to_appointment(name), wiring.mapping_facts(name, now)
    facts = wiring.facts(name)
    results: dict[str, Seen] = {}
    for record in records:
        appointment = to_appointment(record.raw, mapping)
        wanted = _to_ask(wiring, name, appointment, now, unknown_only=contacts_later)
        contacts = {} if contacts_later else _asked(wiring, name, wanted)
        with wiring.db.begin() as tx:
            revision = noted.get(record.external_id)
            result = appointments.apply(tx, facts, appointment, record.raw, contacts, revision, trace=record.trace)
        since = _since(appointment, result.outcome)
        results[record.external_id] = Seen(
            result.outcome, since, appointment.starts_at, tuple(wanted - contacts.keys())
        )
        for person_id in result.people_changed:
            plan.of_person(wiring, name, person_id, besides=result.appointment_id)
        tally.add("fetched")
        tally.add("planned", result.steps)
        for reason in result.skipped:
            tally.add(f"skipped {reason}")
    return results


def _since(appointment: Appointment, outcome: Applied) -> datetime | None:
    if outcome is Applied.NEW:
        return appointment.booked_at or appointment.version
    return appointment.version or appointment.cancelled_at


def _to_ask(wiring: Wiring, name: str, appointment: Appointment, now: datetime, *, unknown_only: bool) -> set[str]:
    """The people whose number lies behind a second call, unless it is known and fresh enough."""
    ids = {seat.person_id for seat in appointment.attendees if seat.person_id and seat.contact is None}
    if not ids or wiring.capabilities(name).contacts != "call":
        return set()
    with wiring.db.begin() as tx:
        known = (
            people.find(tx, name, ids).keys() if unknown_only else people.fresh(tx, name, ids, now - CONTACT_MAX_AGE)
        )
    return ids - known


def _asked(wiring: Wiring, name: str, person_ids: Iterable[str]) -> dict[str, Contact]:
    found: dict[str, Contact] = {}
    for person_id in sorted(person_ids):
        # A person whom the vendor has forgotten: the promise says `no_contact`.
        with suppress(NotFound), waits(CONTACT_PATIENCE):
            contact = wiring.vendor(name).contact(person_id)
            if contact is not None:
                found[person_id] = contact
    return found
