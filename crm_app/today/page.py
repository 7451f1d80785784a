"""`/today`: the page with which most people begin their day."""

import reflex as rx

from crm_app.timeline.state import UNDO_TASK
from crm_app.today.components import all_clear, assigned_section, bucket_section, done_section, first_steps, review_line
from crm_app.today.state import Today
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, Undo, page


def today_page() -> rx.Component:
    """Overdue, today, tomorrow, this week; then what is new and what is done."""
    nothing = (Today.open_count == 0) & (Today.assigned_count == 0)
    return page(
        rx.el.div(
            rx.el.p(
                rx.el.span(Today.date),
                rx.el.span(t("today.summary", open=Today.open_count, done=Today.done_count), class_name="quiet"),
                class_name="row work-summary",
            ),
            review_line(),
            rx.cond(nothing, rx.cond(Today.has_customers, all_clear(), first_steps()), rx.fragment()),
            rx.foreach(Today.buckets, bucket_section),
            assigned_section(),
            done_section(),
            class_name="work",
        ),
        title=t("today.title"),
        loaded=Today.date != "",
        undo=[Undo(UNDO_TASK, Today.reopen_task)],
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's page."""
    app.add_page(today_page, route=routes.TODAY, title=TAB_TITLE, on_load=Today.load)
