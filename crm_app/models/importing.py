"""Imports of spreadsheets: what was decided about a file, and what came of it."""

# SQLModel types the name of a table as a descriptor; a plain string is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from crm_app.models.base import utc_column


def _json_column() -> Column:
    return Column(JSON, nullable=False, server_default="{}")


class ImportRun(SQLModel, table=True):
    """One file on its way in (R4.1), and afterwards what can be taken back (R4.2). Its file lies in the data folder."""

    __tablename__ = "import_run"
    __table_args__ = (
        Index("ix_import_run_user_id_id", "user_id", "id"),
        Index("ix_import_run_state_changed_at", "state", "changed_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="account.id", ondelete="CASCADE")
    """Whoever brought the file: it is his alone."""
    file_name: str = Field(max_length=200)
    state: str = Field(default="mapping", max_length=12)
    """mapping, checked, done, undone."""
    file: dict = Field(default_factory=dict, sa_column=_json_column())
    """How it is read: kind, encoding, delimiter, sheets, the chosen one."""
    headings: dict = Field(default_factory=dict, sa_column=_json_column())
    """`names` of the columns, and the `rows` after them that stand beside."""
    plan: dict = Field(default_factory=dict, sa_column=_json_column())
    counts: dict = Field(default_factory=dict, sa_column=_json_column())
    """What the check found, and what the import did."""
    revision: int = 1
    """Raised by each decision: what was checked before it holds no more."""
    checked_revision: int = 0
    job_id: int | None = None
    """The job that works at it, or did last; jobs are forgotten before imports are."""
    created_at: datetime = utc_column(nullable=False)
    changed_at: datetime = utc_column(nullable=False)


class ImportEdit(SQLModel, table=True):
    """A cell that was corrected, or, with column -1, what is to become of the row."""

    __tablename__ = "import_edit"

    import_id: int = Field(foreign_key="import_run.id", primary_key=True, ondelete="CASCADE")
    row: int = Field(primary_key=True)
    column: int = Field(primary_key=True)
    value: str = Field(max_length=2000)


class ImportMemory(SQLModel, table=True):
    """Where a person lets the columns of files with the same headings go."""

    __tablename__ = "import_memory"

    user_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")
    digest: str = Field(max_length=64, primary_key=True)
    plan: dict = Field(default_factory=dict, sa_column=_json_column())
    at: datetime = utc_column(nullable=False)


class ImportedCustomer(SQLModel, table=True):
    """A customer that an import made or changed, with the version that it then had."""

    __tablename__ = "imported_customer"
    __table_args__ = (Index("ix_imported_customer_customer_id", "customer_id"),)

    import_id: int = Field(foreign_key="import_run.id", primary_key=True, ondelete="CASCADE")
    customer_id: int = Field(foreign_key="customer.id", primary_key=True, ondelete="CASCADE")
    version: int
    before: dict | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    """The former values of what it changed; none where it made the customer."""
