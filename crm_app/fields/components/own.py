"""The company's own fields as a table, and the form of one."""

from typing import Any

import reflex as rx

from crm_app.fields.schemas import CHOOSING, MEASURED, WRITTEN, FieldKind, FieldLine, RecordKind
from crm_app.fields.state import ACCESS, FieldForm, Fields
from crm_app.ui.fields import DraftKeeper, DraftNote, FocusFirstError, SubmitKeys, draft_key, select_field, text_field
from crm_app.ui.i18n import t
from crm_app.ui.widgets import badge, button, empty_state, icon_button

FORM = draft_key("own-field", FieldForm.record, FieldForm.editing)


def fields() -> rx.Component:
    """The fields in use in their order, and those that are retired."""
    return rx.el.section(
        rx.el.h2(t("fields.title"), class_name="section-title"),
        rx.el.div(
            *[_choice(record) for record in RecordKind],
            role="radiogroup",
            aria_label=t("fields.records"),
            class_name="row row-wrap fields-records",
        ),
        rx.el.div(
            rx.el.p(_of(Fields.record, "fields.about"), class_name="quiet small lists-about"),
            button(_of(Fields.record, "fields.add"), kind="primary", icon_name="plus", on_click=FieldForm.open(0)),
            class_name="lists-top",
        ),
        rx.cond(
            Fields.used.length() > 0,
            _table(Fields.used, _used),
            empty_state(
                icon_name="list-plus", title=t("fields.none.title"), text=_of(Fields.record, "fields.none.text")
            ),
        ),
        rx.cond(Fields.retired.length() > 0, _retired(), rx.fragment()),
        rx.el.div(Fields.told, class_name="sr", role="status"),
        FocusFirstError.create(name=Fields.focus, attempt=Fields.moves),
        class_name="lists-entries",
        aria_label=t("fields.title"),
    )


def _choice(record: RecordKind) -> rx.Component:
    """Whose fields are shown."""
    return rx.el.button(
        t(f"fields.record.{record}"),
        type="button",
        role="radio",
        aria_checked=rx.cond(Fields.record == record.value, "true", "false"),
        class_name="choice",
        on_click=Fields.show_of(record.value),
    )


def _of(record: rx.Var[str], key: str) -> rx.Var[str]:
    """A text that is another one for fields of contacts."""
    return rx.cond(record == RecordKind.CONTACT.value, t(f"{key}.contact"), t(key))


def _retired() -> rx.Component:
    return rx.el.div(
        rx.el.h3(t("fields.retired"), class_name="section-title"),
        rx.el.p(t("fields.retired.help"), class_name="quiet small"),
        _table(Fields.retired, _gone),
        class_name="stack lists-retired",
    )


def _table(lines: Any, row: Any) -> rx.Component:
    def head(text: Any, class_name: str = "") -> rx.Component:
        return rx.el.th(text, scope="col", class_name=class_name)

    return rx.el.table(
        rx.el.thead(
            rx.el.tr(
                head(t("fields.label_zh")),
                head(t("fields.kind")),
                head(_of(Fields.record, "fields.filled"), "num hide-phone"),
                head(rx.el.span(t("options.actions"), class_name="sr")),
            )
        ),
        rx.el.tbody(rx.foreach(lines, row)),
        class_name="table lists-table",
    )


def _cells(line: rx.Var[FieldLine]) -> list[rx.Component]:
    filled: Any = Fields.filled[line.id.to(str)]
    return [
        rx.el.th(
            line.called,
            rx.cond(line.required, badge(t("fields.required.label"), color="amber"), rx.fragment()),
            scope="row",
            class_name="field-name",
        ),
        rx.el.td(line.kind_label, class_name="quiet"),
        rx.el.td(rx.cond(filled, filled, "0"), class_name="num quiet hide-phone"),
    ]


def _used(line: rx.Var[FieldLine]) -> rx.Component:
    ref = line.id.to(str)

    def step(to: str, by: int, at_end: rx.Var[bool]) -> rx.Component:
        return icon_button(
            f"arrow-{to}",
            label=t(f"fields.{to}", label=line.called),
            name=f"{to}-" + ref,
            disabled=at_end,
            on_click=Fields.move(line.id, by),
        )

    return rx.el.tr(
        *_cells(line),
        rx.el.td(
            rx.el.div(
                step("up", -1, line.first),
                step("down", 1, line.last),
                icon_button("pencil", label=t("fields.edit", label=line.called), on_click=FieldForm.open(line.id)),
                icon_button(
                    "archive",
                    label=t("fields.retire", label=line.called),
                    on_click=Fields.retire(line.id, line.version),
                ),
                class_name="lists-actions",
            )
        ),
        key=ref,
    )


def _gone(line: rx.Var[FieldLine]) -> rx.Component:
    back = button(
        t("fields.restore"),
        small=True,
        aria_label=t("fields.restore.label", label=line.called),
        on_click=Fields.restore(line.id, line.version),
    )
    return rx.el.tr(*_cells(line), rx.el.td(rx.el.div(back, class_name="lists-actions")), key=line.id.to(str))


# --- the form of a field


def _is(kinds: Any) -> rx.Var[bool]:
    return rx.Var.create([str(kind) for kind in kinds]).contains(FieldForm.kind)


def field_dialog() -> rx.Component:
    """What it is called, holds and asks for, and which roles see and change it."""
    dialog = rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(
                rx.cond(FieldForm.editing != 0, t("fields.edit.title"), _of(FieldForm.record, "fields.add")),
                class_name="dialog-title",
            ),
            rx.dialog.description(_of(FieldForm.record, "fields.about"), class_name="sr"),
            SubmitKeys.create(
                DraftNote.create(prefix=FORM, text=t("ui.draft_restored")),
                _names(),
                *_limits(),
                _texts(),
                _access(),
                _foot(),
                FocusFirstError.create(name=FieldForm.first, attempt=FieldForm.attempt),
                class_name="form-stack",
                on_submit_keys=FieldForm.save,
            ),
            class_name="dialog fields-dialog",
        ),
        open=FieldForm.is_open,
        on_open_change=FieldForm.show,
    )
    return rx.fragment(DraftKeeper.create(prefix=FORM, epoch=FieldForm.done), dialog)


def _names() -> rx.Component:
    kind = select_field(
        name="own_kind",
        label=t("fields.kind"),
        value=FieldForm.kind,
        options=[{"value": str(kind), "label": t(f"fields.kind.{kind}")} for kind in FieldKind],
        error=FieldForm.problems["kind"],
        epoch=FieldForm.epoch,
        placeholder=None,
        required=True,
        on_typed=FieldForm.pick_kind,
    )
    return rx.el.div(_text("label_zh", required=True, focus_on_mount=True), kind, class_name="grid-2")


def _limits() -> list[rx.Component]:
    """What a kind asks for besides its name."""

    def of(kinds: Any, content: rx.Component) -> rx.Component:
        return rx.cond(_is(kinds), content, rx.fragment())

    return [
        of(CHOOSING, _text("options", kind="area", rows=5, required=True, help=t("fields.options.help"))),
        of(WRITTEN, _text("longest", input_mode="numeric", help=t("fields.longest.help"))),
        of(MEASURED, rx.el.div(_text("lowest"), _text("highest"), class_name="grid-2")),
        of(set(FieldKind) - {FieldKind.PERSON}, _text("initial", help=_initial_help())),
    ]


def _texts() -> rx.Component:
    required = rx.el.label(
        rx.el.input(type="checkbox", checked=FieldForm.required, on_change=FieldForm.require),
        t("fields.required.label"),
        class_name="check-line",
    )
    english = rx.el.details(
        rx.el.summary(t("fields.english"), class_name="field-label"),
        rx.el.div(_text("label_en"), _text("help_en"), class_name="stack gap-4"),
    )
    return rx.fragment(required, _text("help_zh"), english)


def _foot() -> rx.Component:
    """What saving would do, if that has to be said first, and the buttons."""
    return rx.fragment(
        rx.cond(
            FieldForm.notice == "",
            rx.fragment(),
            rx.el.div(FieldForm.notice, class_name="form-message", role="alert"),
        ),
        rx.el.div(
            rx.el.span(class_name="grow"),
            button(t("ui.cancel"), kind="ghost", on_click=FieldForm.give_up),
            button(
                rx.cond(FieldForm.notice == "", t("ui.save"), t("fields.convert")),
                kind="primary",
                on_click=FieldForm.save,
            ),
            class_name="row dialog-foot",
        ),
    )


def _initial_help() -> rx.Var[str]:
    return rx.cond(FieldForm.kind == str(FieldKind.FLAG), t("fields.initial.flag"), t("fields.initial.help"))


def _text(name: str, **props: Any) -> rx.Component:
    return text_field(
        name=f"own_{name}",
        label=t(f"fields.{name}"),
        value=FieldForm.form[name],
        error=FieldForm.problems[name],
        epoch=FieldForm.epoch,
        draft=draft_key("own-field", FieldForm.record, FieldForm.editing, name),
        auto_complete="off",
        on_typed=lambda value: FieldForm.type(name, value),
        **props,
    )


def _access() -> rx.Component:
    """What each role may do with it."""

    def one(role: Any) -> rx.Component:
        return rx.el.label(
            rx.el.span(role["label"], class_name="grow"),
            rx.el.select(
                *[rx.el.option(t(f"fields.access.{access}"), value=access) for access in ACCESS],
                value=FieldForm.access[role["value"]],
                on_change=lambda value: FieldForm.grant(role["value"], value),
                class_name="input input-small",
            ),
            class_name="row",
            key=role["value"],
        )

    return rx.el.details(
        rx.el.summary(t("fields.roles"), class_name="field-label"),
        rx.el.div(rx.foreach(FieldForm.roles, one), class_name="stack"),
    )
