"""The panel beside a list."""

from typing import Any

import reflex as rx

from crm_app.core.vocabulary import COLORS
from crm_app.peek.schemas import PeekFact, PeekNote, PeekTask
from crm_app.peek.state import Peek
from crm_app.timeline.components import due_badge
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.widgets import badge, icon, icon_button, link, star

LIBRARY = "$/public" + rx.asset("peek.jsx", shared=True)
VIEW: Any = Peek.view


class PeekPanel(rx.Component):
    """The panel; nothing while `number` is empty."""

    library = LIBRARY
    tag = "PeekPanel"
    number: rx.Var[str]
    label: rx.Var[str]
    on_close: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def peek_panel() -> rx.Component:
    """The essence of the customer that is open beside the list."""
    return PeekPanel.create(
        _head(),
        rx.el.div(
            _next(),
            _contact(),
            _section("peek.facts", rx.el.dl(rx.foreach(VIEW.facts, _fact), rx.foreach(VIEW.own, _fact))),
            _section(
                "peek.notes",
                rx.cond(
                    VIEW.notes.length() > 0,
                    rx.el.ol(rx.foreach(VIEW.notes, _note), class_name="peek-notes"),
                    rx.el.p(t("peek.no_notes"), class_name="quiet small"),
                ),
            ),
            class_name="peek-body",
        ),
        number=Peek.number,
        label=t("peek.panel", name=VIEW.name),
        on_close=Peek.open,
    )


def _address() -> rx.Var[str]:
    return rx.Var.create(f"{routes.CUSTOMERS}/") + VIEW.number


def _word(kind: str, code: rx.Var[str]) -> rx.Component:
    known = [(value, badge(t(f"{kind}.{value}"), color=color)) for value, color in COLORS[kind].items()]
    return rx.match(code, *known, rx.fragment())  # type: ignore[return-value]


def _head() -> rx.Component:
    return rx.el.header(
        rx.el.div(
            star(VIEW.is_key),
            rx.el.h2(link(VIEW.name, to=_address(), class_name="peek-name"), class_name="grow"),
            link(
                icon("maximize-2"),
                to=_address(),
                class_name="icon-button",
                custom_attrs={"aria-label": t("peek.open"), "title": t("peek.open")},
            ),
            icon_button("x", label=t("peek.close"), on_click=Peek.open("")),
            class_name="row peek-title",
        ),
        rx.el.div(
            rx.el.span(VIEW.number, class_name="quiet small num"),
            _word("level", VIEW.level),
            _word("status", VIEW.status),
            _word("customer_type", VIEW.customer_type),
            class_name="row row-wrap",
        ),
        rx.cond(
            VIEW.owner == "",
            rx.fragment(),
            rx.el.div(icon("user-round", size=14), VIEW.owner, class_name="row quiet small"),
        ),
        class_name="peek-head",
    )


def _section(title: str, *content: rx.Component) -> rx.Component:
    return rx.el.section(rx.el.h3(t(title), class_name="peek-section"), *content)


def _next() -> rx.Component:
    planned = rx.cond(
        VIEW.next_at == "",
        rx.el.p(t("peek.no_next"), class_name="quiet small"),
        rx.el.p(
            icon("calendar-clock", size=14),
            rx.el.span(t("peek.next_follow_up"), " ", VIEW.next_at),
            due_badge(VIEW.next_days),
            class_name="row row-wrap peek-line",
        ),
    )
    more = rx.el.p(t("peek.more_tasks", n=VIEW.more_tasks), class_name="quiet small")
    return _section(
        "peek.next",
        planned,
        rx.cond(VIEW.tasks.length() > 0, rx.el.ul(rx.foreach(VIEW.tasks, _task), class_name="peek-tasks")),
        rx.cond(VIEW.more_tasks > 0, more, rx.fragment()),
    )


def _task(task: rx.Var[PeekTask]) -> rx.Component:
    return rx.el.li(
        icon("square", size=14),
        rx.el.span(
            rx.el.span(task.title),
            rx.el.span(task.due, " · ", task.who, class_name="quiet small"),
            class_name="stack grow",
        ),
        due_badge(task.days),
        class_name="row peek-line",
        key=task.id,
    )


def _contact() -> rx.Component:
    def line(icon_name: str, value: rx.Var[str]) -> rx.Component:
        shown = rx.el.p(icon(icon_name, size=14), rx.el.span(value, class_name="num"), class_name="row peek-line")
        return rx.cond(value == "", rx.fragment(), shown)

    contact = VIEW.contact
    return rx.cond(
        contact.name == "",
        rx.fragment(),
        _section(
            "peek.contact",
            rx.el.p(
                icon("contact-round", size=14),
                rx.el.span(contact.name),
                rx.el.span(contact.position, class_name="quiet small"),
                class_name="row peek-line",
            ),
            line("smartphone", contact.mobile),
            line("phone", contact.phone),
            line("mail", contact.email),
        ),
    )


def _fact(fact: rx.Var[PeekFact]) -> rx.Component:
    return rx.el.div(rx.el.dt(fact.label), rx.el.dd(fact.value), class_name="peek-fact", key=fact.label)


def _note(note: rx.Var[PeekNote]) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.span(note.action),
            rx.el.span(note.who, " · ", note.at, class_name="quiet small"),
            class_name="row row-wrap",
        ),
        rx.cond(note.body == "", rx.fragment(), rx.el.p(note.body, class_name="peek-note")),
        key=note.id,
    )
