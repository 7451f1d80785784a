"""What the palette asks the server: customers only; pages, views and actions the browser has already."""

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.access.arguments import Moment
from crm_app.access.guard import requires
from crm_app.access.permissions import Permission
from crm_app.core.db import get_database
from crm_app.palette import queries
from crm_app.palette.schemas import Answer

MAX_TEXT = 100


class Palette(rx.State):
    """The customers that were found, and those that were open last."""

    answer: Answer = Answer()
    recent: Answer = Answer()

    @requires(Permission.CUSTOMER_VIEW, supersedes=True)
    async def find(self, actor: Actor, text: str, asked: Moment):
        """Customers for what was typed."""
        found = await get_database().read(queries.find_customers, actor, text=text[:MAX_TEXT])
        self.answer = Answer(asked, found)

    @requires(Permission.CUSTOMER_VIEW)
    async def look_back(self, actor: Actor, numbers: list[str], asked: Moment):
        """The customers that this browser had open last, as they are now."""
        found = await get_database().read(queries.list_recent, actor, numbers=numbers)
        self.recent = Answer(asked, found)
