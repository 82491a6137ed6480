"""Say on each receipt what became of it: one for a text that nobody sent waited without a word, for ever."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("receipts", sa.Column("outcome", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("receipts", "outcome")
