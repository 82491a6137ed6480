"""Find the attempts of a promise, and the write-back that an event is the echo of: both were read from end to end."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_attempts_promise", "attempts", ["promise_id"])
    op.create_index(
        "ix_write_backs_echo", "write_backs", ["appointment_id"], postgresql_where=sa.text("echo_revision IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_write_backs_echo", table_name="write_backs")
    op.drop_index("ix_attempts_promise", table_name="attempts")
