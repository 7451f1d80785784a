"""Page: the drop-down lists and tags."""

import reflex as rx

from crm_app.options.components import entries, entry_dialog, lists
from crm_app.options.state import UNDO_RETIRING, Lists
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, Undo, page, settings_tabs


def lists_page() -> rx.Component:
    """`/settings/lists?list=industry`: what records choose from (R1.9), and tags (R1.4)."""
    return page(
        settings_tabs(routes.LISTS),
        rx.el.div(lists(), entries(), entry_dialog(), class_name="lists-page"),
        title=t("options.title"),
        loaded=Lists.chosen != "",
        undo=[Undo(UNDO_RETIRING, Lists.restore)],
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's pages."""
    app.add_page(lists_page, route=routes.LISTS, title=TAB_TITLE, on_load=Lists.load)
