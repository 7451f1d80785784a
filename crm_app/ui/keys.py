"""Which keys do what: the one place that says so (ADR 21). What acts on them names them by id (`keys.jsx`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.vars import VarData

from crm_app.ui.i18n import t

LIBRARY = "$/public" + rx.asset("keys.jsx", shared=True)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Keys as `keys.jsx` reads them: names of `KeyboardEvent.key`, `mod` for Ctrl or ⌘, a blank between two strokes.

    The first of `keys` is the one that is shown. `text` is a catalogue key.
    """

    id: str
    keys: tuple[str, ...]
    text: str
    group: str
    typing: bool = False
    """Whether it acts while somebody types, too."""


GROUPS = ("everywhere", "go", "list", "cell")
"""In the order of the sheet; `ui.keys.<group>` is what each is called."""

SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut("palette", ("mod+k",), "ui.keys.palette", "everywhere", typing=True),
    Shortcut("search", ("/",), "ui.keys.search", "everywhere"),
    Shortcut("sheet", ("?",), "ui.keys.sheet", "everywhere"),
    Shortcut("row.next", ("j", "ArrowDown"), "ui.keys.row.next", "list"),
    Shortcut("row.before", ("k", "ArrowUp"), "ui.keys.row.before", "list"),
    Shortcut("cell.right", ("ArrowRight",), "ui.keys.cell.right", "list"),
    Shortcut("cell.left", ("ArrowLeft",), "ui.keys.cell.left", "list"),
    Shortcut("row.open", ("Enter",), "ui.keys.row.open", "list"),
    Shortcut("row.peek", ("Space",), "ui.keys.row.peek", "list"),
    Shortcut("row.tick", ("x",), "ui.keys.row.tick", "list"),
    Shortcut("row.filter", ("f",), "ui.keys.row.filter", "list"),
    Shortcut("cell.edit", ("e", "F2"), "ui.keys.cell.edit", "list"),
    Shortcut("close", ("Escape",), "ui.keys.close", "list"),
    Shortcut("cell.save", ("Enter",), "ui.keys.cell.save", "cell"),
    Shortcut("cell.save_next", ("Tab",), "ui.keys.cell.save_next", "cell"),
    Shortcut("cell.save_before", ("Shift+Tab",), "ui.keys.cell.save_before", "cell"),
    Shortcut("cell.give_up", ("Escape",), "ui.keys.cell.give_up", "cell"),
)
"""All but those that lead to a page, which `ui.layout` adds with its pages."""


class KeyLink(rx.Component):
    """The shortcut of that id leads to a page."""

    library = LIBRARY
    tag = "KeyLink"
    id: rx.Var[str]
    to: rx.Var[str]


class Shortcuts(rx.Component):
    """Listens to the keyboard for every part of the page, and shows the sheet of what works on it."""

    library = LIBRARY
    tag = "Shortcuts"
    definitions: rx.Var[list[dict[str, Any]]]
    groups: rx.Var[list[dict[str, str]]]
    title: rx.Var[str]
    close_label: rx.Var[str]
    or_text: rx.Var[str]
    space_text: rx.Var[str]


def shortcuts(more: Sequence[Shortcut]) -> rx.Component:
    """The keyboard of a page; `more` are the shortcuts that come with other registries."""
    return Shortcuts.create(
        definitions=[
            {"id": one.id, "keys": list(one.keys), "label": t(one.text), "group": one.group, "typing": one.typing}
            for one in (*SHORTCUTS, *more)
        ],
        groups=[{"id": group, "label": t(f"ui.keys.{group}")} for group in GROUPS],
        title=t("ui.keys"),
        close_label=t("ui.close"),
        or_text=t("ui.keys.or"),
        space_text=t("ui.keys.space"),
    )


def _by_button(function: str) -> rx.Var:
    return rx.Var(function, _var_type=rx.EventChain, _var_data=VarData(imports={LIBRARY: [function]}))


def show_sheet() -> rx.Var:
    """Opens the sheet from a button."""
    return _by_button("showSheet")


def open_palette() -> rx.Var:
    """Opens the palette from a button."""
    return _by_button("openPalette")
