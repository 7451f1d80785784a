"""Reviews as data: what the page asks for, and what it shows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Shown(StrEnum):
    """The part of a list that is shown; the words stand in addresses."""

    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review as it stands in the database, and when the next one took its place."""

    id: int
    month: str
    opened_at: datetime
    until: datetime | None = None
    """None for the one at which people work."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A review to choose."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of anomaly that a record has."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A customer of somebody's list."""

    number: str
    name: str
    is_key: bool
    level: str
    level_code: str
    status: str
    status_code: str
    completeness: int
    anomalies: tuple[Kind, ...]
    last_contact: str
    state: str
    """open, corrected, confirmed."""
    by: str = ""
    at: str = ""
    may_confirm: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody is, or several are."""

    total: int = 0
    confirmed: int = 0
    corrected: int = 0
    """Corrected and not confirmed: both count as done."""
    open: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True)
class PersonLine:
    """How far one owner is."""

    id: int
    name: str
    department: str
    total: int
    confirmed: int
    corrected: int
    open: int
    percent: int


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which part of whose list is asked for."""

    owner_id: int
    shown: Shown = Shown.OPEN
    page: int = 1


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of somebody's list."""

    lines: tuple[Line, ...] = ()
    standing: Standing = Standing()
    page: int = 1
    pages: int = 1
    owner: str = ""
    """Whose it is, by name."""


@dataclass(frozen=True, slots=True)
class Team:
    """How far the owners of the customers within reach are."""

    people: tuple[PersonLine, ...] = ()
    standing: Standing = Standing()
    nobodys: int = 0
    """Customers without an owner: on nobody's list."""


@dataclass(frozen=True, slots=True)
class Months:
    """The reviews there are, the latest first, and what can be opened now."""

    choices: tuple[Choice, ...] = ()
    current: str = ""
    to_open: str = ""
    to_open_label: str = ""
    opening: bool = False
    """Whether one is being opened."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a confirmation did: `moment` names it to whoever takes it back."""

    review_id: int
    done: int
    moment: int


@dataclass(frozen=True, slots=True)
class Due:
    """What of the review of now somebody still has to confirm."""

    month: str = ""
    count: int = 0
