"""The last step: what came of it."""

import reflex as rx

from crm_app.background.components import fetch, why
from crm_app.importing.components.check import figures, section, working
from crm_app.importing.components.widgets import sure_dialog
from crm_app.importing.state import Importing
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.widgets import button, icon, link


def _undo_dialog() -> rx.Component:
    sure = t("importing.undo.sure")
    return sure_dialog(t("importing.undo"), title=t("importing.undo"), sure=sure, then=Importing.undo)


def _kept() -> rx.Component:
    return rx.el.ul(
        rx.foreach(Importing.run.kept, lambda one: rx.el.li(link(one.label, to=one.value), key=one.value)),
        class_name="plain-list row row-wrap gap-4",
    )


def done_step() -> rx.Component:
    """How far it is, and then what came of it."""
    run, job = Importing.run, Importing.job
    ended = rx.el.div(
        rx.el.div(
            icon("circle-check-big", size=20),
            rx.el.h2(t("importing.done"), class_name="section-title"),
            class_name="row import-done",
        ),
        why(job),
        figures(),
        rx.el.div(
            rx.cond(run.may_undo, _undo_dialog(), rx.fragment()),
            fetch(job, label="importing.rejected.fetch"),
            link(t("importing.see"), to=f"{routes.CUSTOMERS}?view=0", class_name="button"),
            button(t("importing.another"), kind="primary", on_click=Importing.open(0)),
            class_name="row row-wrap import-foot",
        ),
        rx.cond(run.undone, rx.el.p(run.undone, class_name="import-stale", role="status"), rx.fragment()),
        rx.cond(run.kept.length() > 0, section("importing.kept", _kept()), rx.fragment()),
        class_name="stack gap-4",
    )
    return rx.cond(job.open, working(), ended)
