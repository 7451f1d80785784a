"""Drop-down lists and tags that the administrator edits (R1.9, R1.4)

Versions, so that two who edit one value are told; tags that are retired; and the new function for the administrators
who are there already, because preset roles are made once, on an empty database.

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-22
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

GRANT = """
INSERT INTO role_grant (role_id, permission, reach)
SELECT id, 'list:edit', 'all' FROM role
WHERE code = 'administrator' AND id NOT IN (SELECT role_id FROM role_grant WHERE permission = 'list:edit')
"""


def upgrade() -> None:
    # ALTER TABLE ADD COLUMN, no copy: customers' tags refer to these rows.
    op.add_column("list_option", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("tag", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("tag", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    # How many customers prefer a channel is counted from the index alone.
    op.create_index("ix_contact_preferred_channel_customer_id", "contact", ["preferred_channel", "customer_id"])
    op.execute(GRANT)


def downgrade() -> None:
    op.execute("DELETE FROM role_grant WHERE permission = 'list:edit'")
    op.drop_index("ix_contact_preferred_channel_customer_id", table_name="contact")
    op.drop_column("tag", "retired_at")
    op.drop_column("tag", "version")
    op.drop_column("list_option", "version")
