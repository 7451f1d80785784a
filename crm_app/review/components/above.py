"""Which month, whose list, which part of it and how far that is; and opening a review."""

from typing import Any

import reflex as rx

from crm_app.background.components import progress as job_progress
from crm_app.background.components import why
from crm_app.review.components.parts import MAY_EDIT, MAY_OPEN, MONTHS, STANDING
from crm_app.review.schemas import Choice, Shown
from crm_app.review.state import MINE, TEAM, Confirming, Reviews
from crm_app.ui.i18n import t
from crm_app.ui.widgets import badge, button, empty_state, icon


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


def not_open() -> rx.Component:
    """What stands here before the first review."""
    return empty_state(
        icon_name="clipboard-list",
        title=t("review.not_open"),
        text=t("review.not_open.text"),
        actions=[open_button(words_on_phone=True)],
    )


def opening() -> rx.Component:
    """Tells that a review is being opened, and why it failed."""
    going = rx.el.div(
        rx.cond(Reviews.job.id > 0, job_progress(Reviews.job), rx.fragment()),
        rx.el.span(t("review.opening"), class_name="quiet small", role="status"),
        class_name="row row-wrap review-opening",
    )
    return rx.cond(MONTHS.opening, going, why(Reviews.job))


def pill(text: Any, on: Any, click: Any, count: Any = None) -> rx.Component:
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
        pill(t("review.list_of", name=Reviews.person), True, Reviews.choose(Reviews.who)),
        rx.fragment(),
    )
    return rx.el.div(
        pill(t("review.team"), Reviews.who == TEAM, Reviews.choose(TEAM)),
        pill(t("review.mine"), Reviews.who == MINE, Reviews.choose(MINE)),
        others,
        role="group",
        aria_label=t("review.views"),
        class_name="row row-wrap",
    )


def _parts() -> rx.Component:
    done = STANDING.total - STANDING.open
    count = [(Shown.OPEN, "review.part.open", STANDING.open), (Shown.DONE, "review.part.done", done)]
    return rx.el.div(
        *[pill(t(key), Reviews.shown == part.value, Reviews.show(part.value), n) for part, key, n in count],
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
            rx.cond(MAY_OPEN & (Reviews.who != TEAM), rx.el.span(class_name="pill-gap hide-phone"), rx.fragment()),
            rx.cond(Reviews.who == TEAM, rx.fragment(), _parts()),
            rx.cond(Reviews.current, rx.fragment(), badge(t("review.over"))),
            class_name="row row-wrap",
        ),
        rx.cond(STANDING.total > 0, rx.el.div(how_far, _all(), class_name="row row-wrap spread"), rx.fragment()),
        class_name="list-bar anomaly-bar",
    )
