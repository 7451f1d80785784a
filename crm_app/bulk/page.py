"""`/bulk/<id>`: what came of a change of many customers, and its undo."""

import reflex as rx

from crm_app.background.components import progress, standing, why
from crm_app.bulk.components import bulk_bar, lines, parts, result
from crm_app.bulk.state import BulkPage
from crm_app.directory.page import beside_list
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, page
from crm_app.ui.widgets import button, link


def _summary() -> rx.Component:
    view = BulkPage.view
    return rx.el.section(
        rx.el.div(
            rx.el.h2(view.said, class_name="bulk-said"),
            rx.cond(
                view.running,
                button(t("bulk.stop"), kind="danger", on_click=BulkPage.cancel),
                rx.cond(
                    view.undoable,
                    button(t("bulk.undo"), icon_name="undo-2", on_click=BulkPage.undo),
                    rx.fragment(),
                ),
            ),
            class_name="row row-wrap bulk-head",
        ),
        rx.el.div(
            result(view),
            rx.el.time(view.at, class_name="quiet small tabular"),
            rx.cond(view.undoable, rx.el.span(t("bulk.until", at=view.until), class_name="quiet small"), rx.fragment()),
            class_name="row row-wrap",
        ),
        rx.cond(
            view.running,
            rx.fragment(standing(BulkPage.work), progress(BulkPage.work)),
            why(BulkPage.work),
        ),
        class_name="card card-body stack gap-4",
    )


def bulk_page() -> rx.Component:
    """`/bulk/<id>`."""
    crumbs = rx.fragment(
        link(t("background.title"), to=routes.JOBS),
        rx.el.span("/", class_name="quiet", aria_hidden="true"),
        rx.el.h1(t("bulk.page_title")),
    )
    return page(
        rx.el.div(
            _summary(),
            rx.el.section(
                parts(BulkPage.view.counts, BulkPage.found, BulkPage.turn),
                lines(BulkPage.found, BulkPage.turn, old=t("bulk.before"), new=t("bulk.new")),
                class_name="card card-body stack gap-4",
            ),
            class_name="narrow-page stack gap-4",
        ),
        title=t("bulk.page_title"),
        heading=crumbs,
        loaded=BulkPage.loads > 0,
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's page, and its part of the list's."""
    app.add_page(bulk_page, route=routes.BULK, title=TAB_TITLE, on_load=BulkPage.load)
    beside_list(bulk_bar)
