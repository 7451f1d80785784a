"""What a list shows, saved as a view (R3.5)."""

from dataclasses import replace

from crm_app.access.actor import Actor
from crm_app.access.state import notify
from crm_app.core.db import get_database
from crm_app.core.errors import Refused
from crm_app.core.text import clean_line
from crm_app.listing.rules.address import format_query, format_view
from crm_app.listing.schemas import (
    Based,
)
from crm_app.listing.state.groups import GroupActions
from crm_app.views import service as views


class ViewActions(GroupActions, mixin=True):
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
