"""What a bulk edit of all customers takes, with its history and with what takes it back: the job without a browser."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlmodel import Session

from bench import data
from bench.queries import actor_of
from crm_app.background.kinds import JobContext
from crm_app.bulk import jobs, queries, service
from crm_app.bulk.schemas import Action, What
from crm_app.core.clock import local_today
from crm_app.core.db import Database
from crm_app.core.settings import get_settings
from crm_app.core.sql import table_of
from crm_app.models import Job


def measure(made: data.Data) -> dict[str, Any]:
    """Seconds of preview, change and undo; the longest transaction in ms."""
    database = Database(f"sqlite:///{data.copy(made) / 'crm.db'}")
    try:
        return _Run(database).figures()
    finally:
        database.close()


class _Run:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: list[float] = []
        """Milliseconds of each transaction, its commit too."""

    def figures(self) -> dict[str, Any]:
        with self._database.reading() as session:
            actor = actor_of(session, "admin")
            began = time.perf_counter()
            ids = queries.find_filtered(session, actor, "", local_today(tz=get_settings().zone))
            task = service.check_action(session, actor, Action(What.FIELD, "source", "exhibition"), ids)
            plan = queries.make_plan(session, actor, task, ids)
            preview = time.perf_counter() - began
        with self._database.writing() as session:
            change_id = service.request_change(session, actor, kind=jobs.CHANGE, plan=plan)
        change, change_cpu = self._timed(jobs.carry_out, actor, change_id)
        held = self._held
        with self._database.writing() as session:
            session.exec(_done())  # type: ignore[call-overload]
            service.request_undo(session, actor, kind=jobs.UNDO, change_id=change_id)
        undo, undo_cpu = self._timed(jobs.take_back, actor, change_id)
        return {
            "bulk_preview_s": round(preview, 2),
            "bulk_change_s": round(change, 2),
            "bulk_change_cpu_s": round(change_cpu, 2),
            "bulk_undo_s": round(undo, 2),
            "bulk_undo_cpu_s": round(undo_cpu, 2),
            "bulk_held_ms": round(max(held), 1),
            "bulk_held_p99_ms": _p99(held),
            "bulk_undo_held_ms": round(max(self._held), 1),
            "bulk_undo_held_p99_ms": _p99(self._held),
        }

    def _timed(self, run: Any, actor: Any, change_id: int) -> tuple[float, float]:
        self._held = []
        job = JobContext(
            actor=actor,
            parameters={"bulk_id": change_id},
            file=Path(),
            snapshot=self._database.snapshot,
            writing=self._writing,
            tell=lambda done, total: True,
            stop=threading.Event(),
        )
        began, cpu = time.perf_counter(), time.process_time()
        run(job)
        return time.perf_counter() - began, time.process_time() - cpu

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        began = time.perf_counter()
        with self._database.writing(much=True) as session:
            yield session
        self._held.append(1000 * (time.perf_counter() - began))


def _p99(times: list[float]) -> float:
    return round(sorted(times)[int(0.99 * len(times))], 1)


def _done() -> Any:
    """The job was run by hand: nothing works at the change any more."""
    return update(table_of(Job)).values(state="done")
