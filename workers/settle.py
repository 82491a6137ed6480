"""What became of attempts: expired leases, receipts, and look-ups where a sender can be asked."""

from datetime import timedelta

from rules.senders import Accepted, Sought
from runtime.wiring import Wiring
from store import attempts, inbox
from store.engine import now as database_now
from workers.tally import Tally

LOOK_UP_AFTER = timedelta(seconds=20)
"""A sender's list may lag behind its acceptance."""


def run(wiring: Wiring) -> str:
    """Expire, apply receipts, look up what is unknown, report what stays unproven."""
    tally = Tally("attempts")
    with wiring.db.begin() as tx:
        tally.add("expired", attempts.expire(tx))
    with wiring.db.begin() as tx:
        for receipt in attempts.open_receipts(tx):
            tally.add("receipts" if attempts.apply_receipt(tx, receipt) else "receipts without attempt")
    _look_up(wiring, tally)
    return tally.line()


def _look_up(wiring: Wiring, tally: Tally) -> None:
    with wiring.db.begin() as tx:
        now = database_now(tx)
        unknown = [row for row in attempts.unknown_ones(tx) if now - row.created_at > LOOK_UP_AFTER]
        owned = {row.id: attempts.owned_ids(tx, row.to_number, row.from_number, row.created_at) for row in unknown}
    for row in unknown:
        found = None
        if row.sender in wiring.settings.senders and row.body is not None:
            sought = Sought(row.to_number, row.from_number, row.body.decode(), row.created_at, owned[row.id])
            found = wiring.sender(row.sender).look_up(sought)
        with wiring.db.begin() as tx:
            if found is not None:
                attempts.settle(tx, row.id, Accepted(found.sender_id))
                tally.add("settled by look-up")
            elif row.not_after <= now:
                message = (
                    f"A text of appointment {row.external_id} may or may not have been sent. It is not sent again."
                )
                key = f"unknown:{row.id}"
                inbox.tell_once(tx, row.connection, "unknown_attempt", key, message, external_id=row.external_id)
                tally.add("reported unknown")
