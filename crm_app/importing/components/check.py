"""The third step: what was found, and what shall become of it."""

from typing import Any

import reflex as rx

from crm_app.background.components import progress, standing, why
from crm_app.importing.components.widgets import CellInput, Choose, discard_dialog, one_group, policy, waiting
from crm_app.importing.schemas import (
    Figure,
    ProblemView,
    TwinView,
    WordView,
)
from crm_app.importing.state import Found, Importing
from crm_app.ui.i18n import t
from crm_app.ui.widgets import button, link


def check_step() -> rx.Component:
    """What was found; while it is being looked for, how far that is."""
    return rx.cond(Importing.job.open, working(), rx.el.div(_found(), class_name="stack gap-4"))


def working() -> rx.Component:
    """A job of this import, until it has ended."""
    job = Importing.job
    return rx.el.div(
        rx.el.div(rx.el.h2(job.title, class_name="section-title"), standing(job), class_name="row row-wrap"),
        progress(job),
        rx.el.p(t("importing.leave"), class_name="quiet small"),
        button(t("ui.cancel"), on_click=Importing.cancel),
        class_name="card pad stack import-working",
    )


def figures() -> rx.Component:
    """Numbers of the check or of the import."""

    def one(figure: rx.Var[Figure]) -> rx.Component:
        return rx.el.div(
            rx.el.dt(figure.label),
            rx.el.dd(figure.value, class_name=rx.Var.create("tone-") + figure.tone.to(str)),
            key=figure.label,
        )

    return rx.el.dl(rx.foreach(Importing.run.figures, one), class_name="import-figures")


def _found() -> rx.Component:
    run = Importing.run
    stale = rx.el.div(
        rx.el.span(t("importing.stale"), class_name="grow"),
        button(t("importing.check_again"), kind="primary", small=True, on_click=Importing.check),
        class_name="import-stale row row-wrap",
        role="status",
    )
    return rx.fragment(
        rx.cond(run.stale, stale, rx.fragment()),
        why(Importing.job),
        figures(),
        _policies(),
        rx.cond(run.words.length() > 0, _words(), rx.fragment()),
        rx.cond(run.problems > 0, _problems(), rx.fragment()),
        rx.cond(run.twins > 0, _twins(), rx.fragment()),
        rx.el.div(
            discard_dialog(),
            waiting(),
            button(
                t("importing.confirm", n=run.coming.to_string()),
                kind="primary",
                on_click=Importing.confirm,
                disabled=run.stale | (run.coming == 0),
                aria_describedby="import-waiting",
            ),
            class_name="row import-foot",
        ),
    )


def _policies() -> rx.Component:
    run = Importing.run
    cells = policy(
        "bad_cells",
        ("row", "cell"),
        run.bad_cells,
        lambda code: Importing.choose_policy(code, "", ""),
    )
    twins = policy(
        "twins",
        ("skip", "update", "create"),
        run.twin_choice,
        lambda code: Importing.choose_policy("", code, ""),
    )
    empty = policy(
        "empty",
        ("keep", "clear"),
        run.empty,
        lambda code: Importing.choose_policy("", "", code),
    )
    updating = run.updating | ((run.twins > 0) & (run.twin_choice == "update"))
    return rx.el.div(
        rx.cond(run.problems > 0, cells, rx.fragment()),
        rx.cond(run.twins > 0, twins, rx.fragment()),
        rx.cond(updating, empty, rx.fragment()),
        class_name="stack",
    )


def _words() -> rx.Component:
    def one(word: rx.Var[WordView]) -> rx.Component:
        return rx.el.li(
            rx.el.span(word.field, class_name="quiet small"),
            rx.el.span(word.text, class_name="cut word-text"),
            rx.el.span(word.rows, class_name="quiet small"),
            Choose.create(
                value=word.code,
                groups=one_group(word.choices),
                label=t("importing.word_of", field=word.field, text=word.text),
                placeholder=t("ui.choose"),
                on_choose=lambda code: Importing.choose_value(word.target, word.text, code),
            ),
            class_name="import-word",
            key=word.target + word.text,
        )

    return section("importing.words", rx.el.ul(rx.foreach(Importing.run.words, one), class_name="plain-list stack"))


def section(title: str, *content: rx.Component) -> rx.Component:
    """A card under a heading."""
    return rx.el.section(rx.el.h2(t(title), class_name="section-title"), *content, class_name="card pad stack")


def _turner(page: rx.Var[int], pages: rx.Var[int], turn: Any, label: str) -> rx.Component:
    return rx.cond(
        pages > 1,
        rx.el.nav(
            button(t("listing.previous"), small=True, disabled=page <= 1, on_click=turn(page - 1)),
            rx.el.span(f"{page} / {pages}", class_name="tabular small"),
            button(t("listing.next"), small=True, disabled=page >= pages, on_click=turn(page + 1)),
            class_name="row import-turner",
            aria_label=t(label),
        ),
        rx.fragment(),
    )


def _table(label: str, heads: tuple[str, ...], rows: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*[rx.el.th(t(head), scope="col") for head in heads])),
            rx.el.tbody(rows),
            class_name="table import-found",
            aria_label=t(label),
        ),
        class_name="import-box",
        tab_index=0,
        role="region",
        aria_label=t(label),
    )


def _problems() -> rx.Component:
    def one(problem: rx.Var[ProblemView]) -> rx.Component:
        cell = CellInput.create(
            value=problem.value,
            label=t("importing.cell_of", row=problem.row, name=problem.heading),
            edited=problem.edited,
            on_correct=lambda value: Found.correct(problem.row, problem.column, value),
        )
        return rx.el.tr(
            rx.el.td(problem.row, class_name="tabular", custom_attrs={"data-label": t("importing.row")}),
            rx.el.td(problem.heading, custom_attrs={"data-label": t("importing.column")}),
            rx.el.td(
                rx.cond(problem.column >= 0, cell, rx.el.span("—", class_name="quiet")),
                custom_attrs={"data-label": t("importing.value")},
            ),
            rx.el.td(problem.reason, class_name="reason", custom_attrs={"data-label": t("importing.reason")}),
            key=problem.key,
        )

    heads = ("importing.row", "importing.column", "importing.value", "importing.reason")
    return section(
        "importing.problems",
        _table("importing.problems", heads, rx.foreach(Found.problems, one)),
        _turner(Found.problem_page, Found.problem_pages, Found.turn_problems, "importing.problems"),
    )


def _twins() -> rx.Component:
    def one(twin: rx.Var[TwinView]) -> rx.Component:
        def choice(code: str) -> rx.Var:
            return rx.Var.create({"value": code, "label": t(f"importing.twins.{code}")})

        told = rx.cond(twin.href, link(twin.told, to=twin.href, target="_blank"), rx.el.span(twin.told))
        both = rx.Var.create([choice("skip"), choice("update"), choice("create")])
        without = rx.Var.create([choice("skip"), choice("create")])
        return rx.el.tr(
            rx.el.td(twin.row, class_name="tabular", custom_attrs={"data-label": t("importing.row")}),
            rx.el.td(twin.name, custom_attrs={"data-label": t("customers.field.name")}),
            rx.el.td(told, class_name="reason", custom_attrs={"data-label": t("importing.reason")}),
            rx.el.td(
                Choose.create(
                    value=twin.choice,
                    groups=one_group(rx.cond(twin.may_update, both, without)),
                    label=t("importing.twin_of", row=twin.row),
                    placeholder=t("importing.as_all"),
                    on_choose=lambda code: Found.decide(twin.row, code),
                ),
                custom_attrs={"data-label": t("importing.what")},
            ),
            key=twin.row.to_string(),
        )

    heads = ("importing.row", "customers.field.name", "importing.reason", "importing.what")
    return section(
        "importing.known",
        _table("importing.known", heads, rx.foreach(Found.twins, one)),
        _turner(Found.twin_page, Found.twin_pages, Found.turn_twins, "importing.known"),
    )
