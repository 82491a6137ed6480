"""Signed callbacks: a connection's status callback, its workflows' webhooks, its staff channel; retried as rows."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from outbound.client import Client
from outbound.fates import after
from rules.errors import Fate
from rules.retries import CALLBACK_DELAYS
from runtime.wiring import Wiring
from store import inbox, timeline, write_backs
from store.engine import now as database_now
from vendors.signatures import sign_standard
from workers.tally import Tally

LEASE = timedelta(seconds=60)
CALL_SECONDS = 15.0


def run(wiring: Wiring, *, most: int = 20) -> str:
    """Send what is due. A success is any 2xx; a redirect is a failure."""
    tally = Tally("callbacks")
    for _ in range(most):
        with wiring.db.begin() as tx:
            row = write_backs.claim_callback(tx, lease=LEASE)
        if row is None:
            break
        tally.add(_one(wiring, row))
    return tally.line()


def _target(wiring: Wiring, row: Row[Any]) -> tuple[str, str, bool] | None:
    """Address, secret, and whether a private address is allowed. None when nothing is configured any more."""
    settings = wiring.settings.connections.get(row.connection)
    if settings is None:
        return None
    if row.kind == "staff":
        staff = settings.staff
        return (staff.url, staff.secret, staff.allow_private) if staff.url else None
    if row.url:
        signs = settings.webhook_actions
        return (row.url, signs.secret, signs.allow_private) if signs else None
    callback = settings.status_callback
    return (callback.url, callback.secret, callback.allow_private) if callback else None


def _one(wiring: Wiring, row: Row[Any]) -> str:
    target = _target(wiring, row)
    if target is None:
        with wiring.db.begin() as tx:
            write_backs.callback_done(tx, row, "failed", "no address is configured any more")
        return "without address"
    url, secret, allow_private = target
    with wiring.db.begin() as tx:
        now = database_now(tx)
    headers = {"Content-Type": "application/json", **sign_standard(secret, str(row.id), now, row.body)}
    client = Client(total_seconds=CALL_SECONDS, public_only=not allow_private)
    pause = None
    try:
        answer = client.call("POST", url, headers=headers, content=row.body)
        if 200 <= answer.status < 300:
            return _delivered(wiring, row)
        error, pause = f"answered {answer.status}", after(answer)
    except Fate as trouble:
        error = str(trouble)
    return _failed(wiring, row, error, pause)


def _delivered(wiring: Wiring, row: Row[Any]) -> str:
    with wiring.db.begin() as tx:
        write_backs.callback_done(tx, row, "done")
        external_id = write_backs.external_id(tx, row)
        if row.kind != "staff":
            timeline.write(tx, row.connection, external_id, [("callback_delivered", {"tries": row.attempts})])
    return f"{row.kind} delivered"


def _failed(wiring: Wiring, row: Row[Any], error: str, asked: timedelta | None) -> str:
    """Again after 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h; then it is shown to staff."""
    with wiring.db.begin() as tx:
        if row.attempts < len(CALLBACK_DELAYS):
            pause = CALLBACK_DELAYS[row.attempts]
            write_backs.callback_again(tx, row, max(pause, asked) if asked else pause, error)
            return "again later"
        write_backs.callback_done(tx, row, "failed", error)
        if row.kind != "staff":
            external_id = write_backs.external_id(tx, row)
            what = "webhook of a workflow" if row.url else "status callback"
            message = f"The {what} about appointment {external_id} could not be delivered: {error}"
            inbox.tell(tx, row.connection, "callback", f"callback:{row.id}", message, external_id=external_id)
    return "given up"
