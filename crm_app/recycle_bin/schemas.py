"""What goes into the recycle bin, what lies in it, and what came back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Belongings:
    """What goes along with a customer that is deleted, and the day until which all of it can be brought back."""

    number: str = ""
    name: str = ""
    contacts: int = 0
    follow_ups: int = 0
    tasks: int = 0
    """Open ones."""
    deals: int = 0
    until: str = ""


@dataclass(frozen=True, slots=True)
class Deleted:
    """A customer is in the recycle bin; id and version name this very deletion."""

    id: int
    version: int
    name: str


@dataclass(frozen=True, slots=True)
class BinLine:
    """A customer in the recycle bin."""

    number: str
    name: str
    owner: str
    deleted_by: str
    deleted_at: str
    days_left: int


@dataclass(frozen=True, slots=True)
class BinPage:
    """A page of the bin, the latest deleted first."""

    lines: tuple[BinLine, ...]
    total: int
    page: int
    """The one that was asked for, or the last one."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A live customer with the same credit code or mobile; out of reach only who is in charge of it."""

    number: str
    name: str
    owner: str


@dataclass(frozen=True, slots=True)
class Returned:
    """A customer is back as it was; `like`: somebody made another one of the same meanwhile."""

    number: str
    name: str
    like: Likeness | None = None
