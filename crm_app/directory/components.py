"""「导出」: which rows, which fields, which file; then how far it is, and the file (R4.3)."""

from typing import Any

import reflex as rx

from crm_app.access.permissions import Permission
from crm_app.access.state import Frame
from crm_app.background.components import fetch, progress, standing, why
from crm_app.directory.schemas import ExportOffer
from crm_app.directory.state import Exporting
from crm_app.ui.i18n import t
from crm_app.ui.widgets import button, icon

_LIBRARY = "$/public" + rx.asset("export.jsx", shared=True)
_sent = rx.event.passthrough_event_spec


class ExportButton(rx.Component):
    """Opens the dialog on what the address says."""

    library = _LIBRARY
    tag = "ExportButton"
    label: rx.Var[str]
    on_open: rx.EventHandler[_sent(str)]


class ExportForm(rx.Component):
    """What is wanted; ticked in the browser, sent as one."""

    library = _LIBRARY
    tag = "ExportForm"
    offer: rx.Var[ExportOffer]
    texts: rx.Var[dict[str, str]]
    on_start: rx.EventHandler[_sent(str, str, list[str], str, bool)]


def export_dialog() -> rx.Component:
    """The button, for roles that may, and its dialog; while an export runs, how far it is."""
    trigger = ExportButton.create(icon("download"), label=t("directory.export"), on_open=Exporting.open)
    dialog = rx.dialog.root(
        rx.dialog.trigger(trigger),
        rx.dialog.content(
            rx.dialog.title(t("directory.export.title"), class_name="dialog-title"),
            rx.cond(Exporting.job.id > 0, _running(), _asking()),
            class_name="dialog export-dialog",
        ),
        open=Exporting.is_open,
        on_open_change=Exporting.show,
    )
    return rx.cond(Frame.functions.contains(Permission.CUSTOMER_EXPORT.value), dialog, rx.fragment())


def _asking() -> rx.Component:
    texts: dict[str, Any] = {
        "rows": t("directory.export.rows"),
        "ticked": t("directory.export.ticked", n="{n}"),
        "filtered": t("directory.export.filtered", n="{n}"),
        "all": t("directory.export.all", n="{n}"),
        "fields": t("directory.export.fields"),
        "chosen": t("directory.export.chosen", n="{n}"),
        "tickAll": t("directory.export.tick_all"),
        "tickNone": t("directory.export.tick_none"),
        "tickColumns": t("directory.export.tick_columns"),
        "format": t("directory.export.format"),
        "xlsx": t("directory.export.xlsx"),
        "csv": t("directory.export.csv"),
        "pdf": t("directory.export.pdf"),
        "full": t("directory.export.full"),
        "fullHelp": t("directory.export.full_help"),
        "start": t("directory.export.start"),
    }
    return rx.fragment(
        rx.dialog.description(t("directory.export.recorded"), class_name="quiet small"),
        ExportForm.create(
            rx.dialog.close(button(t("ui.cancel"), kind="ghost")),
            key=Exporting.offer.serial.to_string(),
            offer=Exporting.offer,
            texts=rx.Var.create(texts),
            on_start=Exporting.start,
        ),
    )


def _running() -> rx.Component:
    job = Exporting.job
    ready = t("directory.export.ready", at=job.until)
    return rx.fragment(
        rx.dialog.description(
            rx.cond(job.open, t("directory.export.leave"), rx.cond(job.href, ready, "")), class_name="quiet small"
        ),
        rx.el.div(standing(job), progress(job), why(job), class_name="form-stack"),
        rx.el.div(
            rx.cond(
                job.open, button(t("directory.export.stop"), kind="danger", on_click=Exporting.cancel), rx.fragment()
            ),
            rx.el.span(class_name="grow"),
            rx.dialog.close(button(t("ui.close"), kind="ghost")),
            fetch(job, kind="button-primary"),
            class_name="row dialog-foot",
        ),
    )
