"""`crm import`: what the page does, for files that are larger than a browser should carry, and for scripts."""

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.progress import Progress
from sqlmodel import Session, select

from crm_app.access.actor import Actor
from crm_app.access.behalf import resolve_person
from crm_app.access.permissions import Permission
from crm_app.background.kinds import JobContext
from crm_app.catalogue import say
from crm_app.core.db import Database, get_database
from crm_app.core.errors import CrmError
from crm_app.core.helping import helping
from crm_app.fields.schemas import OwnFieldDef
from crm_app.importing import files, queries, rules, service
from crm_app.importing.jobs import carry_out, check_import
from crm_app.importing.schemas import Plan
from crm_app.importing.service.receiving import look_into
from crm_app.importing.service.rejected import describe
from crm_app.importing.store import Store
from crm_app.importing.views import count_coming
from crm_app.models import User

MOST_ROWS = 2_000_000
_MOST_TOLD = 20
app = typer.Typer()


@app.command("import", help="Import customers from an .xlsx or .csv file, all of them or none.")
def import_file(
    file: Annotated[Path, typer.Argument(help="The file.")],
    user: Annotated[str, typer.Option(help="On whose behalf: his role and his reach count.")],
    mapping: Annotated[
        Path | None, typer.Option(help="JSON: mapping, defaults, values, mode, key, bad_cells, twins, empty.")
    ] = None,
    rejected: Annotated[Path | None, typer.Option(help="Where the rows that stay out are written (.xlsx).")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; write nothing.")] = False,
) -> None:
    """Check the file and write its rows; the exit code is 1 when nothing was written that should have been."""
    file = _from_here(file)
    with helping() as let_go:
        _import(file, user, mapping, rejected, dry_run=dry_run, checked=let_go)


def _import(
    file: Path,
    user: str,
    mapping: Path | None,
    rejected: Path | None,
    *,
    dry_run: bool,
    checked: Callable[[], None],
) -> None:
    """`checked` is called when all rows are read."""
    database = get_database()
    database.catch_up()
    mapping, rejected = (_from_here(one) if one else None for one in (mapping, rejected))
    try:
        with database.reading() as session:
            actor = _person(session, user)
        import_id = _receive(database, actor, file, mapping)
        _carry(database, actor, import_id, rejected, dry_run=dry_run, checked=checked)
    except CrmError as error:
        _fail(say("en", error.code, **error.params))


def _fail(reason: str) -> NoReturn:
    typer.echo(f"crm: {reason}", err=True)
    raise typer.Exit(1)


def _from_here(path: Path) -> Path:
    """Commands run in the project's folder; paths are meant from where the person stands."""
    return Path(os.environ.get("PWD", ".")) / path


def _person(session: Session, username: str) -> Actor:
    found = session.exec(select(User.id).where(User.username == username.lower())).one_or_none()
    actor = resolve_person(session, found) if found else None
    if actor is None or not actor.may(Permission.CUSTOMER_IMPORT):
        _fail(f"{username} is nobody who may import customers")
    return actor


def _receive(database: Database, actor: Actor, file: Path, mapping: Path | None) -> int:
    if not file.is_file():
        _fail(f"there is no file {file}")
    inbox = files.make_inbox()
    try:
        shutil.copyfile(file, inbox / "source")
        headed = look_into(inbox / "source")
        with database.reading() as session:
            plan = _plan(mapping, headed.names, queries.list_own_fields(session, actor))
        with database.writing() as session:
            import_id = service.begin_import(session, actor, file_name=file.name, headed=headed)
            if plan:
                service.take_plan(session, actor, import_id=import_id, plan=plan)
            files.keep(inbox, import_id)
    finally:
        files.drop(inbox)
    return import_id


def _carry(
    database: Database,
    actor: Actor,
    import_id: int,
    rejected: Path | None,
    *,
    dry_run: bool,
    checked: Callable[[], None],
) -> None:
    done = False
    try:
        coming = _check(database, actor, import_id)
        checked()
        if not dry_run and coming:
            with tempfile.TemporaryDirectory() as folder:
                outcome = carry_out(_context(database, actor, import_id, Path(folder) / "rejected.xlsx", "Writing"))
                done = True
                typer.echo(f"{outcome.rows:,} customers written; import {import_id} can be undone on its page.")
                if rejected and outcome.file_name:
                    shutil.copyfile(Path(folder) / "rejected.xlsx", rejected)
    finally:
        if not done:
            with database.writing() as session:
                service.forget_unfinished(session, [import_id])
            files.remove(import_id)
    if not dry_run and not done:
        _fail("nothing was written")


def _plan(mapping: Path | None, headings: tuple[str, ...], own: tuple[OwnFieldDef, ...]) -> Plan | None:
    """The decisions of a JSON file; `mapping` there goes by heading, or by column as the page keeps it.

    An own field goes by its key or by what it is called.
    """
    if mapping is None:
        return None
    known = {"", rules.NEW_FIELD, *rules.all_targets(own)}
    try:
        said: dict[str, Any] = json.loads(mapping.read_text("utf-8"))
        columns = said.get("mapping", {})
        if isinstance(columns, dict):
            matched = rules.match_headings(headings, own)
            unknown = columns.keys() - set(headings)
            if unknown:
                _fail(f"the file has no column {', '.join(sorted(unknown))}")
            columns = [columns.get(name, code) for name, code in zip(headings, matched, strict=True)]
        by_label = {field.called("zh"): field.path for field in own}
        said["mapping"] = [code if code in known else by_label.get(code, code) for code in columns]
        said["key"] = by_label.get(said.get("key", ""), said.get("key", ""))
        plan = Plan.of(said)
    except (ValueError, AttributeError, OSError, TypeError) as error:
        _fail(f"{mapping} can't be read: {error}")
    if len(plan.mapping) != len(headings) or {*plan.mapping} - known:
        _fail(f"{mapping} names no place of customers, or another number of columns than the file has")
    return plan


def _check(database: Database, actor: Actor, import_id: int) -> int:
    outcome = check_import(_context(database, actor, import_id, Path(), "Checking"))
    with database.writing() as session:
        if outcome.record:
            outcome.record(session)
    with database.reading() as session:
        run = queries.get_run(session, actor, import_id)
    store = Store(import_id, str(run.counts["store"]))
    coming = count_coming(run.counts, Plan.of(run.plan), store, {})
    counts = run.counts
    typer.echo(
        f"{counts['rows']:,} rows: {coming:,} to be written, {counts['problems']:,} wrong cells, "
        f"{counts['twins_known']:,} there already, {counts['twins_inside']:,} twice in the file."
    )
    for row, problem in store.list_problems(offset=0, limit=_MOST_TOLD):
        typer.echo(f"  row {row}: {describe(problem, run.headings['names'], 'en')}")
    return coming


def _context(database: Database, actor: Actor, import_id: int, file: Path, what: str) -> JobContext:
    progress = Progress(transient=True)
    bar = progress.add_task(what)

    def tell(done: int, total: int) -> bool:
        progress.update(bar, completed=done, total=total or None)
        progress.refresh()
        return True

    return JobContext(
        actor=actor,
        parameters={"import_id": import_id, "revision": 1, "most": MOST_ROWS},
        file=file,
        snapshot=database.snapshot,
        writing=partial(database.writing, much=True),
        tell=tell,
        stop=threading.Event(),
    )
