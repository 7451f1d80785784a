"""What is wrong with records, and how complete they are (R5.2)

New tables, and a column that begins at 0: the server judges everybody soon after its start, in the background.

Revision ID: 0017
Revises: 0016
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customer", sa.Column("completeness", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_customer_completeness_id", "customer", ["completeness", "id", "deleted_at"])
    op.create_table(
        "anomaly",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("param", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("assigned_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["assignee_id"], ["account.id"], name="fk_anomaly_assignee_id_account"),
        sa.ForeignKeyConstraint(["assigned_by"], ["account.id"], name="fk_anomaly_assigned_by_account"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_anomaly_customer_id_customer", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_anomaly"),
        sa.UniqueConstraint("customer_id", "code", "param", name="uq_anomaly_customer_id_code_param"),
    )
    op.create_index("ix_anomaly_code_since_customer_id", "anomaly", ["code", "since", "customer_id"])
    op.create_index("ix_anomaly_since_id", "anomaly", ["since", "id", "customer_id", "code"])
    given, due = sa.text("assignee_id IS NOT NULL"), sa.text("due_on IS NOT NULL")
    op.create_index(
        "ix_anomaly_assignee_id", "anomaly", ["assignee_id", "customer_id"], sqlite_where=given, postgresql_where=given
    )
    op.create_index(
        "ix_anomaly_due_on_id", "anomaly", ["due_on", "id", "customer_id"], sqlite_where=due, postgresql_where=due
    )
    op.create_table(
        "record_check",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("measure", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_record_check_customer_id_customer", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", name="pk_record_check"),
    )


def downgrade() -> None:
    op.drop_table("record_check")
    op.drop_table("anomaly")
    op.drop_index("ix_customer_completeness_id", "customer")
    op.drop_column("customer", "completeness")
