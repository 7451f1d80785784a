"""Saved views of lists (R3.5)."""

# SQLModel types the name of a table as a descriptor; a plain string is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from crm_app.models.base import utc_column


class SavedView(SQLModel, table=True):
    """A name for what a list shows; whoever opens it sees what he reaches of that."""

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("owner_id", "kind", "name"),
        Index("ix_saved_view_audience_role_id", "audience", "role_id"),
        Index("ix_saved_view_role_id", "role_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=40)
    """The name of the list."""
    name: str = Field(max_length=40)
    owner_id: int = Field(foreign_key="account.id", ondelete="CASCADE")
    audience: str = Field(default="private", max_length=12)
    """private, role, all."""
    role_id: int | None = Field(default=None, foreign_key="role.id", ondelete="CASCADE")
    """Whom it is shared with, where that is a role."""
    query: str = Field(default="", sa_column=Column(Text, nullable=False))
    """In the form of the list's address, all of it said: what is left out there is somebody's default."""
    version: int = 1
    created_at: datetime = utc_column(nullable=False)


class ViewPin(SQLModel, table=True):
    """A view that somebody has in his sidebar."""

    __tablename__ = "view_pin"

    user_id: int = Field(foreign_key="account.id", ondelete="CASCADE", primary_key=True)
    view_id: int = Field(foreign_key="saved_view.id", ondelete="CASCADE", primary_key=True, index=True)
    position: int = 0
