"""How a job looks: on its owner's list, and where it was asked for."""

from typing import Any

import reflex as rx

from crm_app.background.schemas import JobView
from crm_app.ui.i18n import t
from crm_app.ui.widgets import badge, icon

Job = rx.Var[JobView]


def progress(job: Any) -> rx.Component:
    """How far it is; without a length while nobody knows it."""
    known = rx.el.progress(value=job.done, max=job.total, class_name="progress", aria_label=job.title)
    unknown = rx.el.progress(class_name="progress", aria_label=job.title)
    return rx.cond(job.open, rx.cond(job.total > 0, known, unknown), rx.fragment())


def standing(job: Any) -> rx.Component:
    """In words, and told to a screen reader as it changes."""
    return rx.el.div(
        badge(job.label, color=job.color),
        rx.el.span(job.counted, class_name="tabular"),
        class_name="row small",
        role="status",
    )


def why(job: Any) -> rx.Component:
    """Why it failed."""
    return rx.cond(job.message, rx.el.div(job.message, class_name="form-message", role="alert"), rx.fragment())


def fetch(job: Any, *, kind: str = "", label: str = "background.download") -> rx.Component:
    """The way to its file; `label` is a key of the catalogue that says what is in it."""
    return rx.cond(
        job.href,
        rx.el.a(
            icon("download"),
            t(label),
            href=job.href,
            download=True,
            class_name=f"button {kind}".strip(),
            title=job.file_name,
            # It is no page: the browser asks the server for it itself.
            custom_attrs={"reloadDocument": True},
        ),
        rx.fragment(),
    )
