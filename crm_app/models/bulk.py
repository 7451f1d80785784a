"""Bulk changes of customers: what was asked for, and what became of each row (R3.6)."""

# SQLModel types the name of a table as a descriptor; a plain string is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import JSON, Column, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from crm_app.models.base import utc_column


def _json_column() -> Column:
    return Column(JSON, nullable=False, server_default="{}")


class BulkChange(SQLModel, table=True):
    """One change of many customers, from its confirmation until it can't be taken back any more."""

    __tablename__ = "bulk_change"
    __table_args__ = (
        Index("ix_bulk_change_user_id_id", "user_id", "id"),
        Index("ix_bulk_change_created_at_id", "created_at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="account.id", ondelete="CASCADE")
    """Whoever asked for it: it runs with his rights, and he may take it back."""
    what: str = Field(max_length=8)
    """field, owner, tags, delete."""
    action: dict = Field(default_factory=dict, sa_column=_json_column())
    state: str = Field(default="running", max_length=8)
    """running, done, undoing, undone; a job that was stopped leaves the first or the third."""
    rows: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    """The ids and versions that the preview judged, packed; emptied when all are done."""
    position: int = 0
    """How many of those rows are done."""
    counts: dict = Field(default_factory=dict, sa_column=_json_column())
    job_id: int | None = None
    """The job that works at it, or did last; jobs are forgotten before changes are."""
    created_at: datetime = utc_column(nullable=False)


class BulkRow(SQLModel, table=True):
    """A customer that a bulk change changed, with what stood there before, or that it refused.

    The outcome is a part of the key: rows of one outcome lie together, to be listed and to be taken back in chunks.
    """

    __tablename__ = "bulk_row"
    __table_args__ = (Index("ix_bulk_row_customer_id", "customer_id"), {"sqlite_with_rowid": False})

    bulk_id: int = Field(foreign_key="bulk_change.id", primary_key=True, ondelete="CASCADE")
    outcome: str = Field(max_length=8, primary_key=True)
    """changed, refused; and after it was taken back: undone, kept."""
    customer_id: int = Field(foreign_key="customer.id", primary_key=True, ondelete="CASCADE")
    version: int = 0
    """The customer's version that the change made."""
    before: str = Field(default="", sa_column=Column(Text, nullable=False))
    why: str = Field(default="", max_length=40)
    """Why it was refused, or stayed as it is when the change was taken back: the end of a key of the catalogue."""
