"""A backlog after an outage, before the person who decides on it."""

import json

from punctual.session import DONE, Session, actor
from runtime import names
from store import catch_up, inbox, operator_actions


def decide(session: Session, name: str, decision: str, *, as_json: bool) -> int:
    """Show the backlog, or write the decision down and carry it out. Safe to run twice."""
    session.connection(name)
    with session.db.begin() as tx:
        rows, total = catch_up.listed(tx, name), catch_up.count(tx, name)
        if decision == "send":
            catch_up.send(tx, name)
        skipped = catch_up.skip(tx, name) if decision == "skip" else 0
        if decision != "list":
            inbox.resolve(tx, name, "catch_up")
            operator_actions.record(tx, actor(), f"catch_up {decision}", name, outcome=f"{total} texts")
    if as_json:
        shown = [
            {"promise": row.id, "appointment": row.external_id, "due_at": row.due_at, "not_after": row.not_after}
            for row in rows
        ]
        print(json.dumps({"connection": name, "decision": decision, "count": total, "texts": shown}, default=str))
        return DONE
    if decision == "list":
        for row in rows:
            print(f"{row.external_id:<40} was due {row.due_at:%H:%M} UTC, may be sent until {row.not_after:%H:%M} UTC")
    words = {
        "list": f"{total} texts are owed late" + (f", the first {len(rows)} are shown" if total > len(rows) else ""),
        "send": f"{total} texts will be sent, each inside its deadline",
        "skip": f"{skipped} texts will not be sent",
    }
    print(f"{name}: {words[decision]}")
    if decision == "send":
        session.bell.ring(names.PROMISES_SEND)
    return DONE
