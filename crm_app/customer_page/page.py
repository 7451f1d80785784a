"""`/customers/<客户编号>`: who it is, what happened, what is to do."""

from typing import Any

import reflex as rx

from crm_app.customer_page.components import coming, contacts, facts, figures, identity, open_tasks
from crm_app.customer_page.components.inline import PhoneParts
from crm_app.customer_page.dialogs import clash_dialog, contact_dialog, delete_dialog, level_dialog
from crm_app.customer_page.state import KINDS, Composer, CustomerPage, Deletion
from crm_app.customers.components import missing_customer
from crm_app.timeline.components import ComposeButton, WhenSeen, follow_up_form, task_form, timeline_entry
from crm_app.timeline.components import Composer as ComposerBox
from crm_app.timeline.state import UNDO_TASK
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, Undo, page
from crm_app.ui.widgets import button, empty_state, icon, icon_button, link, skeleton, skeleton_lines

VIEW: Any = CustomerPage.view


def composer() -> rx.Component:
    """Follow-up and task, with what was typed kept per customer."""

    def tab(code: str) -> rx.Component:
        return rx.el.button(
            t(f"timeline.{code}"),
            type="button",
            role="tab",
            aria_selected=rx.cond(Composer.tab == code, "true", "false"),
            class_name="tab",
            on_click=Composer.choose(code),
        )

    people = CustomerPage.people
    return ComposerBox.create(
        rx.el.div(
            rx.cond(VIEW.rights.follow_up, tab("follow_up"), rx.fragment()),
            rx.cond(VIEW.rights.task, tab("task"), rx.fragment()),
            role="tablist",
            class_name="tabs",
        ),
        rx.cond(
            (Composer.tab == "follow_up") & VIEW.rights.follow_up,
            follow_up_form(Composer, place=VIEW.number, methods=CustomerPage.methods, people=people),
            rx.cond(VIEW.rights.task, task_form(Composer, place=VIEW.number, people=people), rx.fragment()),
        ),
        epoch=Composer.follow_up_epoch + Composer.task_epoch,
        dirty=Composer.follow_up_typed,
        label=t("timeline.composer"),
        class_name="only-work",
        # A composer of its own for each customer: what was typed for one never shows, nor is dropped, at another.
        key=VIEW.number,
    )


def _filter(code: str, text: Any) -> rx.Component:
    return rx.el.button(
        text,
        type="button",
        class_name="pill",
        aria_pressed=rx.cond(CustomerPage.kind == code, "true", "false"),
        on_click=CustomerPage.filter_kind(code),
    )


def timeline() -> rx.Component:
    """Everything that happened, newest first (R6.1)."""
    nothing = rx.cond(
        CustomerPage.kind == "",
        empty_state(icon_name="messages-square", title=t("timeline.empty"), text=t("timeline.empty.text")),
        rx.el.p(t("timeline.empty_kind"), class_name="quiet pad"),
    )
    return rx.el.section(
        rx.el.div(
            rx.el.h3(t("timeline.list"), class_name="section-title"),
            rx.el.div(
                _filter("", t("timeline.all")),
                *[_filter(kind, t(f"timeline.kind.{kind}")) for kind in KINDS],
                role="group",
                aria_label=t("timeline.filter"),
                class_name="row row-wrap chips",
            ),
            class_name="row spread row-wrap",
        ),
        rx.cond(
            CustomerPage.entries.length() > 0,
            rx.el.ol(
                rx.foreach(CustomerPage.entries, lambda entry: timeline_entry(entry, CustomerPage)),
                class_name="timeline",
            ),
            nothing,
        ),
        rx.cond(
            CustomerPage.more != "",
            rx.el.div(
                WhenSeen.create(mark=CustomerPage.more, on_seen=CustomerPage.read_on),
                button(t("timeline.more"), on_click=CustomerPage.read_on),
                class_name="row timeline-more",
            ),
            rx.fragment(),
        ),
        aria_label=t("timeline.list"),
        class_name="timeline-box only-work",
    )


def loading() -> rx.Component:
    """Three columns of the size of what is coming."""
    return rx.el.div(
        rx.el.div(rx.el.div(skeleton_lines(9), class_name="card"), class_name="side-column"),
        rx.el.div(
            rx.el.div(skeleton(height=120), class_name="card pad"), skeleton_lines(8, height=40), class_name="middle"
        ),
        rx.el.div(rx.el.div(skeleton_lines(4), class_name="card"), class_name="right-column"),
        class_name="customer-page waiting",
    )


def content() -> rx.Component:
    """The three columns; on a phone what happened, or what is known."""
    return PhoneParts.create(
        rx.el.aside(identity(), contacts(), facts(), class_name="side-column", aria_label=t("customer_page.facts")),
        rx.el.div(
            rx.cond(VIEW.rights.follow_up | VIEW.rights.task, composer(), rx.fragment()),
            coming(),
            timeline(),
            class_name="middle",
        ),
        rx.el.aside(open_tasks(), figures(), class_name="right-column", aria_label=t("customer_page.figures")),
        level_dialog(),
        contact_dialog(),
        clash_dialog(),
        delete_dialog(),
        label=t("customer_page.parts"),
        work_label=t("timeline.list"),
        facts_label=t("customer_page.part_facts"),
        class_name="customer-page",
    )


def _more() -> rx.Component:
    """What is done seldom; nothing where the person may do none of it."""
    delete = rx.el.button(
        icon("trash-2"),
        t("recycle_bin.delete"),
        type="button",
        class_name="menu-item menu-danger",
        on_click=Deletion.open,
    )
    menu = rx.popover.root(
        rx.popover.trigger(icon_button("ellipsis", label=t("recycle_bin.more"))),
        rx.popover.content(
            rx.el.div(rx.popover.close(delete), class_name="menu"),
            size="1",
            align="end",
            aria_label=t("recycle_bin.more"),
        ),
    )
    return rx.cond(VIEW.rights.delete, menu, rx.fragment())


def customer_page() -> rx.Component:
    """The whole page."""
    crumbs = rx.fragment(
        link(
            rx.el.span(t("ui.customers"), class_name="hide-phone"),
            rx.el.span(icon("chevron-left"), class_name="only-phone"),
            to=routes.CUSTOMERS,
            class_name="crumb-back",
            aria_label=t("ui.customers"),
        ),
        rx.el.span("/", class_name="quiet hide-phone", aria_hidden="true"),
        rx.el.h1(VIEW.name),
    )
    heading = rx.cond(VIEW.name == "", rx.el.h1(t("customer_page.title")), crumbs)
    add = rx.cond(
        VIEW.rights.follow_up,
        ComposeButton.create(icon("plus"), label=t("timeline.add_follow_up"), class_name="button button-primary"),
        rx.fragment(),
    )
    edit = rx.cond(
        VIEW.rights.edit,
        link(
            icon("pencil"),
            rx.el.span(t("ui.edit"), class_name="hide-phone"),
            to=routes.CUSTOMERS + "/" + VIEW.number + "/edit",
            class_name="button",
            aria_label=t("ui.edit"),
        ),
        rx.fragment(),
    )
    return page(
        rx.cond(VIEW.number == rx.State.number, content(), loading()),  # type: ignore[attr-defined]  # Added by the route.
        title=rx.cond(VIEW.name == "", t("customer_page.title"), VIEW.name),
        heading=heading,
        actions=[_more(), edit, add],
        loading=loading,
        undo=[Undo(UNDO_TASK, CustomerPage.reopen_task)],
        missing=missing_customer(CustomerPage.in_bin),
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's page."""
    app.add_page(customer_page, route=routes.CUSTOMER, title=TAB_TITLE, on_load=CustomerPage.load)
