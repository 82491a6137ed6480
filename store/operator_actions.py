"""Who did what by hand."""

import sqlalchemy as sa
from sqlalchemy import Connection

from store.tables import operator_actions


def record(tx: Connection, actor: str, action: str, target: str, reason: str = "", outcome: str = "") -> None:
    tx.execute(
        sa.insert(operator_actions).values(actor=actor, action=action, target=target, reason=reason, outcome=outcome)
    )
