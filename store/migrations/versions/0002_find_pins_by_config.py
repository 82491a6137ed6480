"""Find pins by their config: an edited one is applied to what is booked already, page by page."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_pins_config", "pins", ["config_id", "appointment_id"])


def downgrade() -> None:
    op.drop_index("ix_pins_config", table_name="pins")
