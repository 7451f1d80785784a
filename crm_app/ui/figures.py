"""Charts as plain data for plotly: one look for all, built without plotly's validation, which costs more than the SQL.

A figure carries no colours of the page: the template of the page's mode brings them. Axes bring their own ticks, since
plotly cannot count in 万.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from html import escape
from types import MappingProxyType
from typing import Any

from crm_app.core.amounts import format_amount

Json = dict[str, Any]

FONT = (
    'system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", "Segoe UI", '
    "sans-serif"
)
HEX = MappingProxyType(
    {
        "amber": "#e2a336",
        "blue": "#0090ff",
        "bronze": "#a18072",
        "cyan": "#00a2c7",
        "gray": "#8d8d8d",
        "green": "#30a46c",
        "indigo": "#3e63dd",
        "purple": "#8e4ec6",
        "red": "#e5484d",
        "teal": "#12a594",
    }
)
"""The colours of `core.vocabulary.COLORS` as marks wear them, on light and dark alike."""
SERIES = ("#0072b2", "#d98200", "#009e73", "#cc79a7", "#4ba3d9", "#b5502b", "#6e56cf", "#7a7a7a")
"""For marks without a colour of their own; told apart by colour-blind people too, neighbours easily."""
ACCENT = HEX["indigo"]
_TICKS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A mark in words: what stands in the chart's table, and the list that it opens."""

    cells: tuple[str, ...]
    href: str = ""
    color: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as the browser gets it: the figure, and the same in words."""

    figure: Json = field(default_factory=dict)
    heads: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    summary: str = ""
    legend: bool = False
    """Whether the rows stand beside the figure as its legend."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One bar, slice or point: its name, its size, what it says when pointed at, and the list behind it."""

    label: str
    value: float
    hover: str
    """Lines are parted by newlines."""
    href: str = ""
    text: str = ""
    """Written at the mark itself."""
    color: str = ""


def template(*, dark: bool) -> Json:
    """The look that all charts share, as a plotly template."""
    ink, quiet, grid, bubble = (
        ("#eeeeee", "#b4b4b4", "#313131", "#eeeeee") if dark else ("#202020", "#646464", "#e4e4e4", "#202020")
    )
    panel = "#191919" if dark else "#ffffff"
    axis = {
        "gridcolor": grid,
        "linecolor": grid,
        "zeroline": False,
        "tickfont": {"color": quiet, "size": 12},
        "title": {"font": {"color": quiet, "size": 12}, "standoff": 8},
        "automargin": True,
        "fixedrange": True,
        # Invisible ticks keep the names off the bars.
        "ticks": "outside",
        "ticklen": 5,
        "tickcolor": "rgba(0,0,0,0)",
    }
    return {
        "layout": {
            "font": {"family": FONT, "size": 12, "color": ink},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(SERIES),
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8, "pad": 0},
            "xaxis": axis,
            "yaxis": axis,
            "showlegend": False,
            "dragmode": False,
            "hovermode": "closest",
            "hoverlabel": {
                "bgcolor": bubble,
                "bordercolor": bubble,
                "font": {"color": panel, "family": FONT, "size": 12},
                "align": "left",
            },
            "bargap": 0.35,
        },
        "data": {"pie": [{"marker": {"line": {"color": panel, "width": 2}}}]},
    }


def columns(marks: Sequence[Mark], *, language: str, unit: str) -> Json:
    """Upright bars, for steps of time."""
    top, ticks = scale([mark.value for mark in marks])
    trace = _trace("bar", marks) | {"x": [m.label for m in marks], "y": [m.value for m in marks]}
    return {
        "data": [trace],
        "layout": {
            "xaxis": _time_axis(len(marks)),
            "yaxis": _ticks(ticks, language) | {"range": [0, top], "title": {"text": escape(unit)}},
        },
    }


def bars(marks: Sequence[Mark], *, language: str, unit: str, money: bool = False) -> Json:
    """Lying bars with their values at their ends, the first on top: for names, which need room."""
    top, ticks = scale([mark.value for mark in marks], whole=not money)
    trace = _trace("bar", marks) | {
        "orientation": "h",
        "x": [m.value for m in marks],
        "y": list(range(len(marks))),
        "textposition": "outside",
        "constraintext": "none",
        "cliponaxis": False,
    }
    return {
        "data": [trace],
        "layout": {
            "xaxis": _ticks(ticks, language) | {"range": [0, top], "title": {"text": escape(unit)}},
            "yaxis": _names(marks) | {"autorange": "reversed", "showgrid": False},
            "margin": {"l": 8, "r": 12 + _widest(marks), "t": 8, "b": 8},
        },
    }


def funnel(marks: Sequence[Mark]) -> Json:
    """Lying bars around a middle line, their values in a column beside; plotly's own isn't in the small bundle."""
    widest = max((mark.value for mark in marks), default=0) or 1
    trace = _trace("bar", [replace(mark, text="") for mark in marks]) | {
        "orientation": "h",
        "base": [-m.value / 2 for m in marks],
        "x": [m.value for m in marks],
        "y": list(range(len(marks))),
    }
    # The column stands in the margin, which is as wide as its longest text.
    beside = {"xref": "paper", "x": 1, "xanchor": "left", "xshift": 12, "showarrow": False, "align": "left"}
    return {
        "data": [trace],
        "layout": {
            "xaxis": {"visible": False, "range": [-widest / 2, widest / 2]},
            "yaxis": _names(marks) | {"autorange": "reversed", "showgrid": False},
            "bargap": 0.25,
            "margin": {"l": 8, "r": 20 + _widest(marks), "t": 8, "b": 8},
            "annotations": [beside | {"y": n, "text": escape(mark.text)} for n, mark in enumerate(marks)],
        },
    }


def _widest(marks: Sequence[Mark]) -> int:
    """The room that the texts at the marks need, in px: they stand in the margin, whatever the chart's width."""
    return max((sum(7 if char.isascii() else 12 for char in mark.text) for mark in marks), default=0)


def donut(marks: Sequence[Mark], *, middle: str) -> Json:
    """Shares of a whole, which is written in the middle; the legend stands beside as text."""
    trace = _trace("pie", marks) | {
        "labels": list(range(len(marks))),
        "values": [m.value for m in marks],
        "hole": 0.62,
        "sort": False,
        "direction": "clockwise",
        "textinfo": "none",
    }
    note = {"text": escape(middle).replace("\n", "<br>"), "showarrow": False, "x": 0.5, "y": 0.5, "font": {"size": 14}}
    return {"data": [trace], "layout": {"annotations": [note], "margin": {"l": 0, "r": 0, "t": 0, "b": 0}}}


def trend(steps: Sequence[Mark], line: Sequence[Mark], *, language: str, unit: str, line_unit: str) -> Json:
    """Bars for what each step adds, a line for the whole; each has an axis of its own."""
    figure = columns(steps, language=language, unit=unit)
    low, high, ticks = window([mark.value for mark in line])
    figure["data"][0]["marker"] = {"color": HEX["blue"], "opacity": 0.45}
    figure["data"].append(
        _trace("scatter", line)
        | {
            "x": [m.label for m in line],
            "y": [m.value for m in line],
            "yaxis": "y2",
            # A point at the axis' end is drawn whole.
            "cliponaxis": False,
            "mode": "lines+markers",
            "line": {"color": ACCENT, "width": 2, "shape": "linear"},
            "marker": {"color": ACCENT, "size": 6},
        }
    )
    figure["layout"]["yaxis2"] = _ticks(ticks, language) | {
        "overlaying": "y",
        "side": "right",
        "range": [low, high],
        "showgrid": False,
        "title": {"text": escape(line_unit), "standoff": 8},
    }
    return figure


def _trace(kind: str, marks: Sequence[Mark]) -> Json:
    hover = [escape(mark.hover).replace("\n", "<br>") for mark in marks]
    trace: Json = {
        "type": kind,
        "customdata": [[mark.href, text] for mark, text in zip(marks, hover, strict=True)],
        "hovertemplate": "%{customdata[1]}<extra></extra>",
    }
    if kind == "pie":
        # A pie's hover takes the whole of a mark's custom data, where bars take a part of it.
        trace["customdata"] = [mark.href for mark in marks]
        trace["hovertemplate"] = "%{text}<extra></extra>"
        trace["text"] = hover
        trace["marker"] = {"colors": [m.color or SERIES[n % len(SERIES)] for n, m in enumerate(marks)]}
        return trace
    if any(mark.text for mark in marks):
        trace["text"] = [escape(mark.text) for mark in marks]
        trace["texttemplate"] = "%{text}"
    colors = [mark.color or ACCENT for mark in marks]
    trace["marker"] = {"color": colors[0] if len(set(colors)) == 1 else colors}
    return trace


def _names(marks: Sequence[Mark]) -> Json:
    """Positions with names: two marks of the same name stay two."""
    return {"tickmode": "array", "tickvals": list(range(len(marks))), "ticktext": [escape(m.label) for m in marks]}


def _time_axis(count: int) -> Json:
    """The steps by name; the browser leaves out names for which there is no room."""
    return {"type": "category", "showgrid": False, "tickangle": 0, "ticklen": 3, "range": [-0.6, max(count, 1) - 0.4]}


def _ticks(ticks: Sequence[float], language: str) -> Json:
    return {"tickmode": "array", "tickvals": list(ticks), "ticktext": [number(tick, language) for tick in ticks]}


def number(value: float | Decimal, language: str) -> str:
    """A count or an amount, short: 1.2万."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return format_amount(exact, lang="en" if language == "en" else "zh")


def scale(values: Sequence[float], *, whole: bool = True) -> tuple[float, list[float]]:
    """The end of an axis from 0 that holds all values, and its ticks; whole numbers where only these can be."""
    high = max([0.0, *map(float, values)])
    step = _step(high / _TICKS, whole=whole)
    count = max(1, math.ceil(high / step - 1e-9))
    return count * step, [n * step for n in range(count + 1)]


def window(values: Sequence[float]) -> tuple[float, float, list[float]]:
    """The ends of an axis around values that needn't begin at 0, and its ticks: a total of 100,000 that grew by 50."""
    if not values:
        return 0, 1, [0, 1]
    low, high = min(values), max(values)
    step = _step((high - low) / _TICKS, whole=True)
    start = max(0, math.floor(low / step) * step)
    end = max(math.ceil(high / step) * step, start + step)
    return start, end, [start + n * step for n in range(round((end - start) / step) + 1)]


def _step(size: float, *, whole: bool) -> float:
    """The next of 1, 2, 5, 10, 20, 50 …"""
    if size <= (1 if whole else 0):
        return 1
    power = 10.0 ** math.floor(math.log10(size))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= size * (1 - 1e-9))
