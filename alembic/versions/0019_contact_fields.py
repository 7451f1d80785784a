"""Own fields of contacts (R1.8)

Every field that is there is one of customers.

Revision ID: 0019
Revises: 0018
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

FORGET_CHOICES = """
DELETE FROM list_option WHERE list_code IN (SELECT 'own_' || CAST(id AS VARCHAR(12)) FROM own_field WHERE record = 'contact')
"""


def upgrade() -> None:
    op.add_column("own_field", sa.Column("record", sa.String(length=12), server_default="customer", nullable=False))
    op.create_table(
        "contact_value",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_value_contact_id_contact"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["field_id"], ["own_field.id"], name=op.f("fk_contact_value_field_id_own_field")),
        sa.PrimaryKeyConstraint("contact_id", "field_id", "place", name=op.f("pk_contact_value")),
        sqlite_with_rowid=False,
    )
    for column in ("key", "number"):
        filled = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_contact_value_field_id_{column}",
            "contact_value",
            ["field_id", column, "contact_id"],
            sqlite_where=filled,
            postgresql_where=filled,
        )


def downgrade() -> None:
    op.drop_table("contact_value")
    op.execute(FORGET_CHOICES)
    op.execute("DELETE FROM own_field WHERE record = 'contact'")
    op.drop_column("own_field", "record")
