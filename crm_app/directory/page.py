"""The customer list: /customers."""

from collections.abc import Callable

import reflex as rx

from crm_app.access.permissions import Permission
from crm_app.access.state import Frame
from crm_app.directory.components import export_dialog
from crm_app.directory.schemas import DIRECTORY
from crm_app.directory.state import Directory
from crm_app.listing.components import filter_bar, list_controls, list_pager, list_skeleton, list_table, search_box
from crm_app.listing.state import UNDO_CELL
from crm_app.peek.components import peek_panel
from crm_app.peek.state import Peek
from crm_app.recycle_bin.state import UNDO_DELETION, RecycleBin
from crm_app.ui import routes
from crm_app.ui.browser import AddressSync
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, Undo, page
from crm_app.ui.widgets import button, empty_state, icon, link
from crm_app.views.components import view_switch

_MAY_TICK = Frame.functions.contains(Permission.CUSTOMER_EXPORT.value) | Frame.functions.contains(
    Permission.CUSTOMER_BULK.value
)
_beside: list[Callable[[], rx.Component]] = []
_MAY_CREATE = Frame.functions.contains(Permission.CUSTOMER_CREATE.value)


def beside_list(make: Callable[[], rx.Component]) -> None:
    """Let a slice add something below the list, such as what can be done with ticked rows."""
    _beside.append(make)


def _new_customer(class_name: str = "button button-primary") -> rx.Component:
    return rx.cond(
        _MAY_CREATE,
        link(icon("plus"), t("ui.new_customer"), to=routes.NEW_CUSTOMER, class_name=class_name),
        rx.fragment(),
    )


def _nothing() -> rx.Component:
    """Why no row is there, and the way on."""
    return rx.cond(
        Directory.shown.narrowed,
        empty_state(
            icon_name="search-x",
            title=t("directory.nothing.title"),
            text=t("directory.nothing.text"),
            actions=[button(t("listing.clear"), kind="primary", on_click=Directory.clear)],
        ),
        empty_state(
            icon_name="building-2",
            title=t("directory.empty.title"),
            text=t("directory.empty.text"),
            actions=[_new_customer()],
        ),
    )


def _bar() -> rx.Component:
    return rx.el.div(
        view_switch(
            Directory, kind=Directory.source.name, path=routes.CUSTOMERS, all_label=t("directory.all_customers")
        ),
        search_box(
            Directory,
            label=t("directory.search"),
            hint=t("directory.search.hint"),
            examples=t("directory.search.examples"),
        ),
        filter_bar(Directory),
        rx.el.div(*list_controls(Directory), class_name="list-controls"),
        class_name="list-bar",
        role="search",
    )


def _waiting() -> rx.Component:
    return list_skeleton(Directory, facets=len(DIRECTORY.quick_fields))


def customers_page() -> rx.Component:
    """`/customers`."""
    return page(
        rx.el.div(
            _bar(),
            list_table(
                Directory,
                rx.cond(Directory.shown.total == 0, _nothing(), rx.fragment()),
                label=t("directory.table"),
                base=f"{routes.CUSTOMERS}/",
                star=t("ui.key_account"),
                ticks=_MAY_TICK,
                peek=Peek.number,
                on_peek=Peek.open,
            ),
            *[make() for make in _beside],
            list_pager(Directory),
            AddressSync.create(path=routes.CUSTOMERS, query=Directory.address, loads=Directory.shown.loads),
            peek_panel(),
            class_name="list-page",
            data_peek=rx.cond(Peek.number == "", "false", "true"),
        ),
        title=t("directory.title"),
        actions=[export_dialog(), _new_customer()],
        loading=_waiting,
        loaded=Directory.shown.loads > 0,
        undo=[Undo(UNDO_DELETION, RecycleBin.undo), Undo(UNDO_CELL, Directory.undo_cell)],
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's page."""
    app.add_page(customers_page, route=routes.CUSTOMERS, title=TAB_TITLE, on_load=[Directory.load, Peek.refresh])
