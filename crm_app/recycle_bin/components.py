"""Pieces of the recycle bin's page."""

from typing import Any

import reflex as rx

from crm_app.listing.components import ListPager, ListTotal, SearchBox
from crm_app.recycle_bin import rules
from crm_app.recycle_bin.schemas import BinLine
from crm_app.recycle_bin.state import RecycleBin
from crm_app.ui.i18n import t
from crm_app.ui.widgets import TickBox, badge, button, empty_state, icon

SOON = 3
"""So few days left stand out."""


def bin_bar() -> rx.Component:
    """Search, how many there are, and what the bin is."""
    view = RecycleBin.shown
    return rx.el.div(
        SearchBox.create(
            id="bin-search",
            view=view,
            label=t("recycle_bin.search"),
            hint=t("recycle_bin.search.hint"),
            examples=t("recycle_bin.search.hint"),
            clear_label=t("listing.search_clear"),
            on_search=RecycleBin.search,
        ),
        rx.el.p(t("recycle_bin.help", days=rules.KEPT.days), class_name="quiet small bin-help"),
        rx.el.div(
            ListTotal.create(view=view, texts=rx.Var.create({"total": t("listing.total", n="{n}")})),
            class_name="list-controls",
        ),
        class_name="list-bar",
        role="search",
    )


def _head(key: str, class_name: str = "") -> rx.Component:
    return rx.el.th(rx.el.span(t(key), class_name="head-text"), scope="col", class_name=f"head {class_name}".strip())


def _days(line: rx.Var[BinLine]) -> rx.Component:
    left = t("recycle_bin.days", n=line.days_left)
    return rx.cond(line.days_left <= SOON, badge(left, color="red"), rx.el.span(left))


def _row(line: rx.Var[BinLine]) -> rx.Component:
    def cell(value: Any, key: str, class_name: str = "") -> rx.Component:
        return rx.el.td(value, class_name=f"cell {class_name}".strip(), custom_attrs={"data-label": t(key)})

    on = RecycleBin.ticked.contains(line.number)
    return rx.el.tr(
        rx.el.td(
            TickBox.create(
                on=on,
                label=t("recycle_bin.tick", name=line.name),
                on_tick=lambda ticked: RecycleBin.tick(line.number, ticked),
            ),
            class_name="cell bin-tick-cell",
        ),
        rx.el.th(rx.el.span(line.name, class_name="cut"), scope="row", class_name="cell bin-name", title=line.name),
        cell(line.number, "recycle_bin.number", "bin-number quiet"),
        cell(line.owner, "recycle_bin.owner"),
        cell(line.deleted_by, "recycle_bin.deleted_by"),
        cell(line.deleted_at, "recycle_bin.deleted_at", "date"),
        cell(_days(line), "recycle_bin.days_left", "num"),
        rx.el.td(
            button(
                icon("undo-2", size=14),
                t("recycle_bin.restore"),
                small=True,
                on_click=RecycleBin.restore(line.number),
                aria_label=t("recycle_bin.restore_of", name=line.name),
            ),
            class_name="cell bin-act",
        ),
        data_ticked=rx.cond(on, "true", "false"),
        key=line.number,
    )


def bin_table() -> rx.Component:
    """What lies in the bin, the latest first."""
    every = (RecycleBin.ticked.length() == RecycleBin.lines.length()) & (RecycleBin.lines.length() > 0)
    ticks = rx.el.th(
        TickBox.create(on=every, label=t("recycle_bin.tick_all"), on_tick=RecycleBin.tick_all),
        scope="col",
        class_name="head bin-tick-cell",
    )
    heads = rx.el.tr(
        ticks,
        _head("recycle_bin.name"),
        _head("recycle_bin.number"),
        _head("recycle_bin.owner"),
        _head("recycle_bin.deleted_by"),
        _head("recycle_bin.deleted_at", "right"),
        _head("recycle_bin.days_left", "right"),
        rx.el.th(rx.el.span(t("recycle_bin.restore"), class_name="sr"), scope="col", class_name="head"),
    )
    return rx.el.div(
        rx.cond(
            RecycleBin.lines.length() > 0,
            rx.el.table(
                rx.el.thead(heads),
                rx.el.tbody(rx.foreach(RecycleBin.lines, _row)),
                class_name="list bin",
                aria_label=t("recycle_bin.table"),
            ),
            _nothing(),
        ),
        class_name="list-box",
        tab_index=0,
        role="region",
        aria_label=t("recycle_bin.table"),
    )


def _nothing() -> rx.Component:
    return rx.cond(
        RecycleBin.shown.narrowed,
        empty_state(
            icon_name="search-x",
            title=t("recycle_bin.nothing"),
            text=t("recycle_bin.nothing.text"),
            actions=[button(t("recycle_bin.clear"), kind="primary", on_click=RecycleBin.clear)],
        ),
        empty_state(
            icon_name="trash-2",
            title=t("recycle_bin.empty"),
            text=t("recycle_bin.empty.text", days=rules.KEPT.days),
        ),
    )


def ticked_bar() -> rx.Component:
    """What can be done with the ticked rows."""
    bar = rx.el.div(
        rx.el.span(t("recycle_bin.ticked", n=RecycleBin.ticked.length()), role="status"),
        button(t("recycle_bin.untick"), kind="ghost", small=True, on_click=RecycleBin.tick_all(False)),
        button(
            icon("undo-2", size=14),
            t("recycle_bin.restore_ticked"),
            kind="primary",
            small=True,
            on_click=RecycleBin.restore_ticked,
        ),
        class_name="bin-ticked",
    )
    return rx.cond(RecycleBin.ticked.length() > 0, bar, rx.fragment())


def bin_pager() -> rx.Component:
    """Previous, next, any page, rows a page."""
    keys = {"pages": "pages", "page": "page", "previous": "previous", "next": "next", "size": "size"}
    texts = {name: t(f"listing.{key}") for name, key in keys.items()}
    texts |= {"pageOf": t("listing.page_of", n="{n}"), "sizeN": t("listing.size_n", n="{n}")}
    return ListPager.create(
        view=RecycleBin.shown,
        setup=RecycleBin.setup,
        texts=rx.Var.create(texts),
        on_page=RecycleBin.go_to,
        on_size=RecycleBin.set_size,
    )
