"""Deleting the customer (R11.3)."""

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.access.state import notify_undoable
from crm_app.core.db import get_database
from crm_app.customer_page.state.record import CustomerPage, here, of_one_customer
from crm_app.recycle_bin.queries import get_belongings
from crm_app.recycle_bin.schemas import Belongings
from crm_app.recycle_bin.service import delete_customer
from crm_app.recycle_bin.state import UNDO_DELETION
from crm_app.ui import routes


@of_one_customer
class Deletion(rx.State):
    """Asks first; what was deleted is taken back from the message on the list, or from the recycle bin."""

    is_open: bool = False
    asked: Belongings = Belongings()

    @requires(Permission.CUSTOMER_DELETE)
    async def open(self, actor: Actor):
        """Ask, with what goes along."""
        self.asked = await get_database().read(get_belongings, actor, number=here(self))
        self.is_open = True

    @requires(Permission.CUSTOMER_DELETE)
    async def show(self, actor: Actor, is_open: bool):
        """Closed by Esc or a click beside it: nothing happens."""
        self.is_open = is_open and self.is_open

    @requires(Permission.CUSTOMER_DELETE)
    async def delete(self, actor: Actor):
        """Put it into the recycle bin, and go back to the list."""
        if not self.is_open or self.asked.number != here(self):
            return None  # The second half of a double click, or no question was asked of this one.
        self.is_open = False
        page = await self.get_state(CustomerPage)
        page._look_away()
        try:
            deleted = await get_database().write(delete_customer, actor, number=here(self))
        except Exception:
            page._watch(page.view.id)
            raise
        await page._begin()  # Nothing of it shows once more while the next customer's page is loaded.
        undo = (deleted.id, deleted.version)
        await notify_undoable(self, "recycle_bin.deleted", undo=undo, of=UNDO_DELETION, name=deleted.name)
        return rx.redirect(routes.CUSTOMERS)
