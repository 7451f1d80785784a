"""An owner's list: what is to be confirmed of it, and what is done."""

import reflex as rx

from crm_app.anomalies.components import score
from crm_app.core.vocabulary import COLORS
from crm_app.review.components.parts import MAY_EDIT, STANDING, cell, head
from crm_app.review.schemas import Kind, Line, Shown
from crm_app.review.state import Confirming, Reviews
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.widgets import TickBox, badge, button, empty_state, icon, link, star

STATES = {"corrected": "blue", "confirmed": "green"}
ONLY_DONE = Reviews.shown == Shown.DONE.value
"""Of the others there is nothing to tell, and 「待确认」 is a status of customers too."""


def colored(kind: str, code: rx.Var[str], text: rx.Var[str]) -> rx.Component:
    """A badge in the colour of its code."""
    colors = [(value, badge(text, color=color)) for value, color in COLORS[kind].items()]
    return rx.match(code, *colors, badge(text))


def _kind(one: rx.Var[Kind]) -> rx.Component:
    return rx.fragment(colored("anomaly", one.code, one.label), key=one.code)


def _state(line: rx.Var[Line]) -> rx.Component:
    shown = rx.match(
        line.state,
        *[(code, badge(t(f"review.state.{code}"), color=color)) for code, color in STATES.items()],
        rx.fragment(),
    )
    said = rx.el.span(t("review.by", name=line.by, at=line.at), class_name="quiet small")
    return rx.el.span(shown, rx.cond(line.by != "", said, rx.fragment()), class_name="anomaly-what")


def _acts(line: rx.Var[Line], to: rx.Var[str]) -> rx.Component:
    confirm = button(
        icon("check", size=14),
        t("review.confirm"),
        small=True,
        on_click=Confirming.confirm(line.number),
        aria_label=t("review.confirm_of", name=line.name),
    )
    correct = link(
        t("review.correct"),
        to=to,
        class_name="button button-small button-ghost",
        aria_label=t("review.correct_of", name=line.name),
    )
    return rx.el.div(
        rx.cond(line.state == "confirmed", rx.fragment(), correct),
        rx.cond(line.may_confirm, confirm, rx.fragment()),
        class_name="row anomaly-acts",
    )


def _row(line: rx.Var[Line]) -> rx.Component:
    on = Reviews.ticked.contains(line.number)
    to = routes.CUSTOMERS + "/" + line.number
    tick = rx.cond(
        line.may_confirm,
        TickBox.create(
            on=on,
            label=t("review.tick", name=line.name),
            on_tick=lambda ticked: Reviews.tick(line.number, ticked),
        ),
        rx.fragment(),
    )
    shown = (star(line.is_key), rx.el.span(line.name, class_name="cut"))
    name = link(*shown, to=to, class_name="link row", title=line.name)
    kinds = rx.el.span(rx.foreach(line.anomalies, _kind), class_name="row row-wrap review-kinds")
    none = rx.el.span(t("review.none"), class_name="quiet")
    contact = rx.cond(line.last_contact == "", rx.el.span(t("review.never"), class_name="quiet"), line.last_contact)
    return rx.el.tr(
        rx.cond(MAY_EDIT, rx.el.td(tick, class_name="cell bin-tick-cell"), rx.fragment()),
        rx.el.th(name, scope="row", class_name="cell bin-name"),
        cell(colored("level", line.level_code, line.level), t("customers.field.level")),
        cell(colored("status", line.status_code, line.status), t("customers.field.status")),
        cell(score(line.completeness), t("review.completeness"), "num tabular"),
        cell(rx.cond(line.anomalies.length() > 0, kinds, none), t("review.anomalies"), "review-wrong"),
        cell(contact, t("review.last_contact"), "tabular review-contact"),
        rx.cond(ONLY_DONE, cell(_state(line), t("review.state"), "review-state"), rx.fragment()),
        rx.el.td(_acts(line, to), class_name="cell bin-act"),
        data_ticked=rx.cond(on, "true", "false"),
        key=line.number,
    )


def owner_list() -> rx.Component:
    """The table, or why it is empty."""
    free = Reviews.free
    every = (free > 0) & (Reviews.ticked.length() == free)
    ticks = rx.el.th(
        TickBox.create(on=every, label=t("review.tick_all"), on_tick=Reviews.tick_all),
        scope="col",
        class_name="head bin-tick-cell",
    )
    heads = rx.el.tr(
        rx.cond(MAY_EDIT, ticks, rx.fragment()),
        head(t("review.customer")),
        head(t("customers.field.level")),
        head(t("customers.field.status")),
        head(t("review.completeness"), "right"),
        head(t("review.anomalies")),
        head(t("review.last_contact")),
        rx.cond(ONLY_DONE, head(t("review.state")), rx.fragment()),
        rx.el.th(rx.el.span(t("review.confirm"), class_name="sr"), scope="col", class_name="head"),
    )
    shown = rx.el.table(
        rx.el.thead(heads),
        rx.el.tbody(rx.foreach(Reviews.lines, _row)),
        class_name="list bin review",
        aria_label=t("review.table"),
    )
    return rx.cond(Reviews.lines.length() > 0, shown, _nothing())


def _nothing() -> rx.Component:
    done = empty_state(icon_name="circle-check-big", title=t("review.clear"), text=t("review.clear.text"))
    none = empty_state(icon_name="clipboard-list", title=t("review.no_done"), text=t("review.no_done.text"))
    empty = empty_state(icon_name="clipboard-list", title=t("review.empty"), text=t("review.empty.text"))
    return rx.cond(STANDING.total == 0, empty, rx.cond(Reviews.shown == Shown.OPEN.value, done, none))


def ticked_bar() -> rx.Component:
    """What can be done with the ticked rows."""
    shown = rx.el.div(
        rx.el.span(t("review.ticked", n=Reviews.ticked.length()), role="status"),
        button(t("review.untick"), kind="ghost", small=True, on_click=Reviews.tick_all(False)),
        button(
            icon("check", size=14),
            t("review.confirm_ticked"),
            kind="primary",
            small=True,
            on_click=Confirming.confirm_ticked,
        ),
        class_name="bin-ticked",
    )
    return rx.cond(Reviews.ticked.length() > 0, shown, rx.fragment())


def pager() -> rx.Component:
    """Previous and next."""
    before = button(
        t("listing.previous"), small=True, disabled=Reviews.page <= 1, on_click=Reviews.go_to(Reviews.page - 1)
    )
    after = button(
        t("listing.next"),
        small=True,
        disabled=Reviews.page >= Reviews.pages,
        on_click=Reviews.go_to(Reviews.page + 1),
    )
    shown = rx.el.nav(
        before,
        rx.el.span(Reviews.page, " / ", Reviews.pages, class_name="tabular"),
        after,
        class_name="row dup-pager",
        aria_label=t("listing.pages"),
    )
    return rx.cond(Reviews.pages > 1, shown, rx.fragment())
