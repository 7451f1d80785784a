"""Page: the fields of customers."""

import reflex as rx

from crm_app.fields.components import built_in_dialog, built_in_fields, field_dialog, fields
from crm_app.fields.state import UNDO_RETIRING, Fields
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, Undo, page, settings_tabs


def fields_page() -> rx.Component:
    """`/settings/fields`: what every customer has, and what the company added (R1.8)."""
    return page(
        settings_tabs(routes.FIELDS),
        rx.el.div(built_in_fields(), fields(), built_in_dialog(), field_dialog(), class_name="fields-page"),
        title=t("ui.fields"),
        loaded=Fields.opened,
        undo=[Undo(UNDO_RETIRING, Fields.take_back)],
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's pages."""
    app.add_page(fields_page, route=routes.FIELDS, title=TAB_TITLE, on_load=Fields.load)
