"""How far everybody is."""

import reflex as rx

from crm_app.review.components.parts import cell, head
from crm_app.review.schemas import PersonLine
from crm_app.review.state import Reviews
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.widgets import empty_state, link

NOBODYS = routes.CUSTOMERS + "?f=owner.empty"


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
                one.name,
                type="button",
                class_name="link button-link",
                on_click=Reviews.choose(one.id.to_string()),
                aria_label=t("review.list_of", name=one.name),
            ),
            scope="row",
            class_name="cell bin-name",
        ),
        cell(one.department, t("review.department"), "quiet"),
        cell(one.total, t("review.total"), number),
        cell(one.confirmed, t("review.state.confirmed"), number),
        cell(one.corrected, t("review.state.corrected"), number),
        cell(one.open, t("review.state.open"), number),
        cell(share, t("review.share"), "review-how"),
        key=one.id.to_string(),
    )


def _nobody() -> rx.Component:
    return rx.cond(
        Reviews.nobodys > 0,
        rx.el.tr(
            rx.el.th(link(t("review.nobody"), to=NOBODYS, class_name="link"), scope="row", class_name="cell bin-name"),
            cell("", t("review.department")),
            cell(Reviews.nobodys, t("review.total"), "num tabular"),
            rx.el.td(t("review.nobody.text"), col_span=4, class_name="cell quiet review-aside"),
        ),
        rx.fragment(),
    )


def team_table() -> rx.Component:
    """The owners with what they did, and those customers that nobody has."""
    heads = rx.el.tr(
        head(t("review.person")),
        head(t("review.department")),
        head(t("review.total"), "right"),
        head(t("review.state.confirmed"), "right"),
        head(t("review.state.corrected"), "right"),
        head(t("review.state.open"), "right"),
        head(t("review.share")),
    )
    shown = rx.el.table(
        rx.el.thead(heads),
        rx.el.tbody(rx.foreach(Reviews.people, _person), _nobody()),
        class_name="list bin review-team",
        aria_label=t("review.team.table"),
    )
    nothing = empty_state(icon_name="users", title=t("review.team.empty"), text=t("review.team.empty.text"))
    return rx.cond((Reviews.people.length() > 0) | (Reviews.nobodys > 0), shown, nothing)
