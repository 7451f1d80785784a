"""What is left off while very many customers are written at once, and made good before anybody sees them."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlmodel import Session

from crm_app.customers.search import set_index_pace

MANY = 1_000
"""From so many rows on, counting all customers is quicker than counting each."""
_TRIGGERS = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'customer'")
_COUNT = text("UPDATE customer_total SET live = (SELECT count(*) FROM customer WHERE deleted_at IS NULL)")


@contextmanager
def loading_customers(session: Session, *, rows: int) -> Iterator[None]:
    """For so many new rows within the caller's transaction: counted once, and indexed for search in large pieces.

    Only SQLite needs it. For each row that a trigger sees it keeps a journal of its own, which takes as long as all
    indices of the table. Nobody sees the table without its triggers, and a rollback brings them back.
    """
    if rows < MANY or session.get_bind().dialect.name != "sqlite":
        yield
        return
    connection = session.connection()
    triggers = connection.execute(_TRIGGERS).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    set_index_pace(session, merge=0, kept=16 << 20)
    yield
    session.flush()
    set_index_pace(session)
    connection.execute(_COUNT)
    for _, made in triggers:
        connection.exec_driver_sql(made)
