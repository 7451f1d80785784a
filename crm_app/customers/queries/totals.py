"""How many customers there are: kept by SQLite itself, counted by PostgreSQL (migration 0005 says why)."""

from typing import Any

from sqlalchemy import Select, column, func, select, table
from sqlmodel import Session

from crm_app.core.sql import table_of
from crm_app.models import Customer

_kept = table("customer_total", column("live"))
_customer = table_of(Customer)


def live_total(dialect: str) -> Select[Any]:
    """The SELECT of the number of all customers that are not deleted, whoever asks."""
    if dialect == "sqlite":
        return select(_kept.c.live)
    every = select(func.count()).select_from(_customer)
    return select(every.scalar_subquery() - every.where(_customer.c.deleted_at.is_not(None)).scalar_subquery())


def miscounted(session: Session) -> tuple[int, int] | None:
    """The kept number and the true one where they differ; else None."""
    live = select(func.count()).select_from(_customer).where(_customer.c.deleted_at.is_(None))
    kept = session.execute(live_total(session.get_bind().dialect.name)).scalar_one_or_none() or 0
    true = session.execute(live).scalar_one()
    return None if kept == true else (kept, true)
