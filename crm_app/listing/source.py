"""What a list is about, to its page and to its saved views."""

from collections.abc import Sequence
from typing import Protocol

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.core.changes import Change
from crm_app.listing.editing import CellAnswer, CellEdit, CellSaved
from crm_app.listing.schemas import Condition, Known, ListDef, ListQuery, Page, Row


class ListSource(Protocol):
    """What a list is about: its definition, and the queries that fill it."""

    name: str
    """Under which people keep their layout of it."""

    def define(self, actor: Actor, known: Known) -> ListDef:
        """The list as this actor may use it."""
        ...

    def load_known(self, session: Session) -> Known:
        """The choices that conditions are checked against."""
        ...

    def find_page(self, session: Session, actor: Actor, query: ListQuery, known: Known, total: int | None) -> Page:
        """The ids of the page, and the total unless it is given."""
        ...

    def list_rows(
        self, session: Session, actor: Actor, ids: Sequence[int], columns: Sequence[str], known: Known
    ) -> tuple[Row, ...]:
        """The rows of these ids."""
        ...

    def read_cell(self, session: Session, actor: Actor, number: str, key: str, code: str) -> Condition | None:
        """The condition that the cell of a record in a column stands for; of several values there, the one of `code`.

        None where nothing can be filtered by. Raises NotFound for a record out of reach.
        """
        ...

    def editable(self, actor: Actor, known: Known) -> frozenset[str]:
        """The columns whose cells the actor's role may edit in their place."""
        ...

    def open_cell(self, session: Session, actor: Actor, number: str, key: str) -> CellEdit:
        """A cell as it is edited, or why it can't be. Raises NotFound for a record out of reach."""
        ...

    def save_cell(  # noqa: PLR0917 - `Database.write` passes them by place.
        self, session: Session, actor: Actor, number: str, key: str, value: str, version: int, confirmed: bool
    ) -> CellSaved:
        """Save a cell against the version that the person saw, or `confirmed` beside others."""
        ...

    def answer_to(self, error: Exception, known: Known, language: str) -> CellAnswer | None:
        """What stands against a save, where the person can decide or mend it; None for any other error."""
        ...

    @property
    def personal(self) -> frozenset[str]:
        """The fields that hold contact data."""
        ...

    def count(self, session: Session, actor: Actor, query: ListQuery, known: Known) -> int:
        """How many records there are on all pages."""
        ...

    def may_change(self, conditions: str, search: str, change: Change) -> bool:
        """Whether a change may be one of how many fit conditions, in the form of the address, and a search."""
        ...

    def reaches_any(self, session: Session, actor: Actor, ids: frozenset[int]) -> bool:
        """Whether the actor reaches any of the customers of these ids."""
        ...
