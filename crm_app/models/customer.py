"""The customer record and what hangs on it: contacts, tags, collaborators, the number counter, field history."""

# SQLModel types the name of a table as a descriptor; a plain string is what it documents.
# pyright: reportAssignmentType=false

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Column, Index, String, text, true
from sqlmodel import Field, SQLModel

from crm_app.core.types import Yuan
from crm_app.models.base import utc_column

_COUNTED = ("industry", "source", "level", "owner_id", "department_id")
_DELETED = text("deleted_at IS NOT NULL")


def _list_index(*columns: str) -> Index:
    """An index that lists, counts and scopes can answer from alone.

    `deleted_at` stands last in it rather than in a partial index's condition: SQLite reads the row to check that
    condition, and can't join several partial indices for an OR, which row scope is.
    """
    return Index(f"ix_customer_{'_'.join(columns)}", *columns, "deleted_at")


def _yuan_column() -> Column:
    return Column(Yuan, nullable=False, server_default="0")


class Customer(SQLModel, table=True):
    """One customer. Fields under "computed" are written by services from the timeline and deals, never by a person."""

    __table_args__ = (
        _list_index("name_sort", "id"),
        _list_index("number_sort", "id"),
        # What the dashboard tells of a period's new customers stands in the index too (R9.1).
        Index("ix_customer_created_at_id", "created_at", "id", *_COUNTED, "deleted_at"),
        # The recycle bin, and whom to leave out where everybody else counts.
        Index("ix_customer_deleted_at_id", "deleted_at", "id", sqlite_where=_DELETED, postgresql_where=_DELETED),
        _list_index("updated_at", "id"),
        _list_index("last_contact_at", "id"),
        _list_index("next_follow_up_at", "id"),
        _list_index("first_order_on", "id"),
        _list_index("total_amount", "id"),
        _list_index("order_count", "id"),
        _list_index("expected_amount", "id"),
        _list_index("founded_on", "id"),
        _list_index("completeness", "id"),
        _list_index("industry", "created_at", "id"),
        _list_index("industry", "level", "created_at", "id"),
        _list_index("source", "created_at", "id"),
        _list_index("headcount", "created_at", "id"),
        _list_index("revenue", "created_at", "id"),
        _list_index("level", "created_at", "id"),
        _list_index("status", "created_at", "id"),
        _list_index("customer_type", "created_at", "id"),
        _list_index("value_grade", "created_at", "id"),
        _list_index("last_method", "created_at", "id"),
        _list_index("province", "city", "district", "id"),
        _list_index("owner_id", "created_at", "id"),
        _list_index("owner_id", "next_follow_up_at", "id"),
        _list_index("owner_id", "assigned_at", "id"),
        _list_index("department_id", "created_at", "id"),
        _list_index("name_key", "id"),
        _list_index("credit_code", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(max_length=40, unique=True)
    """客户编号, made at save and never changed (R1.1)."""
    name: str = Field(max_length=100)
    name_key: str = Field(default="", max_length=100)
    """The name without suffixes, case and width, for finding duplicates."""
    name_sort: str = Field(default="", max_length=60)
    """The beginning of the name's pinyin: the order in which Chinese readers look for a name."""
    number_sort: str = Field(default="", max_length=80)
    """The number so written that 999 comes before 1000 in the order of text."""
    industry: str = Field(max_length=30)
    source: str = Field(default="", max_length=30)
    province: str = Field(default="", max_length=6)
    city: str = Field(default="", max_length=6)
    district: str = Field(default="", max_length=6)
    address: str = Field(default="", max_length=200)
    headcount: str = Field(default="", max_length=30)
    revenue: str = Field(default="", max_length=30)
    founded_on: date | None = None
    main_business: str = Field(default="", max_length=500)
    credit_code: str = Field(default="", max_length=18)
    note: str = Field(default="", max_length=1000)

    level: str = Field(default="potential", max_length=12)
    """客户等级: potential, intent, won, lost; changed by `change_level` only (R6.5)."""
    customer_type: str = Field(default="new", max_length=12)
    """客户类型: new, regular, key, vip."""
    status: str = Field(default="potential", max_length=12)
    """客户状态: potential, following, pending, won, lost, dormant."""

    owner_id: int | None = Field(default=None, foreign_key="account.id")
    department_id: int | None = Field(default=None, foreign_key="department.id")
    assigned_at: datetime | None = utc_column()

    # Computed.
    value_grade: str = Field(default="C", max_length=1)
    """价值分级 from the amounts of the last 365 days: A ≥ 500,000 yuan, B ≥ 100,000, else C; or `hand_grade`."""
    hand_grade: str = Field(default="", max_length=1)
    """What somebody graded it by hand, until he takes that back (R1.4)."""
    hand_grade_by: int | None = Field(default=None, foreign_key="account.id")
    hand_grade_at: datetime | None = utc_column()
    last_contact_at: datetime | None = utc_column()
    last_method: str = Field(default="", max_length=30)
    next_follow_up_at: datetime | None = utc_column()
    first_order_on: date | None = None
    total_amount: Decimal = Field(default=Decimal(0), sa_column=_yuan_column())
    order_count: int = 0
    expected_amount: Decimal = Field(default=Decimal(0), sa_column=_yuan_column())
    completeness: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """1 to 100: how much of what can be known is (R5.2), 0 until it was judged first.

    Written beside the version, as nobody changed the record.
    """

    created_by: int | None = Field(default=None, foreign_key="account.id")
    created_at: datetime = utc_column(nullable=False)
    updated_at: datetime = utc_column(nullable=False)
    deleted_at: datetime | None = utc_column()
    """Since when it lies in the recycle bin (R11.3)."""
    deleted_by: int | None = Field(default=None, foreign_key="account.id")
    version: int = 1
    """Raised by one with each change; a save names the version it read (R2.3)."""


class Contact(SQLModel, table=True):
    """A person at the customer (R1.3)."""

    __table_args__ = (
        Index("ix_contact_customer_id_is_main", "customer_id", "is_main"),
        Index("ix_contact_mobile", "mobile"),
        Index("ix_contact_email", "email"),
        Index("ix_contact_phone", "phone"),
        Index("ix_contact_preferred_channel_customer_id", "preferred_channel", "customer_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id", ondelete="CASCADE")
    name: str = Field(max_length=40)
    position: str = Field(default="", max_length=60)
    mobile: str = Field(default="", max_length=20)
    phone: str = Field(default="", max_length=30)
    email: str = Field(default="", max_length=254)
    birthday: date | None = None
    preferred_channel: str = Field(default="", max_length=30)
    is_main: bool = False
    created_at: datetime = utc_column(nullable=False)
    version: int = 1


class CustomerTag(SQLModel, table=True):
    """A tag on a customer."""

    __tablename__ = "customer_tag"
    __table_args__ = (Index("ix_customer_tag_tag_id_customer_id", "tag_id", "customer_id"),)

    customer_id: int = Field(foreign_key="customer.id", primary_key=True, ondelete="CASCADE")
    tag_id: int = Field(foreign_key="tag.id", primary_key=True, ondelete="CASCADE")


class Collaborator(SQLModel, table=True):
    """协作人: works on the customer beside its owner, with the owner's reach (R1.7)."""

    __table_args__ = (Index("ix_collaborator_user_id_customer_id", "user_id", "customer_id"),)

    customer_id: int = Field(foreign_key="customer.id", primary_key=True, ondelete="CASCADE")
    user_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")


class NumberCounter(SQLModel, table=True):
    """The last number given out for a prefix such as `MFG-2024`; only ever grows, so a number never comes twice."""

    __tablename__ = "number_counter"

    prefix: str = Field(max_length=40, primary_key=True)
    last: int = 0


class FieldChange(SQLModel, table=True):
    """One field's change: who, when, old → new (R2.4). Contact values are stored masked."""

    __tablename__ = "field_change"
    __table_args__ = (
        Index("ix_field_change_customer_id_at", "customer_id", "at", "id"),
        Index("ix_field_change_customer_id_version", "customer_id", "version"),
    )

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id", ondelete="CASCADE")
    at: datetime = utc_column(nullable=False)
    user_id: int | None = Field(default=None, foreign_key="account.id")
    version: int = 0
    """The customer's version that the change made: tells whether a field changed after somebody read it (R2.3)."""
    field: str = Field(max_length=40)
    """A column's name; `region`, `tags`, `collaborators`; of a contact `contact.<column>`."""
    contact_id: int | None = None
    """Which contact; no foreign key, because the history outlives the contact."""
    old: str = Field(default="", sa_column=Column(String, nullable=False, server_default=""))
    new: str = Field(default="", sa_column=Column(String, nullable=False, server_default=""))
    by_hand: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    """Made at this very customer: not by a bulk change, nor by an import (R5.3)."""


class LevelChange(SQLModel, table=True):
    """A step of the life cycle with the facts that it required (R6.5)."""

    __tablename__ = "level_change"
    __table_args__ = (
        Index("ix_level_change_customer_id_at", "customer_id", "at", "id"),
        # 销售业绩 is added up in it (R9.1).
        Index("ix_level_change_to_level_deal_on", "to_level", "deal_on", "customer_id", "owner_id", "deal_amount"),
    )

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id", ondelete="CASCADE")
    at: datetime = utc_column(nullable=False)
    user_id: int | None = Field(default=None, foreign_key="account.id")
    owner_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    """The owner at that moment: 销售业绩 stays with the person who closed the deal."""
    from_level: str = Field(max_length=12)
    to_level: str = Field(max_length=12)
    deal_amount: Decimal | None = Field(default=None, sa_column=Column(Yuan, nullable=True))
    deal_on: date | None = None
    contract_number: str | None = Field(default=None, max_length=60, unique=True)
    loss_reason: str = Field(default="", max_length=30)
    note: str = Field(default="", max_length=500)
