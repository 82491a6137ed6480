"""Plan stored appointments anew: after a config, an assignment, a setting or a contact has changed."""

from collections.abc import Iterable

from runtime.wiring import Wiring
from store import appointments, people
from store.planning import lock, replan

PAGE = 200


def every(wiring: Wiring, name: str) -> int:
    """Every appointment of a connection that may still have something owed. Returns how many were looked at."""
    looked_at, after = 0, 0
    while True:
        with wiring.db.begin() as tx:
            ids = appointments.worth_planning(tx, name, after_id=after, limit=PAGE)
        if not ids:
            return looked_at
        _each(wiring, name, ids)
        looked_at, after = looked_at + len(ids), ids[-1]


def one(wiring: Wiring, name: str, external_id: str) -> int:
    """One appointment, where it is known. Returns how many were looked at."""
    with wiring.db.begin() as tx:
        row = appointments.find(tx, name, external_id)
    _each(wiring, name, [] if row is None else [row.id])
    return int(row is not None)


def of_person(wiring: Wiring, name: str, person_id: str, *, besides: int | None) -> None:
    """The other appointments of somebody whose contact changed. The fence reads the number itself in any case."""
    with wiring.db.begin() as tx:
        ids = [each for each in people.appointments_of(tx, name, person_id) if each != besides]
    _each(wiring, name, ids)


def _each(wiring: Wiring, name: str, ids: Iterable[int]) -> None:
    """One short transaction for each, so that nobody waits for the whole."""
    facts = wiring.facts(name)
    for appointment_id in ids:
        with wiring.db.begin() as tx:
            row = lock(tx, appointment_id)
            people.know_numbers_of(tx, facts.senders, row.id)
            replan(tx, row, facts)
