"""Duplicates that were found or are none, and customers that were merged (R5.1)

New tables only, and the new function for the roles that are there already: preset roles are made once, on an empty
database.

Revision ID: 0013
Revises: 0012
Create Date: 2026-11-22
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

GRANT = """
INSERT INTO role_grant (role_id, permission, reach)
SELECT id, 'customer:merge', CASE code WHEN 'administrator' THEN 'all' ELSE 'department' END FROM role
WHERE code IN ('administrator', 'sales_manager')
AND id NOT IN (SELECT role_id FROM role_grant WHERE permission = 'customer:merge')
"""


def _customer(table: str, column: str, *, key: bool = False) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    return _belongs(table, column, "customer", key=key)


def _belongs(table: str, column: str, to: str, *, key: bool = False) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    name = f"fk_{table}_{column}_{to}"
    return (
        sa.Column(column, sa.Integer(), nullable=False, primary_key=key),
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete="CASCADE"),
    )


def _person(table: str, column: str, *, nullable: bool = False) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    return (
        sa.Column(column, sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint([column], ["account.id"], name=f"fk_{table}_{column}_account"),
    )


def upgrade() -> None:
    _duplicates()
    _merges()
    op.execute(GRANT)


def _duplicates() -> None:
    op.create_table(
        "duplicate_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_duplicate_group"),
    )
    op.create_index("ix_duplicate_group_verdict_score", "duplicate_group", ["verdict", "score", "id"])
    op.create_table(
        "duplicate_member",
        *_belongs("duplicate_member", "group_id", "duplicate_group", key=True),
        *_customer("duplicate_member", "customer_id", key=True),
        sa.PrimaryKeyConstraint("group_id", "customer_id", name="pk_duplicate_member"),
    )
    op.create_index("ix_duplicate_member_customer_id", "duplicate_member", ["customer_id"])
    op.create_table(
        "duplicate_pair",
        *_belongs("duplicate_pair", "group_id", "duplicate_group", key=True),
        *_customer("duplicate_pair", "one_id", key=True),
        *_customer("duplicate_pair", "other_id", key=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("group_id", "one_id", "other_id", name="pk_duplicate_pair"),
    )
    op.create_index("ix_duplicate_pair_one_id", "duplicate_pair", ["one_id"])
    op.create_index("ix_duplicate_pair_other_id", "duplicate_pair", ["other_id"])
    op.create_table(
        "duplicate_dismissal",
        *_customer("duplicate_dismissal", "one_id", key=True),
        *_customer("duplicate_dismissal", "other_id", key=True),
        *_person("duplicate_dismissal", "user_id"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("one_id", "other_id", name="pk_duplicate_dismissal"),
    )
    op.create_index("ix_duplicate_dismissal_other_id", "duplicate_dismissal", ["other_id"])


def _merges() -> None:
    op.create_table(
        "customer_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        *_customer("customer_merge", "survivor_id"),
        *_person("customer_merge", "user_id"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        *_person("customer_merge", "undone_by", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_customer_merge"),
    )
    op.create_index("ix_customer_merge_survivor_id_id", "customer_merge", ["survivor_id", "id"])
    op.create_index("ix_customer_merge_at", "customer_merge", ["at", "id"])
    op.create_table(
        "merged_customer",
        *_customer("merged_customer", "customer_id", key=True),
        *_customer("merged_customer", "survivor_id"),
        *_belongs("merged_customer", "merge_id", "customer_merge"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_merged_customer"),
    )
    op.create_index("ix_merged_customer_survivor_id", "merged_customer", ["survivor_id"])
    op.create_index("ix_merged_customer_merge_id", "merged_customer", ["merge_id"])


def downgrade() -> None:
    op.execute("DELETE FROM role_grant WHERE permission = 'customer:merge'")
    for table in (
        "merged_customer",
        "customer_merge",
        "duplicate_dismissal",
        "duplicate_pair",
        "duplicate_member",
        "duplicate_group",
    ):
        op.drop_table(table)
