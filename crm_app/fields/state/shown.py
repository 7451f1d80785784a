"""The fields that every customer has, as forms and the customer's page show them (R1.8)."""

import reflex as rx

from crm_app.access.actor import Actor
from crm_app.core.db import get_database
from crm_app.fields import queries
from crm_app.fields.schemas import ALWAYS_REQUIRED, BUILT_IN


class ShownFields(rx.State):
    """In which order they stand, which must be filled in, and what the company says below each."""

    order: list[str] = list(BUILT_IN)
    required: list[str] = sorted(ALWAYS_REQUIRED)
    helps: dict[str, str] = dict.fromkeys(BUILT_IN, "")


async def show_built_in(state: rx.State, actor: Actor) -> list[str]:
    """Show them on this tab as they are now; their order. Called by each page that shows them, whoever opens it."""
    fields = await get_database().read(queries.list_built_in)
    shown = await state.get_state(ShownFields)
    order = [field.name for field in fields]
    for name, value in (
        ("order", order),
        ("required", sorted(field.name for field in fields if field.required)),
        ("helps", {field.name: field.help(actor.language) for field in fields}),
    ):
        if getattr(shown, name) != value:
            setattr(shown, name, value)
    return order
