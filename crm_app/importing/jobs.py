"""The long work of an import: checking all rows, and writing them (R4.1, R4.2)."""

from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.permissions import Permission
from crm_app.background.kinds import JobContext, JobKind, Outcome
from crm_app.core.bulk import quick_load
from crm_app.core.clock import utcnow
from crm_app.core.errors import Refused
from crm_app.customers.service import loading_customers
from crm_app.fields.service import hold_fields
from crm_app.importing import files, queries, service
from crm_app.importing.schemas import KEPT, MOST_ROWS, Plan, State, table_of_file
from crm_app.importing.service.checking import Checking
from crm_app.importing.service.decisions import Decisions
from crm_app.importing.service.reader import row_readers
from crm_app.importing.service.rejected import write_rejected
from crm_app.importing.service.undoing import undo_import
from crm_app.importing.service.writing import Import, find_late, note_import
from crm_app.importing.store import Store
from crm_app.models import Contact, Customer


def check_import(job: JobContext) -> Outcome:
    """Check every row, and keep what was found beside the database."""
    import_id, revision, actor = int(job.parameters["import_id"]), int(job.parameters["revision"]), job.actor
    if not files.source_of(import_id).is_file():
        raise Refused("importing.refused.gone")
    began = utcnow()
    store = Store.new(import_id)
    with job.snapshot() as session:
        run = queries.get_run(session, actor, import_id)
        plan, entries = Plan.of(run.plan), queries.load_entries(session, actor)
        names = run.headings["names"]
        added = service.fields_to_add(session, actor, plan, names)
        known = queries.load_known(session, actor, plan, entries, added=added)
        total = int(run.headings.get("rows", 0))
        job.progress(0, total)
        with row_readers(plan, names, known) as readers:
            counts = Checking(session, actor, readers, plan, entries.own).run(
                files.source_of(import_id),
                table_of_file(run.file),
                queries.list_edits(session, import_id),
                store,
                lambda done: job.progress(done, max(done, total)),
                most=int(job.parameters.get("most", MOST_ROWS)),
            )
    found = asdict(counts) | {
        "store": store.name,
        "at": began.isoformat(),
        "fingerprint": entries.fingerprint(),
    }
    store.remove_others()
    return Outcome(
        rows=counts.rows,
        result={"import_id": import_id},
        record=partial(_note_checked, actor=actor, import_id=import_id, revision=revision, found=found),
    )


def _note_checked(session: Session, *, actor: Actor, import_id: int, revision: int, found: dict[str, Any]) -> None:
    if service.note_checked(session, actor, import_id=import_id, revision=revision, counts=found):
        # Whoever checks a file learns which of its phone numbers are known here.
        record(
            session,
            Action.IMPORT_CHECKED,
            actor=actor,
            subject_kind="import",
            subject_id=import_id,
            rows=found["rows"],
            known=found["twins_known"],
        )


def carry_out(job: JobContext) -> Outcome:
    """Write the rows: once, however often it begins."""
    import_id, actor = int(job.parameters["import_id"]), job.actor
    with job.snapshot() as session:
        run = queries.get_run(session, actor, import_id)
        store = Store(import_id, str(run.counts.get("store", "")))
        if run.state != State.DONE:
            _insist(run.state, store)
        plan, edits = Plan.of(run.plan), queries.list_edits(session, import_id)
        decisions = Decisions(plan, store, edits)
        total = int(run.counts.get("rows", 0))
    job.progress(0, total)
    if run.state != State.DONE:
        _write(job, import_id, store, decisions)
    with job.snapshot() as session:
        run = queries.get_run(session, actor, import_id)
    decisions.late = set(run.counts.get("late", ()))
    rejected = write_rejected(
        job.file,
        files.source_of(import_id),
        table_of_file(run.file),
        headings=run.headings["names"],
        edits=edits,
        store=store,
        decisions=decisions,
        language=actor.language,
    )
    name = queries.rejected_name(run, actor.language) if rejected else ""
    done = int(run.counts.get("created", 0)) + int(run.counts.get("updated", 0))
    return Outcome(rows=done, file_name=name, result={"import_id": import_id})


def _insist(state: str, store: Store) -> None:
    if state != State.CHECKED or not store.exists():
        raise Refused("importing.refused.unchecked")


def _write(job: JobContext, import_id: int, store: Store, decisions: Decisions) -> None:
    """The one transaction: it also says that this import is done, so that a second attempt finds it so."""
    actor = job.actor
    with job.writing() as session:
        run = queries.lock_run(session, actor, import_id)
        if run.state == State.DONE:
            return
        _insist(run.state, store)
        entries = queries.load_entries(session, actor)
        if entries.fingerprint() != run.counts.get("fingerprint") or run.revision != run.checked_revision:
            raise Refused("importing.refused.stale")
        since = datetime.fromisoformat(str(run.counts["at"]))
        decisions.late = find_late(session, actor, store, decisions, since=since)
        work = Import(session, actor, import_id=import_id, file_name=run.file_name, decisions=decisions)
        hold_fields(session, entries.own)
        fields = service.add_fields(session, actor, run)
        rows = int(run.counts.get("lenient", 0))
        with quick_load(session, (Customer, Contact), rows=rows), loading_customers(session, rows=rows):
            work.run(store.read_rows(), known_tags=entries.tags, fields=fields, halt=job.halt)
        run.counts = {**run.counts, **asdict(work.written), "late": sorted(decisions.late), "moment": work.moment}
        run.state, run.changed_at = State.DONE, utcnow()
        note_import(session, actor, import_id=import_id, file_name=run.file_name, written=work.written)


def take_back(job: JobContext) -> Outcome:
    """Undo an import, in one transaction."""
    import_id = int(job.parameters["import_id"])
    job.progress(0, 0)
    with job.writing() as session:
        done = undo_import(session, job.actor, import_id=import_id)
    return Outcome(rows=done.removed + done.restored, result={"import_id": import_id})


def remove_expired(session: Session, now: datetime) -> None:
    """Forget imports that nobody finished in time, and the files of all that rest: a daily job.

    What an import made is remembered as long as it can be undone, by those rows alone.
    """
    expired = set(queries.list_expired(session, now - KEPT))
    service.forget_unfinished(session, expired)
    files.remove_all((files.list_kept() & expired) | (files.list_kept() - set(queries.list_ids(session))))
    files.drop_old_inboxes(now)


UNDO = JobKind("import_undo", Permission.CUSTOMER_IMPORT, take_back)
CHECK = JobKind("import_check", Permission.CUSTOMER_IMPORT, check_import)
IMPORT = JobKind("customer_import", Permission.CUSTOMER_IMPORT, carry_out)
