"""Tell the vendor what we were told, or the connection's status callback where the vendor documents no way."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from rules.errors import AlreadyDone, AnswerLost, NeedsPerson, NotFound, Permanent, RateLimited, Transient
from rules.retries import back_off
from rules.statuses import Status
from rules.vendors import Change, Wanted, Way
from runtime.calling import calls_for
from runtime.wiring import Wiring
from store import appointments, connections, inbox, timeline, write_backs
from store.engine import now as database_now
from store.standing import standing
from workers import outages
from workers.records import apply_records
from workers.tally import Tally

LEASE = timedelta(seconds=90)
OPEN = frozenset({Status.REQUESTED, Status.SCHEDULED, Status.UNKNOWN})
"""What a yes can still be said to. An unknown word is no person's decision."""
LONG_ENDED = timedelta(days=1)
"""A write-back is given up, and shown to staff, this long after the appointment's start."""


def run(wiring: Wiring, *, most: int = 20) -> str:
    """Carry out what is due, one by one."""
    tally = Tally("write-backs")
    for _ in range(most):
        with wiring.db.begin() as tx:
            row = write_backs.claim(tx, lease=LEASE)
        if row is None:
            break
        tally.add(_one(wiring, row))
    return tally.line()


def _one(wiring: Wiring, row: Row[Any]) -> str:
    """One claimed write-back. Returns a word for the tally."""
    if row.connection not in wiring.settings.connections:
        return _end(wiring, row, "failed", "its connection is no longer configured")
    with wiring.db.begin() as tx:
        stood = appointments.by_id(tx, row.appointment_id)
        if connections.is_paused(tx, row.connection):
            write_backs.again(tx, row, timedelta(seconds=30), "the connection is paused")
            return "waits"
    change = Change(row.change)
    try:
        if _way(wiring, row, stood, change) is not Way.API:
            return _without_api(wiring, row, stood, change)
        with calls_for("write_back"):
            return _by_api(wiring, row, stood, change)
    except RateLimited as limited:
        return _again(wiring, row, stood, limited.retry_after or timedelta(seconds=5), "waits for the budget")
    except AnswerLost:
        # Read back before repeating: the next try begins with a fresh read, and finds it done if it was.
        return _again(wiring, row, stood, back_off(row.attempts), "the answer was lost")
    except Transient as trouble:
        return _again(wiring, row, stood, back_off(row.attempts, asked=trouble.retry_after), str(trouble))
    except NeedsPerson as problem:
        with wiring.db.begin() as tx:
            why = outages.pause_for_person(tx, row.connection, problem)
        return _again(wiring, row, stood, timedelta(seconds=30), why)
    except NotFound:
        return _end(wiring, row, "overtaken", "the vendor no longer has the appointment")
    except Permanent as refusal:
        return _refused(wiring, row, stood, change, refusal)


def _way(wiring: Wiring, row: Row[Any], stood: Row[Any], change: Change) -> Way:
    options = wiring.connection(row.connection).adapter.options
    return wiring.way_to(row.connection)(change, appointments.raw(stood), options)


def _by_api(wiring: Wiring, row: Row[Any], stood: Row[Any], change: Change) -> str:
    """Fresh read, compare, send only that, take the answer as a record."""
    stood = _fresh_read(wiring, stood)
    if stood.starts_at != row.for_start:
        return _end(wiring, row, "overtaken", "the appointment has moved since")
    stands = standing(stood).status
    if stands is Status.CANCELLED:
        return _end(wiring, row, "overtaken", "the appointment was cancelled since")
    if change is Change.CONFIRM and stands not in OPEN:
        return _end(wiring, row, "overtaken", f"the appointment is {stands.value} by now")
    way = _way(wiring, row, stood, change)
    if way is Way.DONE:
        return _end(wiring, row, "done", "the vendor says so already")
    if way is not Way.API:
        return _without_api(wiring, row, stood, change)
    with wiring.db.begin() as tx:
        noted = appointments.noted(tx, row.connection, [stood.external_id])
        now = database_now(tx)
    try:
        answer = wiring.vendor(row.connection).write(stood.external_id, change, appointments.raw(stood))
    except AlreadyDone:
        return _end(wiring, row, "done", "the vendor says so already")
    if answer is not None:
        # Taken as a record at once: the event that this write causes will find nothing changed.
        apply_records(wiring, row.connection, [answer], noted, now, Tally(row.connection))
        with wiring.db.begin() as tx:
            write_backs.expect_echo(tx, row)
    return _end(wiring, row, "done", f"{change} written", trace="" if answer is None else answer.trace)


def _fresh_read(wiring: Wiring, stood: Row[Any]) -> Row[Any]:
    with wiring.db.begin() as tx:
        noted = appointments.noted(tx, stood.connection, [stood.external_id])
        now = database_now(tx)
    fetched = wiring.vendor(stood.connection).fetch([Wanted(stood.external_id, stood.starts_at)], now=now)
    if stood.external_id in fetched.absent:
        raise NotFound("the vendor does not have it")
    mine = [record for record in fetched.records if record.external_id == stood.external_id]
    apply_records(wiring, stood.connection, mine, noted, now, Tally(stood.connection))
    with wiring.db.begin() as tx:
        return appointments.by_id(tx, stood.id)


def _without_api(wiring: Wiring, row: Row[Any], stood: Row[Any], change: Change) -> str:
    """Not by the vendor's API: to the status callback, to staff, or it is so already."""
    way = _way(wiring, row, stood, change)
    if way is Way.DONE:
        return _end(wiring, row, "done", "the vendor says so already")
    if stood.starts_at != row.for_start:
        return _end(wiring, row, "overtaken", "the appointment has moved since")
    if way is Way.STAFF:
        message = f"The person said {change} to appointment {stood.external_id}, a request that staff must answer."
        return _end(wiring, row, "handed_over", "staff must decide", tell=message)
    callback = wiring.connection(row.connection).status_callback
    if callback is None:
        message = (
            f"Appointment {stood.external_id}: {change}. The vendor has no way to be told, and no callback is set."
        )
        return _end(wiring, row, "handed_over", "no status callback is configured", tell=message)
    with wiring.db.begin() as tx:
        body = _callback_body(row, stood, change, database_now(tx))
        if write_backs.finish(tx, row, "to the status callback", state="handed_over"):
            write_backs.call_back(tx, row.connection, "status", body, stood.id)
            _note(tx, stood, row, "callback", "the vendor documents no way")
    return "to callback"


def _callback_body(row: Row[Any], stood: Row[Any], change: Change, now: datetime) -> dict[str, Any]:
    """What the connection's own system is told. Ids and words; whoever needs a name has the id."""
    return {
        "type": f"appointment.{change}",
        "timestamp": now.isoformat(),
        "data": {
            "connection": row.connection,
            "appointment_id": stood.external_id,
            "change": change,
            "for_start": row.for_start.isoformat() if row.for_start else None,
            "source": row.source,
        },
    }


def _refused(wiring: Wiring, row: Row[Any], stood: Row[Any], change: Change, refusal: Permanent) -> str:
    why = f"{refusal} {refusal.vendor_code}".strip()
    message = f"The vendor refused {change} for appointment {stood.external_id}: {why}"
    return _end(wiring, row, "failed", why, tell=message, trace=refusal.trace)


def _again(wiring: Wiring, row: Row[Any], stood: Row[Any], pause: timedelta, why: str) -> str:
    """Later, until the appointment has long ended; then it is shown to staff."""
    with wiring.db.begin() as tx:
        long_ended = stood.starts_at is not None and database_now(tx) - stood.starts_at > LONG_ENDED
        if not long_ended:
            write_backs.again(tx, row, pause, why)
            return "later"
    message = f"Appointment {stood.external_id} has long ended and {row.change} could not be written: {why}"
    return _end(wiring, row, "failed", why, tell=message)


def _end(wiring: Wiring, row: Row[Any], state: str, outcome: str, *, tell: str = "", trace: str = "") -> str:
    with wiring.db.begin() as tx:
        if not write_backs.finish(tx, row, outcome, state=state):
            return "replaced"
        stood = appointments.by_id(tx, row.appointment_id)
        _note(tx, stood, row, state, outcome, trace)
        if tell:
            key = f"write_back:{row.id}"
            inbox.tell(tx, row.connection, "write_back", key, tell, external_id=stood.external_id)
    return state


def _note(tx: Connection, stood: Row[Any], row: Row[Any], state: str, outcome: str, trace: str = "") -> None:
    entry = {"change": row.change, "state": state, "outcome": outcome} | timeline.of_call(trace)
    timeline.write(tx, stood.connection, stood.external_id, [("write_back", entry)])
