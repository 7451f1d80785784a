"""The full-text index of customers

FTS5 on SQLite, tsvector with GIN on PostgreSQL. `open` may be searched by everybody who sees the customer, `closed`
only by those who may see its contact data in full (R10.3). The ascii tokenizer takes each blank-separated term as it
is: the terms are made by crm_app.core.pinyin, which knows more of Unicode than SQLite does.
"""

from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE customer_search USING fts5(open, closed, tokenize='ascii')")
        return
    op.execute(
        "CREATE TABLE customer_search ("
        "id integer PRIMARY KEY REFERENCES customer (id) ON DELETE CASCADE, "
        "open tsvector NOT NULL, closed tsvector NOT NULL)"
    )
    op.execute("CREATE INDEX ix_customer_search_open ON customer_search USING gin (open)")
    op.execute("CREATE INDEX ix_customer_search_closed ON customer_search USING gin (closed)")


def downgrade() -> None:
    op.execute("DROP TABLE customer_search")
