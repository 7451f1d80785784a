"""The life of a job. What a runner writes holds only while its claim does: see `schemas.Claim`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.background.kinds import JobKind, Outcome
from crm_app.background.queries import is_to_do
from crm_app.background.rules import changed
from crm_app.background.schemas import KEPT, OPEN, Claim, State
from crm_app.core import changes
from crm_app.core.changes import Change
from crm_app.core.clock import utcnow
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.core.sql import table_of
from crm_app.models import Job

MOST_OPEN = 3
"""So many jobs of one person wait or run at a time: they are done one after another, for everybody."""
MOST_ATTEMPTS = 2
ADDED = "job"
"""The kind of the change that says that there is something to do."""
_table = table_of(Job)
_job = _table.c


def add_job(session: Session, actor: Actor, *, kind: JobKind, parameters: Mapping[str, Any]) -> int:
    """Ask for work; its id. Raises Forbidden, Refused("background.refused.many")."""
    if not actor.may(kind.permission):
        raise Forbidden
    mine = select(func.count()).where(_job.user_id == actor.user_id, _job.state.in_(OPEN))
    if session.execute(mine).scalar_one() >= MOST_OPEN:
        raise Refused("background.refused.many", n=MOST_OPEN)
    job = Job(kind=kind.code, user_id=actor.user_id, parameters=dict(parameters), created_at=utcnow())
    session.add(job)
    session.flush()
    changes.announce(Change(ADDED))
    changes.announce(Change(changed(actor.user_id)))
    return job.id or 0


def cancel_job(session: Session, actor: Actor, *, job_id: int) -> bool:
    """Cancel one of the actor's own jobs; False when it had ended. Raises NotFound for anybody else's.

    Its runner finds out the next time it writes.
    """
    own = (_job.id == job_id, _job.user_id == actor.user_id)
    if session.execute(select(_job.id).where(*own)).first() is None:
        raise NotFound
    ended = update(_table).where(*own, _job.state.in_(OPEN)).values(state=State.CANCELLED, ended_at=utcnow())
    cancelled = _count(session.execute(ended)) == 1
    changes.announce(Change(changed(actor.user_id)))
    return cancelled


def claim_job(session: Session, now: datetime) -> Claim | None:
    """Take up the oldest job that waits or whose runner died; None when there is nothing to do.

    Of several runners one gets it: each writes only over what it has read. A job whose runner died runs again from its
    beginning, once; whatever made two of them die would be likely to go on.
    """
    while True:
        found = session.execute(
            select(_job.id, _job.attempt, _job.state, _job.kind, _job.user_id, _job.parameters)
            .where(is_to_do(now))
            .order_by(_job.id)
            .limit(1)
        ).one_or_none()
        if found is None:
            return None
        as_read = update(_table).where(
            _job.id == found.id, _job.attempt == found.attempt, _job.state == found.state, is_to_do(now)
        )
        if found.attempt >= MOST_ATTEMPTS:
            session.execute(as_read.values(state=State.FAILED, message="background.error.interrupted", ended_at=now))
            changes.announce(Change(changed(found.user_id)))
            continue
        attempt = found.attempt + 1
        taken = as_read.values(state=State.RUNNING, attempt=attempt, started_at=now, seen_at=now, done=0, total=0)
        if _count(session.execute(taken)):
            changes.announce(Change(changed(found.user_id)))
            return Claim(found.id, attempt, found.kind, found.user_id, found.parameters)


def note_life(session: Session, claim: Claim) -> bool:
    """Say that the runner lives; False when the claim holds no more."""
    return _write(session, claim, seen_at=utcnow())


def note_progress(session: Session, claim: Claim, *, done: int, total: int) -> bool:
    """Say how far it is; False when the claim holds no more."""
    changes.announce(Change(changed(claim.user_id)))
    return _write(session, claim, done=done, total=total, seen_at=utcnow())


def finish_job(session: Session, claim: Claim, outcome: Outcome) -> bool:
    """Note the result, with what the deed leaves in the records; False when the claim holds no more."""
    rows, result = outcome.rows, {**outcome.result, "file_name": outcome.file_name}
    ended = {"state": State.DONE, "done": rows, "total": rows, "result": result, "ended_at": utcnow()}
    if not _write(session, claim, **ended):
        return False
    if outcome.record:
        outcome.record(session)
    changes.announce(Change(changed(claim.user_id)))
    return True


def fail_job(session: Session, claim: Claim, *, message: str, params: Mapping[str, Any]) -> bool:
    """Note why it failed; False when the claim holds no more."""
    changes.announce(Change(changed(claim.user_id)))
    return _write(session, claim, state=State.FAILED, message=message, message_params=dict(params), ended_at=utcnow())


def release_job(session: Session, claim: Claim) -> bool:
    """Leave it to the next runner: this one is being stopped."""
    return _write(session, claim, seen_at=None)


def forget_old_jobs(session: Session, now: datetime) -> int:
    """Remove what ended long ago; how many."""
    return _count(session.execute(delete(_table).where(_job.ended_at < now - KEPT)))


def _write(session: Session, claim: Claim, **values: Any) -> bool:
    held = (_job.id == claim.job_id, _job.attempt == claim.attempt, _job.state == State.RUNNING)
    return _count(session.execute(update(_table).where(*held).values(**values))) == 1


def _count(result: Any) -> int:
    return int(result.rowcount)
