"""Pieces of the form of a new customer."""

from typing import Any

import reflex as rx

from crm_app.access.state import Frame
from crm_app.core.vocabulary import CustomerType, TagKind
from crm_app.customers import rules
from crm_app.customers.state import CustomerForm, HintLine
from crm_app.ui.browser import connected
from crm_app.ui.fields import FocusFirstError, LeaveGuard, draft_key, select_field, text_field
from crm_app.ui.i18n import t
from crm_app.ui.widgets import button, icon, link

LIBRARY = "$/public" + rx.asset("form.jsx", shared=True)
FORM_ID = "customer-form"
DRAFT = "new-customer"
_WIDE = rx.Var("(typeof window !== 'undefined' && window.innerWidth > 1000)", _var_type=bool)
"""The panel stands beside the form, as in `customers.css`."""


def _checked(form: rx.Var[dict], left: rx.Var[list]) -> tuple[rx.Var[dict], rx.Var[list]]:
    return form, left


def _sent(form: rx.Var[dict], ticket: rx.Var[str]) -> tuple[rx.Var[dict], rx.Var[str]]:
    return form, ticket


class LiveForm(rx.Component):
    """A form that sends itself whole after each pause; see `form.jsx`."""

    library = LIBRARY
    tag = "LiveForm"
    draft: rx.Var[str]
    resend_on: rx.Var[str]
    answer: rx.Var[int]
    saved: rx.Var[str]
    restored_text: rx.Var[str]
    clear_text: rx.Var[str]
    remove_text: rx.Var[str]
    on_check: rx.EventHandler[_checked]
    on_save: rx.EventHandler[_sent]


class PickMany(rx.Component):
    """Several choices out of a list."""

    library = LIBRARY
    tag = "PickMany"
    name: rx.Var[str]
    label: rx.Var[str]
    draft: rx.Var[str]
    options: rx.Var[list[dict[str, str]]]
    add_text: rx.Var[str]
    remove_text: rx.Var[str]
    empty_text: rx.Var[str]
    error: rx.Var[str]


class FocusButton(rx.Component):
    """A line of text that leads to a field."""

    library = LIBRARY
    tag = "FocusButton"
    name: rx.Var[str]
    text: rx.Var[str]


def customer_form() -> rx.Component:
    """The whole form with its side panel."""
    return rx.fragment(
        FocusFirstError.create(name=CustomerForm.first_wrong, attempt=CustomerForm.attempt),
        LeaveGuard.create(dirty=CustomerForm.dirty, text=t("ui.leave")),
        LiveForm.create(
            rx.el.div(
                _company(), _contacts(), _classes(), _people(), _to_do("form-wrong phone-only"), class_name="form-main"
            ),
            _duplicates(),
            id=FORM_ID,
            class_name="new-customer",
            draft=draft_key(DRAFT),
            # What the server said is worded anew, and what it forgot is told again.
            resend_on=rx.cond(connected, "on-", "off-") + Frame.language,
            answer=CustomerForm.answer,
            saved=CustomerForm.saved,
            restored_text=t("ui.draft_restored"),
            clear_text=t("customers.form.clear"),
            remove_text=t("customers.form.remove_sure"),
            on_check=CustomerForm.check,
            on_save=CustomerForm.save,
        ),
    )


def form_actions() -> list[rx.Component]:
    """What stands at the top right: what is missing, and the one primary action."""
    return [
        _to_do("form-wrong hide-phone"),
        rx.el.button(
            icon("check"),
            rx.cond(CustomerForm.saving, t("ui.saving"), t("ui.save")),
            type="submit",
            form=FORM_ID,
            class_name="button button-primary",
            disabled=~CustomerForm.valid | CustomerForm.saving,
            title="Ctrl+Enter",
        ),
    ]


def _to_do(class_name: str) -> rx.Component:
    line = FocusButton.create(name=CustomerForm.first_wrong, text=CustomerForm.wrong, class_name=class_name)
    return rx.cond(CustomerForm.wrong == "", rx.fragment(), line)


def _error(name: Any) -> rx.Var[str]:
    return CustomerForm.errors[name].to(str)


def _text(name: str, *, kind: str = "text", **props: Any) -> rx.Component:
    rule = rules.CUSTOMER_FIELDS[name]
    return text_field(
        name=name,
        label=t(f"customers.field.{name}"),
        value="",
        required=rule.required,
        kind=kind,
        error=_error(name),
        draft=draft_key(DRAFT, name),
        **props,
    )


def _day() -> dict[str, Any]:
    """Written out, because a browser shows its own date field in its own language and not in the person's."""
    return {"kind": "day", "max": CustomerForm.today, "placeholder": t("customers.form.day")}


def _select(name: str, *, label: str = "", options: Any = None, value: str = "", **props: Any) -> rx.Component:
    rule = rules.CUSTOMER_FIELDS.get(name)
    return select_field(
        name=name,
        label=t(label or f"customers.field.{name}"),
        value=value,
        required=bool(rule and rule.required),
        options=CustomerForm.options[name] if options is None else options,
        error=_error(name),
        draft=draft_key(DRAFT, name),
        **props,
    )


def _section(title: str, *children: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.h2(t(title), class_name="section-title"), *children, class_name="card card-body stack gap-4"
    )


def _company() -> rx.Component:
    return _section(
        "customers.form.basic",
        rx.el.div(_text("name", focus_on_mount=True, auto_complete="off"), class_name="stack"),
        rx.el.div(_select("industry"), _select("source"), class_name="grid-2"),
        rx.el.div(
            _text("credit_code", help=t("customers.form.credit_help"), auto_complete="off"),
            _text("founded_on", **_day()),
            class_name="grid-2",
        ),
        rx.el.div(_select("headcount"), _select("revenue"), class_name="grid-2"),
        rx.el.fieldset(
            rx.el.legend(t("customers.field.region"), class_name="field-label"),
            rx.el.div(
                *[
                    _select(level, label=f"customers.form.{level}", disabled=CustomerForm.options[level].length() == 0)
                    for level in ("province", "city", "district")
                ],
                class_name="grid-3",
            ),
            class_name="plain-fieldset stack",
        ),
        _text("address", auto_complete="off"),
        _text("main_business", kind="area", rows=2),
    )


def _contacts() -> rx.Component:
    return _section(
        "customers.form.contacts",
        rx.foreach(CustomerForm.rows, _contact),
        rx.el.div(
            button(
                t("customers.form.add_contact"),
                icon_name="plus",
                small=True,
                custom_attrs={"data-row-action": "add", "data-row": "0"},
            )
        ),
    )


def _contact(row: rx.Var[str], position: rx.Var[int]) -> rx.Component:
    def action(name: str, text: str) -> rx.Component:
        return button(
            t(text), kind="ghost", small=True, custom_attrs={"data-row-action": name, "data-row": row.to(str)}
        )

    first = position == 0
    number = (position + 1).to_string()
    return rx.el.div(
        rx.el.div(
            rx.el.h3(t("customers.form.contact", n=number), class_name="field-label"),
            rx.cond(first, rx.el.span(t("customers.form.main_contact"), class_name="badge c-blue"), rx.fragment()),
            rx.cond(
                first,
                rx.fragment(),
                rx.el.div(
                    action("main", "customers.form.make_main"),
                    action("remove", "customers.form.remove_contact"),
                    class_name="row contact-actions",
                ),
            ),
            class_name="row",
        ),
        rx.el.div(_contact_text(row, "name", required=True), _contact_text(row, "position"), class_name="grid-2"),
        rx.el.div(
            _contact_text(row, "mobile", kind="tel", help=t("customers.form.two_of_one")),
            _contact_text(row, "email", kind="email"),
            class_name="grid-2",
        ),
        rx.el.div(
            _contact_text(row, "phone", kind="tel"),
            _contact_text(row, "birthday", **_day()),
            _contact_field(select_field, row, "preferred_channel", options=CustomerForm.options["channel"]),
            class_name="grid-3",
        ),
        class_name="contact-block stack gap-4",
        role="group",
        aria_label=t("customers.form.contact", n=number),
        key=row,
    )


def _contact_text(row: rx.Var[str], name: str, **props: Any) -> rx.Component:
    return _contact_field(text_field, row, name, auto_complete="off", **props)


def _contact_field(field: Any, row: rx.Var[str], name: str, **props: Any) -> rx.Component:
    path = "contacts." + row.to(str) + f".{name}"
    return field(
        name=path,
        label=t(f"customers.field.contact.{name}"),
        value="",
        error=_error(path),
        draft=draft_key(DRAFT, path),
        **props,
    )


def _words(enum: str, codes: Any) -> list[dict[str, Any]]:
    return [{"value": str(code), "label": t(f"{enum}.{code}")} for code in codes]


def _classes() -> rx.Component:
    def words(name: str, codes: Any, **props: Any) -> rx.Component:
        return _select(name, options=_words(name, codes), value=rules.DEFAULTS[name], placeholder=None, **props)

    return _section(
        "customers.form.classes",
        rx.el.div(
            words("level", rules.CREATE_LEVELS, help=t("customers.form.level_help")),
            words("customer_type", CustomerType),
            words("status", rules.STATUSES_OF_LEVEL[rules.DEFAULTS["level"]]),
            class_name="grid-3",
        ),
        rx.el.div(*[_pick(f"tags.{kind}", f"customers.form.tags_{kind}") for kind in TagKind], class_name="grid-3"),
    )


def _pick(name: str, label: str) -> rx.Component:
    return PickMany.create(
        name=name,
        label=t(label),
        options=CustomerForm.options[name],
        draft=draft_key(DRAFT, name),
        error=_error(name),
        add_text=t("customers.form.add"),
        empty_text=t("customers.form.nothing_to_add"),
        remove_text=t("customers.form.take_off", label="{label}"),
    )


def _people() -> rx.Component:
    return _section(
        "customers.form.people",
        rx.el.div(
            _select("owner", placeholder=t("customers.form.myself", name=Frame.user_name)),
            _pick("collaborators", "customers.field.collaborators"),
            class_name="grid-2",
        ),
        _text("note", kind="area", rows=3),
    )


def _duplicates() -> rx.Component:
    found = CustomerForm.hints.length() > 0
    quiet = rx.el.div(
        rx.el.h2(t("customers.form.no_duplicates"), class_name="section-title"),
        rx.el.p(t("customers.form.duplicates_help"), class_name="quiet small"),
        class_name="stack hide-phone",
    )
    return rx.el.aside(
        rx.el.div(rx.cond(found, _found(), quiet), aria_live="polite"),
        class_name=rx.cond(found, "form-side card card-body found", "form-side card card-body"),
        aria_label=t("customers.form.duplicates"),
    )


def _found() -> rx.Component:
    """Folded on a phone, where it would cover the fields, unless a confirmation is due."""
    confirmation = rx.el.label(
        rx.el.input(type="checkbox", name="confirmed", value=CustomerForm.seal, key=CustomerForm.seal),
        t("customers.form.confirm"),
        class_name="check-line",
    )
    return rx.el.details(
        rx.el.summary(
            icon("triangle-alert"),
            rx.el.h2(t("customers.form.duplicates"), class_name="section-title"),
            rx.el.span(CustomerForm.hints.length() + CustomerForm.more_hints, class_name="badge c-amber"),
            class_name="row hint-title",
        ),
        rx.el.ul(rx.foreach(CustomerForm.hints, _hint), class_name="hints"),
        rx.cond(
            CustomerForm.more_hints > 0,
            rx.el.p(t("customers.form.more_hints", n=CustomerForm.more_hints), class_name="quiet small hints-more"),
            rx.fragment(),
        ),
        rx.cond(CustomerForm.seal == "", rx.fragment(), confirmation),
        open=(CustomerForm.seal != "") | _WIDE,
    )


def _hint(hint: rx.Var[HintLine]) -> rx.Component:
    return rx.el.li(
        rx.el.span(hint.reasons, class_name=rx.cond(hint.exact, "badge c-red", "badge c-amber")),
        rx.cond(
            hint.href == "",
            rx.el.span(t("customers.form.elsewhere"), class_name="quiet small"),
            rx.fragment(
                link(hint.name, icon("external-link", size=14), to=hint.href, target="_blank", class_name="link row"),
                rx.el.span(hint.number, class_name="quiet small"),
            ),
        ),
        rx.el.span(t("customers.form.owned_by", owner=hint.owner), class_name="small"),
        class_name="hint stack",
    )
