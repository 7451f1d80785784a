"""Fields that the administrator adds (R1.8)

And the function for the administrators who are there already, because preset roles are made once, on an empty database.

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-22
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

GRANT = """
INSERT INTO role_grant (role_id, permission, reach)
SELECT id, 'field:edit', 'all' FROM role
WHERE code = 'administrator' AND id NOT IN (SELECT role_id FROM role_grant WHERE permission = 'field:edit')
"""


def upgrade() -> None:
    op.create_table(
        "own_field",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("label_zh", sa.String(length=30), nullable=False),
        sa.Column("label_en", sa.String(length=60), nullable=False),
        sa.Column("help_zh", sa.String(length=200), nullable=False),
        sa.Column("help_en", sa.String(length=200), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("longest", sa.Integer(), nullable=False),
        sa.Column("lowest", sa.String(length=20), nullable=False),
        sa.Column("highest", sa.String(length=20), nullable=False),
        sa.Column("initial", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hidden_from", sa.String(length=400), nullable=False),
        sa.Column("fixed_for", sa.String(length=400), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_field")),
    )
    op.create_table(
        "own_value",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("sort", sa.String(length=60), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_own_value_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["field_id"], ["own_field.id"], name=op.f("fk_own_value_field_id_own_field")),
        sa.PrimaryKeyConstraint("customer_id", "field_id", "place", name=op.f("pk_own_value")),
        sqlite_with_rowid=False,
    )
    for column in ("key", "sort", "number"):
        filled = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_own_value_field_id_{column}",
            "own_value",
            ["field_id", column, "customer_id"],
            sqlite_where=filled,
            postgresql_where=filled,
        )
    op.execute(GRANT)


def downgrade() -> None:
    op.execute("DELETE FROM role_grant WHERE permission = 'field:edit'")
    op.drop_table("own_value")
    op.drop_table("own_field")
