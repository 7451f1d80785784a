"""Saved views of lists, and who has which in the sidebar (R3.5)

With the function of sharing one, for the roles that are there already: preset roles are made once, on an empty database.

Revision ID: 0012
Revises: 0011
Create Date: 2026-11-22
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

GRANT = """
INSERT INTO role_grant (role_id, permission, reach)
SELECT id, 'view:share', CASE WHEN code = 'administrator' THEN 'all' ELSE 'own' END FROM role
WHERE code IN ('administrator', 'sales_manager', 'marketing_manager', 'service_lead')
  AND id NOT IN (SELECT role_id FROM role_grant WHERE permission = 'view:share')
"""


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=12), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["account.id"], name=op.f("fk_saved_view_owner_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_saved_view_role_id_role"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("owner_id", "kind", "name", name=op.f("uq_saved_view_owner_id_kind_name")),
    )
    op.create_index("ix_saved_view_audience_role_id", "saved_view", ["audience", "role_id"])
    op.create_index("ix_saved_view_role_id", "saved_view", ["role_id"])
    op.create_table(
        "view_pin",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.id"], name=op.f("fk_view_pin_user_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["view_id"], ["saved_view.id"], name=op.f("fk_view_pin_view_id_saved_view"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "view_id", name=op.f("pk_view_pin")),
    )
    op.create_index("ix_view_pin_view_id", "view_pin", ["view_id"])
    op.execute(GRANT)


def downgrade() -> None:
    op.execute("DELETE FROM role_grant WHERE permission = 'view:share'")
    op.drop_table("view_pin")
    op.drop_table("saved_view")
