"""The grade that somebody gives by hand (R1.4)

The columns are added in plain SQL, as in 0007.

Revision ID: 0015
Revises: 0014
Create Date: 2026-11-23
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = "TIMESTAMP WITH TIME ZONE" if op.get_bind().dialect.name == "postgresql" else "DATETIME"
    op.execute("ALTER TABLE customer ADD COLUMN hand_grade VARCHAR(1) NOT NULL DEFAULT ''")
    op.execute(
        "ALTER TABLE customer ADD COLUMN hand_grade_by INTEGER"
        " CONSTRAINT fk_customer_hand_grade_by_account REFERENCES account (id)"
    )
    op.execute(f"ALTER TABLE customer ADD COLUMN hand_grade_at {moment}")


def downgrade() -> None:
    for column in ("hand_grade_at", "hand_grade_by", "hand_grade"):
        op.execute(f"ALTER TABLE customer DROP COLUMN {column}")
