"""Small pieces that every page uses: links, icons, badges, buttons, empty states."""

from collections.abc import Sequence
from typing import Any

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from crm_app.ui.i18n import t

Text = rx.Var | str


def icon(name: str, *, size: int = 16) -> rx.Component:
    """A lucide icon that says nothing to a screen reader: its neighbour or its button does."""
    return rx.icon(name, size=size, aria_hidden="true")


def link(*children: Any, to: Text, **props: Any) -> rx.Component:
    """A link within the application: no page load, and a real address for a new tab."""
    return ReactRouterLink.create(*children, to=to, **props)


def button(
    *children: Any, kind: str = "", icon_name: str = "", small: bool = False, class_name: str = "", **props: Any
) -> rx.Component:
    """A button; `kind` is "primary", "danger", "ghost" or empty."""
    classes = " ".join(
        filter(None, ["button", f"button-{kind}" if kind else "", "button-small" if small else "", class_name])
    )
    content = [icon(icon_name), *children] if icon_name else children
    return rx.el.button(*content, type=props.pop("type", "button"), class_name=classes, **props)


def icon_button(
    icon_name: str, *, label: Text, small: bool = False, class_name: str = "", **props: Any
) -> rx.Component:
    """A button that shows only an icon; its label is its accessible name and its tooltip."""
    classes = " ".join(filter(None, ["icon-button", "icon-button-small" if small else "", class_name]))
    return rx.el.button(icon(icon_name), type="button", class_name=classes, aria_label=label, title=label, **props)


def badge(text: Text, *, color: Text = "gray") -> rx.Component:
    """A small coloured label; `color` is a Radix colour name of core.vocabulary.COLORS."""
    return rx.el.span(text, class_name=rx.Var.create("badge c-") + rx.Var.create(color))


def star(shown: rx.Var[bool] | bool = True) -> rx.Component:
    """The priority mark of a 重点客户 (R1.4)."""
    mark = rx.el.span(
        rx.icon("star", size=14, fill="currentColor", aria_hidden="true"),
        rx.el.span(t("ui.key_account"), class_name="sr"),
        class_name="star",
        title=t("ui.key_account"),
    )
    return rx.cond(shown, mark, rx.fragment())


class TickBox(rx.Component):
    """A box before a row."""

    library = "$/public" + rx.asset("ticks.jsx", shared=True)
    tag = "TickBox"
    on: rx.Var[bool]
    label: rx.Var[str]
    on_tick: rx.EventHandler[rx.event.passthrough_event_spec(bool)]


def empty_state(
    *, icon_name: str, title: Text, text: Text, actions: Sequence[rx.Component] = (), class_name: str = ""
) -> rx.Component:
    """What stands where nothing is: what it means and the way on."""
    return rx.el.div(
        icon(icon_name, size=28),
        rx.el.h2(title),
        rx.el.p(text),
        rx.el.div(*actions, class_name="row") if actions else rx.fragment(),
        class_name=f"empty {class_name}".strip(),
    )


def inline(**style: str) -> dict[str, Any]:
    """Sizes of one element, as its own attribute.

    What Reflex' `style` says becomes a rule in a style sheet of its own, and each that is added makes the browser match
    the whole page anew: forty of them while a page opens.
    """
    return {"custom_attrs": {"style": style}}


def skeleton(*, height: int = 16, width: str = "100%") -> rx.Component:
    """A grey bar of the size of what is coming."""
    return rx.el.div(class_name="skeleton", **inline(height=f"{height}px", width=width), aria_hidden="true")


def skeleton_lines(count: int = 12, *, height: int = 24) -> rx.Component:
    """The default look of a page that is still loading."""
    return rx.el.div(
        rx.el.span(t("ui.loading"), class_name="sr", role="status"),
        *[skeleton(height=height, width=f"{96 - (i * 7) % 30}%") for i in range(count)],
        class_name="stack pad gap-4 waiting",
    )
