"""What people do with a customer: follow-ups and tasks."""

# SQLModel types the name of a table as a descriptor; a plain string is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from crm_app.models.base import utc_column

_OPEN = text("done_at IS NULL")


def _open_index(*columns: str) -> Index:
    """An index of the tasks still to do: the done ones, soon the most, are left out on both engines."""
    return Index(f"ix_task_open_{'_'.join(columns)}", *columns, sqlite_where=_OPEN, postgresql_where=_OPEN)


class FollowUp(SQLModel, table=True):
    """A contact with the customer 「跟进」 (R6.2)."""

    __tablename__ = "follow_up"
    __table_args__ = (
        # The method stands in it for the dashboard of one person's customers (R9.1).
        Index("ix_follow_up_customer_id_at", "customer_id", "at", "id", "method"),
        Index("ix_follow_up_user_id_at", "user_id", "at"),
        Index("ix_follow_up_method_at_customer_id", "method", "at", "customer_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id", ondelete="CASCADE")
    user_id: int = Field(foreign_key="account.id")
    """The person who had the contact."""
    at: datetime = utc_column(nullable=False)
    method: str = Field(max_length=30)
    participants: str = Field(default="", max_length=200)
    content: str = Field(max_length=2000)
    feedback: str = Field(default="", max_length=1000)
    result: str = Field(default="", max_length=500)
    next_at: datetime | None = utc_column()
    task_id: int | None = Field(default=None, foreign_key="task.id", ondelete="SET NULL")
    """The 「待办事项」 that its next step became."""
    created_at: datetime = utc_column(nullable=False)


class Task(SQLModel, table=True):
    """「待办事项」: something to do, by whom and until when."""

    __table_args__ = (
        _open_index("user_id", "due_at", "id"),
        _open_index("customer_id", "due_at", "id"),
        Index("ix_task_customer_id_at", "customer_id", "at", "id"),
        Index("ix_task_done_by_done_at", "done_by", "done_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int | None = Field(default=None, foreign_key="customer.id", ondelete="CASCADE")
    user_id: int = Field(foreign_key="account.id")
    """The person in charge."""
    title: str = Field(max_length=200)
    due_at: datetime = utc_column(nullable=False)
    at: datetime = utc_column(nullable=False)
    """When it was made, moved, done or reopened last: its place on the timeline."""
    changed_by: int | None = Field(default=None, foreign_key="account.id")
    """Who made that change; a later save that conflicts with it is told."""
    done_at: datetime | None = utc_column()
    done_by: int | None = Field(default=None, foreign_key="account.id")
    created_by: int | None = Field(default=None, foreign_key="account.id")
    created_at: datetime = utc_column(nullable=False)
    version: int = 1
