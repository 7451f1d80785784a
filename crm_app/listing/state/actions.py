"""What people do on a list's page."""

from crm_app.access.actor import Actor
from crm_app.access.state import notify
from crm_app.catalogue import say
from crm_app.core.db import get_database
from crm_app.core.problems import Problem
from crm_app.listing.rules.address import arrange_columns
from crm_app.listing.rules.conditions import (
    MAX_CONDITIONS,
    add_conditions,
    check_condition,
    count_conditions,
    narrow_to,
    toggle_value,
)
from crm_app.listing.rules.places import suggest_places
from crm_app.listing.rules.typed import parse_typed
from crm_app.listing.rules.views import ignored_words, make_setup, problem_words
from crm_app.listing.saved import open_list
from crm_app.listing.schemas import (
    Condition,
)
from crm_app.listing.state.shown import Shown
from crm_app.ui import live

FIELDS = frozenset({"own_field"})
"""The kind of change after which lists have other columns, or call them something else."""


class Actions(Shown, mixin=True):
    """What people do on a list's page. Nobody may, until `list_state` says what each takes."""

    async def load(self, actor: Actor):
        """Show what the address asks for."""
        parameters = dict(self.router.url.query_parameters)
        opened = await get_database().read(open_list, actor, self.source, parameters)
        memory = self._memory
        memory.known, memory.layout, memory.query = None, opened.layout, opened.query
        memory.based, memory.plain = opened.based, opened.plain
        memory.page = self.router.url.path
        await self._draw_setup(actor)
        self.density, self.facets = opened.layout.density, opened.layout.facets
        await self._show(actor, box=opened.query.search, loads=memory.view.loads + 1, problem="")
        if opened.ignored:
            key, words = ignored_words(opened.ignored, actor.language)
            await notify(self, key, kind="info", **words)
        elif opened.lost:
            await notify(self, "views.out_of_reach", kind="info")
        elif opened.partly:
            fields = say(actor.language, "listing.separator").join(opened.partly)
            await notify(self, "views.partly", kind="info", fields=fields)

    async def redraw(self, actor: Actor):
        """Somebody changed a field: say of what is shown already what fields are called now."""
        if live.shows(self, self._memory.page):
            self._memory.known = None
            await self._draw_setup(actor)
            await self._show(actor)

    async def _draw_setup(self, actor: Actor) -> None:
        live.watch(self, self._memory.page, kinds=FIELDS, then=type(self).redraw)
        known = await self._choices(actor)
        self.setup = make_setup(self.source.define(actor, known), known, actor.language)

    async def search(self, actor: Actor, text: str, finished: bool, asked: int):
        """Search for what was typed; typed conditions become chips."""
        known = await self._choices(actor)
        definition = self.source.define(actor, known)
        typed = parse_typed(definition, text, known, finished=finished)
        conditions = add_conditions(self._memory.query.conditions, typed.conditions, definition)
        conditions = conditions[: self._room()]
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
        await self._change(actor, conditions=put[: self._room()])

    async def remove_condition(self, actor: Actor, index: int):
        """Remove the condition at a place."""
        await self._change(
            actor, conditions=tuple(c for i, c in enumerate(self._memory.query.conditions) if i != index)
        )

    async def clear(self, actor: Actor):
        """Remove all conditions and the search."""
        self._memory.query = self._memory.query.change(conditions=(), groups=(), search="")
        await self._show(actor, box="", loads=self._memory.view.loads + 1, problem="")

    async def toggle(self, actor: Actor, field: str, value: str):
        """Switch a quick filter on or off."""
        known = await self._choices(actor)
        definition = self.source.define(actor, known)
        found = definition.fields.get(field)
        checked = check_condition(definition, field, found.operators[0] if found else "", [value], known)
        if found is not None and isinstance(checked, Condition):
            toggled = toggle_value(self._memory.query.conditions, found, checked.values[0])
            await self._change(actor, conditions=toggled[: self._room()])

    async def filter_by(self, actor: Actor, number: str, field: str, code: str):
        """Show the records that have the same as this one in a column."""
        read = self.source.read_cell
        found = await get_database().read(read, actor, number[:60], field[:40], code[:40])
        if found is None:
            return
        checked = await self._check(actor, found.field, found.operator, list(found.values))
        conditions = narrow_to(self._memory.query.conditions, checked) if checked else ()
        if checked and len(conditions) <= self._room():
            await self._change(actor, conditions=conditions)

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

    async def _check(self, actor: Actor, field: str, operator: str, values: list[str]) -> Condition | None:
        """The condition; None where it makes no sense, of which the person is told."""
        known = await self._choices(actor)
        checked = check_condition(self.source.define(actor, known), field, operator, values, known)
        if isinstance(checked, Condition):
            return checked
        self._tell(problem=problem_words(checked, actor.language))
        return None

    def _room(self) -> int:
        """How many conditions there may be beside the groups."""
        return MAX_CONDITIONS - count_conditions((), self._memory.query.groups)

    def _has_room(self) -> bool:
        return len(self._memory.query.conditions) < self._room()
