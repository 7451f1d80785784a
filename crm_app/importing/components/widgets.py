"""What Reflex has no component for: see `import.jsx`."""

from typing import Any

import reflex as rx

from crm_app.importing.schemas import (
    ChoiceGroup,
)
from crm_app.importing.state import Importing
from crm_app.ui.i18n import t
from crm_app.ui.widgets import button

LIBRARY = "$/public" + rx.asset("import.jsx", shared=True)


class Upload(rx.Component):
    """Takes a file by click or drop and sends it over HTTP."""

    library = LIBRARY
    tag = "Upload"
    texts: rx.Var[dict[str, str]]
    most: rx.Var[int]
    """MB."""
    on_received: rx.EventHandler[rx.event.passthrough_event_spec(int)]


class Choose(rx.Component):
    """A select with groups."""

    library = LIBRARY
    tag = "Choose"
    value: rx.Var[str]
    groups: rx.Var[list[ChoiceGroup]]
    label: rx.Var[str]
    placeholder: rx.Var[str]
    invalid: rx.Var[bool]
    on_choose: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class CellInput(rx.Component):
    """A cell that can be corrected."""

    library = LIBRARY
    tag = "CellInput"
    value: rx.Var[str]
    label: rx.Var[str]
    edited: rx.Var[bool]
    on_correct: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class Answers(rx.Component):
    """One of a few answers."""

    library = LIBRARY
    tag = "Answers"
    value: rx.Var[str]
    name: rx.Var[str]
    legend: rx.Var[str]
    choices: rx.Var[list[dict[str, str]]]
    on_choose: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def one_group(choices: Any) -> rx.Var:
    """Choices without a heading, for `Choose`."""
    return rx.Var(f"[{{label: '', choices: {choices!s}}}]", _var_data=choices._get_all_var_data())


def policy(name: str, codes: tuple[str, ...], value: rx.Var, send: Any) -> rx.Component:
    """A question about all rows at once, with its few answers."""
    return Answers.create(
        value=value,
        name=f"import-{name}",
        legend=t(f"importing.{name}"),
        choices=rx.Var.create([{"value": code, "label": t(f"importing.{name}.{code}")} for code in codes]),
        on_choose=send,
    )


def sure_dialog(label: rx.Var, *, title: rx.Var, sure: rx.Var, then: Any) -> rx.Component:
    """A button that asks before it does what can't be taken back, or takes much back."""
    return rx.dialog.root(
        rx.dialog.trigger(button(label, kind="danger")),
        rx.dialog.content(
            rx.dialog.title(title, class_name="dialog-title"),
            rx.dialog.description(sure),
            rx.el.div(
                rx.dialog.close(button(t("ui.cancel"))),
                rx.dialog.close(button(label, kind="danger", on_click=then)),
                class_name="row dialog-foot",
            ),
            class_name="dialog",
        ),
    )


def discard_dialog() -> rx.Component:
    """Throw the import away."""
    sure = t("importing.discard.sure")
    title = t("importing.discard.title")
    return sure_dialog(t("importing.discard"), title=title, sure=sure, then=Importing.discard)


def waiting() -> rx.Component:
    """Why the step can't be finished, beside the button that waits for it."""
    return rx.el.span(Importing.run.waiting, id="import-waiting", class_name="quiet small import-waiting")
