"""`/bin`: deleted customers, until they are removed for good."""

import reflex as rx

from crm_app.recycle_bin.components import bin_bar, bin_pager, bin_table, ticked_bar
from crm_app.recycle_bin.state import RecycleBin
from crm_app.ui import routes
from crm_app.ui.browser import AddressSync
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, page


def bin_page() -> rx.Component:
    """The whole page."""
    return page(
        rx.el.div(
            bin_bar(),
            bin_table(),
            ticked_bar(),
            rx.cond(RecycleBin.lines.length() > 0, bin_pager(), rx.fragment()),
            AddressSync.create(path=routes.BIN, query=RecycleBin.address, loads=RecycleBin.shown.loads),
            class_name="list-page",
        ),
        title=t("recycle_bin.title"),
        loaded=RecycleBin.shown.loads > 0,
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's page."""
    app.add_page(bin_page, route=routes.BIN, title=TAB_TITLE, on_load=RecycleBin.load)
