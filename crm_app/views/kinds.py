"""The lists whose views can be saved: each slice registers its own."""

from collections.abc import Hashable
from typing import Protocol

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.core.changes import Change
from crm_app.core.problems import Problem


class ViewKind(Protocol):
    """What has to be known of a list for its views to be counted and shared.

    `count` and `reaches_any` are sent to the process that reads, with the object that they belong to.
    """

    @property
    def code(self) -> str:
        """The list's name."""
        ...

    @property
    def path(self) -> str:
        """The address of its page."""
        ...

    @property
    def icon(self) -> str:
        """The name of the icon of its page."""
        ...

    @property
    def permission(self) -> Permission:
        """What it takes to open it."""
        ...

    def count(self, session: Session, actor: Actor, query: str) -> int:
        """How many records the actor would see."""
        ...

    def same_for(self, actor: Actor, query: str) -> Hashable:
        """The same for actors who would see the same records."""
        ...

    def may_change(self, query: str, change: Change) -> bool:
        """Whether a change may be one of how many records there are."""
        ...

    def sees_all(self, actor: Actor) -> bool:
        """Whether there is no record that the actor doesn't reach."""
        ...

    def reaches_any(self, session: Session, actor: Actor, ids: frozenset[int]) -> bool:
        """Whether the actor reaches any of these customers."""
        ...

    def why_private(self, query: str) -> Problem | None:
        """Why a view of that query can't be shared."""
        ...


KINDS: dict[str, ViewKind] = {}


def register(kind: ViewKind) -> None:
    """Make a list's views known. Raises ValueError for a second list of that name."""
    if KINDS.setdefault(kind.code, kind) is not kind:
        raise ValueError(f"two lists are called {kind.code}")
