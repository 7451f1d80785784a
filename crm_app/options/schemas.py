"""Entries of drop-down lists and tags, as other slices see them and as their administrator does."""

from dataclasses import dataclass
from typing import TypeAlias

from crm_app.core.vocabulary import OptionList, TagKind

ListName: TypeAlias = OptionList | TagKind
"""A list that the administrator edits; no two of these words are the same."""


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One entry of a drop-down list with both labels; a retired one is not offered for new records (R1.9)."""

    code: str
    label_zh: str
    label_en: str
    color: str = ""
    retired: bool = False

    def label(self, language: str) -> str:
        """The label in a language; Chinese where there is no English one."""
        return (self.label_en or self.label_zh) if language == "en" else self.label_zh


@dataclass(frozen=True, slots=True)
class TagRow:
    """A coloured tag; its name is what people typed, the same in each language."""

    id: int
    kind: TagKind
    name: str
    color: str
    retired: bool = False


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of a list as its administrator sees it, with what a change of it has to name."""

    ref: int
    """An option's id, or minus a tag's: one number names an entry of any list."""
    code: str
    """What records hold: an option's code, a tag's id."""
    label_zh: str
    label_en: str
    color: str
    retired: bool
    version: int

    @property
    def label(self) -> str:
        """Both labels, for messages and the audit log."""
        return f"{self.label_zh} / {self.label_en}" if self.label_en else self.label_zh

    def called(self, language: str) -> str:
        """The label in a language; Chinese where there is no English one."""
        return (self.label_en or self.label_zh) if language == "en" else self.label_zh


@dataclass(frozen=True, slots=True)
class EntryInput:
    """What the form of an entry says: a tag has a colour, an option labels, a new industry a code."""

    label_zh: str
    label_en: str = ""
    color: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry as a line of the page."""

    ref: int
    code: str
    label: str
    """Chinese for an option; a tag has one name."""
    english: str
    called: str
    """In the person's language, for what a screen reader says of its buttons."""
    color: str
    version: int
    first: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Users:
    """How many customers have an entry, and where they are listed; '' where they can't be."""

    count: int
    shown: str
    href: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """What the page shows of a list."""

    offered: tuple[EntryLine, ...]
    retired: tuple[EntryLine, ...]
    total: int
    """How many entries the list has, found or not."""
    hidden: int
    """How many of those found are not shown."""
