"""The frame around every chart: title, definition, figure or table, empty and waiting states of one size (R13.6)."""

import json
from typing import Any

import reflex as rx
from reflex_components_plotly.plotly import PlotlyBasic

from crm_app.ui.figures import Chart, template
from crm_app.ui.i18n import t
from crm_app.ui.widgets import icon_button, inline, skeleton

_LIBRARY = "$/public" + rx.asset("charts.jsx", shared=True)


_LOOKS = {"LIGHT_FIGURES": template(dark=False), "DARK_FIGURES": template(dark=True)}


class _ChartCard(rx.Component):
    library = _LIBRARY
    tag = "ChartCard"
    # The version that Reflex pins for its own plotly component, which this one stands in for: marks open lists.
    lib_dependencies: list[str] = PlotlyBasic.get_fields()["lib_dependencies"].default_value()

    title: rx.Var[str]
    basis: rx.Var[str]
    chart: rx.Var[Chart]
    template: rx.Var[dict]
    height: rx.Var[int]
    empty_text: rx.Var[str]
    table_label: rx.Var[str]
    chart_label: rx.Var[str]
    failed_text: rx.Var[str]

    def add_custom_code(self) -> list[str]:
        """The two looks, once: written into each figure they would be new with every message, and all drawn again."""
        return [f"const {name} = {json.dumps(look)};" for name, look in _LOOKS.items()]


def definition(name: rx.Var[str] | str, *texts: rx.Var[str] | str) -> rx.Component:
    """ⓘ: what a figure means, one click or key away; each text is a paragraph."""
    return rx.popover.root(
        rx.popover.trigger(icon_button("info", label=t("charts.definition", name=name), small=True)),
        rx.popover.content(
            rx.el.div(*[rx.el.p(text) for text in texts], class_name="definition stack"),
            size="1",
            side="bottom",
            align="end",
        ),
    )


def chart_card(
    chart: rx.Var[Chart],
    *,
    title: rx.Var[str],
    basis: rx.Var[str],
    explanation: rx.Var[str],
    empty: rx.Var[str],
    height: int = 260,
    class_name: str = "",
) -> rx.Component:
    """A chart in its frame. Its size is the same with figures, without and while it waits."""
    return _ChartCard.create(
        definition(title, explanation, t("charts.open")),
        title=title,
        basis=basis,
        chart=chart,
        template=rx.color_mode_cond(*(rx.Var(name, _var_type=dict) for name in _LOOKS)),
        height=height,
        empty_text=empty,
        table_label=t("charts.as_table"),
        chart_label=t("charts.as_chart"),
        failed_text=t("charts.failed"),
        class_name=class_name,
    )


def chart_skeleton(*, height: int = 260, class_name: str = "") -> rx.Component:
    """The frame of a chart that is still to come."""
    return rx.el.div(
        rx.el.div(skeleton(height=14, width="30%"), class_name="chart-head"),
        rx.el.div(skeleton(height=height - 24), class_name="chart-body", **inline(height=f"{height}px")),
        class_name=f"card chart {class_name}".strip(),
        aria_hidden="true",
    )


__all__: list[Any] = ["chart_card", "chart_skeleton", "definition"]
