"""State of the recycle bin: what lies in it, and bringing it back, from its page and from the message of a deletion."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

import reflex as rx
from reflex.state import OnLoadInternalState

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify
from crm_app.core.db import get_database
from crm_app.core.errors import Refused
from crm_app.listing.schemas import ListView, Setup
from crm_app.recycle_bin import queries, rules, service
from crm_app.recycle_bin.schemas import BinLine, Returned
from crm_app.ui import live, routes

UNDO_DELETION = "customer"
_CHANGED = frozenset({"customer"})


class RecycleBin(rx.State):
    """`/bin`, for whoever may delete customers."""

    setup: Setup = Setup(sizes=rules.SIZES)
    shown: ListView = ListView()
    lines: list[BinLine] = []
    ticked: list[str] = []
    """Numbers of this page."""
    address: str = ""

    @requires(Permission.CUSTOMER_DELETE, loads_page=True)
    async def load(self, actor: Actor):
        """Show what the address asks for."""
        asked = dict(self.router.url.query_parameters)
        text, page = asked.get("q", "")[:100], asked.get("page", "")
        number = int(page) if page.isdecimal() and len(page) < 8 else 1
        self.ticked = []
        await self._show(actor, box=text, page=number, loads=self.shown.loads + 1)

    @requires(Permission.CUSTOMER_DELETE)
    async def refresh(self, actor: Actor):
        """Somebody deleted or brought back: look again."""
        if live.shows(self, routes.BIN):
            await self._show(actor)

    @requires(Permission.CUSTOMER_DELETE, supersedes=True)
    async def search(self, actor: Actor, text: str, finished: bool, asked: int):
        """Look for names and numbers."""
        self.ticked = []
        await self._show(actor, box=text[:100], asked=asked, page=1)

    @requires(Permission.CUSTOMER_DELETE)
    async def clear(self, actor: Actor):
        """Show all again."""
        await self._show(actor, box="", page=1, loads=self.shown.loads + 1)

    @requires(Permission.CUSTOMER_DELETE)
    async def go_to(self, actor: Actor, page: int):
        """Turn to a page; beyond the end is the last one."""
        self.ticked = []
        await self._show(actor, page=max(1, min(page, self.shown.pages)))

    @requires(Permission.CUSTOMER_DELETE)
    async def set_size(self, actor: Actor, size: int):
        """Show so many rows a page."""
        if size in rules.SIZES:
            self.ticked = []
            await self._show(actor, size=size, page=1)

    @requires(Permission.CUSTOMER_DELETE)
    async def tick(self, actor: Actor, number: str, on: bool):
        """Choose a row of this page, or leave it out again."""
        here = [line.number for line in self.lines]
        chosen = {*self.ticked, number} if on else {*self.ticked} - {number}
        self.ticked = [one for one in here if one in chosen]

    @requires(Permission.CUSTOMER_DELETE)
    async def tick_all(self, actor: Actor, on: bool):
        """Choose all rows of this page, or none."""
        self.ticked = [line.number for line in self.lines] if on else []

    @requires(Permission.CUSTOMER_DELETE)
    async def restore(self, actor: Actor, number: str):
        """Bring one back."""
        await self._restore(actor, [number], nothing="recycle_bin.error.gone")

    @requires(Permission.CUSTOMER_DELETE)
    async def restore_ticked(self, actor: Actor):
        """Bring back the ticked ones: each whole or not at all, and how many is told."""
        if self.ticked:
            await self._restore(actor, list(self.ticked), nothing="recycle_bin.error.none")

    @requires(Permission.CUSTOMER_DELETE)
    async def undo(self, actor: Actor, customer_id: int, version: int):
        """Take back a deletion, from the message that told of it; the page on which that stands looks again."""
        back = await get_database().write(service.undo_deletion, actor, customer_id=customer_id, version=version)
        await self._tell((back,), asked=1)
        return OnLoadInternalState.on_load_internal

    async def _restore(self, actor: Actor, numbers: Sequence[str], *, nothing: str) -> None:
        back = await get_database().write(service.restore_customers, actor, numbers=tuple(numbers))
        self.ticked = [number for number in self.ticked if number not in numbers]
        await self._show(actor)
        if not back:
            raise Refused(nothing)
        await self._tell(back, asked=len(set(numbers)))

    async def _tell(self, back: Sequence[Returned], *, asked: int) -> None:
        told = rules.news_of(back, asked=asked)
        way = {"href": routes.customer_path(told.number), "link": told.link} if told.number else {}
        await notify(self, told.key, kind=told.kind, **way, **told.said)  # type: ignore[arg-type]

    async def _show(self, actor: Actor, **asked: object) -> None:
        """Read the page and watch for the next change; `asked` are parts of the view."""
        live.watch(self, routes.BIN, kinds=_CHANGED, then=RecycleBin.refresh)
        view = replace(self.shown, **asked)  # type: ignore[arg-type]
        found = await get_database().read(queries.list_bin, actor, text=view.box, page=view.page, size=view.size)
        self.lines = list(found.lines)
        here = {line.number for line in found.lines}
        self.ticked = [number for number in self.ticked if number in here]
        self.shown = replace(
            view,
            serial=view.serial + 1,
            total=found.total,
            page=found.page,
            pages=max(1, -(-found.total // view.size)),
            narrowed=bool(view.box.strip()),
        )
        parts = {"q": view.box.strip(), "page": str(found.page) if found.page > 1 else ""}
        self.address = urlencode({name: value for name, value in parts.items() if value})
