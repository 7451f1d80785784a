"""What the system knows of itself."""

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel


class Setting(SQLModel, table=True):
    """A setting that the administrator changes while the system runs, by name."""

    key: str = Field(max_length=60, primary_key=True)
    value: dict = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))
