"""Scan a window that an operator asks for, and say how far a scan has come."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANTS = ("asked_from", "asked_to", "scan_ended_at")
COUNTS = ("scan_records", "scan_changes", "scan_unannounced")


def upgrade() -> None:
    for name in INSTANTS:
        op.add_column("connection_states", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in COUNTS:
        op.add_column("connection_states", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    asked: sa.Column[bool] = sa.Column("scan_is_asked", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    op.add_column("connection_states", asked)
    op.add_column("connection_states", sa.Column("scan_trouble", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    for name in (*INSTANTS, *COUNTS, "scan_is_asked", "scan_trouble"):
        op.drop_column("connection_states", name)
