"""`/duplicates`, and `/duplicates/<group>` where one is merged."""

import reflex as rx

from crm_app.quality.components import fields, find_button, groups, merge_foot, pager, search_bar, side, tabs
from crm_app.quality.state import UNDO, Duplicates, Merging
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, Undo, page
from crm_app.ui.widgets import badge, empty_state, link


def duplicates_page() -> rx.Component:
    """Groups of customers that are likely one."""
    return page(
        rx.el.div(search_bar(), tabs(), groups(), pager(), class_name="dup-page stack gap-4"),
        title=t("quality.title"),
        actions=[find_button()],
        loaded=Duplicates.loads > 0,
        undo=[Undo(UNDO, Duplicates.undo)],
    )


def merge_page() -> rx.Component:
    """The members of a group side by side."""
    crumbs = rx.fragment(
        link(t("quality.title"), to=routes.DUPLICATES),
        rx.el.span("/", class_name="quiet", aria_hidden="true"),
        rx.el.h1(t("quality.merge.title")),
    )
    gone = empty_state(
        icon_name="copy-check",
        title=t("quality.merge.gone"),
        text=t("quality.empty.text"),
        actions=[link(t("quality.back"), to=routes.DUPLICATES, class_name="button button-primary")],
    )
    return page(
        rx.el.div(
            rx.el.p(t("quality.merge.help"), class_name="quiet small"),
            rx.el.div(rx.foreach(Merging.view.reasons, badge), class_name="row row-wrap"),
            rx.el.div(
                rx.foreach(Merging.view.sides, side),
                class_name="merge-sides",
                role="radiogroup",
                aria_label=t("quality.merge.survivor"),
            ),
            fields(),
            merge_foot(),
            class_name="merge-page stack gap-4",
        ),
        title=t("quality.merge.title"),
        heading=crumbs,
        loaded=Merging.loads > 0,
        missing=gone,
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's pages."""
    app.add_page(duplicates_page, route=routes.DUPLICATES, title=TAB_TITLE, on_load=Duplicates.load)
    app.add_page(merge_page, route=routes.MERGE, title=TAB_TITLE, on_load=Merging.load)
