"""Who deleted a customer, and the order of the recycle bin

The column is added in plain SQL, which reads the same on both engines: alembic can't add one with a foreign key on
SQLite but by making the table anew, and its triggers would go with it (see 0005).

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-22
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DELETED = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    op.execute(
        "ALTER TABLE customer ADD COLUMN deleted_by INTEGER"
        " CONSTRAINT fk_customer_deleted_by_account REFERENCES account (id)"
    )
    op.create_index(
        "ix_customer_deleted_at_id",
        "customer",
        ["deleted_at", "id"],
        sqlite_where=DELETED,
        postgresql_where=DELETED,
    )
    op.drop_index("ix_customer_deleted_at", "customer")


def downgrade() -> None:
    op.create_index(
        "ix_customer_deleted_at", "customer", ["deleted_at"], sqlite_where=DELETED, postgresql_where=DELETED
    )
    op.drop_index("ix_customer_deleted_at_id", "customer")
    op.execute("ALTER TABLE customer DROP COLUMN deleted_by")
