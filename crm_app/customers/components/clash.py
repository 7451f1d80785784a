"""The question whose value stays, where two people changed the same field (R2.3)."""

from typing import Any

import reflex as rx

from crm_app.customers.state import ClashLine
from crm_app.ui.i18n import t


def clash_choice(line: rx.Var[ClashLine], *, on_choose: Any) -> rx.Component:
    """Both values of one field, and whose stays.

    In a form that is sent whole the choice goes with it and `on_choose` is None; else it takes what is chosen.
    """

    def more(sent: rx.Var[str]) -> dict[str, Any]:
        return {} if on_choose is None else {"on_change": lambda _: on_choose(line.field, sent)}

    def side(text: str, value: rx.Var[str], sent: rx.Var[str]) -> rx.Component:
        return rx.el.label(
            rx.el.input(type="radio", name="choice." + line.field, value=sent, **more(sent)),
            rx.el.span(
                rx.el.span(t(text), class_name="quiet small"),
                rx.el.span(value, class_name="clash-value"),
                class_name="stack clash-text",
            ),
            class_name="card clash-side clash-pick",
        )

    return rx.el.fieldset(
        rx.el.legend(
            rx.el.span(line.label, class_name="field-label"),
            rx.el.span(
                t("customers.edit.changed", by=line.by, at=line.at, before=line.before, theirs=line.theirs),
                class_name="quiet small",
            ),
            class_name="stack",
        ),
        rx.el.div(
            side("customers.edit.keep_mine", line.mine, line.keep_mine),
            side("customers.edit.take_theirs", line.theirs, line.take_theirs),
            class_name="grid-2",
        ),
        class_name="plain-fieldset clash",
        # Another change of theirs is another question: what was ticked before does not answer it.
        key=line.field + line.keep_mine,
    )
