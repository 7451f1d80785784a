"""The fields that every customer has as a table, and the form of one."""

from typing import Any

import reflex as rx

from crm_app.fields.schemas import BuiltInLine
from crm_app.fields.state import BuiltInForm, BuiltIns
from crm_app.ui.fields import DraftKeeper, DraftNote, FocusFirstError, SubmitKeys, draft_key, text_field
from crm_app.ui.i18n import t
from crm_app.ui.widgets import button, icon_button

FORM = draft_key("built-in-field", BuiltInForm.name)


def built_in_fields() -> rx.Component:
    """These fields in their order."""

    def head(text: Any, class_name: str = "") -> rx.Component:
        return rx.el.th(text, scope="col", class_name=class_name)

    return rx.el.section(
        rx.el.h2(t("fields.standard"), class_name="section-title"),
        rx.el.p(t("fields.standard.about"), class_name="quiet small lists-about"),
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    head(t("fields.label_zh")),
                    head(t("fields.required.label")),
                    head(t("fields.lacking"), "num hide-phone"),
                    head(rx.el.span(t("options.actions"), class_name="sr")),
                )
            ),
            rx.el.tbody(rx.foreach(BuiltIns.lines, _line)),
            class_name="table lists-table",
        ),
        rx.el.div(BuiltIns.told, class_name="sr", role="status"),
        FocusFirstError.create(name=BuiltIns.focus, attempt=BuiltIns.moves),
        class_name="lists-entries fields-standard",
        aria_label=t("fields.standard"),
    )


def _line(line: rx.Var[BuiltInLine]) -> rx.Component:
    lacking: Any = BuiltIns.lacking[line.name]
    required = rx.el.label(
        rx.el.input(
            type="checkbox",
            role="switch",
            checked=line.required,
            disabled=line.always,
            aria_label=t("fields.require", label=line.called),
            on_change=lambda on: BuiltIns.require(line.name, on, line.version),
        ),
        rx.cond(line.always, rx.el.span(t("fields.always"), class_name="quiet small hide-phone"), rx.fragment()),
        class_name="check-line",
    )
    return rx.el.tr(
        rx.el.th(
            line.called,
            rx.cond(
                line.came_as == "",
                rx.fragment(),
                rx.el.span(t("fields.came_as", label=line.came_as), class_name="quiet small field-came"),
            ),
            rx.cond(
                line.help == "", rx.fragment(), rx.el.span(line.help, class_name="quiet small field-came hide-phone")
            ),
            scope="row",
            class_name="field-name",
        ),
        rx.el.td(required),
        rx.el.td(lacking, class_name="num quiet hide-phone"),
        rx.el.td(rx.el.div(*_actions(line), class_name="lists-actions")),
        key=line.name,
    )


def _actions(line: rx.Var[BuiltInLine]) -> list[rx.Component]:
    def step(to: str, by: int, at_end: rx.Var[bool]) -> rx.Component:
        return icon_button(
            f"arrow-{to}",
            label=t(f"fields.{to}", label=line.called),
            name=f"{to}-" + line.name,
            disabled=at_end,
            on_click=BuiltIns.move(line.name, by),
        )

    return [
        step("up", -1, line.first),
        step("down", 1, line.last),
        icon_button("pencil", label=t("fields.edit", label=line.called), on_click=BuiltInForm.open(line.name)),
        icon_button(
            "rotate-ccw",
            label=t("fields.reset", label=line.called),
            disabled=~line.changed,
            on_click=BuiltIns.clear(line.name, line.version),
        ),
    ]


def built_in_dialog() -> rx.Component:
    """What such a field is called, whether it must be filled in, and what stands below it."""
    required = rx.el.label(
        rx.el.input(
            type="checkbox",
            checked=BuiltInForm.required,
            disabled=BuiltInForm.always,
            on_change=BuiltInForm.require,
        ),
        t("fields.required.label"),
        rx.cond(BuiltInForm.always, rx.el.span(t("fields.always.why"), class_name="quiet small"), rx.fragment()),
        class_name="check-line",
    )
    english = rx.el.details(
        rx.el.summary(t("fields.english"), class_name="field-label"),
        rx.el.div(_text("label_en"), _text("help_en"), class_name="stack gap-4"),
    )
    dialog = rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(t("fields.edit", label=BuiltInForm.title), class_name="dialog-title"),
            rx.dialog.description(t("fields.standard.about"), class_name="sr"),
            SubmitKeys.create(
                DraftNote.create(prefix=FORM, text=t("ui.draft_restored")),
                _text("label_zh", focus_on_mount=True, help=t("fields.came_as.help", label=_came("label_zh"))),
                required,
                _text("help_zh"),
                english,
                rx.el.div(
                    rx.el.span(class_name="grow"),
                    button(t("ui.cancel"), kind="ghost", on_click=BuiltInForm.give_up),
                    button(t("ui.save"), kind="primary", on_click=BuiltInForm.save),
                    class_name="row dialog-foot",
                ),
                FocusFirstError.create(name=BuiltInForm.first, attempt=BuiltInForm.attempt),
                class_name="form-stack",
                on_submit_keys=BuiltInForm.save,
            ),
            class_name="dialog fields-dialog",
        ),
        open=BuiltInForm.is_open,
        on_open_change=BuiltInForm.show,
    )
    return rx.fragment(DraftKeeper.create(prefix=FORM, epoch=BuiltInForm.done), dialog)


def _came(part: str) -> rx.Var[str]:
    came: Any = BuiltInForm.came_as[part]
    return came.to(str)


def _text(part: str, **props: Any) -> rx.Component:
    return text_field(
        name=f"std_{part}",
        label=t(f"fields.{part}"),
        value=BuiltInForm.form[part],
        error=BuiltInForm.problems[part],
        epoch=BuiltInForm.epoch,
        draft=draft_key("built-in-field", BuiltInForm.name, part),
        auto_complete="off",
        on_typed=lambda value: BuiltInForm.type(part, value),
        **props,
    )
