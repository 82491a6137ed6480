"""The sweeps: they ring for what waits. Every one of them may be lost, doubled or late without harm."""

import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from math import ceil
from weakref import WeakKeyDictionary

from rules.appointment import Ref
from runtime import names
from runtime.wiring import Wiring
from store import budgets, promises, reconciliations, sync_requests
from workers.terms import RUNG_AHEAD_SECONDS

PER_RING = 8
MOST_RINGS = 64
"""Threads that may be sending at once, of all workers together."""
LEAST_RINGS = 8
"""In each sweep where there is that much to do, whoever was rung for before: they may have left."""
RING_LASTS_SECONDS = 4.0
"""A thread that was rung for sends for up to five seconds: in a rush it is not rung for again until about then."""
REFRESH_MINUTES = 30
REFRESH_OLDER_THAN = 20


def just_ran(wiring: Wiring, name: str, period_seconds: float) -> bool:
    """Whether this sweep ran within half its period, on whichever host: two beats, or ticks that piled up.

    The place is never given back: its lease is the half period.
    """
    with wiring.db.begin() as tx:
        return budgets.take_slot(tx, name, 1, timedelta(seconds=period_seconds / 2)) is None


def send(wiring: Wiring, *, clock: Callable[[], float] = time.monotonic) -> str:
    """As many rings as there is work; in a rush less those that are being answered."""
    with wiring.db.begin() as tx:
        due = promises.count_due(tx, ahead_seconds=RUNG_AHEAD_SECONDS)
    rings = min(ceil(due / PER_RING), MOST_RINGS)
    rung = _rung.setdefault(wiring, deque())
    while rung and (clock() - rung[0] > RING_LASTS_SECONDS or len(rung) > rings):
        rung.popleft()  # with less to do than it was rung for, threads are leaving
    for place in range(min(rings, max(LEAST_RINGS, rings - len(rung)))):
        wiring.doorbell.ring(names.PROMISES_SEND, args=(str(place), str(rings)), expires_seconds=5)
        rung.append(clock())
    return f"promises: {due} due, {rings} threads" if due else ""


_rung: WeakKeyDictionary[Wiring, deque[float]] = WeakKeyDictionary()
"""When this process has rung for a sending thread, oldest first."""


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
        wanted = [(row.connection, Ref("appointment", row.external_id)) for row in soon]
        sync_requests.ask_all(tx, wanted, "due_soon")
    return f"refresh: {len(soon)} records asked for" if soon else ""


def reconcile(wiring: Wiring) -> str:
    with wiring.db.begin() as tx:
        due = [name for name in reconciliations.due(tx) if name in wiring.settings.connections]
    for name in due:
        wiring.doorbell.ring(names.CONNECTIONS_RECONCILE, args=(name,), expires_seconds=60)
    return f"reconcile: {len(due)} connections due" if due else ""
