"""What a merge makes of fields and contacts, and what its undoing puts back: pure decisions on plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm_app.core.vocabulary import Level
from crm_app.customers.rules import CONTACT_FIELDS, CUSTOMER_FIELDS, STATUSES_OF_LEVEL

COLUMNS: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in CUSTOMER_FIELDS if name != "status"},
    "name": ("name", "name_key"),
    "region": ("province", "city", "district"),
    "level": ("level", "status"),
    "owner": ("owner_id", "department_id", "assigned_at"),
}
"""What is chosen as one, and the columns behind it. The status goes with the level that allows it."""
FIGURES = ("next_follow_up_at", "expected_amount")
"""Columns that no other rows tell: a record that came from elsewhere has them."""
FILLED = tuple(name for name in CONTACT_FIELDS if name != "name")

Stored = str | int | None


def stored(value: Any) -> Stored:
    """A column's value as JSON keeps it."""
    match value:
        case None | str() | int():
            return value
        case Decimal():
            return str(value)
        case _:
            return value.isoformat()


def unstored(column: str, value: Stored) -> Any:
    """A column's value as it was."""
    if value is None:
        return None
    if column in ("assigned_at", "next_follow_up_at"):
        return datetime.fromisoformat(str(value))
    if column == "founded_on":
        return date.fromisoformat(str(value))
    return Decimal(str(value)) if column == "expected_amount" else value


def default_choice(texts: Mapping[str, str], survivor: str) -> str:
    """Whose value stays unless somebody chooses: the survivor's, or where it has none the first that there is."""
    if texts[survivor]:
        return survivor
    return next((number for number, text in texts.items() if text), survivor)


def default_level(levels: Mapping[str, str], deals: Mapping[str, int], survivor: str) -> str:
    """Whose level stays unless somebody chooses: with deals a level that has some."""
    if any(deals.values()) and not fits_deals(levels[survivor]):
        return next((number for number, level in levels.items() if fits_deals(level)), survivor)
    return survivor


def fits_deals(level: str) -> bool:
    """Whether a customer of that level can have deals."""
    return level in (Level.WON, Level.LOST)


def status_with(level: str, wanted: str, otherwise: str) -> str:
    """The wanted status where the level allows it."""
    return wanted if wanted in STATUSES_OF_LEVEL[Level(level)] else otherwise


@dataclass(frozen=True, slots=True)
class Person:
    """Of a contact what tells who it is."""

    id: int
    name: str
    mobile: str = ""
    phone: str = ""
    email: str = ""


def find_same_person(person: Person, others: Sequence[Person]) -> Person | None:
    """The one of the others who is the same: same mobile, or same name with the same landline or e-mail."""
    for other in others:
        if person.mobile and person.mobile == other.mobile:
            return other
        same_way = any(a and a == b for a, b in ((person.phone, other.phone), (person.email, other.email)))
        apart = person.mobile and other.mobile
        if person.name == other.name and same_way and not apart:
            return other
    return None
