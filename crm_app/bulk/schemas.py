"""A change of many customers as data: what is asked for, what a preview found, what came of it (R3.6)."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import Any, Self

from crm_app.access.permissions import Permission
from crm_app.core.errors import Refused

MOST_ROWS = 100_000
MOST_TICKED = 1_000
"""So many rows can be ticked one by one; more are chosen by a filter."""
PAGE = 20
"""Rows of a preview or of a result that are shown at a time."""
KEPT = timedelta(days=30)
"""So long a change can be taken back: as long as a deleted customer can be brought back (R11.3)."""


class What(StrEnum):
    """What is done to each customer."""

    FIELD = "field"
    OWNER = "owner"
    TAGS = "tags"
    DELETE = "delete"


NEEDS: Mapping[What, Permission] = {
    What.FIELD: Permission.CUSTOMER_EDIT,
    What.OWNER: Permission.CUSTOMER_ASSIGN,
    What.TAGS: Permission.CUSTOMER_EDIT,
    What.DELETE: Permission.CUSTOMER_DELETE,
}
"""The function that it takes, beside CUSTOMER_BULK: the same that it takes for one customer."""


class State(StrEnum):
    """Where a change stands."""

    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


class Outcome(StrEnum):
    """What became of one customer; those that stay as they are leave no row."""

    CHANGED = "changed"
    REFUSED = "refused"
    UNDONE = "undone"
    KEPT = "kept"


class Verdict(IntEnum):
    """What a change means for one customer."""

    CHANGE = 0
    SAME = 1
    REFUSED = 2


@dataclass(frozen=True, slots=True)
class Action:
    """What is asked for: as typed before it was checked, as stored afterwards."""

    what: What
    field: str = ""
    value: str = ""
    """Of a field its value, of an owner his id."""
    add: tuple[int, ...] = ()
    remove: tuple[int, ...] = ()
    """Ids of tags."""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """From plain values. Raises Refused for what no page sends."""
        try:
            return cls(
                What(stored["what"]),
                str(stored.get("field", "")),
                str(stored.get("value", "")),
                tuple(dict.fromkeys(map(int, stored.get("add", ())))),
                tuple(dict.fromkeys(map(int, stored.get("remove", ())))),
            )
        except (ValueError, KeyError):
            raise Refused("error.bad_request") from None

    @property
    def step(self) -> str:
        """The field under which the history of a customer keeps it."""
        return {What.OWNER: "owner", What.TAGS: "tags", What.DELETE: "deleted_at"}.get(self.what, self.field)


@dataclass(slots=True)
class Plan:
    """What a preview found, row by row in the order of the ids; kept for one tab until it is confirmed."""

    action: Action
    ids: "array[int]" = field(default_factory=lambda: array("q"))
    versions: "array[int]" = field(default_factory=lambda: array("q"))
    """0 for one that is out of reach or gone."""
    verdicts: bytearray = field(default_factory=bytearray)
    whys: dict[str, int] = field(default_factory=dict)
    """How many are refused, by reason."""

    def count(self, verdict: Verdict) -> int:
        """How many rows it is so for."""
        return self.verdicts.count(verdict)

    def page(self, verdict: Verdict, page: int) -> list[int]:
        """The ids of one page of those rows."""
        found, at = [], -1
        for _ in range((page - 1) * PAGE):
            at = self.verdicts.find(verdict, at + 1)
            if at < 0:
                return []
        while len(found) < PAGE and (at := self.verdicts.find(verdict, at + 1)) >= 0:
            found.append(self.ids[at])
        return found


@dataclass(frozen=True, slots=True)
class Stand:
    """One customer as a change finds it."""

    id: int
    version: int
    number: str
    name: str
    level: str
    allowed: bool
    """Whether the function that it takes covers this customer."""
    text: str
    """What stands in the field, as the history keeps it."""
    more: tuple[Any, ...] = ()
    """Of an owner also the department, since when, and whether the new owner helped before."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a change means for one customer: the text after it, or why not."""

    verdict: Verdict
    new: str = ""
    why: str = ""


# --- as the pages show it


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """A choice in the person's language."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class FieldOffer:
    """A field that can be changed; `kind` is line, area, day, select, many or region."""

    key: str
    label: str
    kind: str
    required: bool = False
    options: tuple[ChoiceView, ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the dialog offers for one kind of change."""

    serial: int = 0
    """Grows with each opening: what was chosen before is forgotten."""
    what: str = ""
    title: str = ""
    rows: int = 0
    fields: tuple[FieldOffer, ...] = ()
    choices: tuple[ChoiceView, ...] = ()
    """Owners, or tags."""


@dataclass(frozen=True, slots=True)
class LineView:
    """One customer in a preview or a result."""

    number: str
    name: str
    old: str = ""
    new: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows a part has; `key` is change, same, refused, changed, undone or kept."""

    key: str
    label: str
    n: int
    shown: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A part of the rows, page by page."""

    part: str = ""
    lines: tuple[LineView, ...] = ()
    page: int = 1
    pages: int = 1
    hidden: str = ""
    """How many of this page the person doesn't reach."""


@dataclass(frozen=True, slots=True)
class PlanView:
    """What a preview found, in the person's words."""

    said: str = ""
    """所属行业 → 制造业"""
    counts: tuple[Count, ...] = ()
    whys: tuple[str, ...] = ()
    changes: int = 0


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change that was confirmed, in the person's words."""

    id: int = 0
    said: str = ""
    by: str = ""
    at: str = ""
    state: str = ""
    label: str = ""
    color: str = "gray"
    counts: tuple[Count, ...] = ()
    running: bool = False
    undoable: bool = False
    until: str = ""


NO_CHANGE = ChangeView()
