"""Pieces of 今日工作."""

import reflex as rx

from crm_app.access.permissions import Permission
from crm_app.access.state import Frame
from crm_app.core.vocabulary import COLORS
from crm_app.timeline.components import follow_up_form, put_off
from crm_app.today.schemas import AssignedLine, Bucket, WorkLine
from crm_app.today.state import QuickFollowUp, Today
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.widgets import badge, button, empty_state, icon, link, star

_can_follow_up = Frame.functions.contains(Permission.FOLLOW_UP_CREATE.value)


def customer_link(
    number: rx.Var[str], name: rx.Var[str], *, is_key: rx.Var[bool], class_name: str = ""
) -> rx.Component:
    """The customer's name, with its mark, as the way to its page."""
    return link(
        star(is_key),
        rx.el.span(name, class_name="cut"),
        to=f"{routes.CUSTOMERS}/{number}",
        class_name=f"row {class_name}",
    )


def bucket_section(bucket: rx.Var[Bucket]) -> rx.Component:
    """One part of the work list; an empty one takes no room."""
    heading = rx.match(
        bucket.code,
        *[(code, t(f"today.{code}")) for code in ("overdue", "today", "tomorrow")],
        t("today.week"),
    )
    rest = bucket.count - bucket.lines.length()
    return rx.cond(
        bucket.count > 0,
        rx.el.section(
            rx.el.h2(
                heading,
                rx.el.span(bucket.count, class_name="count"),
                class_name=rx.cond(bucket.code == "overdue", "work-head work-late", "work-head"),
            ),
            rx.el.ul(rx.foreach(bucket.lines, work_row), class_name="work-list"),
            rx.cond(rest > 0, rx.el.p(t("today.more", n=rest), class_name="quiet small work-rest"), rx.fragment()),
        ),
        rx.fragment(),
    )


def work_row(line: rx.Var[WorkLine]) -> rx.Component:
    """One thing to do."""
    return rx.el.li(
        rx.el.div(
            rx.cond(line.kind == "task", _task_tick(line), rx.el.span(icon("phone", size=14), class_name="work-icon")),
            rx.cond(line.kind == "task", _task_text(line), _follow_up_text(line)),
            rx.el.div(
                rx.cond(line.late_days > 0, badge(t("timeline.late", n=line.late_days), color="red"), rx.fragment()),
                rx.el.time(line.when, title=line.due, class_name="work-when"),
                class_name="row work-due",
            ),
            rx.el.div(
                rx.cond(
                    (line.kind == "follow_up") & _can_follow_up,
                    button(
                        t("today.record"),
                        small=True,
                        on_click=QuickFollowUp.open(line.id, line.number),
                        custom_attrs={"aria-expanded": QuickFollowUp.line == line.id},
                    ),
                    rx.fragment(),
                ),
                rx.cond(
                    line.kind == "task",
                    _put_off_task(line),
                    rx.cond(_can_follow_up, _put_off_plan(line), rx.fragment()),
                ),
                class_name="row work-actions",
            ),
            class_name=rx.cond(line.kind == "task", "work-row work-row-task", "work-row"),
        ),
        rx.cond((line.kind == "follow_up") & (QuickFollowUp.line == line.id), quick_form(), rx.fragment()),
        key=line.id,
    )


def _task_tick(line: rx.Var[WorkLine]) -> rx.Component:
    return rx.el.button(
        type="button",
        role="checkbox",
        aria_checked="false",
        aria_label=t("timeline.complete", title=line.title),
        class_name="tick",
        on_click=Today.complete_task(line.task_id, line.version),
    )


def _task_text(line: rx.Var[WorkLine]) -> rx.Component:
    return rx.el.div(
        rx.el.span(line.title, class_name="cut"),
        rx.cond(
            line.number != "",
            customer_link(line.number, line.customer, is_key=line.is_key, class_name="quiet small link-quiet"),
            rx.fragment(),
        ),
        class_name="work-text",
    )


def _follow_up_text(line: rx.Var[WorkLine]) -> rx.Component:
    return rx.el.div(
        customer_link(line.number, line.customer, is_key=line.is_key, class_name="work-name"),
        rx.el.span(line.detail, class_name="quiet small cut"),
        class_name="work-text",
    )


def _put_off_task(line: rx.Var[WorkLine]) -> rx.Component:
    return put_off(title=line.title, on_pick=lambda to: Today.postpone_task(line.task_id, line.version, to))


def _put_off_plan(line: rx.Var[WorkLine]) -> rx.Component:
    return put_off(
        title=line.title, on_pick=lambda to: Today.postpone_follow_up(line.number, line.due, to), droppable=True
    )


def quick_form() -> rx.Component:
    """Recording the contact right below its line."""
    return rx.el.div(
        follow_up_form(
            QuickFollowUp,
            place=QuickFollowUp.customer,
            methods=QuickFollowUp.methods,
            people=QuickFollowUp.people,
            extra=button(t("ui.cancel"), kind="ghost", on_click=QuickFollowUp.close),
        ),
        class_name="card quick-form",
    )


def assigned_section() -> rx.Component:
    """What was newly given to the person."""
    return rx.cond(
        Today.assigned_count > 0,
        rx.el.section(
            rx.el.h2(
                t("today.assigned"),
                rx.el.span(Today.assigned_count, class_name="count"),
                class_name="work-head",
                title=t("today.assigned.help"),
            ),
            rx.el.ul(rx.foreach(Today.assigned, _assigned_row), class_name="work-list"),
        ),
        rx.fragment(),
    )


def _assigned_row(line: rx.Var[AssignedLine]) -> rx.Component:
    level = rx.match(
        line.level_code,
        *[(code, badge(line.level, color=color)) for code, color in COLORS["level"].items()],
        badge(line.level),
    )
    return rx.el.li(
        rx.el.div(
            rx.el.span(icon("user-plus", size=14), class_name="work-icon"),
            rx.el.div(
                customer_link(line.number, line.name, is_key=line.is_key, class_name="work-name"),
                rx.el.span(line.number, " · ", line.industry, class_name="quiet small cut"),
                class_name="work-text",
            ),
            rx.el.div(level, rx.el.span(line.when, class_name="work-when"), class_name="row work-due"),
            rx.el.div(
                rx.cond(
                    _can_follow_up,
                    button(
                        t("today.first_contact"),
                        small=True,
                        on_click=QuickFollowUp.open("new:" + line.number, line.number),
                    ),
                    rx.fragment(),
                ),
                class_name="row work-actions",
            ),
            class_name="work-row",
        ),
        rx.cond(QuickFollowUp.line == "new:" + line.number, quick_form(), rx.fragment()),
        key=line.number,
    )


def done_section() -> rx.Component:
    """What was done today; a task can be taken back from here."""
    return rx.cond(
        Today.done_count > 0,
        rx.el.section(
            rx.el.h2(t("today.done"), rx.el.span(Today.done_count, class_name="count"), class_name="work-head"),
            rx.el.ul(rx.foreach(Today.done, _done_row), class_name="work-list work-done"),
        ),
        rx.fragment(),
    )


def _done_row(line: rx.Var[WorkLine]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(icon("check", size=12), class_name="tick tick-on", aria_hidden="true"),
            rx.cond(line.kind == "task", _task_text(line), _follow_up_text(line)),
            rx.el.div(rx.el.time(line.when, class_name="work-when"), class_name="row work-due"),
            rx.el.div(
                rx.cond(
                    line.kind == "task",
                    button(
                        t("ui.undo"),
                        small=True,
                        kind="ghost",
                        on_click=Today.reopen_task(line.task_id, line.version),
                        aria_label=t("timeline.reopen", title=line.title),
                    ),
                    rx.fragment(),
                ),
                class_name="row work-actions",
            ),
            class_name="work-row",
        ),
        key=line.id,
    )


def review_line() -> rx.Component:
    """The customers that the person still has to confirm this month (R5.3)."""
    line = link(
        icon("clipboard-check"),
        rx.el.span(t("today.review", month=Today.review, n=Today.review_count), class_name="grow"),
        icon("arrow-right", size=14),
        to=f"{routes.REVIEW}?who=mine",
        class_name="row card work-review",
    )
    return rx.cond(Today.review != "", line, rx.fragment())


def first_steps() -> rx.Component:
    """What stands here for somebody who has no customer yet."""
    steps = [("1", "building-2"), ("2", "message-square"), ("3", "calendar-clock")]
    return rx.el.section(
        rx.el.h2(t("today.start.title")),
        rx.el.ol(
            *[
                rx.el.li(
                    rx.el.span(icon(shape, size=18), class_name="step-icon"),
                    rx.el.div(
                        rx.el.div(t(f"today.start.{n}"), class_name="section-title"),
                        rx.el.p(t(f"today.start.{n}.text"), class_name="quiet small"),
                    ),
                )
                for n, shape in steps
            ],
            class_name="steps",
        ),
        rx.cond(
            Frame.functions.contains(Permission.CUSTOMER_CREATE.value),
            link(t("ui.new_customer"), to=routes.NEW_CUSTOMER, class_name="button button-primary"),
            rx.fragment(),
        ),
        class_name="card first-steps",
    )


def all_clear() -> rx.Component:
    """Nothing left for today."""
    return empty_state(
        icon_name="circle-check-big",
        title=t("today.clear.title"),
        text=t("today.clear.text"),
        actions=[link(t("today.see_customers"), to=routes.CUSTOMERS, class_name="button")],
    )
