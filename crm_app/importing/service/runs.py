"""An import from the file to the confirmed run: each call is a part of the caller's transaction (R4.1)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.background.kinds import JobKind
from crm_app.background.queries import get_job
from crm_app.background.schemas import OPEN
from crm_app.background.service import add_job
from crm_app.core.clock import utcnow
from crm_app.core.errors import Forbidden, Refused
from crm_app.core.sql import table_of
from crm_app.core.tables import TableFile
from crm_app.fields.schemas import OwnFieldDef
from crm_app.importing import queries, rules
from crm_app.importing.schemas import KEPT, BadCells, Empty, Mode, Plan, State, Twin
from crm_app.models import ImportEdit, ImportMemory, ImportRun

MOST_OPEN = 10
"""Imports of one person that are not finished: the file of each takes room."""
MOST_EDITS = 5_000
LONGEST = 2_000
DECISION = -1
"""The column under which it is kept what is to become of a row."""
_edit = table_of(ImportEdit).c


@dataclass(frozen=True, slots=True)
class Headed:
    """A file that was looked into: its headings, the rows after them, and about how many there are."""

    table: TableFile
    names: tuple[str, ...]
    first: tuple[tuple[str, ...], ...]
    rows: int


def check_room(session: Session, actor: Actor) -> None:
    """Raises Forbidden, and Refused when the person has too many unfinished ones."""
    if not actor.may(Permission.CUSTOMER_IMPORT):
        raise Forbidden
    run = table_of(ImportRun).c
    unfinished = select(run.id).where(
        run.user_id == actor.user_id,
        run.state.in_((State.MAPPING, State.CHECKED)),
        run.changed_at > utcnow() - KEPT,
    )
    if len(session.execute(unfinished.limit(MOST_OPEN)).all()) >= MOST_OPEN:
        raise Refused("importing.refused.many", n=MOST_OPEN)


def begin_import(session: Session, actor: Actor, *, file_name: str, headed: Headed) -> int:
    """Note a file that arrived, its columns matched as well as can be told; its id. Raises Forbidden, Refused."""
    check_room(session, actor)
    run = ImportRun(user_id=actor.user_id, file_name=file_name[:200])
    _head(session, actor, run, headed)
    session.add(run)
    session.flush()
    return run.id or 0


def choose_sheet(session: Session, actor: Actor, *, import_id: int, headed: Headed) -> None:
    """Turn to another sheet of the workbook, which was made ready. Raises NotFound, Refused."""
    run = _changeable(session, actor, import_id)
    session.execute(delete(ImportEdit).where(_edit.import_id == import_id))
    _head(session, actor, run, headed)
    _touch(run)


def _head(session: Session, actor: Actor, run: ImportRun, headed: Headed) -> None:
    table = headed.table
    run.file = {
        "kind": table.kind,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "sheets": list(table.sheets),
        "sheet": table.sheet,
    }
    run.headings = {"names": list(headed.names), "first": [list(row) for row in headed.first], "rows": headed.rows}
    run.plan = _first_plan(session, actor, headed).stored()


def _first_plan(session: Session, actor: Actor, headed: Headed) -> Plan:
    """As this person decided about the last such file; of what was exported here, as its columns say; else by guess."""
    own = queries.list_own_fields(session, actor)
    remembered = queries.get_memory(session, actor, headed.names)
    if remembered and len(remembered.mapping) == len(headed.names):
        known = {*rules.all_targets(own), *([rules.NEW_FIELD] if actor.may(Permission.FIELD_EDIT) else [])}
        kept = tuple(code if code in known else rules.IGNORED for code in remembered.mapping)
        return _with_key(replace(remembered, mapping=kept), own)
    exported = rules.match_export(headed.names, own, queries.list_fixed_fields(session, actor))
    if exported:
        column = exported.index(rules.OLD_NUMBER)
        numbers = {row[column] for row in headed.first if column < len(row)}
        if numbers and numbers == queries.find_named(session, rules.OLD_NUMBER, numbers).keys():
            return Plan(mapping=exported, mode=Mode.UPDATE, key=rules.OLD_NUMBER)
    return Plan(mapping=rules.match_headings(headed.names, own))


def _with_key(plan: Plan, own: tuple[OwnFieldDef, ...]) -> Plan:
    """With a key that a column fills, where customers are to be updated."""
    if plan.mode is Mode.CREATE:
        return replace(plan, key="")
    keys = rules.key_targets(plan.mapping, own)
    if plan.key in keys:
        return plan
    return replace(plan, key=keys[0]) if keys else replace(plan, mode=Mode.CREATE, key="")


def take_plan(session: Session, actor: Actor, *, import_id: int, plan: Plan) -> None:
    """Decide everything at once, of a file that was just brought. Raises NotFound, Refused."""
    run = _changeable(session, actor, import_id)
    for target, code in plan.defaults.items():
        _insist_on_entry(session, actor, target, code)
    _insist_on_places(session, actor, plan)
    run.plan = plan.stored()


def _insist_on_places(session: Session, actor: Actor, plan: Plan) -> None:
    """Raises Refused for columns of which no customer can be made or recognised."""
    if rules.doubled_targets(plan.mapping):
        raise Refused("importing.refused.doubled")
    if plan.mode is not Mode.CREATE:
        own = queries.list_own_fields(session, actor)
        if plan.key not in rules.key_targets(plan.mapping, own):
            raise Refused("importing.refused.no_key")
    if plan.mode is not Mode.UPDATE and "name" not in plan.mapping:
        raise Refused("importing.refused.no_name")


def map_column(session: Session, actor: Actor, *, import_id: int, column: int, target: str) -> None:
    """Let a column go somewhere else. Raises Forbidden, NotFound, Refused."""
    run = _changeable(session, actor, import_id)
    plan, own = Plan.of(run.plan), queries.list_own_fields(session, actor)
    if target == rules.NEW_FIELD and not actor.may(Permission.FIELD_EDIT):
        raise Forbidden
    if not 0 <= column < len(plan.mapping) or target not in {"", rules.NEW_FIELD, *rules.all_targets(own)}:
        raise Refused("error.bad_request")
    mapping = tuple(target if place == column else code for place, code in enumerate(plan.mapping))
    _decide(session, actor, run, _with_key(replace(plan, mapping=mapping), own))


def choose_mode(session: Session, actor: Actor, *, import_id: int, mode: str, key: str = "") -> None:
    """Say whether rows make customers or update those that their key names; empty: as before.

    Raises NotFound, Refused.
    """
    run = _changeable(session, actor, import_id)
    plan, own = Plan.of(run.plan), queries.list_own_fields(session, actor)
    keys = rules.key_targets(plan.mapping, own)
    if mode not in ("", *Mode) or (key and key not in keys):
        raise Refused("error.bad_request")
    chosen = replace(plan, mode=Mode(mode or plan.mode), key=key or plan.key)
    if chosen.mode is not Mode.CREATE and not keys:
        raise Refused("importing.refused.no_key")
    _decide(session, actor, run, _with_key(chosen, own))


def choose_value(session: Session, actor: Actor, *, import_id: int, target: str, text: str, code: str) -> None:
    """Say which entry of its list a text means; an empty code takes that back. Raises NotFound, Refused."""
    run = _changeable(session, actor, import_id)
    plan = Plan.of(run.plan)
    _insist_on_entry(session, actor, target, code)
    values = {name: dict(chosen) for name, chosen in plan.values.items()}
    values.setdefault(target, {})[text[:200]] = code
    if not code:
        del values[target][text[:200]]
    if sum(map(len, values.values())) > LONGEST:
        raise Refused("error.bad_request")
    _decide(session, actor, run, replace(plan, values=values))


def choose_default(session: Session, actor: Actor, *, import_id: int, target: str, code: str) -> None:
    """Say what stands in a field for all rows that say nothing. Raises NotFound, Refused."""
    run = _changeable(session, actor, import_id)
    plan = Plan.of(run.plan)
    _insist_on_entry(session, actor, target, code)
    defaults = {**plan.defaults, target: code}
    _decide(session, actor, run, replace(plan, defaults={name: one for name, one in defaults.items() if one}))


def _insist_on_entry(session: Session, actor: Actor, target: str, code: str) -> None:
    entries = queries.load_entries(session, actor).by_target.get(target)
    if entries is None or (code and code not in {one for one, _, _ in entries}):
        raise Refused("error.bad_request")


def choose_policy(
    session: Session, actor: Actor, *, import_id: int, bad_cells: str = "", twins: str = "", empty: str = ""
) -> None:
    """Say what becomes of wrong cells, of customers that are there, of empty cells; what was checked stays good.

    Raises NotFound, Refused.
    """
    run = _changeable(session, actor, import_id)
    plan = Plan.of(run.plan)
    try:
        chosen = replace(
            plan,
            bad_cells=BadCells(bad_cells or plan.bad_cells),
            twins=Twin(twins or plan.twins),
            empty=Empty(empty or plan.empty),
        )
    except ValueError:
        raise Refused("error.bad_request") from None
    run.plan = chosen.stored()
    run.changed_at = utcnow()


def correct_cell(session: Session, actor: Actor, *, import_id: int, row: int, column: int, value: str) -> None:
    """Write something else into a cell of the file, which itself stays as it is. Raises NotFound, Refused."""
    run = _changeable(session, actor, import_id)
    if not 0 <= column < len(Plan.of(run.plan).mapping):
        raise Refused("error.bad_request")
    _keep_edit(session, run, row, column, value[:LONGEST])
    _touch(run)


def decide_twin(session: Session, actor: Actor, *, import_id: int, row: int, choice: str) -> None:
    """Say what becomes of one row whose customer is there already; empty: as of all. Raises NotFound, Refused."""
    run = _changeable(session, actor, import_id)
    if choice and choice not in tuple(Twin):
        raise Refused("error.bad_request")
    _keep_edit(session, run, row, DECISION, choice)
    run.changed_at = utcnow()


def _keep_edit(session: Session, run: ImportRun, row: int, column: int, value: str) -> None:
    if not 0 < row < 1 << 31:
        raise Refused("error.bad_request")
    edits = queries.list_edits(session, run.id or 0)
    if sum(map(len, edits.values())) >= MOST_EDITS:
        raise Refused("importing.refused.edits", most=MOST_EDITS)
    session.merge(ImportEdit(import_id=run.id or 0, row=row, column=column, value=value))


def _changeable(session: Session, actor: Actor, import_id: int) -> ImportRun:
    if not actor.may(Permission.CUSTOMER_IMPORT):
        raise Forbidden
    run = queries.lock_run(session, actor, import_id)
    if run.state not in (State.MAPPING, State.CHECKED):
        raise Refused("importing.refused.finished")
    if is_at_work(session, actor, run):
        raise Refused("importing.refused.busy")
    return run


def is_at_work(session: Session, actor: Actor, run: ImportRun) -> bool:
    """Whether a job of this import waits or runs."""
    job = get_job(session, actor, run.job_id) if run.job_id else None
    return job is not None and job.state in OPEN


def _decide(session: Session, actor: Actor, run: ImportRun, plan: Plan) -> None:
    """Keep a decision, also for the next file with these headings."""
    keep_plan(session, actor, run, plan)
    _touch(run)


def keep_plan(session: Session, actor: Actor, run: ImportRun, plan: Plan) -> None:
    """For this file and the next one with these headings."""
    run.plan = plan.stored()
    session.merge(
        ImportMemory(
            user_id=actor.user_id,
            digest=queries.digest_of(run.headings["names"]),
            plan=plan.stored(),
            at=utcnow(),
        )
    )


def _touch(run: ImportRun) -> None:
    """What was checked holds no more."""
    run.revision += 1
    run.state = State.MAPPING
    run.changed_at = utcnow()


def request_check(session: Session, actor: Actor, *, kind: JobKind, import_id: int) -> int:
    """Ask for the check of all rows; the job's id. Raises NotFound, Refused for columns that can't go there."""
    run = _changeable(session, actor, import_id)
    _insist_on_places(session, actor, Plan.of(run.plan))
    return _request(session, actor, run, kind)


def request_import(session: Session, actor: Actor, *, kind: JobKind, import_id: int) -> int:
    """Confirm: ask for the rows to be written; the job's id. Raises NotFound, Refused when it must be checked again."""
    run = _changeable(session, actor, import_id)
    if run.state != State.CHECKED or run.checked_revision != run.revision:
        raise Refused("importing.refused.unchecked")
    return _request(session, actor, run, kind)


def _request(session: Session, actor: Actor, run: ImportRun, kind: JobKind) -> int:
    run.job_id = add_job(session, actor, kind=kind, parameters={"import_id": run.id, "revision": run.revision})
    run.changed_at = utcnow()
    return run.job_id


def request_undo(session: Session, actor: Actor, *, kind: JobKind, import_id: int) -> int:
    """Ask for an import to be taken back; the job's id. Raises Forbidden, NotFound, Refused."""
    if not actor.may(Permission.CUSTOMER_IMPORT):
        raise Forbidden
    run = queries.lock_run(session, actor, import_id)
    if run.state != State.DONE or is_at_work(session, actor, run):
        raise Refused("importing.refused.not_done")
    return _request(session, actor, run, kind)


def note_checked(session: Session, actor: Actor, *, import_id: int, revision: int, counts: Mapping[str, Any]) -> bool:
    """Keep what a check found; False when something was decided meanwhile."""
    run = queries.lock_run(session, actor, import_id)
    if run.revision != revision or run.state not in (State.MAPPING, State.CHECKED):
        return False
    run.counts = dict(counts)
    run.state, run.checked_revision, run.changed_at = State.CHECKED, revision, utcnow()
    return True


def discard_import(session: Session, actor: Actor, *, import_id: int) -> None:
    """Forget an import that was not carried out. Raises NotFound, Refused."""
    session.delete(_changeable(session, actor, import_id))


def forget_unfinished(session: Session, ids: Collection[int]) -> None:
    """Forget those of these imports that were never carried out."""
    run = table_of(ImportRun).c
    session.execute(
        delete(table_of(ImportRun)).where(run.id.in_(tuple(ids)), run.state.in_((State.MAPPING, State.CHECKED)))
    )


def headings_of(lines: Sequence[tuple[int, list[str]]], table: TableFile, rows: int) -> Headed:
    """The headings and the first rows, from the first lines of a file. Raises Refused for one without rows."""
    if not lines:
        raise Refused("error.file.empty")
    _, names = lines[0]
    if len(lines) < 2:
        raise Refused("error.file.no_rows")
    width = max(len(cells) for _, cells in lines)
    headed = tuple(name.strip()[:100] for name in names) + ("",) * (width - len(names))
    first = tuple(tuple(cell[:100] for cell in cells) for _, cells in lines[1:])
    return Headed(table, headed, first, rows)
