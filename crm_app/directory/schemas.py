"""The customer list as data: its fields, what of a customer one row shows, and what an export is asked by."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from crm_app.core.sheets import FileFormat
from crm_app.listing.schemas import FieldDef, Kind, ListDef

_K = Kind


def _field(key: str, kind: Kind, **more: object) -> FieldDef:
    return FieldDef(key, kind, f"directory.field.{key}", **more)  # type: ignore[arg-type]


FIELDS = (
    _field("name", _K.TEXT, optional=False, width=248, editor="line"),
    _field("number", _K.TEXT, optional=False, width=130),
    _field("level", _K.CHOICE, choices="level", optional=False, width=104),
    _field("industry", _K.CHOICE, choices="industry", optional=False, width=124, editor="choice"),
    _field("created", _K.MOMENT, optional=False, width=144),
    _field("owner", _K.CHOICE, choices="person", words=("me", "mine"), width=84, editor="choice"),
    _field("tags", _K.TAGS, choices="tag", sortable=False, width=168, editor="many"),
    _field("status", _K.CHOICE, choices="status", optional=False, width=96, editor="choice"),
    _field("type", _K.CHOICE, choices="customer_type", optional=False, width=96, editor="choice"),
    _field("grade", _K.CHOICE, choices="value_grade", optional=False, width=84),
    _field("region", _K.REGION, width=152, editor="place"),
    _field("source", _K.CHOICE, choices="source", width=120, editor="choice"),
    _field("next_follow_up", _K.MOMENT, due=True, width=206),
    _field("last_contact", _K.MOMENT, width=144),
    _field("last_method", _K.CHOICE, choices="method", width=104),
    _field("silent", _K.NUMBER, optional=False, width=108),
    _field("total", _K.AMOUNT, optional=False, width=108),
    _field("expected", _K.AMOUNT, optional=False, width=108),
    _field("orders", _K.NUMBER, optional=False, width=84),
    _field("first_order", _K.DAY, width=108),
    _field("contact", _K.TEXT, sortable=False, width=96),
    _field("mobile", _K.TEXT, sortable=False, width=124),
    _field("phone", _K.TEXT, sortable=False, width=130),
    _field("email", _K.TEXT, sortable=False, width=180),
    _field("department", _K.CHOICE, choices="department", words=("mine",), width=120),
    _field("collaborator", _K.CHOICE, choices="person", words=("me",), sortable=False, width=140, editor="many"),
    _field("headcount", _K.CHOICE, choices="headcount", width=112, editor="choice"),
    _field("revenue", _K.CHOICE, choices="revenue", width=124, editor="choice"),
    _field("founded", _K.DAY, width=108, editor="day"),
    _field("business", _K.TEXT, width=220, editor="area"),
    _field("address", _K.TEXT, width=220, editor="line"),
    _field("credit_code", _K.TEXT, width=180, editor="line"),
    _field("note", _K.TEXT, width=220, editor="area"),
    _field("updated", _K.MOMENT, optional=False, width=144),
    _field("anomaly", _K.TAGS, choices="anomaly", sortable=False, width=168),
    _field("completeness", _K.NUMBER, optional=False, width=96),
    # What happened, of which a customer may have several: to filter by, not to show.
    _field("followed", _K.MOMENT, optional=False, sortable=False, shown=False),
    _field("followed_method", _K.CHOICE, choices="method", optional=False, sortable=False, shown=False),
    _field("deal", _K.DAY, optional=False, sortable=False, shown=False),
    _field("deal_owner", _K.CHOICE, choices="person", words=("me",), sortable=False, shown=False),
)
"""In the order in which they are offered. Contact data can't be sorted by: the order would give masked values away."""

CONTACT_FIELDS = frozenset({"contact", "mobile", "phone", "email"})

RECORD_FIELDS = {"type": "customer_type", "founded": "founded_on", "business": "main_business"}
"""What the record calls a field that is edited here, where it calls it otherwise."""

DIRECTORY = ListDef(
    fields={field.key: field for field in FIELDS},
    columns=(
        "name",
        "number",
        "level",
        "industry",
        "region",
        "owner",
        "tags",
        "next_follow_up",
        "last_contact",
        "total",
        "created",
    ),
    pinned="name",
    sort="created",
    descending=True,
    period_field="created",
    silence_field="silent",
    bare_fields=("level", "type", "industry", "source"),
    quick_fields=("level", "industry", "created", "owner"),
)


MOST_TICKED = 1_000
"""So many rows can be ticked one by one."""


class Rows(StrEnum):
    """Which customers an export holds."""

    FILTERED = "filter"
    ALL = "all"
    TICKED = "ticked"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What somebody wants exported; kept as the job's parameters."""

    address: str
    """The list's own address query; the columns and the page in it don't count."""
    rows: Rows
    fields: tuple[str, ...]
    format: FileFormat
    full: bool
    """Whether contact data comes in full, where its owner may see it so."""
    numbers: tuple[str, ...] = ()
    """Of the ticked rows, in their order."""

    @classmethod
    def of(
        cls, *, address: str, rows: str, fields: Sequence[str], format: str, full: bool, numbers: Sequence[str] = ()
    ) -> Self:
        """From plain values. Raises ValueError."""
        ticked = tuple(dict.fromkeys(numbers))[:MOST_TICKED]
        return cls(address, Rows(rows), tuple(dict.fromkeys(fields)), FileFormat(format), full, ticked)


@dataclass(frozen=True, slots=True)
class ExportField:
    """A field that can be exported; `column` tells whether the list shows it now."""

    key: str
    label: str
    column: bool


@dataclass(frozen=True, slots=True)
class ExportOffer:
    """What the export dialog offers."""

    serial: int = 0
    """Grows with each opening: what was ticked before is forgotten."""
    ticked: int = 0
    """How many of the ticked rows it would hold; 0 where none were asked for."""
    narrowed: bool = False
    filtered: int = 0
    all: int = 0
    fields: tuple[ExportField, ...] = ()
    reveals: bool = False
    """Whether the person may have contact data in full."""
