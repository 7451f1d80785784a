"""The customer that is open beside a list (R3.7)."""

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.core.db import get_database
from crm_app.core.errors import CrmError
from crm_app.peek.queries import get_peek
from crm_app.peek.schemas import PeekView
from crm_app.ui import live, routes

LIVE = frozenset({"customer", "follow_up", "task", "option", "own_field", "tag"})


class Peek(rx.State):
    """The panel; `number` is empty while it is closed."""

    number: str = ""
    view: PeekView = PeekView()

    @requires(Permission.CUSTOMER_VIEW, supersedes=True)
    async def open(self, actor: Actor, number: str):
        """Open the panel on a customer, or close it with an empty number."""
        try:
            await self._show(actor, number[:60])
        except CrmError:
            self._close()
            raise

    @requires(Permission.CUSTOMER_VIEW)
    async def refresh(self, actor: Actor):
        """Somebody changed this customer, or the list was opened again: it may be out of reach now."""
        if not self.number:
            return
        try:
            await self._show(actor, self.number)
        except CrmError:
            self._close()

    async def _show(self, actor: Actor, number: str) -> None:
        if not number:
            self._close()
            return
        view = await get_database().read(get_peek, actor, number=number)
        live.watch(self, routes.CUSTOMERS, kinds=LIVE, then=Peek.refresh, customer_id=view.id)
        self.number = number
        if self.view != view:
            self.view = view

    def _close(self) -> None:
        self.number, self.view = "", PeekView()
