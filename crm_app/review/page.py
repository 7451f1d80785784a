"""`/review` 「月度复核」: customers to confirm once a month, and how far everybody is."""

import reflex as rx

from crm_app.review.components import bar, not_open, open_button, opening, pager, table, ticked_bar
from crm_app.review.state import UNDO, Confirming, Reviews
from crm_app.ui import routes
from crm_app.ui.browser import AddressSync
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, Undo, page


def review_page() -> rx.Component:
    """The whole page."""
    there = rx.fragment(bar(), table(), ticked_bar(), pager())
    return page(
        rx.el.div(
            opening(),
            rx.cond(Reviews.month != "", there, not_open()),
            AddressSync.create(path=routes.REVIEW, query=Reviews.address, loads=Reviews.loads),
            class_name="list-page",
        ),
        title=t("review.title"),
        actions=[rx.cond(Reviews.month != "", open_button(), rx.fragment())],
        loaded=Reviews.loads > 0,
        undo=[Undo(UNDO, Confirming.undo)],
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's page."""
    app.add_page(review_page, route=routes.REVIEW, title=TAB_TITLE, on_load=Reviews.load)
