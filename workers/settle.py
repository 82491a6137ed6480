"""What became of attempts: expired leases, receipts, look-ups where a sender can be asked, and what stays unproven."""

from datetime import timedelta

from rules.errors import Fate
from rules.senders import Accepted, Sought
from runtime.wiring import Wiring
from senders.webhooks import WEBHOOKS
from store import attempts, receipts, unproven
from store.attempts import Reading
from workers.tally import Tally

LOOK_UP_AFTER = timedelta(seconds=20)
"""A sender's list may lag behind its acceptance."""


def run(wiring: Wiring) -> str:
    """Expire, apply receipts, look up what is unknown, send again where asked, report what stays unproven."""
    tally = Tally("attempts")
    with wiring.db.begin() as tx:
        tally.add("expired", attempts.expire(tx))
    with wiring.db.begin() as tx:
        for receipt in receipts.of_ours(tx):
            applied = attempts.apply_receipt(tx, receipt, lambda *said: reading(wiring, *said))
            tally.add("receipts" if applied else "receipts without attempt")
    with wiring.db.begin() as tx:
        tally.add("receipts for texts nobody sent", receipts.give_up(tx))
    _look_up(wiring, tally)
    _unproven(wiring, tally)
    return tally.line()


def reading(wiring: Wiring, connection: str, sender: str, code: str) -> Reading:
    """What a failed receipt's code means, and who may try instead if it proves that nothing reached the phone."""
    settings = wiring.settings.senders.get(sender)
    if settings is None:
        return Reading()
    webhook = WEBHOOKS[settings.kind]
    known = connection in wiring.settings.connections and webhook.may_try_elsewhere(code)
    other = wiring.facts(connection).other_than(sender) if known else ""
    return Reading(webhook.verdict(code), webhook.reason(code), other)


def _look_up(wiring: Wiring, tally: Tally) -> None:
    with wiring.db.begin() as tx:
        unknown = unproven.to_look_up(tx, after=LOOK_UP_AFTER)
        owned = {row.id: unproven.owned_ids(tx, row.to_number, row.from_number, row.created_at) for row in unknown}
    for row in unknown:
        if row.sender not in wiring.settings.senders or row.body is None:
            continue
        sought = Sought(row.to_number, row.from_number, row.body.decode(), row.created_at, owned[row.id])
        try:
            found = wiring.sender(row.sender).look_up(sought)
        except Fate:  # it cannot be asked now; a later look asks again
            tally.add("not looked up")
            continue
        if found is None:
            continue
        with wiring.db.begin() as tx:
            attempts.settle(tx, row.id, Accepted(found.sender_id))
        tally.add("settled by look-up")


def _unproven(wiring: Wiring, tally: Tally) -> None:
    settings = wiring.settings
    resending = [name for name, each in settings.connections.items() if each.on_unproven == "resend"]
    silent = [name for name, each in settings.senders.items() if not WEBHOOKS[each.kind].reports]
    with wiring.db.begin() as tx:
        tally.add("sent again unproven", unproven.send_again(tx, resending, settled_after=LOOK_UP_AFTER))
    with wiring.db.begin() as tx:
        tally.add("reported unknown", unproven.report(tx))
    with wiring.db.begin() as tx:
        tally.add("unconfirmed", unproven.find_unconfirmed(tx, silent))
