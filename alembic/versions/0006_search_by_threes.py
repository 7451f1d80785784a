"""Letters and digits are indexed by threes: the search index is made anew

The terms are made by the program, so this only empties the index; whoever brings a database to the newest schema fills
it again (crm_app.customers.search.fill_index).

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-22
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM customer_search")


def downgrade() -> None:
    op.execute("DELETE FROM customer_search")
