"""Pieces of the import's page, step by step."""

from typing import Any

import reflex as rx

from crm_app.background.components import fetch, progress, standing, why
from crm_app.importing.rules import NEW_FIELD
from crm_app.importing.schemas import (
    MOST_BYTES,
    ChoiceGroup,
    ColumnView,
    DefaultView,
    Figure,
    ProblemView,
    RunLine,
    TwinView,
    WordView,
)
from crm_app.importing.state import Found, Importing
from crm_app.ui import routes
from crm_app.ui.i18n import t
from crm_app.ui.widgets import badge, button, icon, link

LIBRARY = "$/public" + rx.asset("import.jsx", shared=True)


class Upload(rx.Component):
    """Takes a file by click or drop and sends it over HTTP."""

    library = LIBRARY
    tag = "Upload"
    texts: rx.Var[dict[str, str]]
    most: rx.Var[int]
    """MB."""
    on_received: rx.EventHandler[rx.event.passthrough_event_spec(int)]


class Choose(rx.Component):
    """A select with groups."""

    library = LIBRARY
    tag = "Choose"
    value: rx.Var[str]
    groups: rx.Var[list[ChoiceGroup]]
    label: rx.Var[str]
    placeholder: rx.Var[str]
    invalid: rx.Var[bool]
    on_choose: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class CellInput(rx.Component):
    """A cell that can be corrected."""

    library = LIBRARY
    tag = "CellInput"
    value: rx.Var[str]
    label: rx.Var[str]
    edited: rx.Var[bool]
    on_correct: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class Answers(rx.Component):
    """One of a few answers."""

    library = LIBRARY
    tag = "Answers"
    value: rx.Var[str]
    name: rx.Var[str]
    legend: rx.Var[str]
    choices: rx.Var[list[dict[str, str]]]
    on_choose: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def _one_group(choices: Any) -> rx.Var:
    return rx.Var(f"[{{label: '', choices: {choices!s}}}]", _var_data=choices._get_all_var_data())


STEPS = ("file", "map", "check", "done")


def steps() -> rx.Component:
    """Which of the four steps it is at; columns and check can be gone to and fro."""

    def step(place: int, name: str) -> rx.Component:
        text = rx.fragment(rx.el.span(f"{place}", class_name="step-number"), t(f"importing.step.{name}"))
        here = rx.cond(Importing.step == name, "step", "false")
        if name in ("map", "check"):
            # Without a file there is nothing to go to.
            there = Importing.run.step == "check"
            return rx.el.li(
                rx.el.button(
                    text,
                    type="button",
                    class_name="import-step",
                    disabled=~there,
                    aria_current=here,
                    on_click=Importing.go_to(name),
                )
            )
        return rx.el.li(rx.el.span(text, class_name="import-step", aria_current=here))

    return rx.el.ol(*[step(place, name) for place, name in enumerate(STEPS, 1)], class_name="import-steps plain-list")


# --- 1 the file


def file_step() -> rx.Component:
    """Bring a file, or go on with a former one."""
    texts = {name: t(f"importing.upload.{name}") for name in ("choose", "hint", "sending", "reading", "failed")}
    texts["large"] = t("error.file.large", most=MOST_BYTES >> 20)
    return rx.el.div(
        rx.el.p(t("importing.help"), class_name="quiet"),
        Upload.create(texts=rx.Var.create(texts), most=MOST_BYTES >> 20, on_received=Importing.received),
        rx.el.a(
            icon("download"),
            t("importing.template"),
            href="/api/imports/template",
            download=True,
            class_name="button import-template",
            # It is no page: the browser asks the server for it itself.
            custom_attrs={"reloadDocument": True},
        ),
        rx.cond(
            Importing.runs.length() > 0,
            rx.el.section(
                rx.el.h2(t("importing.former"), class_name="section-title"),
                rx.el.ul(rx.foreach(Importing.runs, _former), class_name="plain-list stack"),
                class_name="stack",
            ),
            rx.fragment(),
        ),
        class_name="stack gap-4",
    )


def _former(line: rx.Var[RunLine]) -> rx.Component:
    return rx.el.li(
        rx.el.span(line.file_name, class_name="cut grow"),
        badge(line.label, color=line.color),
        rx.el.span(line.summary, class_name="quiet small"),
        rx.el.time(line.created, class_name="quiet small tabular"),
        button(
            t("importing.open"),
            small=True,
            on_click=Importing.open(line.id),
            aria_label=t("importing.open_of", name=line.file_name),
        ),
        class_name="card former",
        key=line.id.to_string(),
    )


# --- 2 the columns


def map_step() -> rx.Component:
    """Where each column goes, with its first values beside."""
    run = Importing.run
    return rx.el.div(
        rx.cond(run.notice, rx.el.div(run.notice, class_name="form-message", role="status"), rx.fragment()),
        rx.cond(~Importing.job.open, why(Importing.job), rx.fragment()),
        rx.cond(
            run.sheets.length() > 1,
            rx.el.label(
                rx.el.span(t("importing.sheet"), class_name="field-label"),
                Choose.create(
                    value=run.sheet,
                    groups=_one_group(run.sheets),
                    label=t("importing.sheet"),
                    on_choose=lambda place: Importing.choose_sheet(place.to(int)),
                ),
                class_name="field import-sheet",
            ),
            rx.fragment(),
        ),
        _mode(),
        rx.el.div(rx.foreach(run.defaults, _default), class_name="import-defaults"),
        rx.el.div(
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(t("importing.column"), scope="col"),
                        rx.el.th(t("importing.samples"), scope="col"),
                        rx.el.th(t("importing.goes_to"), scope="col"),
                    )
                ),
                rx.el.tbody(rx.foreach(run.columns, _column)),
                class_name="table import-columns",
                aria_label=t("importing.columns"),
            ),
            class_name="card import-box",
        ),
        rx.el.div(
            _discard_dialog(),
            _waiting(),
            button(
                t("importing.check"),
                kind="primary",
                on_click=Importing.check,
                disabled=~run.ready | Importing.job.open,
                aria_describedby="import-waiting",
            ),
            class_name="row import-foot",
        ),
        class_name="stack gap-4",
    )


def _sure_dialog(label: rx.Var, *, title: rx.Var, sure: rx.Var, then: Any) -> rx.Component:
    """A button that asks before it does what can't be taken back, or takes much back."""
    return rx.dialog.root(
        rx.dialog.trigger(button(label, kind="danger")),
        rx.dialog.content(
            rx.dialog.title(title, class_name="dialog-title"),
            rx.dialog.description(sure),
            rx.el.div(
                rx.dialog.close(button(t("ui.cancel"))),
                rx.dialog.close(button(label, kind="danger", on_click=then)),
                class_name="row dialog-foot",
            ),
            class_name="dialog",
        ),
    )


def _waiting() -> rx.Component:
    """Why the step can't be finished, beside the button that waits for it."""
    return rx.el.span(Importing.run.waiting, id="import-waiting", class_name="quiet small import-waiting")


def _discard_dialog() -> rx.Component:
    sure = t("importing.discard.sure")
    title = t("importing.discard.title")
    return _sure_dialog(t("importing.discard"), title=title, sure=sure, then=Importing.discard)


def _mode() -> rx.Component:
    """Whether the rows make customers, or update those that one column names."""
    run = Importing.run
    which = rx.el.div(
        rx.el.span(t("importing.key"), class_name="field-label"),
        Choose.create(
            value=run.key,
            groups=_one_group(run.named_by),
            label=t("importing.key"),
            on_choose=lambda key: Importing.choose_mode("", key),
        ),
        rx.el.span(t("importing.key.help"), class_name="field-help"),
        class_name="field",
    )
    return rx.el.div(
        _policy("mode", ("create", "update", "both"), run.mode, lambda mode: Importing.choose_mode(mode, "")),
        rx.cond(run.mode != "create", which, rx.fragment()),
        class_name="stack import-mode",
    )


def _default(one: rx.Var[DefaultView]) -> rx.Component:
    help_text = rx.match(
        one.target,
        ("owner", t("importing.default.owner")),
        ("loss_reason", t("importing.default.loss_reason")),
        t("importing.default.industry"),
    )
    return rx.el.div(
        rx.el.span(
            t("importing.default", field=one.label),
            rx.cond(one.needed, rx.el.span("*", class_name="field-required", aria_hidden="true"), rx.fragment()),
            class_name="field-label",
        ),
        Choose.create(
            value=one.value,
            groups=_one_group(one.choices),
            label=t("importing.default", field=one.label),
            placeholder=rx.match(one.target, ("owner", t("importing.default.me")), t("ui.choose")),
            invalid=one.needed & (one.value == ""),
            on_choose=lambda code: Importing.choose_default(one.target, code),
        ),
        rx.el.span(help_text, class_name="field-help"),
        class_name="field",
        key=one.target,
    )


def _column(one: rx.Var[ColumnView]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            rx.el.span(one.letter, class_name="quiet tabular column-letter"),
            rx.el.span(one.heading),
            scope="row",
        ),
        rx.el.td(rx.foreach(one.samples, lambda text: rx.el.span(text, class_name="sample cut", title=text))),
        rx.el.td(
            Choose.create(
                value=one.target,
                groups=Importing.run.groups,
                label=t("importing.goes_to_of", name=one.heading),
                invalid=one.problem != "",
                on_choose=lambda code: Importing.map_column(one.index, code),
            ),
            rx.cond(one.problem, rx.el.span(one.problem, class_name="field-error"), rx.fragment()),
            rx.cond(one.told, rx.el.span(one.told, class_name="field-help"), rx.fragment()),
            rx.cond(
                one.offer,
                button(one.offer, small=True, on_click=Importing.map_column(one.index, NEW_FIELD)),
                rx.fragment(),
            ),
        ),
        data_ignored=rx.cond(one.target == "", "true", "false"),
        key=one.index.to_string(),
    )


# --- 3 the check


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
            _discard_dialog(),
            _waiting(),
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


def _policy(name: str, codes: tuple[str, ...], value: rx.Var, send: Any) -> rx.Component:
    return Answers.create(
        value=value,
        name=f"import-{name}",
        legend=t(f"importing.{name}"),
        choices=rx.Var.create([{"value": code, "label": t(f"importing.{name}.{code}")} for code in codes]),
        on_choose=send,
    )


def _policies() -> rx.Component:
    run = Importing.run
    cells = _policy(
        "bad_cells",
        ("row", "cell"),
        run.bad_cells,
        lambda code: Importing.choose_policy(code, "", ""),
    )
    twins = _policy(
        "twins",
        ("skip", "update", "create"),
        run.twin_choice,
        lambda code: Importing.choose_policy("", code, ""),
    )
    empty = _policy(
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
                groups=_one_group(word.choices),
                label=t("importing.word_of", field=word.field, text=word.text),
                placeholder=t("ui.choose"),
                on_choose=lambda code: Importing.choose_value(word.target, word.text, code),
            ),
            class_name="import-word",
            key=word.target + word.text,
        )

    return _section("importing.words", rx.el.ul(rx.foreach(Importing.run.words, one), class_name="plain-list stack"))


def _section(title: str, *content: rx.Component) -> rx.Component:
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
    return _section(
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
                    groups=_one_group(rx.cond(twin.may_update, both, without)),
                    label=t("importing.twin_of", row=twin.row),
                    placeholder=t("importing.as_all"),
                    on_choose=lambda code: Found.decide(twin.row, code),
                ),
                custom_attrs={"data-label": t("importing.what")},
            ),
            key=twin.row.to_string(),
        )

    heads = ("importing.row", "customers.field.name", "importing.reason", "importing.what")
    return _section(
        "importing.known",
        _table("importing.known", heads, rx.foreach(Found.twins, one)),
        _turner(Found.twin_page, Found.twin_pages, Found.turn_twins, "importing.known"),
    )


# --- 4 the result


def _undo_dialog() -> rx.Component:
    sure = t("importing.undo.sure")
    return _sure_dialog(t("importing.undo"), title=t("importing.undo"), sure=sure, then=Importing.undo)


def _kept() -> rx.Component:
    return rx.el.ul(
        rx.foreach(Importing.run.kept, lambda one: rx.el.li(link(one.label, to=one.value), key=one.value)),
        class_name="plain-list row row-wrap gap-4",
    )


def done_step() -> rx.Component:
    """How far it is, and then what came of it."""
    run, job = Importing.run, Importing.job
    ended = rx.el.div(
        rx.el.div(
            icon("circle-check-big", size=20),
            rx.el.h2(t("importing.done"), class_name="section-title"),
            class_name="row import-done",
        ),
        why(job),
        figures(),
        rx.el.div(
            rx.cond(run.may_undo, _undo_dialog(), rx.fragment()),
            fetch(job, label="importing.rejected.fetch"),
            link(t("importing.see"), to=f"{routes.CUSTOMERS}?view=0", class_name="button"),
            button(t("importing.another"), kind="primary", on_click=Importing.open(0)),
            class_name="row row-wrap import-foot",
        ),
        rx.cond(run.undone, rx.el.p(run.undone, class_name="import-stale", role="status"), rx.fragment()),
        rx.cond(run.kept.length() > 0, _section("importing.kept", _kept()), rx.fragment()),
        class_name="stack gap-4",
    )
    return rx.cond(job.open, working(), ended)
