"""Pieces of the page of one customer: who it is, and what is to come."""

from typing import Any

import reflex as rx

from crm_app.core.vocabulary import COLORS
from crm_app.customer_page.schemas import ContactCard, Label
from crm_app.customer_page.state import Contacts, CustomerPage, Facts, Levels
from crm_app.timeline.components import due_badge, put_off, select_options, task_row
from crm_app.ui.i18n import t
from crm_app.ui.widgets import badge, button, icon, icon_button, star

LIBRARY = "$/public" + rx.asset("widgets.jsx", shared=True)
VIEW: Any = CustomerPage.view

FACTS: tuple[tuple[str, str], ...] = (
    ("industry", "select"),
    ("source", "select"),
    ("status", "select"),
    ("customer_type", "select"),
    ("region", "region"),
    ("address", "line"),
    ("headcount", "select"),
    ("revenue", "select"),
    ("founded_on", "day"),
    ("main_business", "area"),
    ("credit_code", "line"),
    ("note", "area"),
)
"""The fields of the record in their order, and how each is edited."""


def _edit(name: rx.Var[str], value: rx.Var[str], version: rx.Var[int]) -> tuple[rx.Var[str], rx.Var[str], rx.Var[int]]:
    return name, value, version


def _text(value: rx.Var[str]) -> tuple[rx.Var[str]]:
    return (value,)


class InlineEdit(rx.Component):
    """A value that becomes a field where it stands (R2.3)."""

    library = LIBRARY
    tag = "InlineEdit"
    name: rx.Var[str]
    label: rx.Var[str]
    hint: rx.Var[str]
    shown: rx.Var[str]
    raw: rx.Var[str]
    kind: rx.Var[str]
    options: rx.Var[list[dict[str, str]]]
    editable: rx.Var[bool]
    empty_text: rx.Var[str]
    busy_text: rx.Var[str]
    save_label: rx.Var[str]
    cancel_label: rx.Var[str]
    version: rx.Var[int]
    saves: rx.Var[int]
    problem: rx.Var[Any]
    levels: rx.Var[Any]
    path: rx.Var[list[str]]
    on_save: rx.EventHandler[_edit]
    on_begin: rx.EventHandler[_text]
    on_pick: rx.EventHandler[_text]


class Fold(rx.Component):
    """A card that begins folded on a phone."""

    library = LIBRARY
    tag = "Fold"
    title: rx.Var[str]


class CopyButton(rx.Component):
    """Copies a text, and says so."""

    library = LIBRARY
    tag = "CopyButton"
    text: rx.Var[str]
    label: rx.Var[str]
    done_label: rx.Var[str]


def copy_button(text: Any) -> rx.Component:
    """Copies `text` to the clipboard."""
    return CopyButton.create(text=text, label=t("customer_page.copy"), done_label=t("customer_page.copied"))


def word_badge(kind: str, code: rx.Var[str]) -> rx.Component:
    """A level, status, type or grade in its colour."""
    known = [(value, badge(t(f"{kind}.{value}"), color=color)) for value, color in COLORS[kind].items()]
    return rx.match(code, *known, rx.fragment())


def inline_edit(name: str, kind: str, *, editable: Any = VIEW.rights.edit, **props: Any) -> rx.Component:
    """One field of the record, edited where it stands."""
    more = {"levels": Facts.region_levels, "path": Facts.region_path} if kind == "region" else {}
    if kind == "region":
        more |= {"on_begin": Facts.begin, "on_pick": Facts.pick_place}
    if kind == "select":
        more["options"] = select_options(CustomerPage.options[name])
    return InlineEdit.create(
        name=name,
        label=t(f"customers.field.{name}"),
        hint=t("customer_page.edit"),
        shown=CustomerPage.facts[name].shown,
        raw=CustomerPage.facts[name].raw,
        kind=kind,
        editable=editable,
        empty_text=t("customer_page.empty"),
        busy_text=t("ui.saving"),
        save_label=t("ui.save"),
        cancel_label=t("ui.cancel"),
        version=VIEW.version,
        saves=Facts.saves,
        problem=Facts.problem,
        on_save=Facts.save,
        **more,
        **props,
    )


# --- who it is


def identity() -> rx.Component:
    """Name, number, badges, owner."""
    return rx.el.section(
        rx.el.div(
            star(VIEW.is_key),
            rx.el.h2(inline_edit("name", "line", class_name="who-name"), class_name="grow"),
            class_name="row who-head",
        ),
        rx.el.div(rx.el.span(VIEW.number, class_name="quiet who-number"), copy_button(VIEW.number), class_name="row"),
        rx.el.div(
            word_badge("level", VIEW.level),
            word_badge("status", VIEW.status),
            word_badge("customer_type", VIEW.customer_type),
            rx.el.span(
                t("value_grade"), " ", word_badge("value_grade", VIEW.value_grade), class_name="quiet small row"
            ),
            class_name="row row-wrap who-badges",
        ),
        rx.cond(
            VIEW.rights.edit,
            button(t("customer_page.level.change"), icon_name="flag", small=True, on_click=Levels.open),
            rx.fragment(),
        ),
        rx.el.dl(
            _fact(
                "owner", rx.cond(VIEW.rights.assign, inline_edit("owner", "select", editable=True), _plain(VIEW.owner))
            ),
            _fact("department", _plain(VIEW.department)),
            _fact("collaborators", collaborators()),
            _fact("tags", tags()),
            class_name="facts",
        ),
        class_name="card side-card who",
    )


def _plain(value: rx.Var[str]) -> rx.Component:
    return rx.el.div(
        rx.cond(value == "", t("customer_page.empty"), value),
        class_name="fact-value",
        data_empty=rx.cond(value == "", "true", "false"),
    )


def _fact(name: str, value: rx.Component) -> rx.Component:
    return rx.el.div(rx.el.dt(t(f"customers.field.{name}")), rx.el.dd(value), class_name="fact")


def _picker(
    *, title: Any, choices: rx.Var, chosen: rx.Var, on_put: Any, foot: rx.Component | None = None
) -> rx.Component:
    """A popover of things that are on or off."""

    def line(choice: rx.Var) -> rx.Component:
        on = chosen.contains(choice.value)
        return rx.el.button(
            rx.cond(on, icon("check", size=14), rx.el.span(class_name="blank-icon")),
            rx.el.span(choice.label, class_name="cut"),
            type="button",
            role="menuitemcheckbox",
            aria_checked=rx.cond(on, "true", "false"),
            class_name="menu-item",
            on_click=on_put(choice.value.to(int), ~on),
            key=choice.value,
        )

    return rx.popover.root(
        rx.popover.trigger(icon_button("plus", label=title, small=True)),
        rx.popover.content(
            rx.el.div(
                rx.el.div(rx.foreach(choices, line), class_name="menu menu-scroll", role="menu", aria_label=title),
                foot or rx.fragment(),
            ),
            size="1",
            align="start",
            aria_label=title,
        ),
    )


def collaborators() -> rx.Component:
    """协作人, put on and off one by one."""
    none = rx.el.span(t("customer_page.empty"), class_name="quiet")
    return rx.el.div(
        rx.cond(
            VIEW.collaborators.length() > 0,
            rx.foreach(
                VIEW.collaborators, lambda person: rx.el.span(person.name, class_name="badge c-gray", key=person.id)
            ),
            rx.cond(VIEW.rights.edit, rx.fragment(), none),
        ),
        rx.cond(
            VIEW.rights.edit,
            _picker(
                title=t("customer_page.people.edit"),
                choices=CustomerPage.options["collaborators"],
                chosen=VIEW.collaborator_ids,
                on_put=Facts.put_collaborator,
            ),
            rx.fragment(),
        ),
        class_name="row row-wrap",
    )


def _tag(tag: rx.Var[Label]) -> rx.Component:
    return rx.el.span(
        tag.name,
        rx.cond(
            VIEW.rights.edit,
            rx.el.button(
                "×",
                type="button",
                class_name="tag-off",
                aria_label=t("customer_page.tag.off", name=tag.name),
                on_click=Facts.put_tag(tag.id, False),
            ),
            rx.fragment(),
        ),
        class_name=rx.Var.create("badge c-") + tag.color,
        key=tag.id.to_string(),
    )


def tags() -> rx.Component:
    """Tags, put on and off one by one."""
    new = rx.el.form(
        rx.el.input(
            name="name",
            class_name="input",
            max_length=30,
            aria_label=t("customer_page.tags.new"),
            placeholder=t("customer_page.tags.new"),
        ),
        rx.el.button(t("customer_page.tags.add"), type="submit", class_name="button button-small"),
        reset_on_submit=True,
        on_submit=Facts.put_new_tag,
        class_name="menu-form",
    )
    return rx.el.div(
        rx.foreach(VIEW.tags, _tag),
        rx.cond(
            VIEW.rights.edit,
            _picker(
                title=t("customer_page.tags.edit"),
                choices=CustomerPage.options["tags"],
                chosen=VIEW.tag_ids,
                on_put=Facts.put_tag,
                foot=new,
            ),
            rx.fragment(),
        ),
        rx.cond(
            Facts.problem.field == "tags",
            rx.el.div(Facts.problem.text, class_name="field-error wide", role="alert"),
            rx.fragment(),
        ),
        class_name="row row-wrap",
        aria_label=t("customer_page.tags"),
        role="group",
    )


def facts() -> rx.Component:
    """The fields of the record."""
    return Fold.create(
        rx.el.dl(*[_fact(name, inline_edit(name, kind)) for name, kind in FACTS], class_name="facts"),
        rx.el.p(t("customer_page.created"), " ", VIEW.created, class_name="quiet small"),
        title=t("customer_page.facts"),
        class_name="card side-card",
    )


# --- contacts


def contacts() -> rx.Component:
    """The people there, masked until they are shown on purpose (R10.3)."""
    return rx.el.section(
        rx.el.div(
            rx.el.h3(t("customer_page.contacts"), class_name="section-title"),
            rx.cond(
                VIEW.rights.edit,
                icon_button("plus", label=t("customer_page.contact.add"), small=True, on_click=Contacts.open_form(0)),
                rx.fragment(),
            ),
            class_name="row spread",
        ),
        rx.el.ul(rx.foreach(VIEW.contacts, _contact), class_name="contacts"),
        class_name="card side-card",
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
                    on_click=Contacts.open_form(card.id),
                ),
                rx.fragment(),
            ),
            class_name="row",
        ),
        _way("smartphone", card.mobile, card.revealed, scheme="tel:"),
        _way("phone", card.phone, card.revealed, scheme="tel:"),
        _way("mail", card.email, card.revealed, scheme="mailto:"),
        _way("cake", card.birthday, False, scheme=""),
        rx.cond(VIEW.rights.reveal, shown, rx.fragment()),
        class_name="contact",
        key=card.id.to_string(),
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


# --- what is to come


def coming() -> rx.Component:
    """The next follow-up stands above the timeline; late, it stands out."""
    move = rx.cond(
        VIEW.rights.follow_up,
        put_off(
            title=t("customer_page.next"),
            on_pick=lambda to: CustomerPage.postpone_follow_up(VIEW.number, VIEW.next_at, to),
            droppable=True,
        ),
        rx.fragment(),
    )
    last = rx.cond(
        VIEW.last_contact == "",
        t("customer_page.last.none"),
        t("customer_page.last", method=VIEW.last_method, at=VIEW.last_contact),
    )
    return rx.el.section(
        icon("calendar-clock"),
        rx.cond(
            VIEW.next_at == "",
            rx.el.span(t("customer_page.next.none"), class_name="quiet"),
            rx.fragment(
                rx.el.span(t("customer_page.next")),
                rx.el.strong(VIEW.next_at, class_name="tabular"),
                due_badge(VIEW.next_days),
            ),
        ),
        rx.cond(VIEW.next_at == "", rx.fragment(), move),
        rx.el.span(last, class_name="quiet small coming-last"),
        class_name=rx.cond((VIEW.next_at != "") & (VIEW.next_days < 0), "coming coming-late", "coming"),
        aria_label=t("customer_page.next"),
    )


def open_tasks() -> rx.Component:
    """What is still to do for this customer."""
    return rx.el.section(
        rx.el.h3(
            t("customer_page.tasks"),
            rx.cond(
                CustomerPage.tasks.length() > 0,
                rx.el.span(CustomerPage.tasks.length(), class_name="count"),
                rx.fragment(),
            ),
            class_name="section-title row",
        ),
        rx.cond(
            CustomerPage.tasks.length() > 0,
            rx.el.ul(
                rx.foreach(CustomerPage.tasks, lambda task: task_row(task, CustomerPage)),
                class_name="plain-list task-list",
            ),
            rx.el.p(t("customer_page.tasks.none"), class_name="quiet small"),
        ),
        class_name="card side-card tasks-card",
    )


def figures() -> rx.Component:
    """What the deals add up to (R1.5)."""
    shown = (
        ("customer_page.total", VIEW.total_amount),
        ("customer_page.orders", VIEW.order_count.to_string()),
        ("customer_page.first_order", VIEW.first_order_on),
        ("customer_page.expected", VIEW.expected_amount),
    )
    return Fold.create(
        rx.el.dl(
            *[
                rx.el.div(rx.el.dt(t(key)), rx.el.dd(rx.cond(value == "", "–", value)), class_name="figure")
                for key, value in shown
            ],
            class_name="figures",
        ),
        title=t("customer_page.figures"),
        class_name="card side-card",
    )
