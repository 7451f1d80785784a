"""Imports of spreadsheets (R4.1, R4.2)

With the new function for the preset roles that are there already: they are made once, on an empty database.

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-22
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

GRANT = """
INSERT INTO role_grant (role_id, permission, reach)
SELECT id, 'customer:import', '{reach}' FROM role
WHERE code = '{code}' AND preset AND id NOT IN (SELECT role_id FROM role_grant WHERE permission = 'customer:import')
"""
REACHES = {"administrator": "all", "sales_manager": "department", "marketing_manager": "all"}


def upgrade() -> None:
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("file", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("headings", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("plan", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("counts", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("checked_revision", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.id"], name=op.f("fk_import_run_user_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index("ix_import_run_user_id_id", "import_run", ["user_id", "id"])
    op.create_index("ix_import_run_state_changed_at", "import_run", ["state", "changed_at"])
    op.create_table(
        "import_edit",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_import_edit_import_id_import_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "row", "column", name=op.f("pk_import_edit")),
    )
    op.create_table(
        "import_memory",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("plan", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.id"], name=op.f("fk_import_memory_user_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_import_memory")),
    )
    op.create_table(
        "imported_customer",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_imported_customer_import_id_import_run"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_imported_customer_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "customer_id", name=op.f("pk_imported_customer")),
    )
    op.create_index("ix_imported_customer_customer_id", "imported_customer", ["customer_id"])
    for code, reach in REACHES.items():
        op.execute(GRANT.format(code=code, reach=reach))


def downgrade() -> None:
    op.execute("DELETE FROM role_grant WHERE permission = 'customer:import'")
    for table in ("imported_customer", "import_memory", "import_edit", "import_run"):
        op.drop_table(table)
