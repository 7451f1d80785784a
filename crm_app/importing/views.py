"""An import as its page shows it: rows and decisions put into words, in the person's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.catalogue import say
from crm_app.core.clock import format_local
from crm_app.core.settings import get_settings
from crm_app.customers.rules import CUSTOMER_FIELDS
from crm_app.fields.queries import list_required
from crm_app.fields.schemas import OwnFieldDef
from crm_app.importing import queries, rules, service
from crm_app.importing.schemas import (
    BadCells,
    Choice,
    ChoiceGroup,
    ColumnView,
    DefaultView,
    Figure,
    Mode,
    Plan,
    ProblemView,
    RunLine,
    RunView,
    State,
    TwinView,
    WordView,
)
from crm_app.importing.schemas import Twin as Policy
from crm_app.importing.service.decisions import count_skipped
from crm_app.importing.service.rejected import describe_twin
from crm_app.importing.store import Store
from crm_app.models import ImportRun
from crm_app.ui.routes import customer_path

PAGE = 50
"""Wrong cells and known customers on a page."""
_MOST_WORDS = 100
_COLORS = {State.MAPPING: "gray", State.CHECKED: "blue", State.DONE: "green", State.UNDONE: "gray"}
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_HOMELESS = (rules.IGNORED, rules.NOTED, rules.OLD_NUMBER)
"""Where a column goes that has no field of its own."""


def list_lines(session: Session, actor: Actor) -> tuple[RunLine, ...]:
    """The actor's imports."""
    zone = get_settings().zone
    return tuple(
        RunLine(
            id=row.id,
            file_name=row.file_name,
            label=say(actor.language, f"importing.state.{row.state}"),
            color=_COLORS[State(row.state)],
            created=format_local(row.created_at, tz=zone),
            summary=_summary(row.counts, actor.language) if row.state in (State.DONE, State.UNDONE) else "",
        )
        for row in queries.list_runs(session, actor)
    )


def _summary(counts: Mapping[str, Any], language: str) -> str:
    created, updated = (f"{counts.get(name, 0):,}" for name in ("created", "updated"))
    return say(language, "importing.summary", created=created, updated=updated)


def get_view(session: Session, actor: Actor, import_id: int) -> RunView:
    """One of the actor's imports. Raises NotFound."""
    run = queries.get_run(session, actor, import_id)
    plan, language = Plan.of(run.plan), actor.language
    common: dict[str, Any] = {
        "id": import_id,
        "file_name": run.file_name,
        "state": run.state,
        "bad_cells": plan.bad_cells,
        "twin_choice": plan.twins,
        "empty": plan.empty,
    }
    if run.state in (State.DONE, State.UNDONE):
        return RunView(
            **common,
            step="done",
            figures=_done_figures(run.counts, language),
            undone=say(language, "importing.undone", **_undone(run)) if run.state == State.UNDONE else "",
            kept=_kept(session, actor, run),
            may_undo=run.state == State.DONE and bool(run.counts.get("created") or run.counts.get("updated")),
        )
    entries = queries.load_entries(session, actor)
    common |= _mapping_view(session, actor, run, plan, entries)
    store = Store(import_id, str(run.counts.get("store", "")))
    if not run.counts.get("store") or not store.exists():
        return RunView(**common, step="map")
    edits = queries.list_edits(session, import_id)
    coming, problems = count_coming(run.counts, plan, store, edits), int(run.counts.get("problems", 0))
    common["waiting"] = "" if coming else _nothing_comes(plan, problems, language)
    return RunView(
        **common,
        step="check",
        figures=_found_figures(run.counts, language),
        words=_words(store, plan, entries, language),
        problems=problems,
        twins=sum(count for kind, count in store.count_twins().items() if not kind.keyed),
        updating=plan.mode is not Mode.CREATE,
        coming=coming,
        stale=run.state != State.CHECKED,
    )


def _nothing_comes(plan: Plan, problems: int, language: str) -> str:
    """Why no row comes in, and what can be done about it."""
    wrong = problems and plan.bad_cells is BadCells.ROW
    return say(language, "importing.waiting.wrong" if wrong else "importing.waiting.skipped")


def _undone(run: ImportRun) -> dict[str, str]:
    done = run.counts.get("undone", {})
    return {name: f"{int(done.get(name, 0)):,}" for name in ("removed", "restored", "kept")}


def _kept(session: Session, actor: Actor, run: ImportRun) -> tuple[Choice, ...]:
    """Customers that were changed since the import: those that the actor still sees."""
    ids = run.counts.get("undone", {}).get("kept_ids", ())
    met = queries.meet(session, actor, ids)
    return tuple(Choice(customer_path(one.number), one.name) for one in met.values() if one.number)


def count_coming(counts: Mapping[str, Any], plan: Plan, store: Store, edits: Mapping[int, Mapping[int, str]]) -> int:
    """How many rows come in if it is confirmed now."""
    rows = int(counts.get("ready" if plan.bad_cells is BadCells.ROW else "lenient", 0))
    return max(0, rows - count_skipped(plan, store, edits))


def _mapping_view(
    session: Session, actor: Actor, run: ImportRun, plan: Plan, entries: queries.Entries
) -> dict[str, Any]:
    language, names = actor.language, run.headings["names"]
    columns = _columns(session, actor, run, plan)
    defaults = _defaults(plan, entries, list_required(session), language)
    keys = rules.key_targets(plan.mapping, entries.own)
    targets = rules.all_targets(entries.own)
    notice = _notice(plan, keys, names, language)
    missing = [one.label for one in defaults if one.needed and not one.value]
    wrong = any(one.problem for one in columns)
    return {
        "about": _about(run, language),
        "sheets": tuple(Choice(str(place), name) for place, name in enumerate(run.file.get("sheets", ()))),
        "sheet": str(run.file.get("sheet", 0)),
        "columns": columns,
        "groups": _groups(language, entries.own, adds=actor.may(Permission.FIELD_EDIT)),
        "defaults": defaults,
        "notice": notice[0],
        "mode": plan.mode,
        "key": plan.key,
        "named_by": tuple(Choice(code, _called_as_key(targets[code], language)) for code in keys),
        "ready": not notice[1] and not missing and not wrong,
        "waiting": _why_unready(notice, missing, language, wrong=wrong),
    }


def _called_as_key(target: rules.Target, language: str) -> str:
    return say(language, "importing.key.number") if target.code == rules.OLD_NUMBER else target.called(language)


def _notice(plan: Plan, keys: Sequence[str], names: Sequence[str], language: str) -> tuple[str, bool]:
    """What must be said of the columns as a whole, and whether nothing can be checked before it is mended."""
    if plan.mode is not Mode.CREATE and plan.key not in keys:
        return say(language, "importing.refused.no_key"), True
    if "name" not in plan.mapping and plan.mode is not Mode.UPDATE:
        return say(language, "importing.refused.no_name"), True
    if rules.doubled_targets(plan.mapping):
        return say(language, "importing.refused.doubled"), True
    twice = {name for name in names if name and names.count(name) > 1}
    return (say(language, "importing.same_headings", names="、".join(sorted(twice))) if twice else ""), False


def _why_unready(notice: tuple[str, bool], missing: Sequence[str], language: str, *, wrong: bool) -> str:
    """What must be chosen before all rows can be checked."""
    if notice[1]:
        return notice[0]
    if missing:
        return say(language, "importing.waiting.default", field="、".join(missing))
    return say(language, "importing.waiting.columns") if wrong else ""


def _columns(session: Session, actor: Actor, run: ImportRun, plan: Plan) -> tuple[ColumnView, ...]:
    language, first, seen = actor.language, run.headings["first"], set[str]()
    doubled, adds = rules.doubled_targets(plan.mapping), actor.may(Permission.FIELD_EDIT)
    shown = []
    for place, name in enumerate(run.headings["names"]):
        target, problem, offer, told = plan.mapping[place], "", "", ""
        label = service.label_of_new(session, name, language) if adds else ""
        if target in doubled:
            problem = say(language, "importing.doubled")
        elif target == rules.NEW_FIELD and (not label or label in seen):
            problem = say(language, "importing.refused.new_field", name=name)
        elif target == rules.NEW_FIELD:
            told = say(language, "importing.new_field.told", name=label)
            seen.add(label)
        elif label and (target == rules.IGNORED or (target in _HOMELESS and target != plan.key)):
            offer = say(language, "importing.new_field.offer", name=label)
        shown.append(
            ColumnView(
                index=place,
                letter=_letter(place),
                heading=name or say(language, "importing.no_heading"),
                samples=tuple(row[place] if place < len(row) else "" for row in first),
                target=target,
                problem=problem,
                offer=offer,
                told=told,
            )
        )
    return tuple(shown)


def _about(run: ImportRun, language: str) -> str:
    how = str(run.file.get("kind", "")).upper()
    if encoding := run.file.get("encoding"):
        how = f"{how} · {encoding.upper().removesuffix('-SIG')}"
        if name := _DELIMITERS.get(run.file.get("delimiter", "")):
            how = f"{how} · {say(language, f'importing.delimiter.{name}')}"
    return say(language, "importing.about", how=how, rows=f"{max(0, run.headings.get('rows', 1) - 1):,}")


def _letter(place: int) -> str:
    """A, B … Z, AA: as spreadsheets call their columns."""
    return (_letter(place // 26 - 1) if place >= 26 else "") + chr(65 + place % 26)


def _groups(language: str, own: tuple[OwnFieldDef, ...], *, adds: bool) -> tuple[ChoiceGroup, ...]:
    grouped: dict[str, list[Choice]] = {}
    for target in rules.all_targets(own).values():
        grouped.setdefault(target.part, []).append(Choice(target.code, target.called(language)))
    nowhere = [Choice(rules.IGNORED, say(language, "importing.ignored"))]
    if adds:
        nowhere.append(Choice(rules.NEW_FIELD, say(language, "importing.new_field")))
    return (
        ChoiceGroup("", tuple(nowhere)),
        *(ChoiceGroup(say(language, part), tuple(some)) for part, some in grouped.items()),
    )


def _choices(entries: queries.Entries, target: str, language: str) -> tuple[Choice, ...]:
    return tuple(Choice(code, (en or zh) if language == "en" else zh) for code, zh, en in entries.by_target[target])


def _defaults(plan: Plan, entries: queries.Entries, required: frozenset[str], language: str) -> tuple[DefaultView, ...]:
    shown = []
    asked = ["industry", "owner"] if plan.mode is not Mode.UPDATE else []
    if asked:  # What has no list, each row must say itself.
        asked += [name for name in CUSTOMER_FIELDS if name in required - {*plan.mapping} and name in queries.LISTS]
    if asked and not {"level", "status"}.isdisjoint(plan.mapping):
        asked.append("loss_reason")
    for target in dict.fromkeys(asked):
        needed = target in required and target not in plan.mapping
        shown.append(
            DefaultView(
                target=target,
                label=say(language, f"customers.field.{target}"),
                value=plan.defaults.get(target, ""),
                choices=_choices(entries, target, language),
                needed=needed,
            )
        )
    return tuple(shown)


def _found_figures(counts: Mapping[str, Any], language: str) -> tuple[Figure, ...]:
    def figure(name: str, number: int, tone: str = "") -> Figure:
        return Figure(say(language, f"importing.figure.{name}"), f"{number:,}", tone if number else "")

    rows, ready, updating = (int(counts.get(name, 0)) for name in ("rows", "ready", "updating"))
    return (
        figure("rows", rows),
        figure("ready", ready, "green"),
        figure("wrong", rows - ready, "red"),
        *([figure("updating", updating, "green")] if updating else []),
        figure("known", int(counts.get("twins_known", 0)) - updating, "amber"),
        figure("inside", int(counts.get("twins_inside", 0)), "amber"),
    )


def _done_figures(counts: Mapping[str, Any], language: str) -> tuple[Figure, ...]:
    created, updated, skipped = (int(counts.get(name, 0)) for name in ("created", "updated", "skipped"))
    unchanged = int(counts.get("unchanged", 0))
    rejected = int(counts.get("rows", 0)) - created - updated - skipped - unchanged
    shown = {
        "created": (created, "green"),
        "updated": (updated, "green"),
        "unchanged": (unchanged, ""),
        "contacts": (int(counts.get("contacts", 0)), ""),
        "follow_ups": (int(counts.get("follow_ups", 0)), ""),
        "skipped": (skipped, "amber"),
        "rejected": (rejected, "red"),
    }
    return tuple(
        Figure(say(language, f"importing.figure.{name}"), f"{number:,}", tone if number else "")
        for name, (number, tone) in shown.items()
    )


def _words(store: Store, plan: Plan, entries: queries.Entries, language: str) -> tuple[WordView, ...]:
    targets = rules.all_targets(entries.own)
    return tuple(
        WordView(
            target=target,
            field=targets[target].called(language),
            text=text,
            rows=say(language, "importing.word_rows", n=rows),
            code=plan.values.get(target, {}).get(text, ""),
            choices=_choices(entries, target, language),
        )
        for target, text, rows in store.list_words()[:_MOST_WORDS]
        if target in targets
    )


def list_problem_views(session: Session, actor: Actor, import_id: int, page: int) -> tuple[ProblemView, ...]:
    """Wrong cells, some dozens a page. Raises NotFound."""
    run = queries.get_run(session, actor, import_id)
    store = Store(import_id, str(run.counts.get("store", "")))
    if not run.counts.get("store") or not store.exists():
        return ()
    names, language = run.headings["names"], actor.language
    targets = rules.all_targets(queries.list_own_fields(session, actor))
    edits = queries.list_edits(session, import_id)
    views = []
    for place, (row, problem) in enumerate(store.list_problems(offset=(page - 1) * PAGE, limit=PAGE)):
        inside = 0 <= problem.column < len(names)
        known = targets.get(problem.target)
        heading = names[problem.column] if inside else known.called(language) if known else ""
        edited = inside and problem.column in edits.get(row, {})
        views.append(
            ProblemView(
                key=f"{place}-{row}-{problem.column}",
                row=row,
                column=problem.column if inside else -1,
                heading=heading,
                value=edits[row][problem.column] if edited else problem.value,
                reason=say(language, problem.code, **problem.params),
                edited=edited,
            )
        )
    return tuple(views)


def list_twin_views(session: Session, actor: Actor, import_id: int, page: int) -> tuple[TwinView, ...]:
    """Rows that are there already, some dozens a page. Raises NotFound."""
    run = queries.get_run(session, actor, import_id)
    store = Store(import_id, str(run.counts.get("store", "")))
    if not run.counts.get("store") or not store.exists():
        return ()
    edits = queries.list_edits(session, import_id)
    return tuple(
        TwinView(
            row=twin.row,
            name=twin.name,
            told=describe_twin(twin, actor.language),
            href=customer_path(twin.number) if twin.number else "",
            choice=edits.get(twin.row, {}).get(service.DECISION, ""),
            may_update=bool(twin.customer_id and twin.editable),
        )
        for twin in store.list_twins(offset=(page - 1) * PAGE, limit=PAGE)
    )


def policies(kind: type[BadCells] | type[Policy], language: str) -> Sequence[Choice]:
    """What can be decided for all rows, in words."""
    name = "bad_cells" if kind is BadCells else "twins"
    return [Choice(str(one), say(language, f"importing.{name}.{one}")) for one in kind]
