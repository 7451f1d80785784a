"""Fields that the administrator adds to records, what stands in them, and what he made of the others (R1.8)."""

# SQLModel types the name of a table as a descriptor; a plain string is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, text
from sqlmodel import Field, SQLModel

from crm_app.models.base import utc_column


def _value_index(column: str, *, table: str = "own_value", whose: str = "customer_id") -> Index:
    """Of those rows only that have it: a number has no place in the order of texts."""
    filled = text(f"{column} IS NOT NULL")
    return Index(
        f"ix_{table}_field_id_{column}",
        "field_id",
        column,
        whose,
        sqlite_where=filled,
        postgresql_where=filled,
    )


class OwnField(SQLModel, table=True):
    """One field; a retired one keeps what stands in it and is shown nowhere."""

    __tablename__ = "own_field"

    id: int | None = Field(default=None, primary_key=True)
    record: str = Field(default="customer", max_length=12, sa_column_kwargs={"server_default": "customer"})
    """Whose field it is: customer, contact."""
    kind: str = Field(max_length=12)
    """line, text, number, amount, day, choice, choices, flag, person, url."""
    label_zh: str = Field(max_length=30)
    label_en: str = Field(default="", max_length=60)
    help_zh: str = Field(default="", max_length=200)
    help_en: str = Field(default="", max_length=200)
    required: bool = False
    longest: int = 0
    """The most characters of a text; 0: as many as its kind allows."""
    lowest: str = Field(default="", max_length=20)
    highest: str = Field(default="", max_length=20)
    """The limits of a number, an amount or a day, in the form of its values."""
    initial: str = Field(default="", max_length=200)
    """What stands in it in a new form."""
    position: int = 0
    hidden_from: str = Field(default="", max_length=400)
    fixed_for: str = Field(default="", max_length=400)
    """Codes of the roles that don't see it, or see it and don't change it; parted by commas."""
    retired_at: datetime | None = utc_column()
    version: int = 1


class FieldSetting(SQLModel, table=True):
    """What the company made of a field that every customer has; one that is as it came has no row."""

    __tablename__ = "field_setting"

    name: str = Field(max_length=30, primary_key=True)
    """As in `customers.rules.CUSTOMER_FIELDS`."""
    label_zh: str = Field(default="", max_length=30)
    label_en: str = Field(default="", max_length=60)
    """What it is called; empty: as it came."""
    help_zh: str = Field(default="", max_length=200)
    help_en: str = Field(default="", max_length=200)
    required: bool = False
    position: int | None = None
    """Its place; None until somebody moves a field."""
    version: int = 0
    changed_by: int | None = Field(default=None, foreign_key="account.id")
    changed_at: datetime | None = utc_column()


class OwnValue(SQLModel, table=True):
    """What stands in an own field of a customer; of several choices, one row for each.

    `text` is the value; the other columns are how it is found and ordered, each with an index of its own (ADR 16).
    """

    __tablename__ = "own_value"
    __table_args__ = (
        _value_index("key"),
        _value_index("sort"),
        _value_index("number"),
        # A customer's values lie together; nothing refers to a row by a number.
        {"sqlite_with_rowid": False},
    )

    customer_id: int = Field(foreign_key="customer.id", ondelete="CASCADE", primary_key=True)
    field_id: int = Field(foreign_key="own_field.id", primary_key=True)
    place: int = Field(default=0, primary_key=True)
    text: str = Field(max_length=2000)
    key: str | None = Field(default=None, max_length=200)
    """A text's beginning without case and width, a choice's code, a person's id."""
    sort: str | None = Field(default=None, max_length=60)
    """A text's pinyin, as far as the order of a list needs it."""
    number: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    """A number or an amount in ten-thousandths, a day as its number since 0001-01-01."""


class ContactValue(SQLModel, table=True):
    """What stands in an own field of a contact: as `OwnValue`, but that no list is in its order."""

    __tablename__ = "contact_value"
    __table_args__ = (
        _value_index("key", table="contact_value", whose="contact_id"),
        _value_index("number", table="contact_value", whose="contact_id"),
        {"sqlite_with_rowid": False},
    )

    contact_id: int = Field(foreign_key="contact.id", ondelete="CASCADE", primary_key=True)
    field_id: int = Field(foreign_key="own_field.id", primary_key=True)
    place: int = Field(default=0, primary_key=True)
    text: str = Field(max_length=2000)
    key: str | None = Field(default=None, max_length=200)
    number: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
