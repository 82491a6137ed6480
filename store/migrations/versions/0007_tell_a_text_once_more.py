"""Tell a text once more: a promise whose text somebody wants told again names the next round."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("promises", sa.Column("redone_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("promises", "redone_at")
