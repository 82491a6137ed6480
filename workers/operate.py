"""What operators start from Flower: pause, resume, reconcile, retry. Each is written down."""

from runtime import names
from runtime.wiring import Wiring
from store import connections, inbox, operator_actions, reconciliations, sync_requests, timeline

ACTOR = "flower"


def pause(wiring: Wiring, name: str, reason: str = "") -> str:
    """Hold a connection: nothing is asked, nothing is sent, nothing is lost."""
    wiring.connection(name)
    with wiring.db.begin() as tx:
        connections.pause(tx, name, reason or "paused by an operator", None, sends=True)
        operator_actions.record(tx, ACTOR, "pause", name, reason)
        timeline.write(tx, name, "", [("paused", {"why": "by an operator"})])
    return f"{name}: paused"


def resume(wiring: Wiring, name: str) -> str:
    wiring.connection(name)
    with wiring.db.begin() as tx:
        connections.resume(tx, name)
        inbox.resolve(tx, name, "credentials")
        inbox.resolve(tx, name, "vanished")
        operator_actions.record(tx, ACTOR, "resume", name)
        timeline.write(tx, name, "", [("resumed", {})])
    return f"{name}: resumed"


def reconcile(wiring: Wiring, name: str) -> str:
    wiring.connection(name)
    with wiring.db.begin() as tx:
        reconciliations.want_now(tx, name)
        operator_actions.record(tx, ACTOR, "reconcile", name)
    wiring.doorbell.ring(names.CONNECTIONS_RECONCILE, args=(name,), expires_seconds=60)
    return f"{name}: a scan begins"


def retry(wiring: Wiring, name: str) -> str:
    """Wake a connection's dead letters. Nothing that was sent can be sent again by this."""
    wiring.connection(name)
    with wiring.db.begin() as tx:
        count = sync_requests.retry_dead(tx, name)
        operator_actions.record(tx, ACTOR, "retry", name)
    return f"{name}: {count} dead letters woken"
