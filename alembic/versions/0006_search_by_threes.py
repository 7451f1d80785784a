"""Letters and digits are indexed by threes: the search index is made anew

The terms are made by the program, so this only empties the index; whoever brings a database to this version fills it
again, because no setting says which terms it holds (crm_app.customers.search.fill_index). On SQLite it is made anew:
emptied row by row it would keep the size of both.

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
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE customer_search")
        op.execute("CREATE VIRTUAL TABLE customer_search USING fts5(open, closed, tokenize='ascii')")
    else:
        op.execute("TRUNCATE TABLE customer_search")


def downgrade() -> None:
    op.execute("DELETE FROM setting WHERE key = 'customers.search_terms'")
    upgrade()
