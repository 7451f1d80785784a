"""One runner a job, with its owner's rights of now; what dies is done again, what is cancelled leaves nothing."""

import asyncio
import errno
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from crm_app.access.audit import Action, record
from crm_app.background import files, kinds, runner, service
from crm_app.background.kinds import JobContext, JobKind, Outcome
from crm_app.background.queries import STALE
from crm_app.background.rules import changed
from crm_app.background.schemas import FILE_KEPT, KEPT, State
from crm_app.core import changes
from crm_app.core.clock import frozen, utcnow
from crm_app.core.db import Database
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.models import AuditEntry, Job, Role, User
from tests.background.conftest import ask, look
from tests.factories import Office
from tests.tabs import eventually

Kinds = Callable[..., JobKind]


def written(job: JobContext) -> Outcome:
    """A job that does what jobs do."""
    job.file.write_text(f"for {job.actor.username}")
    job.progress(3, 3)
    return Outcome(rows=3, file_name="表.csv", record=lambda s: record(s, Action.CUSTOMER_EXPORTED, actor=job.actor))


def recorded(db: Database) -> int:
    with db.reading() as session:
        return len(session.exec(select(AuditEntry).where(AuditEntry.action == Action.CUSTOMER_EXPORTED)).all())


def left(folder: Path) -> list[str]:
    """What lies there."""
    return sorted(one.name for one in folder.iterdir())


async def test_a_job_runs_as_its_owner_and_keeps_its_file(db: Database, office: Office, kind_of: Kinds) -> None:
    job_id = ask(db, office.manager, kind_of(written))
    assert await runner.run_next(db)
    row = look(db, office.manager, job_id)
    assert (row.state, row.done, row.total, row.file_name) == (State.DONE, 3, 3, "表.csv")
    file = files.file_of(job_id, 1)
    assert file.read_text() == "for manager"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert recorded(db) == 1
    assert not await runner.run_next(db)


async def test_jobs_are_done_in_the_order_of_their_asking(db: Database, office: Office, kind_of: Kinds) -> None:
    done: list[str] = []
    kind = kind_of(lambda job: done.append(job.parameters["name"]) or Outcome())
    for name in ("first", "second", "third"):
        ask(db, office.manager, kind, name=name)
    while await runner.run_next(db):
        pass
    assert done == ["first", "second", "third"]


def test_of_many_runners_one_gets_it(db: Database, office: Office, kind_of: Kinds) -> None:
    ask(db, office.manager, kind_of(written))
    at_once = threading.Barrier(6)

    def claim(_: int) -> Any:
        at_once.wait()
        with db.writing() as session:
            return service.claim_job(session, utcnow())

    with ThreadPoolExecutor(6) as pool:
        claims = list(pool.map(claim, range(6)))
    assert len([one for one in claims if one]) == 1


async def test_progress_is_told_to_the_owners_pages(
    db: Database, office: Office, kind_of: Kinds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "PROGRESS_SECONDS", 0)
    seen: list[tuple[int, int]] = []

    def work(job: JobContext) -> Outcome:
        for done in range(4):
            job.progress(done, 3)
            row = look(db, office.manager, job_id)
            seen.append((row.done, row.total))
        return Outcome(rows=3)

    job_id = ask(db, office.manager, kind_of(work))
    told: list[str] = []
    stop = changes.listen(lambda batch: told.extend(change.kind for change in batch))
    try:
        await runner.run_next(db)
    finally:
        stop()
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert told.count(changed(office.manager.user_id)) == 6


async def test_progress_is_not_written_at_each_step(db: Database, office: Office, kind_of: Kinds) -> None:
    ask(db, office.manager, kind_of(lambda job: [job.progress(n, 10_000) for n in range(10_000)] and Outcome()))
    told: list[str] = []
    stop = changes.listen(lambda batch: told.extend(change.kind for change in batch))
    try:
        await runner.run_next(db)
    finally:
        stop()
    assert len(told) < 50


class TestCancelling:
    async def test_a_running_job_ends_at_its_next_step_and_leaves_nothing(
        self, db: Database, office: Office, kind_of: Kinds, monkeypatch: pytest.MonkeyPatch, jobs_folder: Path
    ) -> None:
        monkeypatch.setattr(kinds, "PROGRESS_SECONDS", 0)
        begun, cancelled = threading.Event(), threading.Event()

        def work(job: JobContext) -> Outcome:
            job.progress(1, 2)
            job.file.write_text("half")
            begun.set()
            assert cancelled.wait(10)
            job.progress(2, 2)
            raise AssertionError("a cancelled job went on")

        job_id = ask(db, office.manager, kind_of(work))
        running = asyncio.create_task(runner.run_next(db))
        assert await asyncio.to_thread(begun.wait, 10)
        assert await db.write(service.cancel_job, office.manager, job_id=job_id)
        cancelled.set()
        await running
        assert look(db, office.manager, job_id).state is State.CANCELLED
        assert left(jobs_folder) == []
        assert not await runner.run_next(db)

    async def test_a_job_that_is_cancelled_as_it_ends_gives_no_file(
        self, db: Database, office: Office, kind_of: Kinds, jobs_folder: Path
    ) -> None:
        def work(job: JobContext) -> Outcome:
            with db.writing() as session:
                service.cancel_job(session, office.manager, job_id=job_id)
            return Outcome(rows=1, file_name="x.csv", record=lambda s: record(s, Action.CUSTOMER_EXPORTED))

        job_id = ask(db, office.manager, kind_of(work))
        await runner.run_next(db)
        assert look(db, office.manager, job_id).state is State.CANCELLED
        assert left(jobs_folder) == []
        assert recorded(db) == 0

    async def test_a_waiting_job_never_runs(self, db: Database, office: Office, kind_of: Kinds) -> None:
        job_id = ask(db, office.manager, kind_of(written))
        with db.writing() as session:
            assert service.cancel_job(session, office.manager, job_id=job_id)
            assert not service.cancel_job(session, office.manager, job_id=job_id)
        assert not await runner.run_next(db)

    def test_nobody_cancels_anothers(self, db: Database, office: Office, kind_of: Kinds) -> None:
        job_id = ask(db, office.manager, kind_of(written))
        with db.writing() as session:
            for stranger in (office.admin, office.sales):
                with pytest.raises(NotFound):
                    service.cancel_job(session, stranger, job_id=job_id)
        assert look(db, office.manager, job_id).state is State.WAITING


class TestAfterACrash:
    def died(self, db: Database, *, ago: timedelta = STALE * 2) -> None:
        """A server takes the next job up, and is never heard of again."""
        with db.writing() as session, frozen(utcnow() - ago):
            claim = service.claim_job(session, utcnow())
            assert claim
            assert service.note_progress(session, claim, done=5, total=9)

    async def test_it_runs_again_from_its_beginning(self, db: Database, office: Office, kind_of: Kinds) -> None:
        job_id = ask(db, office.manager, kind_of(written))
        self.died(db)
        assert await runner.run_next(db)
        row = look(db, office.manager, job_id)
        assert (row.state, row.done) == (State.DONE, 3)
        assert files.file_of(job_id, 2).exists()

    async def test_but_not_a_third_time(self, db: Database, office: Office, kind_of: Kinds) -> None:
        job_id = ask(db, office.manager, kind_of(written))
        self.died(db, ago=STALE * 4)
        self.died(db, ago=STALE * 2)
        assert not await runner.run_next(db)
        row = look(db, office.manager, job_id)
        assert (row.state, row.message) == (State.FAILED, "background.error.interrupted")

    async def test_a_runner_that_lives_keeps_it(self, db: Database, office: Office, kind_of: Kinds) -> None:
        ask(db, office.manager, kind_of(written))
        self.died(db, ago=STALE / 2)
        assert not await runner.run_next(db)

    async def test_a_runner_that_was_overtaken_writes_nothing(
        self, db: Database, office: Office, kind_of: Kinds
    ) -> None:
        job_id = ask(db, office.manager, kind_of(written))
        with db.writing() as session, frozen(utcnow() - STALE * 2):
            slow = service.claim_job(session, utcnow())
        assert slow
        assert await runner.run_next(db)
        with db.writing() as session:
            assert not service.note_life(session, slow)
            assert not service.note_progress(session, slow, done=1, total=9)
            assert not service.finish_job(session, slow, Outcome(rows=9))
            assert not service.fail_job(session, slow, message="background.error.disk", params={})
        assert look(db, office.manager, job_id).done == 3

    async def test_a_server_that_stops_leaves_it_to_the_next_at_once(
        self, db: Database, office: Office, kind_of: Kinds
    ) -> None:
        begun, stopped = threading.Event(), threading.Event()

        def work(job: JobContext) -> Outcome:
            job.progress(0, 1)
            if begun.is_set():
                return written(job)
            begun.set()
            assert stopped.wait(10)
            job.progress(1, 1)
            raise AssertionError("went on after the end")

        job_id = ask(db, office.manager, kind_of(work))
        running = asyncio.create_task(runner.run_next(db))
        assert await asyncio.to_thread(begun.wait, 10)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        stopped.set()
        await eventually(lambda: runner.run_next(db))
        assert look(db, office.manager, job_id).state is State.DONE


class TestRefused:
    @pytest.mark.parametrize("how", ["disabled", "demoted", "must change his password", "an unknown kind"])
    async def test_rights_are_those_of_the_run(
        self, db: Database, office: Office, kind_of: Kinds, how: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job_id = ask(db, office.manager, kind_of(written))
        with db.writing() as session:
            user = session.get_one(User, office.manager.user_id)
            if how == "disabled":
                user.disabled_at = utcnow()
            elif how == "demoted":
                user.role_id = session.exec(select(Role).where(Role.code == "sales_rep")).one().id or 0
            elif how == "an unknown kind":
                monkeypatch.setattr(runner, "KINDS", {})
            else:
                user.must_change_password = True
        assert await runner.run_next(db)
        row = look(db, office.manager, job_id)
        assert (row.state, row.message) == (State.FAILED, "background.error.refused")
        assert recorded(db) == 0

    def test_nobody_asks_for_what_his_role_lacks(self, db: Database, office: Office, kind_of: Kinds) -> None:
        kind = kind_of(written)
        with db.writing() as session:
            for who in (office.sales, office.service_lead, office.service, office.finance):
                with pytest.raises(Forbidden):
                    service.add_job(session, who, kind=kind, parameters={})

    def test_nobody_asks_for_more_than_a_few_at_a_time(self, db: Database, office: Office, kind_of: Kinds) -> None:
        kind = kind_of(written)
        first, *_ = [ask(db, office.manager, kind) for _ in range(service.MOST_OPEN)]
        with pytest.raises(Refused, match=r"background\.refused\.many"):
            ask(db, office.manager, kind)
        ask(db, office.admin, kind)
        with db.writing() as session:
            service.cancel_job(session, office.manager, job_id=first)
        ask(db, office.manager, kind)


class TestFailing:
    async def failed(self, db: Database, office: Office, kind: JobKind) -> tuple[str, dict[str, Any]]:
        job_id = ask(db, office.manager, kind)
        assert await runner.run_next(db)
        row = look(db, office.manager, job_id)
        assert row.state is State.FAILED
        assert not files.file_of(job_id, 1).exists()
        return row.message, dict(row.message_params)

    async def test_a_refusal_is_told_as_it_is(self, db: Database, office: Office, kind_of: Kinds) -> None:
        def work(job: JobContext) -> Outcome:
            raise Refused("directory.export.too_many", most="9")

        assert await self.failed(db, office, kind_of(work)) == ("directory.export.too_many", {"most": "9"})

    async def test_a_full_disk_is_named(self, db: Database, office: Office, kind_of: Kinds) -> None:
        def work(job: JobContext) -> Outcome:
            raise OSError(errno.ENOSPC, "full")

        assert (await self.failed(db, office, kind_of(work)))[0] == "background.error.disk"

    async def test_an_unforeseen_error_leads_to_the_log(
        self, db: Database, office: Office, kind_of: Kinds, caplog: pytest.LogCaptureFixture
    ) -> None:
        def work(job: JobContext) -> Outcome:
            raise ZeroDivisionError

        message, params = await self.failed(db, office, kind_of(work))
        assert message == "background.error.unexpected"
        assert params["ref"] in caplog.text
        assert not await runner.run_next(db)


async def test_files_go_when_nobody_may_fetch_them_and_jobs_after_a_week(
    sqlite_db: Database, sqlite_office: Office, kind_of: Kinds, jobs_folder: Path
) -> None:
    db, owner = sqlite_db, sqlite_office.manager
    kind = kind_of(written)
    ages = (timedelta(0), FILE_KEPT + timedelta(hours=1), KEPT + timedelta(hours=1))
    jobs = []
    for age in ages:
        jobs.append(ask(db, owner, kind))
        assert await runner.run_next(db)
        with db.writing() as session:
            session.get_one(Job, jobs[-1]).ended_at = utcnow() - age
    files.make_room(99_999, 1)  # What a crash left.
    (jobs_folder / "notes").mkdir()
    await runner.sweep(db)
    assert left(jobs_folder) == sorted([f"{jobs[0]}-1", "notes"])
    with db.reading() as session:
        assert list(session.exec(select(Job.id).order_by(Job.id))) == jobs[:2]  # type: ignore[arg-type]


async def test_the_server_takes_up_what_is_asked_for_at_once(
    sqlite_db: Database, sqlite_office: Office, kind_of: Kinds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "LOOK_SECONDS", 3600)
    kind = kind_of(written)
    serving = asyncio.create_task(runner.run_jobs())
    try:
        for _ in range(2):
            job_id = await sqlite_db.write(service.add_job, sqlite_office.manager, kind=kind, parameters={})

            async def done(job_id: int = job_id) -> bool:
                return look(sqlite_db, sqlite_office.manager, job_id).state is State.DONE

            await eventually(done)
    finally:
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving


async def test_a_snapshot_does_not_see_what_is_saved_meanwhile(db: Database, office: Office, kind_of: Kinds) -> None:
    def work(job: JobContext) -> Outcome:
        with job.snapshot() as session:
            before = session.exec(select(User.name).where(User.id == job.actor.user_id)).one()
            with job.writing() as other:
                other.get_one(User, job.actor.user_id).name = "新名字"
            assert session.exec(select(User.name).where(User.id == job.actor.user_id)).one() == before
        return Outcome(rows=1)

    job_id = ask(db, office.manager, kind_of(work))
    await runner.run_next(db)
    assert look(db, office.manager, job_id).state is State.DONE
