"""What the administrator decides about all customers: the pattern of numbers and the amounts of the grades."""

import reflex as rx

from crm_app.customers.state.settings import RecordSettings
from crm_app.ui.fields import FocusFirstError, SubmitKeys, text_field
from crm_app.ui.i18n import t
from crm_app.ui.widgets import button

_PARTS = (
    ("{industry}", "industry"),
    ("{yyyy} {yy}", "year"),
    ("{yyyymmdd} {yymmdd} {yyyymm} {mm} {dd}", "day"),
    ("{seq}", "seq"),
    ("{seq:04d}", "seq4"),
)


def record_settings() -> rx.Component:
    """Both cards."""
    return rx.el.div(
        _numbers(),
        _grades(),
        FocusFirstError.create(name=RecordSettings.first, attempt=RecordSettings.attempt),
        class_name="fields-page stack gap-4",
    )


def _numbers() -> rx.Component:
    parts = [
        rx.el.li(rx.el.code(code), " ", t(f"customers.settings.part.{part}"), class_name="small")
        for code, part in _PARTS
    ]
    return rx.el.section(
        rx.el.h2(t("customers.settings.number"), class_name="card-title"),
        rx.el.p(t("customers.settings.number.about"), class_name="quiet small"),
        SubmitKeys.create(
            text_field(
                name="setting_pattern",
                label=t("customers.settings.pattern"),
                value=RecordSettings.pattern,
                required=True,
                help=t("customers.settings.pattern.help"),
                error=RecordSettings.problems["pattern"],
                epoch=RecordSettings.epoch,
                auto_complete="off",
                on_typed=RecordSettings.type_pattern,
            ),
            rx.el.ul(*parts, class_name="pattern-parts quiet"),
            rx.el.div(
                rx.el.span(t("customers.settings.examples"), class_name="quiet small"),
                rx.foreach(
                    RecordSettings.examples, lambda example: rx.el.code(example, class_name="badge c-gray", key=example)
                ),
                class_name="row row-wrap pattern-examples",
                aria_live="polite",
            ),
            rx.el.div(
                button(t("ui.save"), kind="primary", on_click=RecordSettings.save_pattern),
                button(t("customers.settings.default"), kind="ghost", on_click=RecordSettings.use_default),
                class_name="row",
            ),
            class_name="form-stack",
            on_submit_keys=RecordSettings.save_pattern,
        ),
        class_name="card settings-card stack",
    )


def _grades() -> rx.Component:
    def amount(grade: str) -> rx.Component:
        return text_field(
            name=f"setting_{grade}",
            label=t(f"customers.settings.grade.{grade}"),
            value=RecordSettings.amounts[grade],
            required=True,
            error=RecordSettings.problems[grade],
            epoch=RecordSettings.epoch,
            input_mode="decimal",
            auto_complete="off",
            on_typed=lambda value: RecordSettings.type_amount(grade, value),
        )

    return rx.el.section(
        rx.el.h2(t("customers.settings.grades"), class_name="card-title"),
        rx.el.p(t("customers.settings.grades.about"), class_name="quiet small"),
        SubmitKeys.create(
            rx.el.div(amount("A"), amount("B"), class_name="grid-2"),
            rx.el.div(button(t("ui.save"), kind="primary", on_click=RecordSettings.save_grades), class_name="row"),
            class_name="form-stack",
            on_submit_keys=RecordSettings.save_grades,
        ),
        class_name="card settings-card stack",
    )
