"""A workflow's webhook may have an address of its own; what is owed already goes where the settings say."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("callbacks", sa.Column("url", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("callbacks", "url")
