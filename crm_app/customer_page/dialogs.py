"""The three questions that the page asks: what a level needs, what a contact is like, whose change stays."""

from typing import Any

import reflex as rx

from crm_app.core.vocabulary import Level
from crm_app.customer_page.components.contacts import open_contact
from crm_app.customer_page.state import Contacts, CustomerPage, Deletion, Facts, Levels
from crm_app.customers.components import clash_choice, own_input
from crm_app.recycle_bin.rules import KEPT
from crm_app.timeline.components import select_options
from crm_app.ui.fields import (
    DraftKeeper,
    DraftNote,
    FocusFirstError,
    Reopen,
    SubmitKeys,
    draft_key,
    select_field,
    text_field,
)
from crm_app.ui.i18n import t
from crm_app.ui.widgets import button

VIEW: Any = CustomerPage.view
LEVEL = draft_key("level", VIEW.number)


def _dialog(*children: Any, title: Any, is_open: Any, on_change: Any, help_text: Any = None) -> rx.Component:
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(title, class_name="dialog-title"),
            rx.dialog.description(help_text, class_name="quiet small") if help_text is not None else rx.fragment(),
            *children,
            class_name="dialog",
            aria_describedby=None if help_text is not None else "undefined",
        ),
        open=is_open,
        on_open_change=on_change,
    )


def _foot(*buttons: rx.Component) -> rx.Component:
    return rx.el.div(*buttons, class_name="row dialog-foot")


# --- level


def level_dialog() -> rx.Component:
    """「变更等级」 (R6.5): the level first, then just what it needs."""

    def choice(level: Level) -> rx.Component:
        again = (VIEW.level == level.value) & (level is Level.WON)
        return rx.cond(
            VIEW.steps.contains(level.value),
            rx.el.button(
                rx.cond(again, t("customer_page.level.again"), t(f"level.{level}")),
                type="button",
                role="radio",
                aria_checked=rx.cond(Levels.to == level.value, "true", "false"),
                class_name="choice",
                on_click=Levels.choose(level.value),
            ),
            rx.fragment(),
        )

    def wrong(text: Any) -> rx.Component:
        return rx.cond(text, rx.el.div(text, class_name="form-message", role="alert"), rx.fragment())

    step = _dialog(
        SubmitKeys.create(
            DraftNote.create(prefix=LEVEL, text=t("ui.draft_restored")),
            rx.el.div(
                *[choice(level) for level in Level],
                role="radiogroup",
                aria_label=t("customer_page.level.to"),
                class_name="row row-wrap",
            ),
            wrong(Levels.problems["level"]),
            rx.match(Levels.to, ("won", _deal()), ("lost", _loss()), rx.fragment()),
            rx.cond(Levels.to == "", rx.fragment(), _level_field("note", kind="area", rows=2)),
            _foot(
                button(t("ui.cancel"), kind="ghost", on_click=Levels.give_up),
                button(t("customer_page.level.save"), kind="primary", disabled=Levels.to == "", on_click=Levels.save),
            ),
            FocusFirstError.create(name=Levels.first, attempt=Levels.attempt),
            class_name="form-stack",
            on_submit_keys=Levels.save,
        ),
        title=t("customer_page.level.change"),
        help_text=rx.match(
            Levels.to,
            ("won", t("customer_page.level.won")),
            ("lost", t("customer_page.level.lost")),
            t("customer_page.level.choose"),
        ),
        is_open=Levels.is_open,
        on_change=Levels.show,
    )
    return rx.fragment(DraftKeeper.create(prefix=LEVEL, epoch=Levels.done), step)


def _level_field(name: str, **props: Any) -> rx.Component:
    make = select_field if "options" in props else text_field
    return make(
        name=name,
        label=t(f"customers.field.{name}"),
        value=Levels.form[name],
        error=Levels.problems[name],
        epoch=Levels.epoch,
        draft=draft_key("level", VIEW.number, name),
        on_typed=lambda value: Levels.type(name, value),
        **props,
    )


def _deal() -> rx.Component:
    return rx.el.div(
        _level_field("deal_amount", required=True, input_mode="decimal", help=t("customer_page.amount.hint")),
        _level_field("deal_on", required=True, kind="day", placeholder="YYYY-MM-DD"),
        _level_field("contract_number", required=True),
        class_name="grid-3",
    )


def _loss() -> rx.Component:
    reasons = select_options(CustomerPage.options["loss_reason"])
    return _level_field("loss_reason", required=True, options=reasons)


# --- contact


def contact_dialog() -> rx.Component:
    """A contact; a field that was not shown in full stays as it is when it is left empty."""
    main = rx.cond(
        (Contacts.editing > 0) & ~Contacts.is_main,
        rx.fragment(
            button(
                rx.cond(Contacts.removing, t("customer_page.contact.remove_really"), t("customer_page.contact.remove")),
                kind="danger",
                on_click=Contacts.remove,
            ),
            button(t("customer_page.contact.make_main"), on_click=Contacts.make_main(Contacts.editing)),
        ),
        rx.fragment(),
    )
    save = rx.cond(Contacts.notice == "", t("ui.save"), t("customer_page.contact.again"))
    form = draft_key("contact", VIEW.number, Contacts.editing)
    dialog = _dialog(
        SubmitKeys.create(
            DraftNote.create(prefix=form, text=t("ui.draft_restored")),
            rx.foreach(Contacts.clashes, lambda line: clash_choice(line, on_choose=Contacts.decide)),
            rx.cond(
                Contacts.notice == "",
                rx.fragment(),
                rx.el.div(Contacts.notice, class_name="form-message", role="alert"),
            ),
            rx.el.div(
                _contact_field("name", required=True),
                _contact_field("position"),
                _contact_field("mobile", input_mode="tel"),
                _contact_field("email", input_mode="email"),
                _contact_field("phone", input_mode="tel"),
                _contact_field("birthday", kind="day"),
                _contact_field("preferred_channel", options=select_options(CustomerPage.options["channel"])),
                rx.foreach(Contacts.own, _contact_own),
                class_name="grid-2",
            ),
            _foot(
                main,
                rx.el.span(class_name="grow"),
                button(t("ui.cancel"), kind="ghost", on_click=Contacts.give_up),
                button(save, kind="primary", disabled=Contacts.open_question, on_click=Contacts.save),
            ),
            FocusFirstError.create(name="contact_" + Contacts.first, attempt=Contacts.attempt),
            class_name="form-stack",
            on_submit_keys=Contacts.save,
        ),
        title=rx.cond(Contacts.editing > 0, t("customer_page.contact.edit"), t("customer_page.contact.add")),
        help_text=rx.cond(Contacts.editing > 0, t("customer_page.contact.kept"), t("customer_page.contact.either")),
        is_open=Contacts.form_open,
        on_change=Contacts.show_form,
    )
    reopen = Reopen.create(
        draft=draft_key("contact-open", VIEW.number),
        is_open=Contacts.form_open,
        epoch=Contacts.epoch,
        which=Contacts.editing,
        on_open=open_contact,
    )
    return rx.fragment(DraftKeeper.create(prefix=form, epoch=Contacts.done), reopen, dialog)


def _contact_field(name: str, **props: Any) -> rx.Component:
    make = select_field if "options" in props else text_field
    if "options" not in props:
        props["placeholder"] = Contacts.hints[name]
    return make(
        name=f"contact_{name}",
        label=t(f"customers.field.contact.{name}"),
        value=Contacts.form[name],
        error=Contacts.problems[name],
        epoch=Contacts.epoch,
        # Only what is typed is kept, until it is saved or given up; what is merely shown in full is not.
        draft=draft_key("contact", VIEW.number, Contacts.editing, name),
        help=Contacts.notes[name],
        on_typed=lambda value: Contacts.type(name, value),
        **props,
    )


def _contact_own(view: Any) -> rx.Component:
    """A field that the company added to contacts (R1.8)."""
    note: Any = Contacts.notes[view.key]
    return own_input(
        view,
        name="contact_" + view.key,
        value=Contacts.form[view.key],
        error=Contacts.problems[view.key],
        epoch=Contacts.epoch,
        draft=draft_key("contact", VIEW.number, Contacts.editing, view.key),
        help=rx.cond(note, note, view.help),
        on_typed=lambda value: Contacts.type(view.key, value),
    )


# --- whose change stays


def clash_dialog() -> rx.Component:
    """Somebody else changed the same field meanwhile, or another customer has the same value (R2.3, R2.2)."""
    clash = Facts.clash

    def side(title: Any, value: Any) -> rx.Component:
        return rx.el.div(
            rx.el.div(title, class_name="quiet small"),
            rx.el.div(value, class_name="clash-value"),
            class_name="card clash-side",
        )

    both = rx.el.div(
        side(t("customer_page.clash.mine"), clash.mine),
        side(t("customer_page.clash.theirs"), clash.theirs),
        class_name="grid-2",
    )
    return _dialog(
        rx.el.div(
            rx.cond(clash.duplicate, rx.fragment(), both),
            _foot(
                rx.cond(
                    clash.duplicate,
                    button(t("ui.cancel"), on_click=Facts.take_theirs),
                    button(t("customer_page.clash.take_theirs"), on_click=Facts.take_theirs),
                ),
                rx.cond(
                    clash.duplicate,
                    button(t("customer_page.duplicate.save"), kind="primary", on_click=Facts.keep_mine),
                    button(t("customer_page.clash.keep_mine"), kind="primary", on_click=Facts.keep_mine),
                ),
            ),
            class_name="form-stack",
        ),
        title=rx.cond(
            clash.duplicate,
            t("customer_page.duplicate.title", label=clash.label),
            t("customer_page.clash.title", by=clash.by, label=clash.label),
        ),
        help_text=rx.cond(
            clash.duplicate,
            t("customer_page.duplicate.text", theirs=clash.theirs),
            t("customer_page.clash.text", at=clash.at),
        ),
        is_open=clash.field != "",
        on_change=Facts.dismiss,
    )


# --- deleting


def delete_dialog() -> rx.Component:
    """Asks before a customer goes into the recycle bin: what goes along, and until when it can be brought back."""
    asked: Any = Deletion.asked

    def part(name: str, count: rx.Var[int]) -> rx.Component:
        return rx.el.div(rx.el.dt(t(f"recycle_bin.{name}")), rx.el.dd(count))

    return _dialog(
        rx.el.dl(
            part("contacts", asked.contacts),
            part("follow_ups", asked.follow_ups),
            part("tasks", asked.tasks),
            part("deals", asked.deals),
            class_name="goes-along",
        ),
        _foot(
            button(t("ui.cancel"), kind="ghost", on_click=Deletion.show(False)),
            button(t("recycle_bin.delete"), kind="danger", icon_name="trash-2", on_click=Deletion.delete),
        ),
        title=t("recycle_bin.delete.ask", name=asked.name),
        help_text=t("recycle_bin.delete.what", days=KEPT.days, until=asked.until),
        is_open=Deletion.is_open,
        on_change=Deletion.show,
    )
