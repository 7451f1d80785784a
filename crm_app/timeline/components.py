"""Pieces of pages that show follow-ups, tasks and the timeline; each takes the page's own state class."""

from typing import Any

import reflex as rx

from crm_app.core.vocabulary import COLORS
from crm_app.timeline.schemas import Line, TaskLine, TimelineEntry
from crm_app.ui.fields import (
    DraftKeeper,
    FocusFirstError,
    SubmitKeys,
    draft_key,
    select_field,
    text_field,
    ticket_of,
)
from crm_app.ui.i18n import t
from crm_app.ui.widgets import badge, button, icon

LIBRARY = "$/public" + rx.asset("widgets.jsx", shared=True)

METHOD_ICONS = {
    "phone": "phone",
    "visit": "map-pin",
    "email": "mail",
    "meeting": "video",
    "wechat": "message-circle",
    "event": "ticket",
    "task": "square-check",
    "field": "pencil-line",
}
LEVELS = tuple(COLORS["level"].items())


class PutOffMenu(rx.Component):
    """Tomorrow, next Monday, a day; what it picked goes to the service as it is."""

    library = LIBRARY
    tag = "PutOff"
    label: rx.Var[str]
    name: rx.Var[str]
    choices: rx.Var[list[dict[str, Any]]]
    day_label: rx.Var[str]
    move_label: rx.Var[str]
    earliest: rx.Var[str]
    on_pick: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class WhenSeen(rx.Component):
    """Fires once for each `mark` when it comes near the visible part of the page."""

    library = LIBRARY
    tag = "WhenSeen"
    mark: rx.Var[str]
    on_seen: rx.EventHandler[rx.event.no_args_event_spec]


class Composer(rx.Component):
    """A box that is small until it is used."""

    library = LIBRARY
    tag = "Composer"
    epoch: rx.Var[int]
    dirty: rx.Var[bool]
    label: rx.Var[str]


class ComposeButton(rx.Component):
    """Opens the page's composer and puts the cursor there."""

    library = LIBRARY
    tag = "ComposeButton"
    label: rx.Var[str]


def put_off(*, title: Any, on_pick: Any, droppable: bool = False) -> rx.Component:
    """The menu 「延期」 of one line."""
    choices: list[dict[str, Any]] = [
        {"value": "tomorrow", "label": t("timeline.postpone.tomorrow")},
        {"value": "next_week", "label": t("timeline.postpone.next_week")},
    ]
    if droppable:
        choices.append({"value": "never", "label": t("timeline.postpone.never"), "last": True})
    return PutOffMenu.create(
        label=t("timeline.postpone"),
        name=t("timeline.postpone_of", title=title),
        choices=choices,
        day_label=t("timeline.postpone.day"),
        move_label=t("timeline.postpone.move"),
        on_pick=on_pick,
    )


def due_badge(days: rx.Var[int]) -> rx.Component:
    """How far away: late in red, today in amber, later quiet."""
    return rx.cond(
        days < 0,
        badge(t("timeline.late", n=-days), color="red"),
        rx.match(
            days,
            (0, badge(t("timeline.due_today"), color="amber")),
            (1, badge(t("timeline.due_tomorrow"), color="blue")),
            badge(t("timeline.due_in", n=days)),
        ),
    )


def task_check(task: rx.Var[TaskLine], state: Any) -> rx.Component:
    """The round box before a task; a click does it or takes that back."""
    return rx.cond(
        task.done,
        rx.el.button(
            icon("check", size=12),
            type="button",
            role="checkbox",
            aria_checked="true",
            aria_label=t("timeline.reopen", title=task.title),
            class_name="tick tick-on",
            disabled=~task.can_edit,
            on_click=state.reopen_task(task.id, task.version),
        ),
        rx.el.button(
            type="button",
            role="checkbox",
            aria_checked="false",
            aria_label=t("timeline.complete", title=task.title),
            class_name="tick",
            disabled=~task.can_edit,
            on_click=state.complete_task(task.id, task.version),
        ),
    )


def task_row(task: rx.Var[TaskLine], state: Any) -> rx.Component:
    """A task to do: box, title, who and when, putting off."""
    return rx.el.li(
        task_check(task, state),
        rx.el.div(
            rx.el.div(task.title, class_name="task-title"),
            rx.el.div(
                due_badge(task.due_days),
                rx.el.time(task.due_short, title=task.due),
                rx.el.span(task.who),
                class_name="task-meta",
            ),
            class_name="task-text",
        ),
        rx.cond(
            task.can_edit,
            put_off(title=task.title, on_pick=lambda to: state.postpone_task(task.id, task.version, to)),
            rx.fragment(),
        ),
        class_name="task-row",
        key=task.id.to_string(),
    )


# --- forms


def follow_up_form(
    state: Any, *, place: Any, methods: rx.Var, people: rx.Var, extra: rx.Component | None = None
) -> rx.Component:
    """「新增跟进」 (R6.2). `place` tells its drafts from those of other customers."""
    form = draft_key("follow_up", place)

    def props(name: str) -> dict[str, Any]:
        return {
            "name": name,
            "value": state.follow_up[name],
            "error": state.follow_up_problems[name],
            "epoch": state.follow_up_epoch,
            "draft": draft_key("follow_up", place, name),
            "on_typed": lambda value: state.type_follow_up(name, value),
        }

    moment = {"kind": "moment", "input_mode": "numeric", "auto_complete": "off"}
    return SubmitKeys.create(
        text_field(
            **props("content"),
            label=t("timeline.content"),
            kind="area",
            rows=3,
            required=True,
            placeholder=t("timeline.content.hint"),
        ),
        rx.el.div(
            select_field(**props("method"), label=t("timeline.method"), options=select_options(methods), required=True),
            text_field(**props("at"), **moment, label=t("timeline.at"), placeholder=t("timeline.now")),
            text_field(**props("participants"), label=t("timeline.participants")),
            class_name="grid-3",
        ),
        rx.el.div(
            text_field(**props("feedback"), label=t("timeline.feedback"), kind="area", rows=2),
            text_field(**props("result"), label=t("timeline.result"), kind="area", rows=2),
            class_name="grid-2 composer-more",
        ),
        rx.el.div(
            _next_at(state, props("next_at") | moment),
            text_field(**props("next_step"), label=t("timeline.next_step")),
            text_field(
                **props("next_due_at"), **moment, label=t("timeline.due_at"), placeholder=t("timeline.moment.hint")
            ),
            select_field(
                **props("next_user_id"),
                label=t("timeline.assignee"),
                options=select_options(people),
                placeholder=t("timeline.me"),
            ),
            class_name="grid-4 composer-more",
        ),
        rx.el.div(
            extra or rx.fragment(),
            button(t("timeline.save_follow_up"), kind="primary", on_click=state.save_follow_up(ticket_of(form))),
            class_name="row composer-foot",
        ),
        FocusFirstError.create(name=state.follow_up_first, attempt=state.follow_up_attempt),
        DraftKeeper.create(prefix=form, epoch=state.follow_up_epoch),
        class_name="form-stack",
        on_submit_keys=state.save_follow_up(ticket_of(form)),
    )


def select_options(choices: Any) -> rx.Var:
    """Choices as a select takes them: in the browser they are plain objects already."""
    return choices.to(list[dict[str, str]])


def _next_at(state: Any, props: dict[str, Any]) -> rx.Component:
    props["epoch"] = state.follow_up_epoch + state.next_epoch
    return rx.el.div(
        text_field(**props, label=t("timeline.next_at"), placeholder=t("timeline.moment.hint")),
        rx.el.div(
            *[
                rx.el.button(
                    t(f"timeline.postpone.{to}"), type="button", class_name="pill", on_click=state.plan_next(to)
                )
                for to in ("tomorrow", "next_week")
            ],
            class_name="row chips",
        ),
        class_name="stack",
    )


def task_form(state: Any, *, place: Any, people: rx.Var, extra: rx.Component | None = None) -> rx.Component:
    """A new task."""
    form = draft_key("task", place)

    def props(name: str) -> dict[str, Any]:
        return {
            "name": name,
            "value": state.task[name],
            "error": state.task_problems[name],
            "epoch": state.task_epoch,
            "draft": draft_key("task", place, name),
            "on_typed": lambda value: state.type_task(name, value),
        }

    return SubmitKeys.create(
        text_field(
            **props("title"),
            label=t("timeline.next_step"),
            kind="area",
            rows=2,
            required=True,
            placeholder=t("timeline.title.hint"),
        ),
        rx.el.div(
            text_field(
                **props("due_at"),
                label=t("timeline.due_at"),
                kind="moment",
                required=True,
                placeholder=t("timeline.moment.hint"),
            ),
            select_field(
                **props("user_id"),
                label=t("timeline.assignee"),
                options=select_options(people),
                placeholder=t("timeline.me"),
            ),
            class_name="grid-2",
        ),
        rx.el.div(
            extra or rx.fragment(),
            button(t("timeline.save_task"), kind="primary", on_click=state.save_task(ticket_of(form))),
            class_name="row composer-foot",
        ),
        FocusFirstError.create(name=state.task_first, attempt=state.task_attempt),
        DraftKeeper.create(prefix=form, epoch=state.task_epoch),
        class_name="form-stack",
        on_submit_keys=state.save_task(ticket_of(form)),
    )


# --- the timeline


def _line(line: rx.Var[Line]) -> rx.Component:
    empty = rx.el.span(t("timeline.nothing"), class_name="quiet")
    return rx.el.div(
        rx.el.dt(line.label),
        rx.el.dd(
            rx.cond(
                line.is_change,
                rx.fragment(
                    rx.cond(line.old == "", empty, rx.el.del_(line.old)),
                    icon("arrow-right", size=12),
                    rx.el.span(t("timeline.became"), class_name="sr"),
                    rx.cond(line.value == "", empty, rx.el.span(line.value)),
                ),
                line.value,
            )
        ),
        class_name="entry-line",
    )


def _entry_icon(entry: rx.Var[TimelineEntry]) -> rx.Component:
    cases = [(name, icon(shape, size=14)) for name, shape in METHOD_ICONS.items()]
    level = rx.match(
        entry.badge,
        *[(code, rx.el.span(icon("flag", size=14), class_name=f"entry-icon c-{color}")) for code, color in LEVELS],
        rx.el.span(icon("flag", size=14), class_name="entry-icon"),
    )
    plain = rx.el.span(
        rx.match(entry.badge, *cases, icon("message-square", size=14)),
        class_name=rx.cond(entry.kind == "follow_up", "entry-icon c-blue", "entry-icon"),
    )
    return rx.cond(entry.kind == "level", level, plain)


def timeline_entry(entry: rx.Var[TimelineEntry], state: Any) -> rx.Component:
    """One thing that happened."""
    task = rx.el.div(
        task_check(entry.task, state),
        rx.el.span(entry.task.title, class_name=rx.cond(entry.task.done, "task-title task-done", "task-title")),
        rx.cond(
            entry.task.done,
            rx.el.span(entry.task.done_by, " ", entry.task.done_at, class_name="quiet small"),
            rx.fragment(
                due_badge(entry.task.due_days),
                rx.el.span(entry.task.due, " · ", entry.task.who, class_name="quiet small"),
            ),
        ),
        class_name="entry-task",
    )
    return rx.el.li(
        rx.cond(entry.starts_day, rx.el.h3(entry.day, class_name="day"), rx.fragment()),
        rx.el.article(
            _entry_icon(entry),
            rx.el.div(
                rx.el.div(
                    rx.el.span(entry.who, class_name="entry-who"),
                    rx.el.span(entry.action),
                    rx.el.time(entry.time, title=entry.at, class_name="quiet"),
                    class_name="entry-head",
                ),
                rx.cond(entry.body != "", rx.el.p(entry.body, class_name="entry-body"), rx.fragment()),
                rx.cond(
                    entry.lines.length() > 0,
                    rx.el.dl(rx.foreach(entry.lines, _line), class_name="entry-lines"),
                    rx.fragment(),
                ),
                rx.cond(entry.task, task, rx.fragment()),
                class_name="entry-text",
            ),
            class_name="entry",
        ),
        key=entry.id,
    )
