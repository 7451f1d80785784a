"""What is to come, and what the deals add up to."""

import reflex as rx

from crm_app.customer_page.components.inline import VIEW, fold
from crm_app.customer_page.state import CustomerPage
from crm_app.timeline.components import due_badge, put_off, task_row
from crm_app.ui.i18n import t
from crm_app.ui.widgets import icon


def coming() -> rx.Component:
    """The next follow-up stands above the timeline; late, it stands out."""
    move = rx.cond(
        VIEW.rights.follow_up,
        put_off(
            title=t("customer_page.next"),
            on_pick=lambda to: CustomerPage.postpone_follow_up(VIEW.number, VIEW.next_at, to),
            droppable=True,
        ),
        rx.fragment(),
    )
    last = rx.cond(
        VIEW.last_contact == "",
        t("customer_page.last.none"),
        t("customer_page.last", method=VIEW.last_method, at=VIEW.last_contact),
    )
    return rx.el.section(
        icon("calendar-clock"),
        rx.cond(
            VIEW.next_at == "",
            rx.el.span(t("customer_page.next.none"), class_name="quiet"),
            rx.fragment(
                rx.el.span(t("customer_page.next")),
                rx.el.strong(VIEW.next_at, class_name="tabular"),
                due_badge(VIEW.next_days),
            ),
        ),
        rx.cond(VIEW.next_at == "", rx.fragment(), move),
        rx.el.span(last, class_name="quiet small coming-last"),
        class_name=rx.cond(
            (VIEW.next_at != "") & (VIEW.next_days < 0), "coming coming-late only-work", "coming only-work"
        ),
        aria_label=t("customer_page.next"),
        id="coming",
    )


def open_tasks() -> rx.Component:
    """What is still to do for this customer."""
    return rx.el.section(
        rx.el.h3(
            t("customer_page.tasks"),
            rx.cond(
                CustomerPage.tasks.length() > 0,
                rx.el.span(CustomerPage.tasks.length(), class_name="count"),
                rx.fragment(),
            ),
            class_name="section-title row",
        ),
        rx.cond(
            CustomerPage.tasks.length() > 0,
            rx.el.ul(
                rx.foreach(CustomerPage.tasks, lambda task: task_row(task, CustomerPage)),
                class_name="plain-list task-list",
            ),
            rx.el.p(t("customer_page.tasks.none"), class_name="quiet small"),
        ),
        class_name="card side-card tasks-card only-work",
    )


def figures() -> rx.Component:
    """What the deals add up to (R1.5)."""
    shown = (
        ("customer_page.total", VIEW.total_amount),
        ("customer_page.orders", VIEW.order_count.to_string()),
        ("customer_page.first_order", VIEW.first_order_on),
        ("customer_page.expected", VIEW.expected_amount),
    )
    return fold(
        rx.el.dl(
            *[
                rx.el.div(rx.el.dt(t(key)), rx.el.dd(rx.cond(value == "", "–", value)), class_name="figure")
                for key, value in shown
            ],
            class_name="figures",
        ),
        title=t("customer_page.figures"),
        class_name="card side-card only-facts",
    )
