"""Actions that text nobody, carried out in the fence's own transaction: owed as rows, and so exactly once."""

from typing import Any

from sqlalchemy import Connection, Row

from rules.fence import Go
from rules.promises import SkipReason
from rules.workflow import Action, Workflow
from store import timeline, write_backs
from store.facts import ConnectionFacts
from store.refusals import Refusal, end, passed

SOURCE = "workflow"
CALLBACK = "workflow"
"""The kind of callback: signed, and sent to the workflow's own address or else to the connection's status callback."""


def carry_out(tx: Connection, row: Row[Any], workflow: Workflow, go: Go, facts: ConnectionFacts) -> Refusal:
    """Owe the callback or the write-back. The promise is kept at once: what is owed has its own retries."""
    if go.dry is not None:
        return end(tx, row, go.dry)
    if workflow.action is Action.WEBHOOK:
        if workflow.url and not facts.signs_webhooks:
            return end(tx, row, SkipReason.UNSIGNED)
        if not workflow.url and not facts.has_callback:
            return end(tx, row, SkipReason.NO_CALLBACK)
        body, about = _body(row, workflow), row.promise_appointment_id
        write_backs.call_back(tx, row.promise_connection, CALLBACK, body, about, url=workflow.url)
    elif workflow.change is not None:
        write_backs.want(tx, row.promise_appointment_id, row.promise_connection, workflow.change, row.starts_at, SOURCE)
    passed(tx, row, "accepted")
    entry = {"promise": row.promise_id, "workflow": row.promise_workflow_id, "action": workflow.action}
    timeline.write(tx, row.promise_connection, row.external_id, [("carried_out", entry)])
    return Refusal(None, done=True)


def _body(row: Row[Any], workflow: Workflow) -> dict[str, Any]:
    """What the connection's own system is told. Ids and words; whoever needs a name has the id."""
    return {
        "type": f"workflow.{workflow.event}",
        "timestamp": row.now.isoformat(),
        "data": {
            "connection": row.promise_connection,
            "appointment_id": row.external_id,
            "workflow_id": workflow.id,
            "workflow_name": workflow.name,
            "anchor": row.promise_anchor,
            "starts_at": row.starts_at.isoformat() if row.starts_at else None,
            "due_at": row.promise_due_at.isoformat(),
        },
    }
