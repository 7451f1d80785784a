"""Month-end reviews (R5.3)

With the function of opening one, for the roles that are there already, and a note on each change whether somebody made
it at that very customer: what a bulk change or an import wrote corrects no record.

Revision ID: 0018
Revises: 0017
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

GRANT = """
INSERT INTO role_grant (role_id, permission, reach)
SELECT id, 'review:open', CASE code WHEN 'administrator' THEN 'all' ELSE 'department' END FROM role
WHERE code IN ('administrator', 'sales_manager')
  AND id NOT IN (SELECT role_id FROM role_grant WHERE permission = 'review:open')
"""


def upgrade() -> None:
    op.add_column("field_change", sa.Column("by_hand", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["account.id"], name="fk_review_opened_by_account"),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
        sa.UniqueConstraint("month", name="uq_review_month"),
    )
    op.create_table(
        "review_item",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["confirmed_by"], ["account.id"], name="fk_review_item_confirmed_by_account"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_review_item_customer_id_customer", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_review_item_owner_id_account"),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name="fk_review_item_review_id_review", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("review_id", "customer_id", name="pk_review_item"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_review_item_customer_id", "review_item", ["customer_id"])
    confirmed = sa.text("confirmed_at IS NOT NULL")
    op.create_index(
        "ix_review_item_confirmed_by_confirmed_at",
        "review_item",
        ["confirmed_by", "confirmed_at"],
        sqlite_where=confirmed,
        postgresql_where=confirmed,
    )
    op.execute(GRANT)


def downgrade() -> None:
    op.execute("DELETE FROM role_grant WHERE permission = 'review:open'")
    op.drop_table("review_item")
    op.drop_table("review")
    op.drop_column("field_change", "by_hand")
