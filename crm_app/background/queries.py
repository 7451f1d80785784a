"""What is read of jobs: everybody his own, the runner what is to do."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.background.schemas import FILE_KEPT, Download, JobRow, State
from crm_app.core.sql import table_of
from crm_app.models import Job

MOST_LISTED = 50
STALE = timedelta(seconds=20)
"""A runner that was silent for so long is dead; a living one is heard four times as often."""
_job = table_of(Job).c
_SHOWN = (
    _job.id,
    _job.kind,
    _job.state,
    _job.done,
    _job.total,
    _job.message,
    _job.message_params,
    _job.result,
    _job.parameters,
    _job.created_at,
    _job.ended_at,
)


def list_jobs(session: Session, actor: Actor) -> tuple[JobRow, ...]:
    """The actor's own jobs, the newest first."""
    own = select(*_SHOWN).where(_job.user_id == actor.user_id).order_by(_job.id.desc()).limit(MOST_LISTED)
    return tuple(_row(found) for found in session.execute(own))


def get_job(session: Session, actor: Actor, job_id: int) -> JobRow | None:
    """One of the actor's own jobs; None for anybody else's, as for none at all."""
    found = session.execute(select(*_SHOWN).where(_job.id == job_id, _job.user_id == actor.user_id)).one_or_none()
    return _row(found) if found else None


def get_download(session: Session, actor: Actor, job_id: int, now: datetime) -> tuple[str, Download] | None:
    """The kind and the file of one of the actor's own jobs, while it can be fetched."""
    found = session.execute(
        select(_job.kind, _job.attempt, _job.result).where(
            _job.id == job_id,
            _job.user_id == actor.user_id,
            _job.state == State.DONE,
            _job.ended_at > now - FILE_KEPT,
        )
    ).one_or_none()
    if found is None or not found.result.get("file_name"):
        return None
    return found.kind, Download(job_id, found.attempt, str(found.result["file_name"]))


def is_to_do(now: datetime) -> ColumnElement[bool]:
    """Jobs that wait, and those whose runner died."""
    silent = or_(_job.seen_at.is_(None), _job.seen_at < now - STALE)
    return or_(_job.state == State.WAITING, and_(_job.state == State.RUNNING, silent))


def has_work(session: Session, now: datetime) -> bool:
    """Whether there is anything to take up."""
    return session.execute(select(_job.id).where(is_to_do(now)).limit(1)).first() is not None


def list_with_files(session: Session, now: datetime) -> frozenset[tuple[int, int]]:
    """Jobs and attempts whose files are still needed."""
    needed = or_(_job.state == State.RUNNING, and_(_job.state == State.DONE, _job.ended_at > now - FILE_KEPT))
    return frozenset((key, attempt) for key, attempt in session.execute(select(_job.id, _job.attempt).where(needed)))


def _row(found: Row[Any]) -> JobRow:
    return JobRow(
        id=found.id,
        kind=found.kind,
        state=State(found.state),
        done=found.done,
        total=found.total,
        message=found.message,
        message_params=found.message_params,
        file_name=str(found.result.get("file_name", "")),
        created_at=found.created_at,
        ended_at=found.ended_at,
        parameters=found.parameters,
    )
