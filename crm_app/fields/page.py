"""Page: the company's own fields."""

import reflex as rx

from crm_app.fields.components import field_dialog, fields
from crm_app.fields.state import UNDO_RETIRING, Fields
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, Undo, page, settings_tabs


def fields_page() -> rx.Component:
    """`/settings/fields`: what customers have besides what every company's customers have (R1.8)."""
    return page(
        settings_tabs(routes.FIELDS),
        rx.el.div(fields(), field_dialog(), class_name="fields-page"),
        title=t("fields.title"),
        loaded=Fields.opened,
        undo=Undo(UNDO_RETIRING, Fields.restore),
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's pages."""
    app.add_page(fields_page, route=routes.FIELDS, title=TAB_TITLE, on_load=Fields.load)
