"""Tell staff when a vendor no longer posts: it may have given up on our address after an outage (edge case 14)."""

from datetime import timedelta

from rules import silence
from runtime.settings import Scheme
from runtime.wiring import Wiring
from store import events, inbox, reconciliations, timeline
from store.engine import now as database_now
from workers.tally import Tally

KEY = "silent"


def run(wiring: Wiring) -> str:
    """Look at every connection that should be posted to. A scan begins at once where one has gone silent."""
    tally = Tally("silence")
    for name, settings in sorted(wiring.settings.connections.items()):
        if settings.webhook.scheme is not Scheme.NONE and (word := _one(wiring, name)):
            tally.add(word)
    return tally.line()


def _one(wiring: Wiring, name: str) -> str:
    with wiring.db.begin() as tx:
        now = database_now(tx)
        last = events.last_at(tx, name)
        if last is None or now - last <= silence.NEVER_BEFORE:  # nothing is counted where much comes in
            return "heard again" if inbox.resolve(tx, name, KEY) else ""
        patience = silence.patience(events.instants(tx, name, last - silence.LEARN_FROM))
        if patience is None or now - last <= patience:
            return "heard again" if inbox.resolve(tx, name, KEY) else ""
        if inbox.is_open(tx, name, KEY):
            return ""
        message = (
            f"No webhook for {_hours(now - last)} h; the longest pause of the weeks before was "
            f"{_hours(patience / silence.TIMES)} h. The vendor may have switched our address off: look there. Until "
            "then changes are found by asking."
        )
        inbox.tell(tx, name, "silent", KEY, message)
        timeline.write(tx, name, "", [("silent", {"hours": _hours(now - last)})])
        reconciliations.want_now(tx, name)
        return "gone silent"


def _hours(length: timedelta) -> int:
    return round(length / timedelta(hours=1))
