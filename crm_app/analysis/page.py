"""The dashboard `/dashboard`: key figures and charts that change by themselves (R9.1)."""

import reflex as rx

from crm_app.access.permissions import Permission
from crm_app.access.state import Frame
from crm_app.analysis.components import TILES, filter_bar, tile, tile_skeleton
from crm_app.analysis.state import Dashboard
from crm_app.ui import routes
from crm_app.ui.browser import AddressSync
from crm_app.ui.charts import chart_card, chart_skeleton
from crm_app.ui.i18n import t
from crm_app.ui.layout import TAB_TITLE, page
from crm_app.ui.widgets import empty_state, link

CHARTS = (
    ("growth", "no_customers", "span-8"),
    ("level", "no_customers", "span-4"),
    ("source", "no_customers", "span-4"),
    ("industry", "no_customers", "span-4"),
    ("method", "no_follow_ups", "span-4"),
    ("sales", "no_deals", "span-6"),
    ("activity", "no_follow_ups", "span-6"),
)
"""Name in the catalogue, what stands there without data, width in twelfths."""
VARS = {"industry": Dashboard.industries}


def _chart(name: str, empty: str, width: str) -> rx.Component:
    return chart_card(
        VARS.get(name, getattr(Dashboard, name)),
        title=t(f"analysis.chart.{name}"),
        basis=t(f"analysis.chart.{name}.basis"),
        explanation=t(f"analysis.chart.{name}.help"),
        empty=t(f"analysis.chart.{empty}"),
        class_name=width,
    )


def _loading() -> rx.Component:
    return rx.el.div(
        rx.el.span(t("ui.loading"), class_name="sr", role="status"),
        rx.el.div(class_name="filter-line", aria_hidden="true"),
        rx.el.ul(*[tile_skeleton() for _ in TILES], class_name="tiles"),
        rx.el.div(*[chart_skeleton(class_name=width) for _, _, width in CHARTS], class_name="charts"),
        class_name="dashboard",
    )


def _nothing() -> rx.Component:
    """Instead of figures that are all zero: what will stand here, and the first step to it."""
    return empty_state(
        icon_name="chart-column",
        title=t("analysis.nothing.title"),
        text=t("analysis.nothing.text"),
        actions=[
            rx.cond(
                Frame.functions.contains(Permission.CUSTOMER_CREATE.value),
                link(t("ui.new_customer"), to=routes.NEW_CUSTOMER, class_name="button button-primary"),
                rx.fragment(),
            )
        ],
    )


def _figures() -> list[rx.Component]:
    return [
        rx.el.ul(rx.foreach(Dashboard.tiles, tile), class_name="tiles", aria_label=t("analysis.tiles")),
        rx.el.div(*[_chart(*chart) for chart in CHARTS], class_name="charts"),
    ]


def dashboard_page() -> rx.Component:
    """`/dashboard`."""
    return page(
        AddressSync.create(path=routes.DASHBOARD, query=Dashboard.address, loads=Dashboard.loads),
        rx.el.div(
            filter_bar(),
            rx.cond(Dashboard.nothing, _nothing(), rx.fragment(*_figures())),
            class_name="dashboard",
        ),
        title=t("analysis.title"),
        loading=_loading,
        loaded=Dashboard.loads > 0,
    )


def add_pages(app: rx.App) -> None:
    """Register this slice's pages."""
    app.add_page(dashboard_page, route=routes.DASHBOARD, title=TAB_TITLE, on_load=Dashboard.load)
