"""The export of the customer list: a file of what its owner may see, as the list shows it (R4.3)."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.permissions import Permission
from crm_app.access.redaction import scrub
from crm_app.background.kinds import JobContext, JobKind, Outcome
from crm_app.catalogue import say
from crm_app.core import pdf, sheets
from crm_app.core.clock import local_today, utcnow
from crm_app.core.errors import Forbidden, Refused
from crm_app.core.settings import get_settings
from crm_app.core.sheets import FileFormat
from crm_app.directory import queries, rules
from crm_app.directory.schemas import ExportRequest, Rows
from crm_app.listing.rules.wording import label_of, query_words
from crm_app.listing.schemas import FieldDef, ListQuery

MOST_ROWS = {FileFormat.XLSX: sheets.MOST_XLSX_ROWS, FileFormat.PDF: pdf.MOST_PDF_ROWS}
CHUNK = 1_000
"""Rows that are in memory at a time."""
MOST_RECORDED = 1_000


def export_customers(job: JobContext) -> Outcome:
    """Write the file. Rights, filter and masking are evaluated now, over one moment of the database."""
    request, actor = ExportRequest.of(**job.parameters), job.actor
    if request.full and not actor.may(Permission.CUSTOMER_REVEAL):
        raise Forbidden
    today = local_today(tz=get_settings().zone)
    with job.snapshot() as session:
        known = queries.load_known(session, today=today)
        definition = queries.list_for(actor, known)
        fields = rules.fields_of(definition, request)
        query = rules.query_of(definition, request, known)
        if request.rows is Rows.TICKED:
            ids = queries.find_numbers(session, actor, request.numbers, within=Permission.CUSTOMER_EXPORT)
        else:
            ids = queries.find_all(session, actor, query, known, within=Permission.CUSTOMER_EXPORT)
        most = MOST_ROWS.get(request.format, len(ids))
        if len(ids) > most:
            raise Refused("directory.export.too_many", most=f"{most:,}", format=request.format.upper())
        revealed = 0
        said = "" if request.rows is Rows.TICKED else query_words(definition, query, known, actor.language)
        facts = _facts(actor, request, said, count=len(ids))
        with _sheet(job.file, request.format, fields, actor.language, facts) as write:
            for start in range(0, len(ids), CHUNK):
                job.progress(start, len(ids))
                some = ids[start : start + CHUNK]
                write(queries.list_values(session, actor, some, fields, known, full=request.full))
                revealed += queries.reveals(session, actor, some) if request.full else 0
    job.progress(len(ids), len(ids))
    return Outcome(
        rows=len(ids),
        file_name=f"{say(actor.language, 'directory.export.file')}_{today.isoformat()}.{request.format}",
        record=partial(_record, actor=actor, request=request, query=query, count=len(ids), revealed=revealed),
    )


EXPORT = JobKind("customer_export", Permission.CUSTOMER_EXPORT, export_customers)


def _sheet(
    file: Path, format: FileFormat, fields: Sequence[FieldDef], language: str, facts: str
) -> AbstractContextManager[sheets.Write]:
    columns = [sheets.Column(label_of(one, language), rules.column_kind(one), one.width) for one in fields]
    if format is FileFormat.CSV:
        return sheets.csv_sheet(file, columns)
    title = say(language, "directory.export.file")
    if format is FileFormat.PDF:
        return pdf.pdf_sheet(file, columns, pdf.PdfWords(title, facts, say(language, "directory.export.page")))
    return sheets.xlsx_sheet(file, columns, title=title)


def _facts(actor: Actor, request: ExportRequest, said: str, *, count: int) -> str:
    """What a printed list says of itself: filter, how many, who and when."""
    language = actor.language
    nothing = "directory.export.by_hand" if request.rows is Rows.TICKED else "directory.export.no_filter"
    return say(
        language,
        "directory.export.facts",
        filter=said or say(language, nothing),
        n=f"{count:,}",
        who=actor.name,
        at=utcnow().astimezone(get_settings().zone).strftime("%Y-%m-%d %H:%M"),
    )


def _record(
    session: Session, *, actor: Actor, request: ExportRequest, query: ListQuery, count: int, revealed: int
) -> None:
    """Leave the trace (R10.6) in the transaction that makes the file available."""
    record(
        session,
        Action.CUSTOMER_EXPORTED,
        actor=actor,
        subject_kind="customer",
        subject_id="list",
        filter="ticked" if request.rows is Rows.TICKED else scrub(rules.recorded_filter(query))[:MOST_RECORDED],
        fields=",".join(request.fields),
        format=request.format,
        rows=count,
        revealed=revealed,
    )
