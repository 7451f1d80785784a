"""What the company made of the fields that every customer has (R1.8)

Revision ID: 0016
Revises: 0015
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "field_setting",
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("label_zh", sa.String(length=30), nullable=False),
        sa.Column("label_en", sa.String(length=60), nullable=False),
        sa.Column("help_zh", sa.String(length=200), nullable=False),
        sa.Column("help_en", sa.String(length=200), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["account.id"], name=op.f("fk_field_setting_changed_by_account")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_field_setting")),
    )


def downgrade() -> None:
    op.drop_table("field_setting")
