"""Fetched records on their way into rows: mapped, completed with contacts, applied many at once."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError

from rules.appointment import Appointment, Contact
from rules.errors import NotFound
from rules.vendors import Record
from runtime.calling import waits
from runtime.wiring import Wiring
from store import appointments, people
from store.appointments import Applied, Result
from store.losses import Kind
from store.records import Look
from workers import plan
from workers.tally import Tally

CONTACT_MAX_AGE = timedelta(hours=6)
"""A contact is asked for anew when it is older and its appointment is looked at: before a text, after a webhook."""
MOST_TOGETHER = 25
"""Records of one transaction: their rows are locked for its length, and a text that is due waits for its own."""
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
    """Map, complete with contacts and apply: many in one transaction, one by one where a second call lies before it.

    Of a record that came twice, the later copy counts. `contacts_later`: whoever lies behind a second call is not
    asked for here, but named in `missing`. A scan of 50,000 records would otherwise be as many calls.
    """
    to_appointment, mapping = wiring.to_appointment(name), wiring.mapping_facts(name, now)
    fetched = {record.external_id: record for record in records}
    mapped = {external_id: to_appointment(record.raw, mapping) for external_id, record in fetched.items()}
    wanted = _to_ask(wiring, name, mapped, now, unknown_only=contacts_later)
    looks = {
        external_id: Look(appointment, fetched[external_id].raw, {}, noted.get(external_id), fetched[external_id].trace)
        for external_id, appointment in mapped.items()
    }
    ready = [look for external_id, look in looks.items() if contacts_later or not wanted[external_id]]
    results: dict[str, Seen] = {}
    for first in range(0, len(ready), MOST_TOGETHER):
        results |= _apply(wiring, name, ready[first : first + MOST_TOGETHER], wanted, tally)
    found: dict[str, Contact] = {}
    asked: set[str] = set()
    for look in [look for external_id, look in looks.items() if external_id not in results]:
        people_of = wanted[look.external_id]
        found |= _asked(wiring, name, people_of - asked)
        asked |= people_of
        contacts = {person_id: found[person_id] for person_id in people_of & found.keys()}
        results |= _apply(wiring, name, [replace(look, contacts=contacts)], wanted, tally)
    return results


def _apply(
    wiring: Wiring, name: str, looks: Sequence[Look], wanted: Mapping[str, set[str]], tally: Tally
) -> dict[str, Seen]:
    """Write these, and the other plans of whoever turned out to be another. `wanted`: whose number was not known."""
    seen: dict[str, Seen] = {}
    for look, result in zip(looks, _results(wiring, name, looks), strict=True):
        for person_id in result.people_changed:
            plan.of_person(wiring, name, person_id, besides=result.appointment_id)
        missing = tuple(wanted[look.external_id] - look.contacts.keys())
        since = _since(look.appointment, result.outcome)
        seen[look.external_id] = Seen(result.outcome, since, look.appointment.starts_at, missing)
        tally.add("fetched")
        tally.add("planned", result.steps)
        for reason in result.skipped:
            tally.add(f"skipped {reason}")
    return seen


def _results(wiring: Wiring, name: str, looks: Sequence[Look]) -> list[Result]:
    """In one transaction; each in one of its own where they fail together.

    A record that cannot be stored must not take others with it, and of two who lock in each other's way one gives in.
    """
    facts = wiring.facts(name)
    try:
        with wiring.db.begin() as tx:
            results = appointments.apply_many(tx, facts, looks)
    except DBAPIError:
        if len(looks) == 1:
            raise
        return _one_by_one(wiring, name, looks)
    return [results[look.external_id] for look in looks]


def _one_by_one(wiring: Wiring, name: str, looks: Sequence[Look]) -> list[Result]:
    """The error of one of them is raised when the others are stored."""
    results: list[Result] = []
    failed: DBAPIError | None = None
    for look in looks:
        try:
            results += _results(wiring, name, [look])
        except DBAPIError as error:
            failed = error
    if failed is not None:
        raise failed
    return results


def _since(appointment: Appointment, outcome: Applied) -> datetime | None:
    if outcome is Applied.NEW:
        return appointment.booked_at or appointment.version
    return appointment.version or appointment.cancelled_at


def _to_ask(
    wiring: Wiring, name: str, mapped: Mapping[str, Appointment], now: datetime, *, unknown_only: bool
) -> dict[str, set[str]]:
    """By record: the people whose number lies behind a second call, unless it is known and fresh enough."""
    if wiring.capabilities(name).contacts != "call":
        return {external_id: set() for external_id in mapped}
    ids = {
        external_id: {seat.person_id for seat in each.attendees if seat.person_id and seat.contact is None}
        for external_id, each in mapped.items()
    }
    everybody = set().union(*ids.values())
    with wiring.db.begin() as tx:
        known = (
            people.find(tx, name, everybody).keys()
            if unknown_only
            else people.fresh(tx, name, everybody, now - CONTACT_MAX_AGE)
        )
    return {external_id: of_one - known for external_id, of_one in ids.items()}


def _asked(wiring: Wiring, name: str, person_ids: Iterable[str]) -> dict[str, Contact]:
    found: dict[str, Contact] = {}
    for person_id in sorted(person_ids):
        # A person whom the vendor has forgotten: the promise says `no_contact`.
        with suppress(NotFound), waits(CONTACT_PATIENCE):
            contact = wiring.vendor(name).contact(person_id)
            if contact is not None:
                found[person_id] = contact
    return found
