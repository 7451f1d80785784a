"""What a list's page holds, and how it is filled."""

import time
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

import reflex as rx
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.core import changes
from crm_app.core.clock import local_today
from crm_app.core.db import get_database
from crm_app.core.settings import get_settings
from crm_app.listing.editing import CellAnswer, CellEdit
from crm_app.listing.rules.address import format_query, still_valid
from crm_app.listing.rules.views import make_chips, make_columns
from crm_app.listing.schemas import (
    Based,
    ChoiceView,
    ColumnView,
    Known,
    ListQuery,
    ListView,
    Row,
    Setup,
)
from crm_app.listing.service import Layout, save_layout
from crm_app.listing.source import ListSource

COUNT_SECONDS = 5
"""So long is a total taken for other pages and orders of the same records, if the person changes nothing himself.

The rows are always those of now; somebody else's save may show in the total that much later.
"""


class _Writers:
    """How often each person changed something in this process."""

    def __init__(self) -> None:
        self.counts: Counter[int | None] = Counter()

    def hear(self, batch: tuple[changes.Change, ...]) -> None:
        self.counts.update({change.actor_id for change in batch})


_writers = _Writers()
changes.listen(_writers.hear)


@dataclass(frozen=True, slots=True)
class Counted:
    """A total, of what it is, and how fresh."""

    of: Hashable
    total: int
    own_changes: int
    at: float

    def serves(self, query: ListQuery, own_changes: int) -> bool:
        """Whether it still is the query's total."""
        fresh = self.own_changes == own_changes and time.monotonic() - self.at < COUNT_SECONDS
        return fresh and self.of == (query.conditions, query.groups, query.search)


def read_list(
    session: Session, actor: Actor, *, source: ListSource, query: ListQuery, today: date, total: int | None
) -> tuple[ListQuery, int, tuple[Row, ...]]:
    """The page; the last one if the query asks for one beyond it.

    The choices are kept where it is read: to send thousands of people and tags along would cost more than the page.
    """
    known = _of_day(source.load_known(session), today)
    query = still_valid(source.define(actor, known), query)
    page = source.find_page(session, actor, query, known, total)
    if page.total and not page.ids:
        query = replace(query, page=-(-page.total // query.size))
        page = source.find_page(session, actor, query, known, page.total)
    return query, page.total, source.list_rows(session, actor, page.ids, query.columns, known)


def _of_day(known: Known, today: date) -> Known:
    return known if known.today == today else replace(known, today=today)


class Memory:
    """What the server keeps of a list for one tab.

    No dataclass and no state var of its own: Reflex wraps each such value that is read from a state, and everything
    below it, to see changes; here are none that a browser has to hear of.
    """

    def __init__(self) -> None:
        self.page = ""
        """The path of the list's page."""
        self.query = ListQuery()
        self.based: Based | None = None
        self.layout = Layout((), 50)
        self.plain = ListQuery()
        """What the list itself shows this person when nothing is asked."""
        self.known: Known | None = None
        self.counted: Counted | None = None
        self.view = ListView()
        self.columns: list[ColumnView] = []


class Shown(rx.State, mixin=True):
    """What a list's page holds, and how it is filled; see `list_state`."""

    source: ClassVar[Any]
    setup: Setup = Setup()
    shown: ListView = ListView()
    columns: list[ColumnView] = []
    rows: list[Row] = []
    places: list[ChoiceView] = []
    density: str = "normal"
    facets: str = ""
    address: str = ""
    cell: CellEdit = CellEdit()
    cell_answer: CellAnswer = CellAnswer()
    _memory: Memory = Memory()

    async def _choices(self, actor: Actor) -> Known:
        """The choices, with the day of now; read anew when the server forgot them."""
        memory, today = self._memory, local_today(tz=get_settings().zone)
        memory.known = _of_day(memory.known or await get_database().read_here(self.source.load_known), today)
        return memory.known

    async def _change(self, actor: Actor, **values: Any) -> None:
        self._memory.query = self._memory.query.change(**values)
        await self._show(actor, problem="")

    async def _show(self, actor: Actor, **told: Any) -> None:
        """Read the page of the query and show it; `told` are parts of the view."""
        memory, known, own = self._memory, await self._choices(actor), _writers.counts[actor.user_id]
        counted = memory.counted
        query, total, rows = await get_database().read(
            read_list,
            actor,
            source=self.source,
            query=memory.query,
            today=known.today,
            total=counted.total if counted and counted.serves(memory.query, own) else None,
        )
        memory.query = query
        memory.counted = Counted((query.conditions, query.groups, query.search), total, own, time.monotonic())
        definition = self.source.define(actor, known)
        self.rows = list(rows)
        self.address = format_query(definition, query, memory.based)
        self._draw_columns(actor, known)
        self._tell(
            total=total,
            page=query.page,
            pages=max(1, -(-total // query.size)),
            size=query.size,
            sort=query.sort,
            descending=query.descending,
            chips=make_chips(definition, query, known, actor.language),
            narrowed=bool(query.filtered or query.search),
            **self._view_words(),
            **told,
        )

    def _view_words(self) -> dict[str, Any]:
        """Which view is open, and whether there is something to save."""
        memory = self._memory
        opened = memory.based if self._has_view() else None
        base = opened.query if opened else replace(memory.plain, columns=memory.query.columns, size=memory.query.size)
        return {
            "view": opened.id if opened else 0,
            "view_name": opened.name if opened else "",
            "changed": replace(memory.query, page=1) != replace(base, page=1),
        }

    def _tell(self, **told: Any) -> None:
        view = self._memory.view
        self._memory.view = replace(view, serial=view.serial + 1, **{"pending": ""} | told)
        self.shown = self._memory.view

    def _draw_columns(self, actor: Actor, known: Known) -> None:
        memory = self._memory
        definition, widths, masked = self.source.define(actor, known), memory.layout.widths, self.source.personal
        editable = self.source.editable(actor, known)
        drawn = make_columns(definition, memory.query, widths, known, actor.language, masked=masked, editable=editable)
        if drawn != memory.columns:
            self.columns = memory.columns = drawn

    def _has_view(self) -> bool:
        return bool(self._memory.based and self._memory.based.id)

    async def _keep(self, actor: Actor, **values: Any) -> None:
        definition = self.source.define(actor, await self._choices(actor))
        self._memory.layout = await get_database().write(
            save_layout,
            actor,
            name=self.source.name,
            definition=definition,
            layout=replace(self._memory.layout, **values),
        )
