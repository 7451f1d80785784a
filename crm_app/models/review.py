"""Month-end reviews: which customers their owners are to confirm, and which they did (R5.3)."""

# SQLModel types the name of a table as a descriptor; a plain string is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from crm_app.models.base import utc_column

_CONFIRMED = text("confirmed_at IS NOT NULL")


class Review(SQLModel, table=True):
    """One month's; the latest is the one at which people work."""

    id: int | None = Field(default=None, primary_key=True)
    month: str = Field(max_length=7, unique=True)
    """2026-11."""
    opened_at: datetime = utc_column(nullable=False)
    opened_by: int | None = Field(default=None, foreign_key="account.id")
    """Nobody where it opened by itself."""


class ReviewItem(SQLModel, table=True):
    """A customer in a review, as it was when that was opened. Who confirms it follows `customer.owner_id`.

    It is open until somebody confirms it. That its record was changed by hand since is read from the history.
    """

    __tablename__ = "review_item"
    __table_args__ = (
        Index("ix_review_item_customer_id", "customer_id"),
        # What one click confirmed is known by its moment.
        Index(
            "ix_review_item_confirmed_by_confirmed_at",
            "confirmed_by",
            "confirmed_at",
            sqlite_where=_CONFIRMED,
            postgresql_where=_CONFIRMED,
        ),
        {"sqlite_with_rowid": False},
    )

    review_id: int = Field(foreign_key="review.id", primary_key=True, ondelete="CASCADE")
    customer_id: int = Field(foreign_key="customer.id", primary_key=True, ondelete="CASCADE")
    owner_id: int = Field(foreign_key="account.id")
    """Who was in charge then."""
    version: int
    """The customer's then: later ones are what was corrected."""
    confirmed_at: datetime | None = utc_column()
    confirmed_by: int | None = Field(default=None, foreign_key="account.id")
