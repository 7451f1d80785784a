"""Entries of the drop-down lists that the administrator edits 「字典」 (R1.9), and tags (R1.4)."""

# SQLModel types the name of a table as a descriptor; a plain string is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from crm_app.models.base import utc_column

_VERSION = {"server_default": "1"}


class Option(SQLModel, table=True):
    """One entry; a retired one stays on old records and is not offered for new ones."""

    __tablename__ = "list_option"
    __table_args__ = (UniqueConstraint("list_code", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    list_code: str = Field(max_length=30)
    """industry, source, method, loss_reason, headcount, revenue, position…"""
    code: str = Field(max_length=30)
    label_zh: str = Field(max_length=60)
    label_en: str = Field(default="", max_length=60)
    position: int = 0
    color: str = Field(default="", max_length=20)
    retired_at: datetime | None = utc_column()
    version: int = Field(default=1, sa_column_kwargs=_VERSION)
    """Raised by each change of what the entry says; its place in the list is none."""


class Tag(SQLModel, table=True):
    """A coloured tag: requirement, risk or free (R1.4); a retired one stays on whoever has it."""

    __table_args__ = (UniqueConstraint("kind", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(default="free", max_length=12)
    name: str = Field(max_length=30)
    color: str = Field(default="gray", max_length=20)
    retired_at: datetime | None = utc_column()
    version: int = Field(default=1, sa_column_kwargs=_VERSION)
