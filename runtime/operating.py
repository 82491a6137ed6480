"""What operators do by hand, from Flower and from the command line alike. Each is written down, with who did it."""

from rules.vendors import Window
from runtime import names
from runtime.wiring import Wiring
from store import connections, inbox, operator_actions, reconciliations, sync_requests, timeline

MENDED = ("credentials", "vanished", "flood")
"""Matters of the inbox that had paused a connection: whoever resumes it has looked at them."""


def pause(wiring: Wiring, name: str, reason: str = "", *, actor: str) -> str:
    """Hold a connection: nothing is asked, nothing is sent, nothing is lost."""
    wiring.connection(name)
    with wiring.db.begin() as tx:
        connections.pause(tx, name, reason or "paused by an operator", None, sends=True)
        operator_actions.record(tx, actor, "pause", name, reason)
        timeline.write(tx, name, "", [("paused", {"why": "by an operator"})])
    return f"{name}: paused"


def resume(wiring: Wiring, name: str, *, actor: str) -> str:
    wiring.connection(name)
    with wiring.db.begin() as tx:
        connections.resume(tx, name)
        for key in MENDED:
            inbox.resolve(tx, name, key)
        operator_actions.record(tx, actor, "resume", name)
        timeline.write(tx, name, "", [("resumed", {})])
    return f"{name}: resumed"


def reconcile(wiring: Wiring, name: str, window: Window | None = None, *, actor: str) -> str | None:
    """A scan of that window, or the usual one, at once. None while another window that was asked for has not ended."""
    wiring.connection(name)
    with wiring.db.begin() as tx:
        if not reconciliations.want_now(tx, name, window):
            return None
        asked = f"{window.start.isoformat()} to {window.end.isoformat()}" if window is not None else ""
        operator_actions.record(tx, actor, "reconcile", name, asked)
    wiring.doorbell.ring(names.CONNECTIONS_RECONCILE, args=(name,), expires_seconds=60)
    return f"{name}: a scan begins"


def retry(wiring: Wiring, name: str, *, actor: str) -> str:
    """Wake a connection's dead letters. Nothing that was sent can be sent again by this."""
    wiring.connection(name)
    with wiring.db.begin() as tx:
        count = sync_requests.retry_dead(tx, name)
        operator_actions.record(tx, actor, "retry", name)
    return f"{name}: {count} dead letters woken"
