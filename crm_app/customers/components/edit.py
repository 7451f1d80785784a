"""The form of a customer that is edited as a whole, and whose change stays where two people made one (R2.3)."""

import reflex as rx

from crm_app.access.state import Frame
from crm_app.core.vocabulary import CustomerType
from crm_app.customers.components.clash import clash_choice
from crm_app.customers.components.parts import (
    FORM_ID,
    Fields,
    LiveForm,
    company,
    duplicates,
    in_order,
    own_fields,
    save_actions,
    section,
    to_do,
)
from crm_app.customers.state import ClashLine, EditForm
from crm_app.ui import routes
from crm_app.ui.browser import connected
from crm_app.ui.fields import FocusFirstError, LeaveGuard
from crm_app.ui.i18n import t
from crm_app.ui.widgets import icon, link, skeleton_lines

FIELDS = Fields(EditForm, ("edit-customer", EditForm.of), values=EditForm.values, notes=EditForm.notes)


def edit_form() -> rx.Component:
    """The whole form with its side panel."""
    return rx.fragment(
        FocusFirstError.create(name=EditForm.first_wrong, attempt=EditForm.attempt),
        LeaveGuard.create(dirty=EditForm.dirty, judged=EditForm.answer, draft=FIELDS.key(), text=t("ui.leave")),
        LiveForm.create(
            rx.el.div(
                _clashes(),
                company(FIELDS),
                _classes(),
                own_fields(FIELDS),
                section("customers.edit.rest", FIELDS.text("note", kind="area", rows=3), _elsewhere()),
                to_do(EditForm, "form-wrong phone-only"),
                class_name="form-main",
            ),
            duplicates(EditForm),
            id=FORM_ID,
            class_name="new-customer",
            draft=FIELDS.key(),
            version=EditForm.version,
            # What the server said is worded anew, what it forgot is told again, what others changed is looked at.
            resend_on=rx.cond(connected, "on-", "off-") + Frame.language + EditForm.news.to_string(),
            answer=EditForm.answer,
            saved=EditForm.saved,
            saved_form=EditForm.saved_form,
            restored_text=t("ui.draft_restored"),
            clear_text=t("customers.edit.discard"),
            remove_text="",
            on_check=EditForm.check,
            on_save=EditForm.save,
            on_clear=EditForm.open,
            key=EditForm.of,
        ),
    )


def edit_actions() -> list[rx.Component]:
    """Back without saving, and saving."""
    return [
        link(t("ui.cancel"), to=_record(), class_name="button button-ghost hide-phone"),
        *save_actions(EditForm),
    ]


def edit_way() -> list[rx.Component]:
    """The way to the form; on a phone the page's own name needs the room."""
    return [link(EditForm.name, to=_record(), class_name="cut hide-phone")]


def edit_loading() -> rx.Component:
    """A form of the size of what is coming."""
    return rx.el.div(rx.el.div(skeleton_lines(9, height=40), class_name="card card-body"), class_name="new-customer")


def _record() -> rx.Var[str]:
    return routes.CUSTOMERS + "/" + rx.State.number  # type: ignore[attr-defined]  # Added by the route.


def _classes() -> rx.Component:
    return section(
        "customers.form.classes",
        in_order(
            {
                "customer_type": FIELDS.words("customer_type", CustomerType),
                "status": FIELDS.select("status", placeholder=None),
            }
        ),
    )


def _elsewhere() -> rx.Component:
    """What is changed on the customer's page, each in a step of its own."""
    return rx.el.p(t("customers.edit.elsewhere"), class_name="quiet small")


def _clashes() -> rx.Component:
    """Nothing while nobody else changed the customer since the form was opened."""
    decide = rx.el.div(
        rx.el.h2(icon("git-compare"), t("customers.edit.clashes"), class_name="section-title row"),
        rx.el.p(t("customers.edit.clashes_help"), class_name="quiet small"),
        rx.foreach(EditForm.clashes, lambda line: clash_choice(line, on_choose=None)),
        class_name="stack gap-4",
    )
    merged = rx.el.div(
        rx.el.h3(t("customers.edit.merged"), class_name="field-label"),
        rx.el.ul(rx.foreach(EditForm.merged, _merged), class_name="hints"),
        class_name="stack",
    )
    some, others = EditForm.clashes.length() > 0, EditForm.merged.length() > 0
    return rx.el.div(
        rx.cond(
            some | others,
            rx.el.section(
                rx.cond(some, decide, rx.fragment()),
                rx.cond(others, merged, rx.fragment()),
                class_name=rx.cond(some, "card card-body stack gap-4 clashes", "card card-body stack gap-4"),
                aria_label=t("customers.edit.changed_meanwhile"),
            ),
            rx.fragment(),
        ),
        class_name="clash-live",
        aria_live="polite",
    )


def _merged(line: rx.Var[ClashLine]) -> rx.Component:
    return rx.el.li(
        rx.el.span(line.label, class_name="field-label"),
        rx.el.span(
            t("customers.edit.changed", by=line.by, at=line.at, before=line.before, theirs=line.theirs),
            class_name="small",
        ),
        class_name="hint stack",
        key=line.field,
    )
