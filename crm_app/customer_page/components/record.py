"""Who it is: name, badges, people in charge, tags, and the fields of the record."""

from typing import Any

import reflex as rx

from crm_app.anomalies.components import record_note
from crm_app.core.vocabulary import ValueGrade
from crm_app.customer_page.components.inline import VIEW, copy_button, fold, inline_edit, own_edit, word_badge
from crm_app.customer_page.schemas import OwnFact
from crm_app.customer_page.state import CustomerPage, Facts, Levels
from crm_app.customers.schemas import TagChoice
from crm_app.fields.state import ShownFields
from crm_app.ui.i18n import t
from crm_app.ui.widgets import button, icon, icon_button, star

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
"""The fields of the record, and how each is edited; in which order is the company's choice."""


def identity() -> rx.Component:
    """Name, number, badges, owner."""
    return rx.el.section(
        rx.el.div(
            star(VIEW.is_key),
            rx.el.h2(inline_edit("name", "line", class_name="who-name"), class_name="grow", id="fact-name"),
            class_name="row who-head",
        ),
        rx.el.div(rx.el.span(VIEW.number, class_name="quiet who-number"), copy_button(VIEW.number), class_name="row"),
        rx.el.div(
            word_badge("level", VIEW.level),
            word_badge("status", VIEW.status),
            word_badge("customer_type", VIEW.customer_type),
            grade(),
            class_name="row row-wrap who-badges",
        ),
        rx.cond(
            VIEW.rights.edit,
            rx.el.div(
                button(
                    t("customer_page.level.change"),
                    icon_name="flag",
                    small=True,
                    on_click=Levels.open,
                    custom_attrs={"data-correct": "true"},
                ),
                id="level",
            ),
            rx.fragment(),
        ),
        record_note(VIEW.number, CustomerPage.reasons, CustomerPage.completeness),
        rx.el.dl(
            _fact(
                "owner", rx.cond(VIEW.rights.assign, inline_edit("owner", "select", editable=True), _plain(VIEW.owner))
            ),
            _fact("department", _plain(VIEW.department)),
            _fact("collaborators", collaborators()),
            _fact("tags", tags()),
            class_name="facts only-facts",
        ),
        class_name="card side-card who",
    )


def grade() -> rx.Component:
    """价值分级, and whether somebody gave it; who may edit sets it or lets it be computed again (R1.4)."""
    by_hand = rx.cond(
        VIEW.hand_grade == "",
        rx.fragment(),
        rx.el.span(t("customer_page.grade.by_hand", name=VIEW.graded_by), title=VIEW.graded, class_name="badge c-gray"),
    )
    shown = rx.fragment(t("value_grade"), " ", word_badge("value_grade", VIEW.value_grade), by_hand)

    def choice(value: str, label: Any) -> rx.Component:
        chosen = VIEW.hand_grade == value
        item = rx.el.button(
            rx.cond(chosen, icon("check", size=14), rx.el.span(class_name="blank-icon")),
            label,
            type="button",
            role="menuitemradio",
            aria_checked=rx.cond(chosen, "true", "false"),
            class_name="menu-item",
            on_click=Facts.save("hand_grade", value, VIEW.version),
        )
        return rx.popover.close(item)

    menu = rx.popover.root(
        rx.popover.trigger(icon_button("pencil", label=t("customer_page.grade.edit"), small=True)),
        rx.popover.content(
            rx.el.div(
                choice("", t("value_grade.computed")),
                *(choice(one, word_badge("value_grade", rx.Var.create(one))) for one in ValueGrade),
                class_name="menu",
                role="menu",
                aria_label=t("customer_page.grade.edit"),
            ),
            rx.cond(VIEW.graded == "", rx.fragment(), rx.el.div(VIEW.graded, class_name="menu-note quiet small")),
            size="1",
            align="start",
            aria_label=t("customer_page.grade.edit"),
        ),
    )
    return rx.el.span(shown, rx.cond(VIEW.rights.edit, menu, rx.fragment()), class_name="quiet small row")


def _plain(value: rx.Var[str]) -> rx.Component:
    return rx.el.div(
        rx.cond(value == "", t("customer_page.empty"), value),
        class_name="fact-value",
        data_empty=rx.cond(value == "", "true", "false"),
    )


def _fact(name: str, value: rx.Component) -> rx.Component:
    return rx.el.div(rx.el.dt(t(f"customers.field.{name}")), rx.el.dd(value), class_name="fact", id=f"fact-{name}")


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
                VIEW.collaborators,
                lambda person: rx.el.span(
                    person.name, title=person.department, class_name="badge c-gray", key=person.id
                ),
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


def _tag(tag: rx.Var[TagChoice]) -> rx.Component:
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


def _own_fact(fact: rx.Var[OwnFact]) -> rx.Component:
    """A field that the company added; a web address can be opened as well."""
    opens = rx.el.a(
        icon("external-link", size=14),
        href=fact.link,
        target="_blank",
        rel="noopener noreferrer",
        class_name="icon-button fact-open",
        aria_label=t("customer_page.open_link", label=fact.label),
    )
    return rx.el.div(
        rx.el.dt(fact.label),
        rx.el.dd(own_edit(fact), rx.cond(fact.link == "", rx.fragment(), opens), class_name="fact-own"),
        class_name="fact",
        id=rx.Var.create("fact-") + fact.key,
        key=fact.key,
    )


def _fact_of(name: rx.Var[str]) -> rx.Component:
    """One field of the record, as the company's order has it; the others stand above."""
    known = [(field, _fact(field, inline_edit(field, kind))) for field, kind in FACTS]
    return rx.fragment(rx.match(name, *known, rx.fragment()), key=name)


def facts() -> rx.Component:
    """The fields of the record."""
    return fold(
        rx.el.dl(
            rx.foreach(ShownFields.order, _fact_of),
            rx.foreach(VIEW.own, _own_fact),
            class_name="facts",
        ),
        rx.el.p(t("customer_page.created"), " ", VIEW.created, class_name="quiet small"),
        title=t("customer_page.facts"),
        class_name="card side-card only-facts",
    )
