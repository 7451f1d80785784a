"""What every list's state does: a query that the address, the filter bar and the table change, and the page it shows.

Each interaction is one event: its handler changes the query, reads the page and assigns it. The address follows in the
browser; back, reload and pasted links come in through `load`.
"""

import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

import reflex as rx
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify
from crm_app.catalogue import say
from crm_app.core import changes
from crm_app.core.clock import local_today
from crm_app.core.db import get_database
from crm_app.core.errors import Refused
from crm_app.core.problems import Problem
from crm_app.core.settings import get_settings
from crm_app.core.text import clean_line
from crm_app.listing.rules.address import arrange_columns, format_query, format_view, still_valid
from crm_app.listing.rules.conditions import MAX_CONDITIONS, add_conditions, check_condition, toggle_value
from crm_app.listing.rules.places import suggest_places
from crm_app.listing.rules.typed import parse_typed
from crm_app.listing.rules.views import ignored_words, make_chips, make_columns, make_setup, problem_words
from crm_app.listing.saved import open_list
from crm_app.listing.schemas import (
    Based,
    ChoiceView,
    ColumnView,
    Condition,
    Known,
    ListQuery,
    ListView,
    Row,
    Setup,
)
from crm_app.listing.service import Layout, save_layout
from crm_app.listing.source import ListSource
from crm_app.views import service as views

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

    of: tuple[tuple[Condition, ...], str]
    total: int
    own_changes: int
    at: float

    def serves(self, query: ListQuery, own_changes: int) -> bool:
        """Whether it still is the query's total."""
        fresh = self.own_changes == own_changes and time.monotonic() - self.at < COUNT_SECONDS
        return fresh and self.of == (query.conditions, query.search)


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
        memory.counted = Counted((query.conditions, query.search), total, own, time.monotonic())
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
            narrowed=bool(query.conditions or query.search),
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
        drawn = make_columns(
            self.source.define(actor, known), memory.query, memory.layout.widths, known, actor.language
        )
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


class Actions(Shown, mixin=True):
    """What people do on a list's page. Nobody may, until `list_state` says what each takes."""

    async def load(self, actor: Actor):
        """Show what the address asks for."""
        parameters = dict(self.router.url.query_parameters)
        opened = await get_database().read(open_list, actor, self.source, parameters)
        memory = self._memory
        memory.known, memory.layout, memory.query = None, opened.layout, opened.query
        memory.based, memory.plain = opened.based, opened.plain
        known = await self._choices(actor)
        self.density, self.facets = opened.layout.density, opened.layout.facets
        self.setup = make_setup(self.source.define(actor, known), known, actor.language)
        await self._show(actor, box=opened.query.search, loads=memory.view.loads + 1, problem="")
        if opened.ignored:
            key, words = ignored_words(opened.ignored, actor.language)
            await notify(self, key, kind="info", **words)
        elif opened.lost:
            await notify(self, "views.out_of_reach", kind="info")
        elif opened.partly:
            fields = say(actor.language, "listing.separator").join(opened.partly)
            await notify(self, "views.partly", kind="info", fields=fields)

    async def search(self, actor: Actor, text: str, finished: bool, asked: int):
        """Search for what was typed; typed conditions become chips."""
        known = await self._choices(actor)
        definition = self.source.define(actor, known)
        typed = parse_typed(definition, text, known, finished=finished)
        conditions = add_conditions(self._memory.query.conditions, typed.conditions, definition)
        self._memory.query = self._memory.query.change(conditions=conditions, search=typed.search[:100])
        problem = problem_words(typed.problems[0], actor.language) if typed.problems else ""
        pending = say(actor.language, "listing.pending", text=typed.pending) if typed.pending else ""
        await self._show(actor, box=typed.remains, asked=asked, problem=problem, pending=pending)

    async def put_condition(self, actor: Actor, index: int, field: str, operator: str, values: list[str]):
        """Set the condition at a place, or add one at the end; without values it is removed."""
        known = await self._choices(actor)
        definition = self.source.define(actor, known)
        conditions = self._memory.query.conditions
        index = min(max(index, 0), len(conditions))
        if index < len(conditions) and conditions[index].field != field:
            index = len(conditions)
        checked = check_condition(definition, field, operator, values, known)
        if isinstance(checked, Problem):
            if values or index == len(conditions):
                self._tell(problem=problem_words(checked, actor.language))
                return
            await self._change(actor, conditions=(*conditions[:index], *conditions[index + 1 :]))
            return
        put = (*conditions[:index], checked, *conditions[index + 1 :])
        await self._change(actor, conditions=put[:MAX_CONDITIONS])

    async def remove_condition(self, actor: Actor, index: int):
        """Remove the condition at a place."""
        await self._change(
            actor, conditions=tuple(c for i, c in enumerate(self._memory.query.conditions) if i != index)
        )

    async def clear(self, actor: Actor):
        """Remove all conditions and the search."""
        self._memory.query = self._memory.query.change(conditions=(), search="")
        await self._show(actor, box="", loads=self._memory.view.loads + 1, problem="")

    async def toggle(self, actor: Actor, field: str, value: str):
        """Switch a quick filter on or off."""
        known = await self._choices(actor)
        definition = self.source.define(actor, known)
        found = definition.fields.get(field)
        checked = check_condition(definition, field, found.operators[0] if found else "", [value], known)
        if found is not None and isinstance(checked, Condition):
            toggled = toggle_value(self._memory.query.conditions, found, checked.values[0])
            await self._change(actor, conditions=toggled[:MAX_CONDITIONS])

    async def sort_by(self, actor: Actor, field: str):
        """Ascending, descending, and back to the list's own order."""
        definition = self.source.define(actor, await self._choices(actor))
        found = definition.fields.get(field)
        if found is None or not found.sortable:
            return
        if self._memory.query.sort != field:
            await self._change(actor, sort=field, descending=False)
        elif not self._memory.query.descending:
            await self._change(actor, descending=True)
        elif (definition.sort, definition.descending) == (field, True):
            await self._change(actor, descending=False)
        else:
            await self._change(actor, sort=definition.sort, descending=definition.descending)

    async def go_to(self, actor: Actor, page: int):
        """Turn to a page; beyond the end is the last one."""
        await self._change(actor, page=min(max(page, 1), max(self._memory.view.pages, 1)))

    async def set_size(self, actor: Actor, size: int):
        """Show so many rows a page, now and from now on; with a view open they are the view's."""
        if size in self.source.define(actor, await self._choices(actor)).sizes:
            if not self._has_view():
                await self._keep(actor, size=size)
            await self._change(actor, size=size)

    async def set_columns(self, actor: Actor, columns: list[str]):
        """Show these columns in this order, now and from now on; with a view open they are the view's."""
        arranged = arrange_columns(self.source.define(actor, await self._choices(actor)), columns)
        if not self._has_view():
            await self._keep(actor, columns=arranged)
        await self._change(actor, columns=arranged, page=self._memory.query.page)

    async def set_width(self, actor: Actor, column: str, width: int):
        """Keep a column's width."""
        await self._keep(actor, widths={**self._memory.layout.widths, column: width})
        self._draw_columns(actor, await self._choices(actor))

    async def set_density(self, actor: Actor, density: str):
        """Keep the height of rows."""
        await self._keep(actor, density=density)
        self.density = self._memory.layout.density

    async def set_facets(self, actor: Actor, shown: bool):
        """Keep whether the rows of filters are shown."""
        await self._keep(actor, facets="open" if shown else "closed")
        self.facets = self._memory.layout.facets

    async def find_places(self, actor: Actor, text: str):
        """Offer places for a condition on a region."""
        self.places = list(suggest_places(text))


class ViewActions(Actions, mixin=True):
    """Saving what a list shows as a view, over one or as a new one (R3.5)."""

    async def save_view(self, actor: Actor):
        """Let the open view keep what is shown now."""
        memory = self._memory
        if memory.based is None or not memory.based.id:
            raise Refused("views.problem.none_open")
        based = memory.based
        version = await get_database().write(
            views.save_query,
            actor,
            view_id=based.id,
            kind=self.source.name,
            query=format_view(memory.query),
            version=based.version,
        )
        memory.based = replace(based, query=replace(memory.query, page=1), version=version)
        await self._redraw_view(actor)
        await notify(self, "views.saved", name=based.name)

    async def save_view_as(self, actor: Actor, name: str, audience: str, pinned: bool):
        """Keep what is shown now as a new view, and go on with that one."""
        memory = self._memory
        view_id = await get_database().write(
            views.create_view,
            actor,
            kind=self.source.name,
            name=name,
            query=format_view(memory.query),
            audience=audience,
            pinned=pinned,
        )
        memory.based = Based(view_id, replace(memory.query, page=1), clean_line(name))
        await self._redraw_view(actor)
        await notify(self, "views.saved", name=memory.based.name)

    async def discard_changes(self, actor: Actor):
        """Show what the open view keeps; without one, what the list itself shows."""
        memory = self._memory
        memory.query = memory.based.query if memory.based and self._has_view() else memory.plain
        await self._show(actor, box=memory.query.search, box_set=memory.view.box_set + 1, problem="")

    async def _redraw_view(self, actor: Actor) -> None:
        """The rows are the same; the address and the markers change."""
        memory, known = self._memory, await self._choices(actor)
        self.address = format_query(self.source.define(actor, known), memory.query, memory.based)
        self._tell(**self._view_words())


def list_state(view: Permission) -> Any:
    """A mixin for the state of a list that everybody with `view` may open; the state sets `source`."""

    class ListState(ViewActions, mixin=True):
        """What may be done on a list's page, and by whom."""

        load = requires(view, loads_page=True)(Actions.load)
        search = requires(view, supersedes=True)(Actions.search)
        put_condition = requires(view)(Actions.put_condition)
        remove_condition = requires(view)(Actions.remove_condition)
        clear = requires(view)(Actions.clear)
        toggle = requires(view)(Actions.toggle)
        sort_by = requires(view)(Actions.sort_by)
        go_to = requires(view)(Actions.go_to)
        set_size = requires(view)(Actions.set_size)
        set_columns = requires(view)(Actions.set_columns)
        set_width = requires(view)(Actions.set_width)
        set_density = requires(view)(Actions.set_density)
        set_facets = requires(view)(Actions.set_facets)
        find_places = requires(view, supersedes=True)(Actions.find_places)
        save_view = requires(view)(ViewActions.save_view)
        save_view_as = requires(view)(ViewActions.save_view_as)
        discard_changes = requires(view)(ViewActions.discard_changes)

    return ListState
