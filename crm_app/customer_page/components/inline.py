"""A value that becomes a field where it stands, and other small pieces of the page."""

from typing import Any

import reflex as rx

from crm_app.core.vocabulary import COLORS
from crm_app.customer_page.schemas import OwnFact
from crm_app.customer_page.state import CustomerPage, Facts
from crm_app.fields.schemas import BUILT_IN
from crm_app.fields.state import ShownFields
from crm_app.timeline.components import select_options
from crm_app.ui.fields import draft_key
from crm_app.ui.i18n import t
from crm_app.ui.widgets import badge

LIBRARY = "$/public" + rx.asset("widgets.jsx", shared=True)
VIEW: Any = CustomerPage.view


def _edit(name: rx.Var[str], value: rx.Var[str], version: rx.Var[int]) -> tuple[rx.Var[str], rx.Var[str], rx.Var[int]]:
    return name, value, version


class InlineEdit(rx.Component):
    """A value that becomes a field where it stands (R2.3)."""

    library = LIBRARY
    tag = "InlineEdit"
    name: rx.Var[str]
    label: rx.Var[str]
    hint: rx.Var[str]
    help: rx.Var[str]
    """What stands below the field while it is edited."""
    shown: rx.Var[str]
    raw: rx.Var[str]
    kind: rx.Var[str]
    options: rx.Var[list[dict[str, str]]]
    editable: rx.Var[bool]
    empty_text: rx.Var[str]
    busy_text: rx.Var[str]
    save_label: rx.Var[str]
    cancel_label: rx.Var[str]
    version: rx.Var[int]
    saves: rx.Var[int]
    problem: rx.Var[Any]
    levels: rx.Var[Any]
    path: rx.Var[list[str]]
    draft: rx.Var[str]
    restored_text: rx.Var[str]
    discard_label: rx.Var[str]
    on_save: rx.EventHandler[_edit]
    on_begin: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_pick: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class PhoneParts(rx.Component):
    """The page; on a phone one of two parts of it: `.only-facts` is shown in the one, `.only-work` in the other."""

    library = LIBRARY
    tag = "PhoneParts"
    label: rx.Var[str]
    work_label: rx.Var[str]
    facts_label: rx.Var[str]


class CopyButton(rx.Component):
    """Copies a text, and says so."""

    library = LIBRARY
    tag = "CopyButton"
    text: rx.Var[str]
    label: rx.Var[str]
    done_label: rx.Var[str]


def fold(*children: rx.Component, title: Any, class_name: str) -> rx.Component:
    """A card that can be folded."""
    return rx.el.details(rx.el.summary(title, class_name="section-title"), *children, open=True, class_name=class_name)


def copy_button(text: Any) -> rx.Component:
    """Copies `text` to the clipboard."""
    return CopyButton.create(text=text, label=t("customer_page.copy"), done_label=t("customer_page.copied"))


def word_badge(kind: str, code: rx.Var[str]) -> rx.Component:
    """A level, status, type or grade in its colour."""
    known = [(value, badge(t(f"{kind}.{value}"), color=color)) for value, color in COLORS[kind].items()]
    return rx.match(code, *known, rx.fragment())


def own_edit(fact: rx.Var[OwnFact]) -> rx.Component:
    """An own field, edited where it stands."""
    return InlineEdit.create(
        name=fact.key,
        label=fact.label,
        hint=t("customer_page.edit"),
        shown=CustomerPage.facts[fact.key].shown,
        raw=CustomerPage.facts[fact.key].raw,
        kind=fact.kind,
        editable=fact.editable,
        options=select_options(CustomerPage.options[fact.key]),
        draft=draft_key("fact", VIEW.number, fact.key),
        **_shared(),
    )


def _shared() -> dict[str, Any]:
    return {
        "empty_text": t("customer_page.empty"),
        "busy_text": t("ui.saving"),
        "save_label": t("ui.save"),
        "cancel_label": t("ui.cancel"),
        "version": VIEW.version,
        "saves": Facts.saves,
        "problem": Facts.problem,
        "restored_text": t("ui.draft_restored"),
        "discard_label": t("customers.edit.discard"),
        "on_save": Facts.save,
    }


def inline_edit(name: str, kind: str, *, editable: Any = VIEW.rights.edit, **props: Any) -> rx.Component:
    """One field of the record, edited where it stands."""
    more = {"levels": Facts.region_levels, "path": Facts.region_path} if kind == "region" else {}
    if kind == "region":
        more |= {"on_begin": Facts.begin, "on_pick": Facts.pick_place}
    if kind == "select":
        more["options"] = select_options(CustomerPage.options[name])
    return InlineEdit.create(
        name=name,
        label=t(f"customers.field.{name}"),
        hint=t("customer_page.edit"),
        shown=CustomerPage.facts[name].shown,
        raw=CustomerPage.facts[name].raw,
        kind=kind,
        editable=editable,
        help=ShownFields.helps[name] if name in BUILT_IN else "",
        draft=draft_key("fact", VIEW.number, name),
        **_shared(),
        **more,
        **props,
    )
