"""Where an old address leads: a customer that was merged lives on in another one (R5.1)."""

import reflex as rx

from crm_app.access.state import notify
from crm_app.ui import routes


async def follow_merge(state: rx.State, number: str, survivor: str) -> rx.event.EventSpec:
    """Go on to the survivor, and say why."""
    await notify(state, "customers.merged.led", kind="info", number=number, survivor=survivor)
    return rx.redirect(routes.customer_path(survivor), replace=True)
