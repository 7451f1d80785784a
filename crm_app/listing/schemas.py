"""What a list is made of: fields with their kinds and operators, conditions, the query, choices."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Kind(StrEnum):
    """What a field holds; decides its operators, its editor and how it is shown."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    AMOUNT = "amount"
    DAY = "day"
    MOMENT = "moment"
    TAGS = "tags"
    REGION = "region"


class Operator(StrEnum):
    """The codes stand in addresses and saved views: they never change their meaning."""

    CONTAINS = "contains"
    IS = "is"
    IS_NOT = "not"
    STARTS = "starts"
    IN = "in"
    NOT_IN = "out"
    EQUAL = "eq"
    ABOVE = "gt"
    AT_LEAST = "gte"
    BELOW = "lt"
    AT_MOST = "lte"
    BETWEEN = "between"
    WITHIN = "within"
    BEFORE = "before"
    AFTER = "after"
    ANY = "any"
    ALL = "all"
    NONE = "none"
    EMPTY = "empty"
    FILLED = "filled"


_O = Operator
_NUMERIC = (_O.AT_LEAST, _O.AT_MOST, _O.ABOVE, _O.BELOW, _O.EQUAL, _O.BETWEEN)
_DATED = (_O.WITHIN, _O.BEFORE, _O.AFTER)
OPERATORS: Mapping[Kind, tuple[Operator, ...]] = MappingProxyType(
    {
        Kind.TEXT: (_O.CONTAINS, _O.IS, _O.IS_NOT, _O.STARTS),
        Kind.CHOICE: (_O.IN, _O.NOT_IN),
        Kind.NUMBER: _NUMERIC,
        Kind.AMOUNT: _NUMERIC,
        Kind.DAY: _DATED,
        Kind.MOMENT: _DATED,
        Kind.TAGS: (_O.ANY, _O.ALL, _O.NONE),
        Kind.REGION: (_O.IN, _O.NOT_IN),
    }
)
"""Of each kind, the most used first; EMPTY and FILLED come in addition where a field can be empty."""
VALUELESS = frozenset({_O.EMPTY, _O.FILLED})
MANY_VALUES = frozenset({_O.IN, _O.NOT_IN, _O.ANY, _O.ALL, _O.NONE})


@dataclass(frozen=True, slots=True)
class FieldDef:
    """A field of a list. Its label is the catalogue text `label`, of an own field the names in `called`."""

    key: str
    kind: Kind
    label: str
    choices: str = ""
    """The list of choices that a CHOICE or TAGS field takes its values from."""
    words: tuple[str, ...] = ()
    """Values besides the choices that depend on who asks: "me", "mine" (my department)."""
    optional: bool = True
    """Whether it can be empty."""
    sortable: bool = True
    shown: bool = True
    """Whether it can be a column."""
    filterable: bool = True
    """Whether conditions on it make sense for the person: not on data that he sees masked."""
    due: bool = False
    """Whether it is a date that is late once it has passed."""
    width: int = 120
    """Pixels of its column until the person changes it."""
    called: tuple[str, str] = ("", "")
    """What an own field is called in Chinese and in English."""
    hung: bool = False
    """Whether an own field is one of what hangs on the record: of a customer, its main contact."""
    decimals: int = 0
    """Places that a NUMBER may have."""
    signed: bool = False
    """Whether an AMOUNT may be below zero."""
    hidden_from: frozenset[str] = frozenset()
    """Codes of the roles that don't have it."""
    editor: str = ""
    """What a cell of it is edited with in its place (`listing.editing`); empty where it can't be."""
    fixed_for: frozenset[str] = frozenset()
    """Codes of the roles that have it and don't change it."""

    @property
    def operators(self) -> tuple[Operator, ...]:
        """What it can be filtered by, the most used first."""
        return OPERATORS[self.kind] + ((Operator.EMPTY, Operator.FILLED) if self.optional else ())

    @property
    def typed(self) -> str:
        """The catalogue key of the words, parted by blanks, that name the field in the search box besides its label."""
        return f"{self.label}.typed"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a choice list in both languages; a retired one still names old records."""

    code: str
    zh: str
    en: str = ""
    color: str = ""
    retired: bool = False

    def label(self, language: str) -> str:
        """The label in a language; Chinese where there is no English one."""
        return (self.en or self.zh) if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Known:
    """What conditions are checked against and offered from: today's date, the choices and the years that exist."""

    today: date
    choices: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)
    first_year: int | None = None
    """The year of the oldest record; None while there is none."""
    own: Mapping[str, FieldDef] = field(default_factory=dict)
    """The fields that the company added (R1.8), for a list of whose records they are."""

    def find(self, choices: str, code: str) -> Choice | None:
        """The choice of that code."""
        return next((choice for choice in self.choices.get(choices, ()) if choice.code == code), None)


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter; the values are in the form that stands in addresses."""

    field: str
    operator: Operator
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListQuery:
    """All that decides what a list shows. All conditions must hold, and of each group at least one."""

    conditions: tuple[Condition, ...] = ()
    groups: tuple[tuple[Condition, ...], ...] = ()
    """Each of two conditions or more, joined with OR."""
    search: str = ""
    sort: str = ""
    descending: bool = False
    page: int = 1
    size: int = 50
    columns: tuple[str, ...] = ()

    @property
    def filtered(self) -> bool:
        """Whether there is any condition."""
        return bool(self.conditions or self.groups)

    def change(self, **values: Any) -> "ListQuery":
        """The same with some parts changed, on its first page unless the page is given."""
        return replace(self, **({"page": 1} | values))


@dataclass(frozen=True, slots=True)
class Based:
    """The saved view that a list was opened with; `id` 0 is the list itself, where a view would open by itself."""

    id: int
    query: ListQuery
    name: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class ListDef:
    """A list: its fields in the order in which they are offered, and what it shows when nothing is asked."""

    fields: Mapping[str, FieldDef]
    columns: tuple[str, ...]
    pinned: str
    """The column that always stands first and names the record."""
    sort: str
    descending: bool
    size: int = 50
    sizes: tuple[int, ...] = (20, 50, 100, 200)
    period_field: str = ""
    """The field that a bare period in the search box means."""
    silence_field: str = ""
    """The field that 超过30天未跟进 means."""
    bare_fields: tuple[str, ...] = ()
    """The choice fields whose labels are understood without the field's name."""
    quick_fields: tuple[str, ...] = ()
    """The fields that have a filter of one click."""

    def default(self) -> ListQuery:
        """What the list shows when nothing is asked."""
        return ListQuery(sort=self.sort, descending=self.descending, size=self.size, columns=self.columns)


@dataclass(frozen=True, slots=True)
class Page:
    """The ids of one page in order, and the number of all that fit."""

    ids: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Row:
    """One record as a list shows it: texts in the person's language, contact data masked."""

    key: str
    """What its address ends with."""
    name: str
    starred: bool = False
    """Carries the priority mark."""
    overdue: int = 0
    """Days since its due date passed; 0 when it didn't."""
    cells: tuple[str, ...] = ()
    """In the order of the columns after the pinned one. Badges and tags are codes, several joined by commas."""


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """A choice in the person's language."""

    code: str
    label: str
    color: str = ""


@dataclass(frozen=True, slots=True)
class OperatorView:
    """An operator in the person's language; `arity` is 0, 1, 2, or 9 for as many values as one likes."""

    code: str
    label: str
    arity: int


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field as the filter bar and the column chooser offer it."""

    key: str
    label: str
    kind: str
    choices: str
    words: tuple[ChoiceView, ...]
    optional: bool
    sortable: bool
    shown: bool
    filterable: bool


@dataclass(frozen=True, slots=True)
class QuickView:
    """A filter that takes one click: the values of a field, and in rows the quarters of years."""

    field: str
    label: str
    values: tuple[ChoiceView, ...]
    grid: tuple[tuple[ChoiceView, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Setup:
    """What of a list stays the same while a person works with it."""

    fields: tuple[FieldView, ...] = ()
    operators: Mapping[str, tuple[OperatorView, ...]] = field(default_factory=dict)
    """By kind; `empty` holds those for fields that can be empty."""
    choices: Mapping[str, tuple[ChoiceView, ...]] = field(default_factory=dict)
    quick: tuple[QuickView, ...] = ()
    periods: tuple[ChoiceView, ...] = ()
    sizes: tuple[int, ...] = ()
    pinned: str = ""
    standard: tuple[str, ...] = ()
    """The columns that "reset" brings back."""


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column of the table."""

    key: str
    label: str
    kind: str
    """text, badge, tags, number, date, due; decides how its cells are drawn."""
    choices: str
    sortable: bool
    width: int
    filters: bool = False
    """Whether a click on a cell can filter by its value."""
    edits: bool = False
    """Whether its cells can be edited in their place; of a single record the server knows more."""


@dataclass(frozen=True, slots=True)
class ChipView:
    """A condition in the person's words, and in the form that changes it."""

    field: str
    operator: str
    values: tuple[str, ...]
    label: str
    operator_label: str
    text: str
    group: int = -1
    """The place of its group, and its own in it; below zero for a condition by itself."""
    member: int = -1


@dataclass(frozen=True, slots=True)
class ListView:
    """What changes with each thing a person does, but the rows."""

    serial: int = 0
    """Grows with each answer, so that the page knows that its question was answered."""
    loads: int = 0
    """Grows with each loading from the address."""
    total: int = 0
    page: int = 1
    pages: int = 1
    size: int = 50
    sort: str = ""
    descending: bool = False
    chips: tuple[ChipView, ...] = ()
    box: str = ""
    """What stands in the search box, as the answer to the text that was sent with `asked`."""
    box_set: int = 0
    """Grows when the server puts a text there that nobody typed."""
    asked: int = 0
    problem: str = ""
    """Why something in the search box or in a condition can't be read."""
    pending: str = ""
    """What of the search box becomes a condition with Enter."""
    narrowed: bool = False
    """Whether conditions or a search leave records out."""
    view: int = 0
    """The saved view that is open; 0 for the list itself."""
    view_name: str = ""
    changed: bool = False
    """Whether something differs from the view, or from the list's own order and conditions: it could be saved."""
