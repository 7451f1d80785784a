"""An import as data: what was chosen about a file, what a row became, what the pages show."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from crm_app.core.tables import FileKind, TableFile

MOST_BYTES = 50 * 1024 * 1024
MOST_ROWS = 200_000
"""In the browser; `crm import` takes more."""
KEPT = timedelta(days=7)
"""So long the file of an import that nobody finished is kept, and so long a finished one can be undone."""
SHOWN_ROWS = 3
"""First rows of the file whose values stand beside each column's place."""


class State(StrEnum):
    """Where an import stands; what is at work meanwhile is its job."""

    MAPPING = "mapping"
    CHECKED = "checked"
    DONE = "done"
    UNDONE = "undone"


class BadCells(StrEnum):
    """What becomes of a row with a cell that can't be taken over."""

    ROW = "row"
    """The row stays out."""
    CELL = "cell"
    """The row comes in without the cell, where the record can be without it."""


class Twin(StrEnum):
    """What becomes of a row whose customer is there already."""

    SKIP = "skip"
    UPDATE = "update"
    CREATE = "create"


class Mode(StrEnum):
    """Whether rows make new customers or say something of those that are there."""

    CREATE = "create"
    UPDATE = "update"
    """Rows whose key is nobody's stay out."""
    BOTH = "both"
    """Rows whose key is nobody's make new customers."""


class Empty(StrEnum):
    """What an empty cell means for a customer that is there already."""

    KEEP = "keep"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person decided about a file."""

    mapping: tuple[str, ...] = ()
    """By column: the code of a target, or empty."""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By target and text: the code that the person chose."""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """By target: the code for all rows that say nothing: industry, owner, reason of loss."""
    mode: Mode = Mode.CREATE
    key: str = ""
    """The target by which a row's customer is recognised, where some are to be updated."""
    bad_cells: BadCells = BadCells.ROW
    twins: Twin = Twin.SKIP
    empty: Empty = Empty.KEEP

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Plan":
        """As it was stored. Raises ValueError for what makes no sense."""
        return cls(
            mapping=tuple(map(str, stored.get("mapping", ()))),
            values={
                str(target): {str(text): str(code) for text, code in codes.items()}
                for target, codes in stored.get("values", {}).items()
            },
            defaults={str(target): str(code) for target, code in stored.get("defaults", {}).items()},
            mode=Mode(stored.get("mode", Mode.CREATE)),
            key=str(stored.get("key", "")),
            bad_cells=BadCells(stored.get("bad_cells", BadCells.ROW)),
            twins=Twin(stored.get("twins", Twin.SKIP)),
            empty=Empty(stored.get("empty", Empty.KEEP)),
        )

    def stored(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


def table_of_file(stored: Mapping[str, Any]) -> TableFile:
    """How the file is read, as it was stored."""
    return TableFile(
        kind=FileKind(stored["kind"]),
        encoding=str(stored.get("encoding", "")),
        delimiter=str(stored.get("delimiter", "")),
        sheets=tuple(stored.get("sheets", ())),
        sheet=int(stored.get("sheet", 0)),
    )


@dataclass(frozen=True, slots=True)
class CellProblem:
    """A cell that can't be taken over. `column` is -1 where the file has no column for what is missing."""

    column: int
    target: str
    value: str
    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(slots=True)
class CheckedRow:
    """A row as it would be written, without the cells that can't be."""

    row: int
    customer: dict[str, Any]
    """Columns of the record by name; days as ISO text."""
    contact: dict[str, Any] | None
    """Its columns by name, and as `own` what stands in the company's own fields, as `rules.own.OwnRow`."""
    follow_ups: list[dict[str, Any]]
    deal: dict[str, Any] | None
    tags: list[str]
    owner: int
    number: str
    """The company's own number, or ours in a file that was exported here."""
    terms: tuple[str, str, str, str]
    """Of `customers.search.Terms`: made beforehand, so that nobody waits for it."""
    own: list[Any]
    """What stands in the company's own fields, as `rules.own.OwnRow`."""
    said: dict[str, str]
    """Fields of the record and its contact that the row itself fills, as stored text; empty where its cell is."""
    problems: list[CellProblem]
    fits: bool
    """Whether it can be written without those cells at all."""

    def keys(self) -> "RowKeys":
        """What tells whose row it is."""
        contact = self.contact or {}
        return RowKeys(
            self.row,
            self.customer["name"],
            self.customer["name_key"],
            self.customer["credit_code"],
            contact.get("mobile", ""),
            contact.get("phone", ""),
            self.number,
        )


@dataclass(frozen=True, slots=True)
class RowKeys:
    """What rows are compared by, in the file and with the customers that are there; empty where a row says nothing."""

    row: int
    name: str
    name_key: str
    credit_code: str
    mobile: str
    phone: str
    number: str

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Kind and text, of all but the number."""
        return (
            ("mobile", self.mobile),
            ("phone", self.phone),
            ("credit_code", self.credit_code),
            ("name", self.name_key),
        )


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What the check of a row says to whoever compares and keeps it: small, as it may come from another process."""

    keys: RowKeys
    fits: bool
    problems: tuple[CellProblem, ...]
    unknown: tuple[tuple[str, str], ...]
    """Target and text of each word that stands for no entry of its list."""
    kept: str
    """The row as `store` keeps it, but for what it says to a customer that is there; empty if it can't be written."""
    said: str
    """And that, as JSON too."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What the check found; `ready` and `lenient` are the rows that come in with and without wrong cells left out."""

    rows: int = 0
    ready: int = 0
    lenient: int = 0
    problems: int = 0
    twins_inside: int = 0
    twins_known: int = 0
    updating: int = 0
    """Those of them that their row names by its key."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a select."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """Entries of a select under a common heading; the first group has none."""

    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One column of the file on the page: heading, first values, and where it goes."""

    index: int
    letter: str
    heading: str
    samples: tuple[str, ...]
    target: str
    problem: str
    """Why it can't stay like that."""
    offer: str = ""
    """What a field of its own would be called, where the person may add one and the column has no better place."""
    told: str = ""
    """What becomes of it that its place doesn't say."""


@dataclass(frozen=True, slots=True)
class DefaultView:
    """What all rows get that say nothing of a field."""

    target: str
    label: str
    value: str
    choices: tuple[Choice, ...]
    needed: bool
    """Whether no column tells it, and no record can be without it."""


@dataclass(frozen=True, slots=True)
class WordView:
    """A text that stands for no entry of its list, until a person chooses one."""

    target: str
    field: str
    text: str
    rows: str
    code: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A wrong cell on the page."""

    key: str
    row: int
    column: int
    """-1: the file has no such column."""
    heading: str
    value: str
    reason: str
    edited: bool


@dataclass(frozen=True, slots=True)
class TwinView:
    """A row whose customer is there already, or that stands in the file twice."""

    row: int
    name: str
    told: str
    href: str
    choice: str
    """Empty: as of all."""
    may_update: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what it counts."""

    label: str
    value: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class RunLine:
    """An import in the list of one's own."""

    id: int
    file_name: str
    label: str
    color: str
    created: str
    summary: str


@dataclass(frozen=True, slots=True)
class RunView:
    """An import as its page shows it, in its person's language."""

    id: int = 0
    file_name: str = ""
    step: str = "file"
    """file, map, check, done: which of the four it is at."""
    state: str = ""
    about: str = ""
    sheets: tuple[Choice, ...] = ()
    sheet: str = ""
    columns: tuple[ColumnView, ...] = ()
    groups: tuple[ChoiceGroup, ...] = ()
    defaults: tuple[DefaultView, ...] = ()
    notice: str = ""
    mode: str = "create"
    key: str = ""
    named_by: tuple[Choice, ...] = ()
    """By what customers can be recognised."""
    ready: bool = False
    """Whether the step can be finished."""
    waiting: str = ""
    """Why it can't be finished yet, in words, where nothing beside its button tells."""
    figures: tuple[Figure, ...] = ()
    words: tuple[WordView, ...] = ()
    problems: int = 0
    twins: int = 0
    updating: bool = False
    """Whether an empty cell can mean anything."""
    bad_cells: str = "row"
    twin_choice: str = "skip"
    empty: str = "keep"
    coming: int = 0
    """Rows that come in if it is confirmed now."""
    stale: bool = False
    """Something was decided since the check."""
    undone: str = ""
    kept: tuple[Choice, ...] = ()
    """Address and name of those that an undo left as they are."""
    may_undo: bool = False


NO_RUN = RunView()
