"""One's own imports, what was decided in them and what they made."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.catalogue import say
from crm_app.core.errors import NotFound
from crm_app.core.sql import table_of
from crm_app.importing import rules
from crm_app.importing.schemas import Plan
from crm_app.models import (
    ImportedCustomer,
    ImportEdit,
    ImportMemory,
    ImportRun,
)

MOST_LISTED = 20
_run, _edit, _memory = table_of(ImportRun).c, table_of(ImportEdit).c, table_of(ImportMemory).c
_made = table_of(ImportedCustomer).c


def get_run(session: Session, actor: Actor, import_id: int) -> ImportRun:
    """One of the actor's own imports. Raises NotFound for anybody else's, as for none at all."""
    found = session.execute(
        select(ImportRun).where(_run.id == import_id, _run.user_id == actor.user_id)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def lock_run(session: Session, actor: Actor, import_id: int) -> ImportRun:
    """As `get_run`, and nobody else changes it until this transaction ends."""
    found = session.execute(
        select(ImportRun)
        .where(_run.id == import_id, _run.user_id == actor.user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def list_runs(session: Session, actor: Actor) -> Sequence[Any]:
    """The actor's imports, the newest first."""
    columns = (_run.id, _run.file_name, _run.state, _run.counts, _run.created_at)
    mine = select(*columns).where(_run.user_id == actor.user_id).order_by(_run.id.desc()).limit(MOST_LISTED)
    return session.execute(mine).all()


def list_edits(session: Session, import_id: int) -> dict[int, dict[int, str]]:
    """Corrected cells and decisions (column -1), by row and column."""
    edits: dict[int, dict[int, str]] = {}
    for row, column, value in session.execute(
        select(_edit.row, _edit.column, _edit.value).where(_edit.import_id == import_id)
    ):
        edits.setdefault(row, {})[column] = value
    return edits


def digest_of(headings: Sequence[str]) -> str:
    """What the headings of a file are remembered by."""
    return hashlib.sha256(rules.same_headings(headings).encode()).hexdigest()


def get_memory(session: Session, actor: Actor, headings: Sequence[str]) -> Plan | None:
    """What this person decided about the last file with these headings."""
    found = session.execute(
        select(_memory.plan).where(_memory.user_id == actor.user_id, _memory.digest == digest_of(headings))
    ).scalar_one_or_none()
    return Plan.of(found) if found else None


def rejected_name(run: ImportRun, language: str) -> str:
    """What the file of the rows that stayed out is called."""
    stem = run.file_name.rpartition(".")[0] or run.file_name
    return f"{stem}_{say(language, 'importing.rejected.sheet')}.xlsx"


def list_imported(session: Session, import_id: int) -> Sequence[Any]:
    """What an import made (`before` is None) and changed, by customer."""
    columns = (_made.customer_id, _made.version, _made.before)
    return session.execute(select(*columns).where(_made.import_id == import_id).order_by(_made.customer_id)).all()


def list_expired(session: Session, before: datetime) -> list[int]:
    """Imports that nobody touched since a moment and whose files are no longer needed."""
    return list(session.execute(select(_run.id).where(_run.changed_at < before)).scalars())


def list_ids(session: Session) -> list[int]:
    """All imports that are known."""
    return list(session.execute(select(_run.id)).scalars())
