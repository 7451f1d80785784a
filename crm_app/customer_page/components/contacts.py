"""The people at a customer, as its page lists them."""

from typing import Any

import reflex as rx

from crm_app.customer_page.components.inline import VIEW, copy_button
from crm_app.customer_page.schemas import ContactCard, ContactFact
from crm_app.customer_page.state import Contacts
from crm_app.ui.fields import begun_on, draft_key
from crm_app.ui.i18n import t
from crm_app.ui.widgets import badge, button, icon, icon_button


def open_contact(contact_id: Any) -> Any:
    """Open the form of a contact, 0 for a new one, on the version on which what was kept of it was begun."""
    form = draft_key("contact", VIEW.number, contact_id)
    return Contacts.open_form(contact_id, begun_on(form, VIEW.version))


def contacts() -> rx.Component:
    """The people there, masked until they are shown on purpose (R10.3)."""
    return rx.el.section(
        rx.el.div(
            rx.el.h3(t("customer_page.contacts"), class_name="section-title"),
            rx.cond(
                VIEW.rights.edit,
                icon_button(
                    "plus",
                    label=t("customer_page.contact.add"),
                    small=True,
                    on_click=open_contact(0),
                    custom_attrs={"data-correct": "true"},
                ),
                rx.fragment(),
            ),
            class_name="row spread",
        ),
        rx.el.ul(rx.foreach(VIEW.contacts, _contact), class_name="contacts"),
        class_name="card side-card only-facts",
        id="contacts",
    )


def _contact(card: rx.Var[ContactCard]) -> rx.Component:
    shown = rx.cond(
        card.revealed,
        button(t("customer_page.hide"), kind="ghost", small=True, on_click=Contacts.hide(card.id)),
        button(
            t("customer_page.reveal"),
            icon_name="eye",
            kind="ghost",
            small=True,
            title=t("customer_page.reveal.help"),
            on_click=Contacts.reveal(card.id),
        ),
    )
    return rx.el.li(
        rx.el.div(
            rx.el.span(card.name, class_name="contact-name"),
            rx.el.span(card.position, class_name="quiet small cut"),
            rx.cond(card.is_main, badge(t("customer_page.contact.main"), color="blue"), rx.fragment()),
            rx.cond(
                VIEW.rights.edit,
                icon_button(
                    "pencil",
                    label=t("customer_page.contact.edit_of", name=card.name),
                    small=True,
                    class_name="at-end",
                    on_click=open_contact(card.id),
                    custom_attrs={"data-correct": "true"},
                ),
                rx.fragment(),
            ),
            class_name="row",
        ),
        _way("smartphone", card.mobile, card.revealed, scheme="tel:"),
        _way("phone", card.phone, card.revealed, scheme="tel:"),
        _way("mail", card.email, card.revealed, scheme="mailto:"),
        _way("cake", card.birthday, False, scheme=""),
        rx.cond(
            card.own.length() > 0,
            rx.el.dl(rx.foreach(card.own, _own), class_name="contact-own"),
            rx.fragment(),
        ),
        rx.cond(VIEW.rights.reveal, shown, rx.fragment()),
        class_name="contact",
        id=rx.Var.create("contact-") + card.id.to_string(),
        key=card.id.to_string(),
    )


def _own(fact: rx.Var[ContactFact]) -> rx.Component:
    """What stands in a field that the company added."""
    leads = rx.el.a(fact.shown, href=fact.link, target="_blank", rel="noopener noreferrer", class_name="link")
    return rx.el.div(
        rx.el.dt(fact.label, class_name="quiet small"),
        rx.el.dd(rx.cond(fact.link == "", fact.shown, leads)),
        key=fact.key,
    )


def _way(icon_name: str, value: rx.Var[str], full: Any, *, scheme: str) -> rx.Component:
    """One way to reach a person; only a value shown in full can be called, written to or copied."""
    line = rx.el.span(value, class_name="cut")
    if scheme:
        name = t("customer_page.mail" if scheme == "mailto:" else "customer_page.call", value=value)
        line = rx.cond(
            full,
            rx.fragment(
                rx.el.a(value, href=scheme + value, class_name="link cut", aria_label=name), copy_button(value)
            ),
            line,
        )
    return rx.cond(value == "", rx.fragment(), rx.el.div(icon(icon_name, size=14), line, class_name="row contact-way"))
