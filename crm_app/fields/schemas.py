"""A field as other slices see it, and as its form says it: one that the administrator added, or that came with it."""

from dataclasses import dataclass
from enum import StrEnum

from crm_app.catalogue import LISTED_AS, say
from crm_app.options.schemas import OptionRow

PREFIX = "own_"
OF_CONTACT = "contact."
"""Begins the name of a contact's field among those of its customer."""
BUILT_IN = tuple(LISTED_AS)
"""The fields that every customer has, in the order in which they come."""
ALWAYS_REQUIRED = frozenset({"name", "industry", "level", "customer_type", "status"})
"""Without these a record is none: its number is made of the industry, lists and steps rest on the others."""


class RecordKind(StrEnum):
    """Whose own field it is; the words stand in the database."""

    CUSTOMER = "customer"
    CONTACT = "contact"


class FieldKind(StrEnum):
    """What a field holds (R1.8); the words stand in the database."""

    LINE = "line"
    TEXT = "text"
    NUMBER = "number"
    AMOUNT = "amount"
    DAY = "day"
    CHOICE = "choice"
    CHOICES = "choices"
    FLAG = "flag"
    PERSON = "person"
    URL = "url"


CHOOSING = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})
MEASURED = frozenset({FieldKind.NUMBER, FieldKind.AMOUNT, FieldKind.DAY})
"""The kinds that have a lowest and a highest value."""
WRITTEN = frozenset({FieldKind.LINE, FieldKind.TEXT})
"""The kinds whose length can be limited."""


def list_code_of(field_id: int) -> str:
    """Under which a field's choices stand among the drop-down lists."""
    return f"{PREFIX}{field_id}"


def field_id_of(key: str) -> int:
    """The id of the field of that key."""
    return int(key.removeprefix(PREFIX))


@dataclass(frozen=True, slots=True)
class OwnFieldDef:
    """A field with its rules. Values are texts: plain decimals, days as YYYY-MM-DD, codes, ids, yes and no."""

    id: int
    kind: FieldKind
    label_zh: str
    label_en: str = ""
    help_zh: str = ""
    help_en: str = ""
    required: bool = False
    longest: int = 0
    lowest: str = ""
    highest: str = ""
    initial: str = ""
    hidden_from: frozenset[str] = frozenset()
    """Codes of the roles that don't see it."""
    fixed_for: frozenset[str] = frozenset()
    """Codes of the roles that see it and don't change it."""
    retired: bool = False
    version: int = 1
    options: tuple[OptionRow, ...] = ()
    """Of a choice, retired ones too."""
    record: RecordKind = RecordKind.CUSTOMER

    @property
    def key(self) -> str:
        """Its name among the fields of its record: in forms, and in addresses of lists."""
        return f"{PREFIX}{self.id}"

    @property
    def path(self) -> str:
        """Its name among the fields of a customer and its contacts: in the history, and for a column of a file."""
        return f"{OF_CONTACT}{self.key}" if self.record is RecordKind.CONTACT else self.key

    def called(self, language: str) -> str:
        """What it is called beside fields of customers: 联系人·职称."""
        label = self.label(language)
        return say(language, "fields.of_contact", label=label) if self.record is RecordKind.CONTACT else label

    def label(self, language: str) -> str:
        """What it is called; in Chinese where there is no English name."""
        return (self.label_en or self.label_zh) if language == "en" else self.label_zh

    def help(self, language: str) -> str:
        """What is said below it."""
        return (self.help_en or self.help_zh) if language == "en" else self.help_zh

    def seen_by(self, role_code: str) -> bool:
        """Whether that role may know what stands in it."""
        return not self.retired and role_code not in self.hidden_from

    def edited_by(self, role_code: str) -> bool:
        """Whether that role may change it."""
        return self.seen_by(role_code) and role_code not in self.fixed_for


@dataclass(frozen=True, slots=True)
class StoredValue:
    """A row of `OwnValue` without whose it is."""

    place: int
    text: str
    key: str | None = None
    sort: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class FieldInput:
    """What the form of a field says, as typed. `options`: one choice a line, in their order."""

    kind: str
    label_zh: str
    label_en: str = ""
    help_zh: str = ""
    help_en: str = ""
    required: bool = False
    longest: str = ""
    lowest: str = ""
    highest: str = ""
    initial: str = ""
    options: str = ""
    hidden_from: tuple[str, ...] = ()
    fixed_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedField:
    """What the form of a field means."""

    kind: FieldKind
    label_zh: str
    label_en: str
    help_zh: str
    help_en: str
    required: bool
    longest: int
    lowest: str
    highest: str
    initial: str
    options: tuple[str, ...]
    hidden_from: tuple[str, ...]
    fixed_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a change of a field's kind would do: of `filled` records' values, `fitting` are taken over."""

    filled: int
    fitting: int
    examples: tuple[str, ...] = ()
    """Some of those that don't fit."""


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field as a line of its administrator's page."""

    id: int
    label: str
    called: str
    kind: str
    kind_label: str
    required: bool
    version: int
    first: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class BuiltInField:
    """A field that every customer has, as the company made it; empty texts: as it came."""

    name: str
    label_zh: str = ""
    label_en: str = ""
    help_zh: str = ""
    help_en: str = ""
    required: bool = False
    version: int = 0

    def help(self, language: str) -> str:
        """What the company says below it; in Chinese where it said nothing in English."""
        return (self.help_en or self.help_zh) if language == "en" else self.help_zh


@dataclass(frozen=True, slots=True)
class BuiltInInput:
    """What the form of such a field says, as typed."""

    label_zh: str = ""
    label_en: str = ""
    help_zh: str = ""
    help_en: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class BuiltInLine:
    """Such a field as a line of its administrator's page."""

    name: str
    called: str
    came_as: str
    """What it was called when it came, where that is something else."""
    help: str
    required: bool
    always: bool
    changed: bool
    version: int
    first: bool
    last: bool
