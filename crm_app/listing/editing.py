"""What the table and its source say to each other while a cell is edited in its place (R3.7)."""

from dataclasses import dataclass

from crm_app.listing.schemas import ChoiceView


@dataclass(frozen=True, slots=True)
class CellEdit:
    """A cell that was asked for: what stands there, or why it can't be edited."""

    asked: int = 0
    """The number of the question, as the browser counts."""
    key: str = ""
    """Of the row."""
    column: str = ""
    label: str = ""
    editor: str = ""
    """line, area, number, day, choice, many, place."""
    raw: str = ""
    shown: str = ""
    """What stands there in words, where `raw` is a code that `options` does not hold."""
    options: tuple[ChoiceView, ...] = ()
    optional: bool = True
    version: int = 0
    fixed: str = ""
    """Why it can't be edited; empty where it can."""


@dataclass(frozen=True, slots=True)
class CellSaved:
    """A cell that was saved, and what it takes to put back what stood there."""

    record_id: int
    former: str
    """What stood there, as it is saved."""
    version: int
    """The record's version now."""


@dataclass(frozen=True, slots=True)
class CellAnswer:
    """What became of a save. The browser keeps what was typed until `saved`."""

    asked: int = 0
    saved: bool = False
    problem: str = ""
    """Why the value can't stand there."""
    by: str = ""
    """Who saved the same cell meanwhile; with `at`, `theirs` and `mine` in words. Empty: nobody did."""
    at: str = ""
    theirs: str = ""
    mine: str = ""
    version: int = 0
    """What `mine` is saved against once the person has seen theirs."""
    others: str = ""
    """The records that have the same value already, where that has to be confirmed."""
