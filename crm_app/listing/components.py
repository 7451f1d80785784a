"""The pieces of a list's page, for any state made by `list_state`: filter bar, table, pager, column chooser."""

from collections.abc import Sequence
from typing import Any

import reflex as rx
from reflex.vars import VarData

from crm_app.listing.editing import CellAnswer, CellEdit
from crm_app.listing.schemas import ChoiceView, ColumnView, ListView, Row, Setup
from crm_app.ui.fields import draft_key
from crm_app.ui.i18n import t

_TABLE = "$/public" + rx.asset("table.jsx", shared=True)
_PAGES = "$/public" + rx.asset("pages.jsx", shared=True)
_COLUMNS = "$/public" + rx.asset("columns.jsx", shared=True)
_FILTERS = "$/public" + rx.asset("filters.jsx", shared=True)
_SEARCH = "$/public" + rx.asset("search.jsx", shared=True)
# The others read these.
for _name in ("cells.jsx", "editing.jsx", "facets.jsx", "focus.jsx", "parts.jsx", "selection.jsx"):
    rx.asset(_name, shared=True)

SEARCH_ID = "list-search"


_sent = rx.event.passthrough_event_spec
_nothing = rx.event.no_args_event_spec


class _Part(rx.Component):
    """What most parts know."""

    view: rx.Var[ListView]
    setup: rx.Var[Setup]
    texts: rx.Var[dict[str, str]]


class SearchBox(rx.Component):
    """Searches while one types; typed conditions become chips (R3.3)."""

    library = _SEARCH
    tag = "SearchBox"
    view: rx.Var[ListView]
    label: rx.Var[str]
    hint: rx.Var[str]
    examples: rx.Var[str]
    """What can be typed, a line each; shown while the box is empty."""
    clear_label: rx.Var[str]
    on_search: rx.EventHandler[_sent(str, bool, int)]


class FilterBar(_Part):
    """Filters of one click, any filter, and the chips of those that are set (R3.2)."""

    library = _FILTERS
    tag = "FilterBar"
    places: rx.Var[list[ChoiceView]]
    facets: rx.Var[str]
    """Whether the rows of filters are shown: `open`, `closed`, or as the window's width has it."""
    on_put: rx.EventHandler[_sent(int, str, str, list[str])]
    on_remove: rx.EventHandler[_sent(int)]
    on_group: rx.EventHandler[_sent(int, str, str, list[str])]
    on_member: rx.EventHandler[_sent(int, int, str, str, list[str])]
    on_remove_member: rx.EventHandler[_sent(int, int)]
    on_clear: rx.EventHandler[_nothing]
    on_toggle: rx.EventHandler[_sent(str, str)]
    on_facets: rx.EventHandler[_sent(bool)]
    on_find: rx.EventHandler[_sent(str)]


class ListTable(_Part):
    """Rows under sticky headers that sort; the first column stays; columns are as wide as one pulls them (R3.1)."""

    library = _TABLE
    tag = "ListTable"
    rows: rx.Var[list[Row]]
    columns: rx.Var[list[ColumnView]]
    base: rx.Var[str]
    """What stands before a row's key in its address."""
    density: rx.Var[str]
    label: rx.Var[str]
    search_id: rx.Var[str]
    ticks: rx.Var[bool]
    """Whether rows can be ticked."""
    on_sort: rx.EventHandler[_sent(str)]
    on_filter: rx.EventHandler[_sent(str, str, str)]
    on_width: rx.EventHandler[_sent(str, int)]
    cell: rx.Var[CellEdit]
    answer: rx.Var[CellAnswer]
    places: rx.Var[list[ChoiceView]]
    draft: rx.Var[str]
    """Key under which what is typed in a cell is kept in this tab."""
    on_edit: rx.EventHandler[_sent(str, str, int)]
    on_save: rx.EventHandler[_sent(str, str, str, int, bool, int)]
    on_find: rx.EventHandler[_sent(str)]
    peek: rx.Var[str]
    """The key of the row that is open beside the list."""
    on_peek: rx.EventHandler[_sent(str)]


class SelectionBar(rx.Component):
    """How many rows are ticked, and what can be done with them: its children."""

    library = _TABLE
    tag = "SelectionBar"
    view: rx.Var[ListView]
    used: rx.Var[int]
    """Grows when what was ticked was made use of."""
    label: rx.Var[str]
    texts: rx.Var[dict[str, str]]


def selected() -> tuple[rx.Var[list[str]], rx.Var[bool], rx.Var[str]]:
    """The keys of the ticked rows, whether all of the list are, and the list's address; read when an event is sent."""

    def read(function: str, kind: Any) -> Any:
        data = VarData(imports={_TABLE: [function]})
        return rx.Var(f"{function}()", _var_type=kind, _var_data=data).guess_type()

    return read("selectedKeys", list[str]), read("isAllSelected", bool), read("listAddress", str)


class ListPager(_Part):
    """Previous, next, any page, rows per page."""

    library = _PAGES
    tag = "ListPager"
    on_page: rx.EventHandler[_sent(int)]
    on_size: rx.EventHandler[_sent(int)]


class ListTotal(rx.Component):
    """How many records fit."""

    library = _PAGES
    tag = "ListTotal"
    view: rx.Var[ListView]
    texts: rx.Var[dict[str, str]]


class SortSelect(_Part):
    """The order where there are no headers to click: on a phone."""

    library = _COLUMNS
    tag = "SortSelect"
    on_sort: rx.EventHandler[_sent(str)]


class ColumnChooser(rx.Component):
    """Which columns, in which order."""

    library = _COLUMNS
    tag = "ColumnChooser"
    setup: rx.Var[Setup]
    columns: rx.Var[list[ColumnView]]
    texts: rx.Var[dict[str, str]]
    on_columns: rx.EventHandler[_sent(list[str])]


class DensityButton(rx.Component):
    """Normal or compact rows."""

    library = _COLUMNS
    tag = "DensityButton"
    density: rx.Var[str]
    texts: rx.Var[dict[str, str]]
    on_density: rx.EventHandler[_sent(str)]


def _texts(**keys: str | rx.Var) -> rx.Var:
    return rx.Var.create({name: t(key) if isinstance(key, str) else key for name, key in keys.items()})


def search_box(state: Any, *, label: Any, hint: Any, examples: Any) -> rx.Component:
    """The search box of a list."""
    return SearchBox.create(
        id=SEARCH_ID,
        view=state.shown,
        label=label,
        hint=hint,
        examples=examples,
        clear_label=t("listing.search_clear"),
        on_search=state.search,
    )


def filter_bar(state: Any) -> rx.Component:
    """The filter bar of a list."""
    return FilterBar.create(
        view=state.shown,
        setup=state.setup,
        places=state.places,
        facets=state.facets,
        texts=_texts(
            quick="listing.quick",
            more="listing.more",
            filters="listing.filters",
            addFilter="listing.add_filter",
            findField="listing.find_field",
            noField="listing.no_field",
            findValue="listing.find_value",
            noValue="listing.no_value",
            operator="listing.operator",
            value="listing.value",
            valueFrom="listing.value_from",
            valueTo="listing.value_to",
            apply="listing.apply",
            periodHelp="listing.period_help",
            amountHelp="listing.amount_help",
            clear="listing.clear",
            joined="listing.or",
            addOr=t("listing.add_or", name="{name}"),
            joins="listing.joins",
            joinsAnd="listing.joins.and",
            joinsOr=t("listing.joins.or", name="{name}"),
            group="listing.group",
            removeGroup="listing.remove_group",
            remove=t("listing.remove", name="{name}"),
            editCondition=t("listing.edit_condition", name="{name}"),
        ),
        on_put=state.put_condition,
        on_remove=state.remove_condition,
        on_group=state.start_group,
        on_member=state.put_member,
        on_remove_member=state.remove_member,
        on_clear=state.clear,
        on_toggle=state.toggle,
        on_facets=state.set_facets,
        on_find=state.find_places,
    )


_CELL_TEXTS = {
    "save": "save", "cancel": "cancel", "saving": "saving", "choose": "choose", "none": "none", "blank": "empty",
    "mine": "mine", "theirs": "theirs", "other": "other",
    "keys": "keys", "keysArea": "keys_area", "keysMany": "keys_many",
}  # fmt: skip


def _editing(state: Any) -> dict[str, Any]:
    """Editing in the table."""
    return {
        "cell": state.cell,
        "answer": state.cell_answer,
        "places": state.places,
        "draft": draft_key("cell"),
        "on_edit": state.edit_cell,
        "on_save": state.save_cell,
        "on_find": state.find_places,
    }


def list_table(
    state: Any,
    *empty: rx.Component,
    label: Any,
    base: str,
    star: Any,
    ticks: rx.Var[bool] | bool = False,
    peek: Any = "",
    on_peek: Any = None,
) -> rx.Component:
    """The table of a list; `empty` stands below the headers.

    `ticks`: whether its rows can be ticked. `on_peek` opens the row of a key beside the list.
    """
    peeking = {} if on_peek is None else {"peek": peek, "on_peek": on_peek}
    return ListTable.create(
        *empty,
        rows=state.rows,
        columns=state.columns,
        view=state.shown,
        setup=state.setup,
        density=state.density,
        base=base,
        label=label,
        search_id=SEARCH_ID,
        ticks=ticks,
        texts=_texts(
            star=star,
            tickRow=t("listing.tick_row", name="{name}"),
            tickPage="listing.tick_page",
            sortBy=t("listing.sort_by", name="{name}"),
            resize=t("listing.resize", name="{name}"),
            overdue=t("listing.overdue", n="{n}"),
            days=t("listing.days", n="{n}"),
            filterBy=t("listing.filter_by", name="{name}"),
            filterRow=t("listing.filter_row", name="{name}"),
            filterHelp="listing.filter_help",
            empty="listing.operator.empty",
            edit=t("listing.cell.edit", name="{name}"),
            saved=t("listing.cell.saved", name="{name}"),
            changed=t("listing.cell.changed", by="{by}", at="{at}"),
            others=t("listing.cell.others", names="{names}"),
            **{name: f"listing.cell.{key}" for name, key in _CELL_TEXTS.items()},
        ),
        on_sort=state.sort_by,
        on_filter=state.filter_by,
        on_width=state.set_width,
        **_editing(state),
        **peeking,
    )


def selection_bar(state: Any, *actions: rx.Component, used: rx.Var[int], label: Any) -> rx.Component:
    """The bar that appears with the first ticked row."""
    return SelectionBar.create(
        *actions,
        view=state.shown,
        used=used,
        label=label,
        texts=_texts(
            ticked=t("listing.ticked", n="{n}"),
            allTicked=t("listing.all_ticked", n="{n}"),
            tickAll=t("listing.tick_all", n="{n}"),
            full=t("listing.ticks_full", n="{n}"),
            untick="listing.untick",
        ),
    )


def list_pager(state: Any) -> rx.Component:
    """The pages of a list."""
    return ListPager.create(
        view=state.shown,
        setup=state.setup,
        texts=_texts(
            pages="listing.pages",
            page="listing.page",
            pageOf=t("listing.page_of", n="{n}"),
            previous="listing.previous",
            next="listing.next",
            size="listing.size",
            sizeN=t("listing.size_n", n="{n}"),
        ),
        on_page=state.go_to,
        on_size=state.set_size,
    )


def list_controls(state: Any) -> Sequence[rx.Component]:
    """How many there are, order on a phone, row height, columns."""
    return (
        ListTotal.create(view=state.shown, texts=_texts(total=t("listing.total", n="{n}"))),
        SortSelect.create(
            view=state.shown,
            setup=state.setup,
            texts=_texts(order="listing.order", ascending="listing.ascending", descending="listing.descending"),
            on_sort=state.sort_by,
        ),
        DensityButton.create(
            density=state.density, texts=_texts(compact="listing.density.compact"), on_density=state.set_density
        ),
        ColumnChooser.create(
            setup=state.setup,
            columns=state.columns,
            texts=_texts(columns="listing.columns", columnsHelp="listing.columns_help", reset="listing.columns_reset"),
            on_columns=state.set_columns,
        ),
    )


def list_skeleton(state: Any, *, facets: int) -> rx.Component:
    """What stands where the list will: bars of the same size, so that nothing jumps; `facets` rows of filters.

    Filters that a person opened or closed have their place as soon as his choice is known, which it is when he comes
    from another page.
    The rows are one element with a drawn background: ninety would be matched and painted while the page starts.
    """
    return rx.el.div(
        rx.el.span(t("ui.loading"), class_name="sr", role="status"),
        rx.el.div(
            *[rx.el.div(class_name=f"skeleton ghost-{part}") for part in ("view", "search", "quick", "controls")],
            rx.el.div(
                *[rx.el.div(class_name="ghost-facet") for _ in range(facets)],
                class_name="ghost-facets",
                data_facets=state.facets,
            ),
            class_name="list-bar",
            aria_hidden="true",
        ),
        rx.el.div(rx.el.div(class_name="list-ghosts"), class_name="list-box", aria_hidden="true"),
        rx.el.div(class_name="pager", aria_hidden="true"),
        class_name="list-page waiting",
    )
