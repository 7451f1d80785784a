"""What a saved view is, to those who reach it."""

from dataclasses import dataclass
from enum import StrEnum


class Audience(StrEnum):
    """Whom a view is shared with."""

    PRIVATE = "private"
    ROLE = "role"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class View:
    """A view that somebody reaches; its query is what he would open, which he sees as far as he reaches that."""

    id: int
    kind: str
    name: str
    owner_id: int
    owner: str
    audience: Audience
    role: str
    """The code of the role that it is shared with."""
    query: str
    version: int
    pin: int | None
    """Its place in his sidebar; None where it isn't there."""


@dataclass(frozen=True, slots=True)
class ViewLine:
    """A view as the sidebar and a list's menu show it."""

    id: int = 0
    kind: str = ""
    name: str = ""
    note: str = ""
    """Whose it is, or whom it is shared with."""
    href: str = ""
    icon: str = ""
    audience: str = "private"
    """private, all, or the code of a role after a colon."""
    mine: bool = False
    changeable: bool = False
    """Whether he may rename it, say what it keeps, or delete it."""
    pinned: bool = False
    standard: bool = False
    """Whether it opens with its list."""
    version: int = 1
    count: str = ""
    """How many records he would see; empty until they are counted, and where it isn't pinned."""


@dataclass(frozen=True, slots=True)
class AudienceChoice:
    """Whom a view can be shared with."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What a view holds, for the list that opens it."""

    id: int
    name: str
    query: str
    version: int
