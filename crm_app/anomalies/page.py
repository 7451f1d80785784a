"""`/anomalies` 「异常待处理」: what is wrong with the records that one reaches."""

import reflex as rx

from crm_app.anomalies.components import assign_dialog, filters, pager, table, ticked_bar
from crm_app.anomalies.state import UNDO_ASSIGNMENT, Anomalies, Assigning
from crm_app.ui import routes
from crm_app.ui.browser import AddressSync
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, Undo, page


def anomalies_page() -> rx.Component:
    """The whole page."""
    return page(
        rx.el.div(
            filters(),
            table(),
            ticked_bar(),
            pager(),
            assign_dialog(),
            AddressSync.create(path=routes.ANOMALIES, query=Anomalies.address, loads=Anomalies.loads),
            class_name="list-page",
        ),
        title=t("anomalies.title"),
        loaded=Anomalies.loads > 0,
        undo=[Undo(UNDO_ASSIGNMENT, Assigning.undo)],
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's page."""
    app.add_page(anomalies_page, route=routes.ANOMALIES, title=TAB_TITLE, on_load=Anomalies.load)
