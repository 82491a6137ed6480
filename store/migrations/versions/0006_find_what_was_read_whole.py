"""Find the attempts of a promise, the write-back that an event is the echo of, and texts that are still kept.

All of these were read from end to end.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEPT = {"attempts": "created_at", "inbound_texts": "received_at", "answers": "created_at"}


def upgrade() -> None:
    op.create_index("ix_attempts_promise", "attempts", ["promise_id"])
    op.create_index(
        "ix_write_backs_echo", "write_backs", ["appointment_id"], postgresql_where=sa.text("echo_revision IS NOT NULL")
    )
    for table, column in KEPT.items():
        op.create_index(f"ix_{table}_kept", table, [column], postgresql_where=sa.text("body IS NOT NULL"))


def downgrade() -> None:
    for table in KEPT:
        op.drop_index(f"ix_{table}_kept", table_name=table)
    op.drop_index("ix_write_backs_echo", table_name="write_backs")
    op.drop_index("ix_attempts_promise", table_name="attempts")
