"""Pieces of the review's page."""

from typing import Any

import reflex as rx

from crm_app.access.permissions import Permission
from crm_app.access.state import Frame
from crm_app.background.components import progress as job_progress
from crm_app.background.components import why
from crm_app.core.vocabulary import COLORS
from crm_app.review.schemas import Choice, Kind, Line, PersonLine, Shown
from crm_app.review.state import MINE, TEAM, Confirming, Reviews
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.widgets import TickBox, badge, button, empty_state, icon, link, star

MAY_EDIT = Frame.functions.contains(Permission.CUSTOMER_EDIT.value)
MAY_OPEN = Frame.functions.contains(Permission.REVIEW_OPEN.value)
MONTHS: Any = Reviews.months
STANDING: Any = Reviews.standing
NOBODYS = routes.CUSTOMERS + "?f=owner.empty"
STATES = {"open": "amber", "corrected": "blue", "confirmed": "green"}


def colored(kind: str, code: rx.Var[str], text: rx.Var[str]) -> rx.Component:
    """A badge in the colour of its code."""
    colors = [(value, badge(text, color=color)) for value, color in COLORS[kind].items()]
    return rx.match(code, *colors, badge(text))


def open_button(*, words_on_phone: bool = False) -> rx.Component:
    """「开始 2026年11月 复核」, for whoever may, when there is one to open."""
    words = t("review.open", month=MONTHS.to_open_label)
    shown = button(
        icon("clipboard-list"),
        rx.el.span(words, class_name="" if words_on_phone else "hide-phone"),
        kind="primary",
        on_click=Confirming.open_month,
        disabled=MONTHS.opening,
        aria_label=words,
    )
    return rx.cond(MONTHS.to_open != "", shown, rx.fragment())


# --- above the table


def _pill(text: Any, on: Any, click: Any, count: Any = None) -> rx.Component:
    number = rx.fragment() if count is None else rx.el.span(count, class_name="count")
    return rx.el.button(
        text, number, type="button", class_name="pill", aria_pressed=rx.cond(on, "true", "false"), on_click=click
    )


def _months() -> rx.Component:
    def month(one: rx.Var[Choice]) -> rx.Component:
        return rx.el.option(one.label, value=one.value, key=one.value)

    return rx.el.select(
        rx.foreach(MONTHS.choices, month),
        value=Reviews.month,
        on_change=Reviews.choose_month,
        aria_label=t("review.month"),
        class_name="input filter-select review-month",
    )


def _whose() -> rx.Component:
    """Progress or one's own list, and whose list else is shown."""
    others = rx.cond(
        (Reviews.who != MINE) & (Reviews.who != TEAM),
        _pill(t("review.list_of", name=Reviews.person), True, Reviews.choose(Reviews.who)),
        rx.fragment(),
    )
    return rx.el.div(
        _pill(t("review.team"), Reviews.who == TEAM, Reviews.choose(TEAM)),
        _pill(t("review.mine"), Reviews.who == MINE, Reviews.choose(MINE)),
        others,
        role="group",
        aria_label=t("review.views"),
        class_name="row row-wrap",
    )


def _parts() -> rx.Component:
    done = STANDING.total - STANDING.open
    count = [(Shown.OPEN, "review.part.open", STANDING.open), (Shown.DONE, "review.part.done", done)]
    return rx.el.div(
        *[_pill(t(key), Reviews.shown == part.value, Reviews.show(part.value), n) for part, key, n in count],
        role="group",
        aria_label=t("review.parts"),
        class_name="row row-wrap",
    )


def _all() -> rx.Component:
    """「全部确认」: all that are to be confirmed of this list."""
    may = MAY_EDIT & Reviews.current & (Reviews.who != TEAM) & (Reviews.shown == Shown.OPEN.value)
    some = Reviews.lines.length() > 0
    return rx.cond(
        may & some,
        button(
            icon("check-check", size=14),
            t("review.confirm_all", n=STANDING.open),
            small=True,
            on_click=Confirming.confirm_all,
        ),
        rx.fragment(),
    )


def bar() -> rx.Component:
    """Which month, whose, which part, and how far that is."""
    how_far = rx.el.div(
        rx.el.progress(
            value=STANDING.percent.to_string(), max="100", aria_label=t("review.progress"), class_name="review-bar"
        ),
        rx.el.span(STANDING.percent, "%", class_name="tabular"),
        rx.el.span(
            t(
                "review.standing",
                total=STANDING.total,
                confirmed=STANDING.confirmed,
                corrected=STANDING.corrected,
                open=STANDING.open,
            ),
            class_name="quiet",
            role="status",
        ),
        class_name="row row-wrap small review-standing",
    )
    return rx.el.div(
        rx.el.p(t("review.help"), class_name="quiet small"),
        rx.el.div(
            _months(),
            rx.cond(MAY_OPEN, _whose(), rx.fragment()),
            rx.cond(Reviews.who == TEAM, rx.fragment(), rx.el.span(class_name="pill-gap")),
            rx.cond(Reviews.who == TEAM, rx.fragment(), _parts()),
            rx.cond(Reviews.current, rx.fragment(), badge(t("review.over"))),
            class_name="row row-wrap",
        ),
        rx.el.div(how_far, _all(), class_name="row row-wrap spread"),
        class_name="list-bar anomaly-bar",
    )


def opening() -> rx.Component:
    """Tells that a review is being opened, and why it failed."""
    going = rx.el.div(
        rx.cond(Reviews.job.id > 0, job_progress(Reviews.job), rx.fragment()),
        rx.el.span(t("review.opening"), class_name="quiet small", role="status"),
        class_name="row row-wrap review-opening",
    )
    return rx.cond(MONTHS.opening, going, why(Reviews.job))


# --- somebody's list


def _head(text: Any, class_name: str = "") -> rx.Component:
    return rx.el.th(rx.el.span(text, class_name="head-text"), scope="col", class_name=f"head {class_name}".strip())


def _cell(value: Any, label: Any, class_name: str = "") -> rx.Component:
    return rx.el.td(value, class_name=f"cell {class_name}".strip(), custom_attrs={"data-label": label})


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
        _cell(colored("level", line.level_code, line.level), t("customers.field.level")),
        _cell(colored("status", line.status_code, line.status), t("customers.field.status")),
        _cell(rx.fragment(line.completeness, "%"), t("review.completeness"), "num tabular"),
        _cell(rx.cond(line.anomalies.length() > 0, kinds, none), t("review.anomalies"), "review-wrong"),
        _cell(contact, t("review.last_contact"), "tabular review-contact"),
        _cell(_state(line), t("review.state"), "review-state"),
        rx.el.td(_acts(line, to), class_name="cell bin-act"),
        data_ticked=rx.cond(on, "true", "false"),
        key=line.number,
    )


def _list() -> rx.Component:
    free = Reviews.free
    every = (free > 0) & (Reviews.ticked.length() == free)
    ticks = rx.el.th(
        TickBox.create(on=every, label=t("review.tick_all"), on_tick=Reviews.tick_all),
        scope="col",
        class_name="head bin-tick-cell",
    )
    heads = rx.el.tr(
        rx.cond(MAY_EDIT, ticks, rx.fragment()),
        _head(t("review.customer")),
        _head(t("customers.field.level")),
        _head(t("customers.field.status")),
        _head(t("review.completeness"), "right"),
        _head(t("review.anomalies")),
        _head(t("review.last_contact")),
        _head(t("review.state")),
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


# --- how far everybody is


def _person(one: rx.Var[PersonLine]) -> rx.Component:
    number = "num tabular"
    share = rx.el.span(
        rx.el.progress(
            value=one.percent.to_string(),
            max="100",
            aria_label=t("review.progress_of", name=one.name),
            class_name="review-bar",
        ),
        rx.el.span(one.percent, "%", class_name="tabular"),
        class_name="row review-share",
    )
    return rx.el.tr(
        rx.el.th(
            rx.el.button(
                one.name, type="button", class_name="link button-link", on_click=Reviews.choose(one.id.to_string())
            ),
            scope="row",
            class_name="cell bin-name",
        ),
        _cell(one.department, t("review.department"), "quiet"),
        _cell(one.total, t("review.total"), number),
        _cell(one.confirmed, t("review.state.confirmed"), number),
        _cell(one.corrected, t("review.state.corrected"), number),
        _cell(one.open, t("review.state.open"), number),
        _cell(share, t("review.share"), "review-how"),
        key=one.id.to_string(),
    )


def _nobody() -> rx.Component:
    return rx.cond(
        Reviews.nobodys > 0,
        rx.el.tr(
            rx.el.th(link(t("review.nobody"), to=NOBODYS, class_name="link"), scope="row", class_name="cell bin-name"),
            _cell("", t("review.department")),
            _cell(Reviews.nobodys, t("review.total"), "num tabular"),
            rx.el.td(t("review.nobody.text"), col_span=4, class_name="cell quiet review-aside"),
        ),
        rx.fragment(),
    )


def _team() -> rx.Component:
    heads = rx.el.tr(
        _head(t("review.person")),
        _head(t("review.department")),
        _head(t("review.total"), "right"),
        _head(t("review.state.confirmed"), "right"),
        _head(t("review.state.corrected"), "right"),
        _head(t("review.state.open"), "right"),
        _head(t("review.share")),
    )
    shown = rx.el.table(
        rx.el.thead(heads),
        rx.el.tbody(rx.foreach(Reviews.people, _person), _nobody()),
        class_name="list bin review-team",
        aria_label=t("review.team.table"),
    )
    nothing = empty_state(icon_name="users", title=t("review.team.empty"), text=t("review.team.empty.text"))
    return rx.cond((Reviews.people.length() > 0) | (Reviews.nobodys > 0), shown, nothing)


def table() -> rx.Component:
    """Somebody's list, or how far everybody is."""
    label = rx.cond(Reviews.who == TEAM, t("review.team.table"), t("review.table"))
    return rx.el.div(
        rx.cond(Reviews.who == TEAM, _team(), _list()),
        class_name="list-box",
        tab_index=0,
        role="region",
        aria_label=label,
    )


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


def not_open() -> rx.Component:
    """What stands here before the first review."""
    return empty_state(
        icon_name="clipboard-list",
        title=t("review.not_open"),
        text=t("review.not_open.text"),
        actions=[open_button(words_on_phone=True)],
    )
