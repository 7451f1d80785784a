"""`/customers/new` and `/customers/<number>/edit`: the forms of the customer record."""

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from crm_app.customers.components import (
    customer_form,
    edit_actions,
    edit_form,
    edit_loading,
    edit_way,
    form_actions,
    missing_customer,
    record_settings,
)
from crm_app.customers.state import CustomerForm, EditForm, RecordSettings
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, page, settings_tabs
from crm_app.ui.widgets import link, skeleton_lines


def _form_page(
    form: rx.Component,
    *,
    way: Sequence[rx.Component],
    title: rx.Var[str],
    actions: Sequence[rx.Component],
    loaded: Any = None,
    loading: Callable[[], rx.Component] = skeleton_lines,
    missing: rx.Component | None = None,
) -> rx.Component:
    slash = rx.el.span("/", class_name="quiet", aria_hidden="true")
    further = rx.el.span("/", class_name="quiet hide-phone", aria_hidden="true")
    steps = [link(t("ui.customers"), to=routes.CUSTOMERS), slash, *[part for step in way for part in (step, further)]]
    return page(
        form,
        title=title,
        heading=rx.el.div(*steps, rx.el.h1(title), class_name="row"),
        actions=actions,
        loaded=loaded,
        loading=loading,
        missing=missing,
    )


def new_customer_page() -> rx.Component:
    """The form, and why it can't be saved yet beside the button that saves it."""
    return _form_page(customer_form(), way=(), title=t("ui.new_customer"), actions=form_actions())


def edit_customer_page() -> rx.Component:
    """The form of the customer in the address, once it is there."""
    here = rx.State.number  # type: ignore[attr-defined]  # Added by the route.
    return _form_page(
        edit_form(),
        way=edit_way(),
        title=t("customers.edit.title"),
        actions=edit_actions(),
        loaded=(EditForm.of != "") & (EditForm.of == here),
        loading=edit_loading,
        missing=missing_customer(EditForm.in_bin),
    )


def record_settings_page() -> rx.Component:
    """`/settings/customers`: how new numbers look, and from when on a grade is A or B."""
    return page(
        settings_tabs(routes.RECORD_SETTINGS),
        record_settings(),
        title=t("customers.settings.title"),
        loaded=RecordSettings.opened,
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's pages."""
    app.add_page(new_customer_page, route=routes.NEW_CUSTOMER, title=TAB_TITLE, on_load=CustomerForm.open)
    app.add_page(edit_customer_page, route=routes.EDIT_CUSTOMER, title=TAB_TITLE, on_load=EditForm.open)
    app.add_page(record_settings_page, route=routes.RECORD_SETTINGS, title=TAB_TITLE, on_load=RecordSettings.load)
