"""Changes of many customers at once, and what takes them back (R3.6)

New tables only, and the new function for the roles that are there already: preset roles are made once, on an empty
database.

Revision ID: 0014
Revises: 0013
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

GRANT = """
INSERT INTO role_grant (role_id, permission, reach)
SELECT id, 'customer:bulk',
  CASE code WHEN 'administrator' THEN 'all' WHEN 'sales_manager' THEN 'department' ELSE 'own' END FROM role
WHERE code IN ('administrator', 'sales_manager', 'sales_rep')
  AND id NOT IN (SELECT role_id FROM role_grant WHERE permission = 'customer:bulk')
"""


def upgrade() -> None:
    op.create_table(
        "bulk_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("action", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name="fk_bulk_change_user_id_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_change"),
    )
    op.create_index("ix_bulk_change_user_id_id", "bulk_change", ["user_id", "id"])
    op.create_index("ix_bulk_change_created_at_id", "bulk_change", ["created_at", "id"])
    op.create_table(
        "bulk_row",
        sa.Column("bulk_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulk_id"], ["bulk_change.id"], name="fk_bulk_row_bulk_id_bulk_change", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_bulk_row_customer_id_customer", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bulk_id", "outcome", "customer_id", name="pk_bulk_row"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_bulk_row_customer_id", "bulk_row", ["customer_id"])
    op.execute(GRANT)


def downgrade() -> None:
    op.execute("DELETE FROM role_grant WHERE permission = 'customer:bulk'")
    op.drop_table("bulk_row")
    op.drop_table("bulk_change")
