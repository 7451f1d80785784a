"""The second step: where the columns go."""

import reflex as rx

from crm_app.background.components import why
from crm_app.importing.components.widgets import Choose, discard_dialog, one_group, policy, waiting
from crm_app.importing.rules import NEW_FIELD
from crm_app.importing.schemas import (
    ColumnView,
    DefaultView,
)
from crm_app.importing.state import Importing
from crm_app.ui.i18n import t
from crm_app.ui.widgets import button


def map_step() -> rx.Component:
    """Where each column goes, with its first values beside."""
    run = Importing.run
    return rx.el.div(
        rx.cond(run.notice, rx.el.div(run.notice, class_name="form-message", role="status"), rx.fragment()),
        rx.cond(~Importing.job.open, why(Importing.job), rx.fragment()),
        rx.cond(
            run.sheets.length() > 1,
            rx.el.label(
                rx.el.span(t("importing.sheet"), class_name="field-label"),
                Choose.create(
                    value=run.sheet,
                    groups=one_group(run.sheets),
                    label=t("importing.sheet"),
                    on_choose=lambda place: Importing.choose_sheet(place.to(int)),
                ),
                class_name="field import-sheet",
            ),
            rx.fragment(),
        ),
        _mode(),
        rx.el.div(rx.foreach(run.defaults, _default), class_name="import-defaults"),
        rx.el.div(
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(t("importing.column"), scope="col"),
                        rx.el.th(t("importing.samples"), scope="col"),
                        rx.el.th(t("importing.goes_to"), scope="col"),
                    )
                ),
                rx.el.tbody(rx.foreach(run.columns, _column)),
                class_name="table import-columns",
                aria_label=t("importing.columns"),
            ),
            class_name="card import-box",
        ),
        rx.el.div(
            discard_dialog(),
            waiting(),
            button(
                t("importing.check"),
                kind="primary",
                on_click=Importing.check,
                disabled=~run.ready | Importing.job.open,
                aria_describedby="import-waiting",
            ),
            class_name="row import-foot",
        ),
        class_name="stack gap-4",
    )


def _mode() -> rx.Component:
    """Whether the rows make customers, or update those that one column names."""
    run = Importing.run
    which = rx.el.div(
        rx.el.span(t("importing.key"), class_name="field-label"),
        Choose.create(
            value=run.key,
            groups=one_group(run.named_by),
            label=t("importing.key"),
            on_choose=lambda key: Importing.choose_mode("", key),
        ),
        rx.el.span(t("importing.key.help"), class_name="field-help"),
        class_name="field",
    )
    return rx.el.div(
        policy("mode", ("create", "update", "both"), run.mode, lambda mode: Importing.choose_mode(mode, "")),
        rx.cond(run.mode != "create", which, rx.fragment()),
        class_name="stack import-mode",
    )


def _default(one: rx.Var[DefaultView]) -> rx.Component:
    help_text = rx.match(
        one.target,
        ("owner", t("importing.default.owner")),
        ("loss_reason", t("importing.default.loss_reason")),
        t("importing.default.industry"),
    )
    return rx.el.div(
        rx.el.span(
            t("importing.default", field=one.label),
            rx.cond(one.needed, rx.el.span("*", class_name="field-required", aria_hidden="true"), rx.fragment()),
            class_name="field-label",
        ),
        Choose.create(
            value=one.value,
            groups=one_group(one.choices),
            label=t("importing.default", field=one.label),
            placeholder=rx.match(one.target, ("owner", t("importing.default.me")), t("ui.choose")),
            invalid=one.needed & (one.value == ""),
            on_choose=lambda code: Importing.choose_default(one.target, code),
        ),
        rx.el.span(help_text, class_name="field-help"),
        class_name="field",
        key=one.target,
    )


def _column(one: rx.Var[ColumnView]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            rx.el.span(one.letter, class_name="quiet tabular column-letter"),
            rx.el.span(one.heading),
            scope="row",
        ),
        rx.el.td(rx.foreach(one.samples, lambda text: rx.el.span(text, class_name="sample cut", title=text))),
        rx.el.td(
            Choose.create(
                value=one.target,
                groups=Importing.run.groups,
                label=t("importing.goes_to_of", name=one.heading),
                invalid=one.problem != "",
                on_choose=lambda code: Importing.map_column(one.index, code),
            ),
            rx.cond(one.problem, rx.el.span(one.problem, class_name="field-error"), rx.fragment()),
            rx.cond(one.told, rx.el.span(one.told, class_name="field-help"), rx.fragment()),
            rx.cond(
                one.offer,
                button(one.offer, small=True, on_click=Importing.map_column(one.index, NEW_FIELD)),
                rx.fragment(),
            ),
        ),
        data_ignored=rx.cond(one.target == "", "true", "false"),
        key=one.index.to_string(),
    )
