"""State of the saved views: the sidebar's lines with live numbers, and what may be done with a view from any page."""

import dataclasses
from collections.abc import Hashable

import reflex as rx
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify
from crm_app.core.changes import Change
from crm_app.core.clock import utcnow
from crm_app.core.db import get_database
from crm_app.core.shared import Shared
from crm_app.ui import live
from crm_app.views import queries, rules, service
from crm_app.views.counting import count_views
from crm_app.views.kinds import KINDS
from crm_app.views.schemas import AudienceChoice, View, ViewLine

OWN = frozenset({service.CHANGED, "user"})
"""The changes that can change which views somebody reaches, and what they say."""
COUNTED = frozenset(
    {"anomaly", "customer", "follow_up", "level_change", "collaborator", "tag", "option", "own_field", live.MINUTE}
)
"""The changes that can change a number, besides."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reached:
    """The views that somebody reaches, which of them open with their lists, and whom he could share with."""

    views: tuple[View, ...]
    defaults: frozenset[int]
    roles: tuple[str, ...]


def read_views(session: Session, actor: Actor, kinds: frozenset[str]) -> Reached:
    """Those of these lists."""
    views = tuple(view for view in queries.list_views(session, actor) if view.kind in kinds)
    defaults = frozenset(queries.get_default(session, actor, kind) for kind in kinds)
    roles = tuple(queries.list_roles(session)) if actor.may(Permission.VIEW_SHARE) else ()
    return Reached(views, defaults, roles)


_reached: Shared[Hashable, Reached] = Shared(most=1_000)
forget_views = _reached.expire
"""For a process that turns to another database."""


class Views(rx.State):
    """「视图」: those that the person reaches; pinned ones first, with their numbers."""

    lines: list[ViewLine] = []
    audiences: list[AudienceChoice] = []
    """Empty for who may not share."""
    filled: bool = False
    _counts: dict[int, int] = {}
    _asked: int = 0

    @requires(Permission.PROFILE_EDIT)
    async def load(self, actor: Actor):
        """Fill the sidebar; the numbers come after."""
        await self._draw(actor)
        self.filled = True
        return Views.refresh

    @requires(Permission.PROFILE_EDIT, background=True)
    async def refresh(self, actor: Actor):
        """Somebody saved: count what may have changed, while the tab goes on."""
        async with self:
            live.watch(self, "", kinds=OWN | COUNTED, then=Views.refresh)
            self._asked += 1
            asked = self._asked
        reached = await _read(actor)
        pinned = [view for view in reached.views if view.pin is not None]
        counts = await count_views(actor, pinned)
        async with self:
            if not pinned:
                live.watch(self, "", kinds=OWN, then=Views.refresh)
            if asked == self._asked:
                self._counts = counts
                self._put(actor, reached)

    @requires(Permission.PROFILE_EDIT)
    async def pin(self, actor: Actor, view_id: int, on: bool):
        """Put a view into the sidebar, or out of it."""
        await get_database().write(service.pin_view, actor, view_id=view_id, on=on)
        await self._draw(actor)
        return Views.refresh

    @requires(Permission.PROFILE_EDIT)
    async def arrange(self, actor: Actor, view_ids: list[int]):
        """Order the pinned views."""
        await get_database().write(service.arrange_pins, actor, view_ids=view_ids)
        await self._draw(actor)

    @requires(Permission.PROFILE_EDIT)
    async def rename(self, actor: Actor, view_id: int, name: str):
        """Give a view another name."""
        await get_database().write(service.rename_view, actor, view_id=view_id, name=name)
        await self._draw(actor)

    @requires(Permission.VIEW_SHARE)
    async def share(self, actor: Actor, view_id: int, audience: str):
        """Share a view with others."""
        await get_database().write(service.share_view, actor, view_id=view_id, audience=audience)
        await self._draw(actor)
        await notify(self, "views.private" if audience == "private" else "views.shared")

    @requires(Permission.PROFILE_EDIT)
    async def withdraw(self, actor: Actor, view_id: int):
        """Take a shared view back to oneself."""
        await get_database().write(service.share_view, actor, view_id=view_id, audience="private")
        await self._draw(actor)
        await notify(self, "views.private")

    @requires(Permission.PROFILE_EDIT)
    async def delete(self, actor: Actor, view_id: int):
        """Delete a view, everybody's pins of it included."""
        name = await get_database().write(service.delete_view, actor, view_id=view_id)
        await self._draw(actor)
        await notify(self, "views.deleted", name=name)

    @requires(Permission.PROFILE_EDIT)
    async def make_default(self, actor: Actor, kind: str, view_id: int):
        """Let a view open with its list; the list itself for 0."""
        await get_database().write(service.set_default, actor, kind=kind[:40], view_id=view_id)
        await self._draw(actor)

    async def _draw(self, actor: Actor) -> None:
        self._put(actor, await _read(actor))

    def _put(self, actor: Actor, reached: Reached) -> None:
        lines = [
            rules.make_line(
                actor,
                view,
                path=KINDS[view.kind].path,
                icon=KINDS[view.kind].icon,
                standard=view.id in reached.defaults,
                count=self._counts.get(view.id) if view.pin is not None else None,
            )
            for view in reached.views
        ]
        audiences = rules.audiences(reached.roles, actor.language) if reached.roles else []
        # Only what is different goes over the wire.
        if lines != self.lines:
            self.lines = lines
        if audiences != self.audiences:
            self.audiences = audiences


async def _read(actor: Actor) -> Reached:
    """Read once for all tabs of a person, and again when views changed, not with each save."""
    kinds = frozenset(code for code, kind in KINDS.items() if actor.may(kind.permission))
    minute = int(utcnow().timestamp()) // 60
    key = (actor.user_id, actor.role_code, actor.may(Permission.VIEW_SHARE), kinds, minute)
    return await _reached.get(key, lambda: get_database().read(read_views, actor, kinds), untouched=_no_view_changed)


async def _no_view_changed(batch: tuple[Change, ...]) -> bool:
    return all(change.kind not in OWN for change in batch)
