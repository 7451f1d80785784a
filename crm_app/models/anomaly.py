"""What is wrong with records, who puts it right, and what each was judged by (R5.2)."""

# SQLModel types the name of a table as a descriptor; a plain string is what it documents.
# pyright: reportAssignmentType=false

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from crm_app.models.base import utc_column

_GIVEN, _DUE = text("assignee_id IS NOT NULL"), text("due_on IS NOT NULL")


class Anomaly(SQLModel, table=True):
    """One thing that is wrong with a customer's record, or will be from `since` on; gone when it is put right."""

    __table_args__ = (
        UniqueConstraint("customer_id", "code", "param"),
        Index("ix_anomaly_code_since_customer_id", "code", "since", "customer_id"),
        Index("ix_anomaly_since_id", "since", "id", "customer_id", "code"),
        Index("ix_anomaly_assignee_id", "assignee_id", "customer_id", sqlite_where=_GIVEN, postgresql_where=_GIVEN),
        Index("ix_anomaly_due_on_id", "due_on", "id", "customer_id", sqlite_where=_DUE, postgresql_where=_DUE),
    )

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id", ondelete="CASCADE")
    code: str = Field(max_length=24)
    param: str = Field(default="", max_length=40)
    """Where: a field's key, `mobile:12` for that of contact 12, the industry that the business names."""
    since: datetime = utc_column(nullable=False)
    """It counts from this moment on: a plan gets late by itself."""
    found_at: datetime = utc_column(nullable=False)
    assignee_id: int | None = Field(default=None, foreign_key="account.id")
    due_on: date | None = None
    assigned_by: int | None = Field(default=None, foreign_key="account.id")
    version: int = 1
    """Raised with each assignment."""


class RecordCheck(SQLModel, table=True):
    """At which state a customer was judged last, and by which measure: whoever differs is judged again."""

    __tablename__ = "record_check"

    customer_id: int = Field(foreign_key="customer.id", ondelete="CASCADE", primary_key=True)
    version: int
    planned_at: datetime | None = utc_column()
    """The next follow-up that was judged: it moves without a new version of the customer."""
    measure: str = Field(max_length=16)
