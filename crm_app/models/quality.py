"""What is known of duplicates: groups found, pairs that are none, and customers that were merged (R5.1)."""

# SQLModel types the name of a table as a descriptor; a plain string is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from crm_app.models.base import utc_column


class DuplicateGroup(SQLModel, table=True):
    """Customers that are likely one, as the last search found them."""

    __tablename__ = "duplicate_group"
    __table_args__ = (Index("ix_duplicate_group_verdict_score", "verdict", "score", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    verdict: str = Field(max_length=8)
    """same, possibly."""
    score: int
    """Of the least alike of the pairs that hold it together, 0 to 100."""
    found_at: datetime = utc_column(nullable=False)
    dismissed_at: datetime | None = utc_column()
    """Since when its members are known to be several; the next search drops it."""


class DuplicateMember(SQLModel, table=True):
    """A customer in a group."""

    __tablename__ = "duplicate_member"
    __table_args__ = (Index("ix_duplicate_member_customer_id", "customer_id"),)

    group_id: int = Field(foreign_key="duplicate_group.id", primary_key=True, ondelete="CASCADE")
    customer_id: int = Field(foreign_key="customer.id", primary_key=True, ondelete="CASCADE")


class DuplicatePair(SQLModel, table=True):
    """Why two members of a group are likely one customer."""

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        Index("ix_duplicate_pair_one_id", "one_id"),
        Index("ix_duplicate_pair_other_id", "other_id"),
    )

    group_id: int = Field(foreign_key="duplicate_group.id", primary_key=True, ondelete="CASCADE")
    one_id: int = Field(foreign_key="customer.id", primary_key=True, ondelete="CASCADE")
    other_id: int = Field(foreign_key="customer.id", primary_key=True, ondelete="CASCADE")
    score: int
    reasons: list = Field(default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]"))
    """[code, percent] each; never a value."""


class DuplicateDismissal(SQLModel, table=True):
    """「不是重复」: somebody looked, and these two are not one customer. `one_id` is the smaller id."""

    __tablename__ = "duplicate_dismissal"
    __table_args__ = (Index("ix_duplicate_dismissal_other_id", "other_id"),)

    one_id: int = Field(foreign_key="customer.id", primary_key=True, ondelete="CASCADE")
    other_id: int = Field(foreign_key="customer.id", primary_key=True, ondelete="CASCADE")
    user_id: int = Field(foreign_key="account.id")
    at: datetime = utc_column(nullable=False)


class CustomerMerge(SQLModel, table=True):
    """A merge, and what it took from whom, so that it can be undone."""

    __tablename__ = "customer_merge"
    __table_args__ = (
        Index("ix_customer_merge_survivor_id_id", "survivor_id", "id"),
        Index("ix_customer_merge_at", "at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    survivor_id: int = Field(foreign_key="customer.id", ondelete="CASCADE")
    user_id: int = Field(foreign_key="account.id")
    at: datetime = utc_column(nullable=False)
    taken: dict = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))
    """Ids of rows, and the survivor's former values. What contacts say stays in their own rows."""
    undone_at: datetime | None = utc_column()
    undone_by: int | None = Field(default=None, foreign_key="account.id")


class MergedCustomer(SQLModel, table=True):
    """A customer that lives on in another one: its number and address lead there.

    Its row stays, deleted for everybody, with what the survivor has anyway: tags, contacts joined with one of his.
    """

    __tablename__ = "merged_customer"
    __table_args__ = (
        Index("ix_merged_customer_survivor_id", "survivor_id"),
        Index("ix_merged_customer_merge_id", "merge_id"),
    )

    customer_id: int = Field(foreign_key="customer.id", primary_key=True, ondelete="CASCADE")
    survivor_id: int = Field(foreign_key="customer.id", ondelete="CASCADE")
    merge_id: int = Field(foreign_key="customer_merge.id", ondelete="CASCADE")
