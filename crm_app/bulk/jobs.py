"""The long work of a change: carrying it out and taking it back, chunk by chunk."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.behalf import resolve_person
from crm_app.access.permissions import Permission
from crm_app.background.kinds import JobContext, JobKind, Outcome, Stopped
from crm_app.bulk import queries, rules, service
from crm_app.bulk.rules import Task
from crm_app.bulk.schemas import Action, State
from crm_app.bulk.service.writing import tell
from crm_app.core.errors import CrmError, Forbidden, Refused
from crm_app.core.problems import Invalid
from crm_app.ui.routes import bulk_path

HELD_SECONDS = 0.04
"""What one transaction takes at best: on SQLite nobody else writes meanwhile. 0.1 s is the limit."""
_FEWEST, _FIRST = 10, 50
TELL_SECONDS = 2.0
"""Pages that show customers look again at most this often while a change goes on."""


def carry_out(job: JobContext) -> Outcome:
    """Change the rows; begun again, it goes on where it was."""
    change_id = int(job.parameters["bulk_id"])
    with job.snapshot() as session:
        change = queries.get_change(session, job.actor, change_id)
        ids, versions = rules.unpacked(change.rows)
        task = _checked(session, job.actor, Action.of(change.action), ids) if change.state == State.RUNNING else None
        done = change.position
    if task is None:
        return Outcome(rows=done, result={"bulk_id": change_id})

    told = _Telling(job, task)

    def step(session: Session, actor: Actor) -> int:
        # As it is for this chunk: the field may have been retired since the last one, or the owner have left.
        now = _checked(session, actor, task.action, ids)
        return service.apply_next(
            session, actor, task=now, change_id=change_id, ids=ids, versions=versions, most=told.rows
        )

    try:
        while done < len(ids):
            told.progress(done, len(ids))
            done = told.write(step)
    except (CrmError, Stopped):
        with job.writing() as session:
            service.note_interrupted(session, job.actor, change_id=change_id)
        raise
    told.end(lambda session, actor: service.finish_change(session, actor, change_id=change_id))
    return Outcome(rows=len(ids), result={"bulk_id": change_id})


def take_back(job: JobContext) -> Outcome:
    """Give the rows what stood there before."""
    change_id = int(job.parameters["bulk_id"])
    with job.snapshot() as session:
        change = queries.get_change(session, job.actor, change_id)
        counts = change.counts
        task = service.task_of(session, job.actor, Action.of(change.action)) if change.state == State.UNDOING else None
    total = counts.get("changed", 0)
    done = counts.get("undone", 0) + counts.get("kept", 0)
    if task is None:
        return Outcome(rows=done, result={"bulk_id": change_id})
    told, taken = _Telling(job, task), 1
    while taken:
        told.progress(done, total)
        taken = told.write(
            lambda session, actor: service.undo_next(session, actor, task=task, change_id=change_id, most=told.rows)
        )
        done += taken
    told.end(lambda session, actor: service.finish_undo(session, actor, change_id=change_id))
    return Outcome(rows=done, result={"bulk_id": change_id})


class _Telling:
    """Writes chunks under the rights of that moment, and tells the pages now and then and at any end."""

    def __init__(self, job: JobContext, task: Task) -> None:
        self._job, self._task = job, task
        self._told, self._owed, self._took = time.monotonic(), False, 0.0
        self._most = queries.CHUNKS[task.action.what]
        self.rows = min(_FIRST, self._most)
        """So many come next: as long as they take, others wait."""

    def progress(self, done: int, total: int) -> None:
        """As the job's; pages hear of what was done even where this is the end."""
        try:
            self._job.progress(done, total)
        except Stopped:
            self._settle()
            raise

    def write(self, step: Callable[[Session, Actor], int]) -> int:
        """One chunk in one transaction; pages hear of those before even where this one is refused."""
        try:
            done = self._write(step, telling=time.monotonic() - self._told > TELL_SECONDS)
        except CrmError:
            self._settle()
            raise
        self.rows = rules.next_size(self.rows, took=self._took, wanted=HELD_SECONDS, fewest=_FEWEST, most=self._most)
        return done

    def end(self, step: Callable[[Session, Actor], None]) -> None:
        """The last word."""
        try:
            self._write(lambda session, actor: step(session, actor) or 0, telling=True)
        except CrmError:
            self._settle()
            raise

    def _settle(self) -> None:
        """Tell what is owed: it was done, whatever the person may do by now."""
        if self._owed:
            with self._job.writing():
                tell(self._job.actor, self._task)
            self._owed = False

    def _write(self, step: Callable[[Session, Actor], int], *, telling: bool) -> int:
        with self._job.writing() as session:
            began = time.perf_counter()  # Waiting for others is no reason for fewer rows.
            done = step(session, self._actor(session))
            if telling:
                tell(self._job.actor, self._task)
        self._took = time.perf_counter() - began
        self._owed = not telling
        self._told = time.monotonic() if telling else self._told
        return done

    def _actor(self, session: Session) -> Actor:
        """Whoever asked for it, with the rights of this chunk: they may be taken from him in the middle."""
        actor = resolve_person(session, self._job.actor.user_id)
        if actor is None or not actor.may(Permission.CUSTOMER_BULK):
            raise Refused("background.error.refused")
        return actor


def _checked(session: Session, actor: Actor, action: Action, ids: "queries.Ids") -> Task:
    """The value by the rules of now: an entry may have been retired since the preview."""
    try:
        return service.check_action(session, actor, action, ids)
    except Invalid as error:
        problem = next(iter(error.problems.values()))
        raise Refused(problem.code, **problem.params) from None
    except Forbidden:
        raise Refused("background.error.refused") from None


def forget_change(session: Session, _now: datetime, change_id: int) -> None:
    """Forget a change that can't be taken back any more: a daily job."""
    service.forget_change(session, change_id)


def _page(parameters: Mapping[str, Any]) -> str:
    return bulk_path(int(parameters["bulk_id"]))


CHANGE = JobKind("bulk_change", Permission.CUSTOMER_BULK, carry_out, _page)
UNDO = JobKind("bulk_undo", Permission.CUSTOMER_BULK, take_back, _page)
