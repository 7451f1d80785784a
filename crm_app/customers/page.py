"""`/customers/new`: the form of a new customer."""

import reflex as rx

from crm_app.customers.components import customer_form, form_actions
from crm_app.customers.state import CustomerForm
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, page
from crm_app.ui.widgets import link


def new_customer_page() -> rx.Component:
    """The form, and why it can't be saved yet beside the button that saves it."""
    return page(
        customer_form(),
        title=t("ui.new_customer"),
        heading=rx.el.div(
            link(t("ui.customers"), to=routes.CUSTOMERS),
            rx.el.span("/", class_name="quiet", aria_hidden="true"),
            rx.el.h1(t("ui.new_customer")),
            class_name="row",
        ),
        actions=form_actions(),
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's page."""
    app.add_page(new_customer_page, route=routes.NEW_CUSTOMER, title=TAB_TITLE, on_load=CustomerForm.open)
