"""State of the setup page."""

import reflex as rx

from crm_app.access.guard import public
from crm_app.admin.first_run import is_setup_open
from crm_app.core.db import get_database
from crm_app.ui import routes


class FirstRun(rx.State):
    """The page that creates the first administrator; it exists only while there is none."""

    @public
    async def arrive(self):
        """To the sign-in page once the system is set up."""
        if not await get_database().read(is_setup_open):
            return rx.redirect(routes.SIGN_IN, replace=True)
        return None
