"""Column shorthands that all tables share."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, MetaData
from sqlmodel import Field, SQLModel

from crm_app.core.clock import utcnow
from crm_app.core.types import UtcDateTime

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


def utc_column(*, nullable: bool = True, index: bool = False) -> Any:
    """A moment in UTC; a required one defaults to now."""
    if nullable:
        return Field(default=None, sa_column=Column(UtcDateTime, nullable=True, index=index))
    return Field(default_factory=utcnow, sa_column=Column(UtcDateTime, nullable=False, index=index))


__all__ = ["SQLModel", "datetime", "utc_column"]
