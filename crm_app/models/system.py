"""What the system knows of itself."""

# SQLModel types the name of a table as a descriptor; a plain string is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from crm_app.models.base import utc_column


class Setting(SQLModel, table=True):
    """A setting that the administrator changes while the system runs, by name."""

    key: str = Field(max_length=60, primary_key=True)
    value: dict = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))


class Receipt(SQLModel, table=True):
    """What a form became that a person sent under a ticket: sent again, it is not saved twice."""

    user_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")
    kind: str = Field(max_length=20, primary_key=True)
    ticket: str = Field(max_length=60, primary_key=True)
    digest: str = Field(max_length=64)
    """Of what the form said: whoever changed it since is told that the change is not in."""
    row_id: int | None = None
    at: datetime = utc_column(nullable=False, index=True)
