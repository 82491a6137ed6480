"""The sweeps: they ring for what waits. Every one of them may be lost, doubled or late without harm."""

from datetime import timedelta
from math import ceil

from runtime import names
from runtime.wiring import Wiring
from store import budgets, promises, reconciliations, sync_requests

PER_RING = 16
MOST_RINGS = 24
"""Threads of one worker that a look may occupy; more workers take more rings from the same queue."""
AHEAD_SECONDS = 1.5
REFRESH_MINUTES = 30
REFRESH_OLDER_THAN = 20


def just_ran(wiring: Wiring, name: str, period_seconds: float) -> bool:
    """Whether this sweep ran within half its period, on whichever host: two beats, or ticks that piled up.

    The place is never given back: its lease is the half period.
    """
    with wiring.db.begin() as tx:
        return budgets.take_slot(tx, name, 1, timedelta(seconds=period_seconds / 2)) is None


def send(wiring: Wiring) -> str:
    """As many rings as there is work, each with its own share of the rows."""
    with wiring.db.begin() as tx:
        due = promises.count_due(tx, ahead_seconds=AHEAD_SECONDS)
    shards = min(ceil(due / PER_RING), MOST_RINGS)
    for shard in range(shards):
        wiring.doorbell.ring(names.PROMISES_SEND, args=(str(shard), str(shards)), expires_seconds=5)
    return f"promises: {due} due, {shards} rings" if due else ""


def sync(wiring: Wiring) -> str:
    with wiring.db.begin() as tx:
        waiting = sync_requests.waiting_connections(tx)
    known = [name for name in waiting if name in wiring.settings.connections]
    for name in known:
        wiring.doorbell.ring(names.APPOINTMENTS_SYNC, args=(name,), expires_seconds=10)
    return f"sync: {len(known)} connections waiting" if known else ""


def refresh(wiring: Wiring) -> str:
    """Refresh ahead: ask for the records of what is due within half an hour, earliest first."""
    with wiring.db.begin() as tx:
        soon = promises.due_soon(tx, minutes=REFRESH_MINUTES, older_than_minutes=REFRESH_OLDER_THAN)
        for row in soon:
            sync_requests.ask(tx, row.connection, sync_requests.refs([row.external_id]), "due_soon")
    return f"refresh: {len(soon)} records asked for" if soon else ""


def reconcile(wiring: Wiring) -> str:
    with wiring.db.begin() as tx:
        due = [name for name in reconciliations.due(tx) if name in wiring.settings.connections]
    for name in due:
        wiring.doorbell.ring(names.CONNECTIONS_RECONCILE, args=(name,), expires_seconds=60)
    return f"reconcile: {len(due)} connections due" if due else ""
