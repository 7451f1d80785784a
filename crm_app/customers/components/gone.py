"""What stands where a customer was."""

import reflex as rx

from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.layout import missing_page
from crm_app.ui.widgets import empty_state, link


def missing_customer(in_bin: rx.Var[bool]) -> rx.Component:
    """The 404 of a customer; whoever may bring it back is told that it lies in the recycle bin (R11.3)."""
    told = empty_state(
        icon_name="trash-2",
        title=t("customers.in_bin.title"),
        text=t("customers.in_bin.text"),
        actions=[link(t("customers.in_bin.go"), to=routes.BIN, class_name="button button-primary")],
    )
    return rx.cond(in_bin, told, missing_page())
