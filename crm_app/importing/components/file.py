"""Where one is, and the first step: the file."""

import reflex as rx

from crm_app.importing.components.widgets import Upload
from crm_app.importing.schemas import (
    MOST_BYTES,
    RunLine,
)
from crm_app.importing.state import Importing
from crm_app.ui.i18n import t
from crm_app.ui.widgets import badge, button, icon

STEPS = ("file", "map", "check", "done")


def steps() -> rx.Component:
    """Which of the four steps it is at; columns and check can be gone to and fro."""

    def step(place: int, name: str) -> rx.Component:
        text = rx.fragment(rx.el.span(f"{place}", class_name="step-number"), t(f"importing.step.{name}"))
        here = rx.cond(Importing.step == name, "step", "false")
        if name in ("map", "check"):
            # Without a file there is nothing to go to.
            there = Importing.run.step == "check"
            return rx.el.li(
                rx.el.button(
                    text,
                    type="button",
                    class_name="import-step",
                    disabled=~there,
                    aria_current=here,
                    on_click=Importing.go_to(name),
                )
            )
        return rx.el.li(rx.el.span(text, class_name="import-step", aria_current=here))

    return rx.el.ol(*[step(place, name) for place, name in enumerate(STEPS, 1)], class_name="import-steps plain-list")


def file_step() -> rx.Component:
    """Bring a file, or go on with a former one."""
    texts = {name: t(f"importing.upload.{name}") for name in ("choose", "hint", "sending", "reading", "failed")}
    texts["large"] = t("error.file.large", most=MOST_BYTES >> 20)
    return rx.el.div(
        rx.el.p(t("importing.help"), class_name="quiet"),
        Upload.create(texts=rx.Var.create(texts), most=MOST_BYTES >> 20, on_received=Importing.received),
        rx.el.a(
            icon("download"),
            t("importing.template"),
            href="/api/imports/template",
            download=True,
            class_name="button import-template",
            # It is no page: the browser asks the server for it itself.
            custom_attrs={"reloadDocument": True},
        ),
        rx.cond(
            Importing.runs.length() > 0,
            rx.el.section(
                rx.el.h2(t("importing.former"), class_name="section-title"),
                rx.el.ul(rx.foreach(Importing.runs, _former), class_name="plain-list stack"),
                class_name="stack",
            ),
            rx.fragment(),
        ),
        class_name="stack gap-4",
    )


def _former(line: rx.Var[RunLine]) -> rx.Component:
    return rx.el.li(
        rx.el.span(line.file_name, class_name="cut grow"),
        badge(line.label, color=line.color),
        rx.el.span(line.summary, class_name="quiet small"),
        rx.el.time(line.created, class_name="quiet small tabular"),
        button(
            t("importing.open"),
            small=True,
            on_click=Importing.open(line.id),
            aria_label=t("importing.open_of", name=line.file_name),
        ),
        class_name="card former",
        key=line.id.to_string(),
    )
