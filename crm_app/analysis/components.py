"""Pieces of the dashboard: filters, key figures, the live mark."""

import reflex as rx

from crm_app.analysis.rules.questions import PERIODS
from crm_app.analysis.schemas import Tile
from crm_app.analysis.state import Dashboard, FilterChoice
from crm_app.core import periods
from crm_app.core.periods import Period
from crm_app.ui import charts
from crm_app.ui.browser import connected
from crm_app.ui.i18n import pick, t
from crm_app.ui.widgets import button, icon, link, skeleton

TILES = ("customers", "created", "follow_ups", "deals", "amount", "conversion", "overdue")


def live_mark() -> rx.Component:
    """Green while changes come by themselves; grey, with a word, when the connection is lost."""
    return rx.el.span(
        rx.el.span(class_name="live-dot", aria_hidden="true"),
        rx.cond(connected, t("analysis.live"), t("analysis.live.lost")),
        class_name="live",
        data_live=rx.cond(connected, "true", "false"),
        title=t("analysis.live.help"),
        role="status",
    )


def _choice(choice: rx.Var[FilterChoice]) -> rx.Component:
    return rx.el.option(choice.label, value=choice.value, key=choice.value)


def _drop_down(*options: rx.Component, label: rx.Var[str], value: rx.Var[str], on_change: object) -> rx.Component:
    return rx.el.select(*options, value=value, on_change=on_change, aria_label=label, class_name="input filter-select")


def _period_name(key: str) -> rx.Var[str]:
    named = Period(key, None, None)
    return pick(periods.label(named, lang="zh"), periods.label(named, lang="en"))


def _period_drop_down() -> rx.Component:
    own = ~rx.Var.create(list(PERIODS)).contains(Dashboard.period)
    return _drop_down(
        *[rx.el.option(_period_name(key), value=key) for key in PERIODS],
        rx.el.option(t("analysis.filter.custom"), value="custom"),
        label=t("analysis.filter.period"),
        value=rx.cond(own | Dashboard.picking, "custom", Dashboard.period),
        on_change=Dashboard.choose_period,
    )


def _own_days() -> rx.Component:
    """First and last day of a period that has no name."""
    return rx.el.form(
        rx.el.input(
            type="date",
            name="first",
            default_value=Dashboard.first_day,
            aria_label=t("analysis.filter.from"),
            class_name="input",
            key=Dashboard.first_day,
        ),
        rx.el.span("–", aria_hidden="true"),
        rx.el.input(
            type="date",
            name="last",
            default_value=Dashboard.last_day,
            aria_label=t("analysis.filter.to"),
            class_name="input",
            key=Dashboard.last_day,
        ),
        button(t("analysis.filter.apply"), type="submit"),
        on_submit=Dashboard.choose_days,
        class_name="row filter-days",
    )


def filter_bar() -> rx.Component:
    """Period, department, owner, industry; what is compared; whether the page is live."""
    own = ~rx.Var.create(list(PERIODS)).contains(Dashboard.period)
    return rx.el.div(
        _period_drop_down(),
        rx.cond(own | Dashboard.picking, _own_days(), rx.fragment()),
        rx.cond(
            Dashboard.department_choices.length() > 1,
            _drop_down(
                rx.el.option(t("analysis.filter.department.all"), value=""),
                rx.foreach(Dashboard.department_choices, _choice),
                label=t("analysis.filter.department"),
                value=Dashboard.department,
                on_change=Dashboard.choose_department,
            ),
            rx.fragment(),
        ),
        rx.cond(
            Dashboard.owner_choices.length() > 1,
            _drop_down(
                rx.el.option(t("analysis.filter.owner.all"), value=""),
                rx.foreach(Dashboard.owner_choices, _choice),
                label=t("analysis.filter.owner"),
                value=Dashboard.owner,
                on_change=Dashboard.choose_owner,
            ),
            rx.fragment(),
        ),
        _drop_down(
            rx.el.option(t("analysis.filter.industry.all"), value=""),
            rx.foreach(Dashboard.industry_choices, _choice),
            label=t("analysis.filter.industry"),
            value=Dashboard.industry,
            on_change=Dashboard.choose_industry,
        ),
        rx.cond(
            Dashboard.address != "",
            button(t("analysis.filter.clear"), icon_name="x", kind="ghost", on_click=Dashboard.clear),
            rx.fragment(),
        ),
        rx.el.div(
            rx.el.span(Dashboard.compared, title=Dashboard.compared, class_name="quiet small cut"),
            live_mark(),
            class_name="filter-state row",
        ),
        class_name="filter-line",
        role="group",
        aria_label=t("analysis.filters"),
    )


def _names_of_tiles(suffix: str) -> list[tuple[str, rx.Var[str]]]:
    return [(key, t(f"analysis.tile.{key}{suffix}")) for key in TILES]


def _direction(shown: rx.Var[Tile]) -> rx.Component:
    """Up, down or level, as a sign and for those who hear the page."""

    def sign(shape: str, text: str) -> rx.Component:
        return rx.fragment(icon(shape, size=14), rx.el.span(t(text), class_name="sr"))

    return rx.cond(
        shown.tone == "same",
        sign("move-right", "analysis.level"),
        rx.cond(shown.rising, sign("trending-up", "analysis.rising"), sign("trending-down", "analysis.falling")),
    )


def tile(shown: rx.Var[Tile]) -> rx.Component:
    """A key figure: the whole tile opens the list behind it, ⓘ tells what it means."""
    name = rx.match(shown.key, *_names_of_tiles(""), "")
    return rx.el.li(
        rx.el.div(
            link(name, to=shown.href, class_name="tile-name tile-link"),
            charts.definition(name, rx.match(shown.key, *_names_of_tiles(".help"), "")),
            class_name="tile-head",
        ),
        rx.el.div(
            rx.el.span(shown.value, class_name="tile-value", title=shown.full),
            rx.el.span(shown.note, class_name="quiet small"),
            class_name="tile-figure",
            title=shown.note,
        ),
        rx.el.div(
            rx.cond(
                shown.change != "",
                rx.el.span(
                    _direction(shown),
                    shown.change,
                    class_name="tile-change",
                    data_tone=shown.tone,
                ),
                rx.fragment(),
            ),
            rx.el.span(shown.against, class_name="quiet cut", title=shown.against),
            class_name="tile-line small",
        ),
        class_name="card tile",
        key=shown.key,
    )


def tile_skeleton() -> rx.Component:
    """A tile that is still to come, of the same height."""
    return rx.el.li(
        rx.el.div(skeleton(height=14, width="50%"), class_name="tile-head"),
        rx.el.div(skeleton(height=22, width="60%"), class_name="tile-figure"),
        rx.el.div(skeleton(height=12, width="80%"), class_name="tile-line small"),
        class_name="card tile",
        aria_hidden="true",
    )
