"""The form of a new customer."""

from typing import Any

import reflex as rx

from crm_app.access.state import Frame
from crm_app.core.vocabulary import CustomerType, TagKind
from crm_app.customers import rules
from crm_app.customers.components.parts import (
    FORM_ID,
    Fields,
    LiveForm,
    PickMany,
    company,
    day,
    duplicates,
    in_order,
    own_fields,
    own_input,
    save_actions,
    section,
    to_do,
)
from crm_app.customers.state import CustomerForm
from crm_app.customers.state.own import OwnView
from crm_app.ui.browser import connected
from crm_app.ui.fields import (
    FocusFirstError,
    LeaveGuard,
    draft_key,
    kept_ticket_of,
    select_field,
    text_field,
    ticket_of,
)
from crm_app.ui.i18n import t
from crm_app.ui.widgets import button, icon, link

FIELDS = Fields(CustomerForm, ("new-customer",))


def customer_form() -> rx.Component:
    """The whole form with its side panel."""
    return rx.fragment(
        FocusFirstError.create(name=CustomerForm.first_wrong, attempt=CustomerForm.attempt),
        LeaveGuard.create(dirty=CustomerForm.dirty, judged=CustomerForm.answer, draft=FIELDS.key(), text=t("ui.leave")),
        LiveForm.create(
            rx.el.div(
                _before(),
                company(FIELDS),
                _contacts(),
                _classes(),
                own_fields(FIELDS),
                _people(),
                to_do(CustomerForm, "form-wrong phone-only"),
                class_name="form-main",
            ),
            duplicates(CustomerForm),
            id=FORM_ID,
            class_name="new-customer",
            draft=FIELDS.key(),
            # What the server said is worded anew, and what it forgot is told again.
            resend_on=rx.cond(connected, "on-", "off-") + Frame.language + CustomerForm.news.to_string(),
            answer=CustomerForm.answer,
            saved=CustomerForm.saved,
            saved_form=CustomerForm.saved_form,
            carried=CustomerForm.carried,
            carry_to=draft_key("edit-customer", CustomerForm.before.number),
            keep=(CustomerForm.carried.length() > 0) & (CustomerForm.before.others != ""),
            restored_text=t("ui.draft_restored"),
            clear_text=t("customers.form.clear"),
            remove_text=t("customers.form.remove_sure"),
            on_check=lambda form, left: CustomerForm.check(form, left, kept_ticket_of(FIELDS.key())),
            on_save=lambda form: CustomerForm.save(form, ticket_of(FIELDS.key())),
            on_go_on=CustomerForm.go_on,
        ),
    )


def form_actions() -> list[rx.Component]:
    """What stands at the top right."""
    return save_actions(CustomerForm)


def _before() -> rx.Component:
    """Nothing unless the form was saved before it was changed, which its person may not know."""
    before = CustomerForm.before
    page = link(
        t("customers.form.before_open"),
        icon("external-link", size=14),
        to=before.href,
        target="_blank",
        class_name="link row",
    )
    says = [
        rx.cond(text != "", rx.el.p(t(f"customers.form.{key}", fields=text)), rx.fragment())
        for key, text in (("before_changed", before.fields), ("before_others", before.others))
    ]
    carry = button(
        t("customers.form.before_edit"), icon_name="pencil", small=True, custom_attrs={"data-form-action": "go-on"}
    )
    clear = button(t("customers.form.clear"), kind="ghost", small=True, custom_attrs={"data-form-action": "clear"})
    other = rx.el.label(
        rx.el.input(type="checkbox", name="other", value=before.number, key=before.number),
        t("customers.form.before_other"),
        class_name="check-line",
    )
    card = rx.el.section(
        rx.el.h2(
            icon("circle-check"), t("customers.form.before", number=before.number), class_name="section-title row"
        ),
        rx.cond(before.href == "", rx.el.p(t("customers.form.before_hidden")), rx.fragment()),
        *says,
        rx.el.div(
            rx.cond((before.href != "") & (before.fields != ""), carry, rx.fragment()),
            clear,
            rx.cond(before.href != "", page, rx.fragment()),
            class_name="row row-wrap",
        ),
        other,
        class_name="card card-body stack clashes",
        aria_label=t("customers.form.before", number=before.number),
    )
    return rx.el.div(rx.cond(before.number == "", rx.fragment(), card), class_name="clash-live", aria_live="polite")


def _contacts() -> rx.Component:
    return section(
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
            _contact_text(row, "birthday", **day(CustomerForm)),
            _contact_field(select_field, row, "preferred_channel", options=CustomerForm.options["channel"]),
            class_name="grid-3",
        ),
        rx.cond(
            CustomerForm.contact_own.length() > 0,
            rx.el.div(
                rx.foreach(CustomerForm.contact_own, lambda view: _contact_own(row, view)),
                class_name="grid-2 own-fields",
            ),
            rx.fragment(),
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
        error=FIELDS.error(path),
        draft=FIELDS.key(path),
        **props,
    )


def _contact_own(row: rx.Var[str], view: rx.Var[OwnView]) -> rx.Component:
    """A field that the company added to contacts (R1.8)."""
    path = "contacts." + row.to(str) + "." + view.key
    return own_input(
        view, name=path, value=view.initial, error=FIELDS.error(path), draft=FIELDS.key(path), help=view.help
    )


def _classes() -> rx.Component:
    def words(name: str, codes: Any, **props: Any) -> rx.Component:
        return FIELDS.words(name, codes, value=rules.DEFAULTS[name], **props)

    return section(
        "customers.form.classes",
        in_order(
            {
                "level": words("level", rules.CREATE_LEVELS, help=t("customers.form.level_help")),
                "customer_type": words("customer_type", CustomerType),
                "status": words("status", rules.STATUSES_OF_LEVEL[rules.DEFAULTS["level"]]),
            },
            class_name="grid-3",
        ),
        rx.el.div(*[_pick(f"tags.{kind}", f"customers.form.tags_{kind}") for kind in TagKind], class_name="grid-3"),
    )


def _pick(name: str, label: str) -> rx.Component:
    return PickMany.create(
        name=name,
        label=t(label),
        options=CustomerForm.options[name],
        draft=FIELDS.key(name),
        error=FIELDS.error(name),
        add_text=t("customers.form.add"),
        empty_text=t("customers.form.nothing_to_add"),
        remove_text=t("customers.form.take_off", label="{label}"),
    )


def _people() -> rx.Component:
    return section(
        "customers.form.people",
        rx.el.div(
            FIELDS.select("owner", placeholder=t("customers.form.myself", name=Frame.user_name)),
            _pick("collaborators", "customers.field.collaborators"),
            class_name="grid-2",
        ),
        FIELDS.text("note", kind="area", rows=3),
    )
