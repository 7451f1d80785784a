"""Indices that hold all that the dashboard adds up

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-22
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_follow_up_customer_id_at", table_name="follow_up")
    op.create_index("ix_follow_up_customer_id_at", "follow_up", ["customer_id", "at", "id", "method"])
    op.drop_index("ix_level_change_to_level_deal_on", table_name="level_change")
    op.create_index(
        "ix_level_change_to_level_deal_on",
        "level_change",
        ["to_level", "deal_on", "customer_id", "owner_id", "deal_amount"],
    )


def downgrade() -> None:
    op.drop_index("ix_level_change_to_level_deal_on", table_name="level_change")
    op.create_index("ix_level_change_to_level_deal_on", "level_change", ["to_level", "deal_on"])
    op.drop_index("ix_follow_up_customer_id_at", table_name="follow_up")
    op.create_index("ix_follow_up_customer_id_at", "follow_up", ["customer_id", "at", "id"])
