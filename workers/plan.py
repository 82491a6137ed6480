"""Plan stored appointments anew: after a config, its assignment, or a connection's settings have changed."""

from runtime.wiring import Wiring
from store import appointments, people
from store.planning import lock, replan
from workers.tally import Tally

PAGE = 200


def run(wiring: Wiring, name: str) -> str:
    """Every appointment of a connection that may still have something owed, each in its own transaction."""
    tally = Tally(name)
    facts = wiring.facts(name)
    after = 0
    while True:
        with wiring.db.begin() as tx:
            ids = appointments.worth_planning(tx, name, after_id=after, limit=PAGE)
        if not ids:
            return tally.line()
        for appointment_id in ids:
            with wiring.db.begin() as tx:
                row = lock(tx, appointment_id)
                people.know_numbers_of(tx, facts.sender, row.id)
                steps = replan(tx, row, facts)
            tally.add("looked at")
            tally.add("changed", len(steps))
        after = ids[-1]
