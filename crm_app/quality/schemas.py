"""Duplicates as data: what is compared, what was found, what a merge takes and says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """How sure the finder is."""

    SAME = "same"
    POSSIBLY = "possibly"


@dataclass(frozen=True, slots=True)
class Profile:
    """What of a customer is compared with others."""

    id: int
    name: str
    place: str = ""
    """Code of the province, city or district of the record."""
    credit_code: str = ""
    address: str = ""
    mobiles: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Likeness:
    """Why two customers are likely one; `score` 0 to 100, `reasons` as (code, percent)."""

    verdict: Verdict
    score: int
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FoundPair:
    """Two customers, the smaller id first."""

    one: int
    other: int
    like: Likeness


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """Customers that are likely one, held together by these pairs."""

    verdict: Verdict
    score: int
    members: tuple[int, ...]
    pairs: tuple[FoundPair, ...]


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A customer of a group as the list of groups shows it."""

    number: str
    name: str
    owner: str
    level: str
    place: str
    created: str


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group of the list, with why."""

    id: int
    verdict: str
    score: int
    members: tuple[MemberLine, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupPage:
    """A page of groups, the likeliest first."""

    lines: tuple[GroupLine, ...] = ()
    total: int = 0
    page: int = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """How many groups there are to look at, when they were looked for, and whether somebody is at it now."""

    same: int = 0
    possibly: int = 0
    found_at: str = ""
    running: bool = False


@dataclass(frozen=True, slots=True)
class MergeLine:
    """A merge of the past."""

    id: int
    at: str
    by: str
    survivor: str
    survivor_number: str
    merged: tuple[str, ...]
    """Name and number of each."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A member's value of a field."""

    number: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of all members, in their order."""

    name: str
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A contact, masked."""

    name: str
    reach: str
    """Masked numbers and addresses."""
    joins: str = ""
    """The name of the survivor's contact that it becomes one with; empty when it moves as it is."""


@dataclass(frozen=True, slots=True)
class Side:
    """A member as the merge screen shows it."""

    number: str
    name: str
    owner: str
    created: str
    left_out: bool = False
    """It stays a customer of its own."""
    follow_ups: int = 0
    tasks: int = 0
    deals: int = 0
    contacts: tuple[ContactLine, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MergeView:
    """What the merge screen shows for a survivor."""

    group: int = 0
    """0: there is none."""
    verdict: str = ""
    score: int = 0
    reasons: tuple[str, ...] = ()
    survivor: str = ""
    sides: tuple[Side, ...] = ()
    differing: tuple[FieldRow, ...] = ()
    equal: tuple[FieldRow, ...] = ()
    """Of these one cell each is shown."""


@dataclass(frozen=True, slots=True)
class MergeScreen:
    """The view, what is chosen at first, and the versions that all of it was read at."""

    view: MergeView
    choices: Mapping[str, str]
    """By field the number of the member whose value stays."""
    versions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """What a person decided on what he saw."""

    survivor: str
    versions: Mapping[str, int]
    """Of all members, by number."""
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a merge."""

    id: int
    survivor: str
    name: str
    count: int
    """How many were merged into it."""


@dataclass(frozen=True, slots=True)
class Unmerged:
    """What an undoing brought back, and which fields stayed because they were changed since."""

    names: tuple[str, ...]
    survivor: str
    kept: tuple[str, ...] = ()
