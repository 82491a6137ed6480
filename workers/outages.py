"""When a vendor is away or refuses: the connection pauses, people are told once, and once more when it is back."""

from datetime import timedelta

import structlog
from sqlalchemy import Connection

from rules.errors import CredentialsRejected, NeedsPerson, Transient
from rules.retries import back_off
from store import connections, inbox, timeline

log = structlog.get_logger("punctual.connections")

OUTAGE = "vendor away"
OUTAGE_AFTER = 2
"""Failures in a row before the one that is told to staff."""


def pause_for_person(tx: Connection, name: str, problem: NeedsPerson) -> str:
    """Credentials rejected and the like: the connection pauses, staff are told once. Returns why, in words."""
    what = "credentials rejected" if isinstance(problem, CredentialsRejected) else "needs a person"
    if connections.pause(tx, name, what, None):
        message = f"The vendor refused: {problem}. Mend it, then run: punctual resume {name}"
        inbox.tell(tx, name, "needs_person", "credentials", message)
        timeline.write(tx, name, "", [("paused", {"why": what} | timeline.of_call(problem.trace))])
        log.warning("connection_paused", connection=name, why=what)
    return what


def away(tx: Connection, name: str, trouble: Transient) -> timedelta:
    """The vendor did not answer, or with an error: the connection pauses, longer each time. Returns for how long."""
    failures = connections.get(tx, name, lock=True).failures
    pause = back_off(failures + 1, asked=trouble.retry_after)
    connections.pause(tx, name, "the vendor does not answer", pause, failed=True)
    if failures == OUTAGE_AFTER:
        inbox.tell(tx, name, "vendor_away", OUTAGE, "The vendor has not answered for a while; we keep asking.")
        timeline.write(tx, name, "", [("vendor_away", timeline.of_call(trouble.trace))])
    return pause


def answered(tx: Connection, name: str) -> None:
    """The vendor answered: an outage that was told is over."""
    if connections.answered(tx, name) > OUTAGE_AFTER:
        inbox.resolve(tx, name, OUTAGE)
        timeline.write(tx, name, "", [("vendor_back", {})])
