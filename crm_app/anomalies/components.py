"""Pieces of the worklist, and the note on the customer's page."""

from typing import Any

import reflex as rx

from crm_app.access.permissions import Permission
from crm_app.access.state import Frame
from crm_app.anomalies.schemas import KindCount, Reason, WorkLine
from crm_app.anomalies.state import Anomalies, Assigning
from crm_app.core.vocabulary import COLORS
from crm_app.ui import routes
from crm_app.ui.fields import FocusFirstError, SubmitKeys, select_field, text_field
from crm_app.ui.i18n import t
from crm_app.ui.widgets import TickBox, badge, button, empty_state, icon, icon_button, link

LIBRARY = "$/public" + rx.asset("aim.jsx", shared=True)
MAY_ASSIGN = Frame.functions.contains(Permission.CUSTOMER_ASSIGN.value)


class AimButton(rx.Component):
    """Goes to a place of this page, and begins what corrects it."""

    library = LIBRARY
    tag = "AimButton"
    place: rx.Var[str]
    label: rx.Var[str]


class Aim(rx.Component):
    """Goes to the place that the address names behind `#`."""

    library = LIBRARY
    tag = "Aim"
    of: rx.Var[str]
    """The customer's number, once it is there."""


def _kind(code: rx.Var[str], text: rx.Var[str]) -> rx.Component:
    colors = [(value, badge(text, color=color)) for value, color in COLORS["anomaly"].items()]
    return rx.match(code, *colors, badge(text))


def _due(name: rx.Var[str], due: rx.Var[str], overdue: rx.Var[bool]) -> rx.Component:
    said = rx.cond(due == "", name, t("anomalies.due_by", name=name, day=due))
    late = rx.cond(overdue, badge(t("anomalies.overdue"), color="red"), rx.fragment())
    return rx.cond(name == "", rx.fragment(), rx.el.span(said, " ", late, class_name="quiet small"))


def score(completeness: rx.Var[int]) -> rx.Component:
    """The completeness of a record in percent, or that nobody judged it yet."""
    unknown = rx.fragment(rx.el.span("—", aria_hidden="true"), rx.el.span(t("anomalies.unjudged"), class_name="sr"))
    return rx.cond(completeness > 0, rx.fragment(completeness, "%"), unknown)


def record_note(number: rx.Var[str], reasons: rx.Var[list[Reason]], completeness: rx.Var[int]) -> rx.Component:
    """What is wrong with the customer of this page, each with the way to where it is put right (R5.2)."""

    def line(reason: rx.Var[Reason]) -> rx.Component:
        return rx.el.li(
            AimButton.create(
                rx.el.span(reason.text),
                icon("arrow-right", size=14),
                place=reason.place,
                label=t("anomalies.correct_of", name=reason.kind, text=reason.text),
                class_name="anomaly-go",
            ),
            _due(reason.assignee, reason.due, reason.overdue),
            key=reason.id.to_string(),
        )

    wrong = rx.el.details(
        rx.el.summary(icon("triangle-alert"), t("anomalies.badge", n=reasons.length()), class_name="anomaly-count"),
        rx.el.ul(rx.foreach(reasons, line), class_name="plain-list"),
        open=True,
        class_name="anomaly-note",
    )
    bar = rx.el.progress(value=completeness.to_string(), max="100", aria_labelledby="completeness-label")
    return rx.fragment(
        rx.cond(reasons.length() > 0, wrong, rx.fragment()),
        rx.el.div(
            rx.el.span(t("anomalies.completeness"), id="completeness-label"),
            rx.cond(completeness > 0, bar, rx.fragment()),
            rx.el.span(score(completeness), class_name="tabular"),
            class_name="row small quiet completeness",
        ),
        Aim.create(of=number),
    )


# --- the worklist


def filters() -> rx.Component:
    """Whose, which kind, and those that are overdue."""

    def pill(text: Any, on: Any, click: Any, count: Any = None) -> rx.Component:
        number = rx.fragment() if count is None else rx.el.span(count, class_name="count")
        return rx.el.button(
            text,
            number,
            type="button",
            class_name="pill",
            aria_pressed=rx.cond(on, "true", "false"),
            on_click=click,
        )

    def whose(one: rx.Var[str]) -> rx.Component:
        names = [(key, t(f"anomalies.whose.{key}")) for key in ("mine", "department", "all")]
        return rx.fragment(
            pill(rx.match(one, *names, ""), Anomalies.whose == one, Anomalies.choose_whose(one)), key=one
        )

    def kind(one: rx.Var[KindCount]) -> rx.Component:
        return rx.fragment(
            pill(one.label, Anomalies.code == one.code, Anomalies.choose_kind(one.code), one.count), key=one.code
        )

    return rx.el.div(
        rx.el.p(t("anomalies.help"), class_name="quiet small"),
        rx.el.div(
            rx.foreach(Anomalies.choices, whose),
            rx.el.span(class_name="pill-gap"),
            pill(t("anomalies.overdue"), Anomalies.overdue, Anomalies.show_overdue(~Anomalies.overdue), Anomalies.late),
            role="group",
            aria_label=t("anomalies.whose"),
            class_name="row row-wrap",
        ),
        rx.el.div(
            pill(t("anomalies.all"), Anomalies.code == "", Anomalies.choose_kind("")),
            rx.foreach(Anomalies.kinds, kind),
            role="group",
            aria_label=t("anomalies.kinds"),
            class_name="row row-wrap",
        ),
        class_name="list-bar anomaly-bar",
    )


def _head(key: str, class_name: str = "") -> rx.Component:
    return rx.el.th(rx.el.span(t(key), class_name="head-text"), scope="col", class_name=f"head {class_name}".strip())


def _row(line: rx.Var[WorkLine]) -> rx.Component:
    def cell(value: Any, key: str, class_name: str = "") -> rx.Component:
        return rx.el.td(value, class_name=f"cell {class_name}".strip(), custom_attrs={"data-label": t(key)})

    on = Anomalies.ticked.contains(line.id)
    to = routes.CUSTOMERS + "/" + line.number
    due = rx.fragment(line.due, " ", rx.cond(line.overdue, badge(t("anomalies.overdue"), color="red"), rx.fragment()))
    tick = TickBox.create(
        on=on,
        label=t("anomalies.tick", name=line.name, text=line.text),
        on_tick=lambda ticked: Anomalies.tick(line.id, ticked),
    )
    correct = link(
        t("anomalies.correct"),
        to=to + "#" + line.place,
        class_name="button button-small",
        aria_label=t("anomalies.correct_of", name=line.name, text=line.text),
    )
    assign = icon_button(
        "user-check",
        label=t("anomalies.assign_of", name=line.name, text=line.text),
        small=True,
        on_click=Assigning.open(line.id),
    )
    return rx.el.tr(
        rx.cond(MAY_ASSIGN, rx.el.td(tick, class_name="cell bin-tick-cell"), rx.fragment()),
        rx.el.th(
            link(line.name, to=to, class_name="link cut", title=line.name), scope="row", class_name="cell bin-name"
        ),
        cell(
            rx.el.span(_kind(line.code, line.kind), rx.el.span(line.text), class_name="anomaly-what"),
            "anomalies.reason",
            "anomaly-reason",
        ),
        cell(line.owner, "anomalies.owner"),
        cell(rx.cond(line.assignee == "", t("anomalies.nobody"), line.assignee), "anomalies.assignee"),
        rx.cond(
            line.due == "",
            rx.el.td(class_name="cell anomaly-no-due"),
            cell(due, "anomalies.due", "tabular"),
        ),
        cell(line.since, "anomalies.since", "tabular quiet"),
        rx.el.td(
            rx.el.div(rx.cond(MAY_ASSIGN, assign, rx.fragment()), correct, class_name="row anomaly-acts"),
            class_name="cell bin-act",
        ),
        data_ticked=rx.cond(on, "true", "false"),
        key=line.id.to_string(),
    )


def table() -> rx.Component:
    """The anomalies, the newest first; overdue ones by their day."""
    every = (Anomalies.ticked.length() == Anomalies.lines.length()) & (Anomalies.lines.length() > 0)
    ticks = rx.el.th(
        TickBox.create(on=every, label=t("anomalies.tick_all"), on_tick=Anomalies.tick_all),
        scope="col",
        class_name="head bin-tick-cell",
    )
    heads = rx.el.tr(
        rx.cond(MAY_ASSIGN, ticks, rx.fragment()),
        *[_head(f"anomalies.{name}") for name in ("customer", "reason", "owner", "assignee", "due", "since")],
        rx.el.th(rx.el.span(t("anomalies.correct"), class_name="sr"), scope="col", class_name="head"),
    )
    nothing = empty_state(icon_name="circle-check", title=t("anomalies.empty"), text=t("anomalies.empty.text"))
    shown = rx.el.table(
        rx.el.thead(heads),
        rx.el.tbody(rx.foreach(Anomalies.lines, _row)),
        class_name=rx.cond(MAY_ASSIGN, "list bin anomalies", "list bin anomalies anomalies-own"),
        aria_label=t("anomalies.table"),
    )
    return rx.el.div(
        rx.cond(Anomalies.lines.length() > 0, shown, nothing),
        class_name="list-box",
        tab_index=0,
        role="region",
        aria_label=t("anomalies.table"),
    )


def ticked_bar() -> rx.Component:
    """What can be done with the ticked rows."""
    bar = rx.el.div(
        rx.el.span(t("anomalies.ticked", n=Anomalies.ticked.length()), role="status"),
        button(t("anomalies.untick"), kind="ghost", small=True, on_click=Anomalies.tick_all(False)),
        button(t("anomalies.assign"), icon_name="user-check", kind="primary", small=True, on_click=Assigning.open(0)),
        class_name="bin-ticked",
    )
    return rx.cond(Anomalies.ticked.length() > 0, bar, rx.fragment())


def pager() -> rx.Component:
    """Previous and next."""
    return rx.cond(
        Anomalies.pages > 1,
        rx.el.nav(
            button(
                t("listing.previous"),
                small=True,
                disabled=Anomalies.page <= 1,
                on_click=Anomalies.go_to(Anomalies.page - 1),
            ),
            rx.el.span(Anomalies.page, " / ", Anomalies.pages, class_name="tabular"),
            button(
                t("listing.next"),
                small=True,
                disabled=Anomalies.page >= Anomalies.pages,
                on_click=Anomalies.go_to(Anomalies.page + 1),
            ),
            class_name="row dup-pager",
            aria_label=t("listing.pages"),
        ),
        rx.fragment(),
    )


def assign_dialog() -> rx.Component:
    """Who, and until when."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(t("anomalies.assign.title", n=Assigning.count), class_name="dialog-title"),
            rx.dialog.description(t("anomalies.assign.help"), class_name="quiet small"),
            SubmitKeys.create(
                FocusFirstError.create(
                    name=rx.cond(Assigning.problems["who"], "who", "due"), attempt=Assigning.attempt
                ),
                select_field(
                    name="who",
                    label=t("anomalies.assign.who"),
                    value=Assigning.who,
                    options=Assigning.people.to(list[dict[str, str]]),
                    placeholder=t("anomalies.assign.none"),
                    epoch=Assigning.epoch,
                    error=Assigning.problems["who"],
                    on_typed=lambda value: Assigning.type("who", value),
                ),
                text_field(
                    name="due",
                    label=t("anomalies.due"),
                    value=Assigning.due,
                    kind="day",
                    epoch=Assigning.epoch,
                    error=Assigning.problems["due"],
                    on_typed=lambda value: Assigning.type("due", value),
                ),
                class_name="stack gap-4",
                on_submit_keys=Assigning.save,
            ),
            rx.el.div(
                button(t("ui.cancel"), on_click=Assigning.show(False)),
                button(t("anomalies.assign"), kind="primary", on_click=Assigning.save),
                class_name="row dialog-foot",
            ),
            class_name="dialog",
        ),
        open=Assigning.is_open,
        on_open_change=Assigning.show,
    )
