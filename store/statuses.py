"""Somebody with a say sets a status: it counts here at once, for this start, and is owed to the vendor."""

from typing import Any

from sqlalchemy import Connection, Row

from rules.appointment import Ref
from rules.statuses import Standing, Status
from rules.transitions import Kind, Transition
from rules.vendors import Change
from store import appointments, sync_requests, timeline, write_backs
from store.standing import standing, vendor_standing

STATUSES = {Change.CANCEL: Status.CANCELLED, Change.COMPLETE: Status.COMPLETED, Change.NO_SHOW: Status.NO_SHOW}


def say(tx: Connection, row: Row[Any], change: Change, source: str) -> None:
    """`row` is locked by this transaction. The plan follows from a request, where no vendor is asked.

    A cancellation told here makes no `cancelled` transition: the vendor's record does, once, when it shows it.
    """
    theirs = vendor_standing(row)
    was_confirmed = standing(row).confirmed
    ours = Standing(STATUSES.get(change, theirs.status), confirmed=change is Change.CONFIRM or was_confirmed)
    fresh = appointments.keep_our_word(tx, row, ours)
    if change is Change.CONFIRM and not was_confirmed:
        confirmed = Transition(Kind.CONFIRMED, None, row.starts_at, row.starts_at)
        appointments.write_transitions(tx, fresh, [confirmed])
    write_backs.want(tx, row.id, row.connection, change, row.starts_at, source)
    timeline.write(tx, row.connection, row.external_id, [("status_set", {"change": change, "source": source})])
    sync_requests.ask(tx, row.connection, [Ref("plan", row.external_id)], "operator")
