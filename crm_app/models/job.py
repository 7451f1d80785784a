"""Work that runs in the background."""

# SQLModel types the name of a table as a descriptor; a plain string is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from crm_app.models.base import utc_column


def _json_column() -> Column:
    return Column(JSON, nullable=False, server_default="{}")


class Job(SQLModel, table=True):
    """One piece of long work, from the moment that somebody asked for it until it is forgotten."""

    __table_args__ = (Index("ix_job_state_id", "state", "id"), Index("ix_job_user_id_id", "user_id", "id"))

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=40)
    user_id: int = Field(foreign_key="account.id", ondelete="CASCADE")
    """Whoever asked for it: it runs with his rights, and is his alone."""
    parameters: dict = Field(default_factory=dict, sa_column=_json_column())
    state: str = Field(default="waiting", max_length=12)
    """waiting, running, done, failed, cancelled."""
    done: int = 0
    total: int = 0
    """0 while nobody knows."""
    message: str = Field(default="", max_length=80)
    """Why it failed: a key of the catalogue."""
    message_params: dict = Field(default_factory=dict, sa_column=_json_column())
    result: dict = Field(default_factory=dict, sa_column=_json_column())
    attempt: int = 0
    """How often a runner took it up. Only the runner of the present attempt may write here."""
    created_at: datetime = utc_column(nullable=False)
    started_at: datetime | None = utc_column()
    seen_at: datetime | None = utc_column()
    """When its runner was last known to live."""
    ended_at: datetime | None = utc_column(index=True)
