"""A job's file over HTTP: for its owner only, while it is kept and he may."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest
from sqlmodel import select

from crm_app.access import sessions
from crm_app.access.actor import Actor
from crm_app.background import api, files, runner
from crm_app.background.kinds import JobContext, JobKind, Outcome
from crm_app.background.schemas import FILE_KEPT
from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.core.limits import SlidingLimit
from crm_app.models import Job, Role, User
from tests.background.conftest import ask
from tests.factories import Office

Browser = Callable[..., httpx.AsyncClient]
NAME = '客户 & "x"_2026-11-22.csv'


def written(job: JobContext) -> Outcome:
    job.file.write_bytes(b"\xef\xbb\xbfa,b\r\n")
    return Outcome(rows=1, file_name=NAME)


@pytest.fixture
async def job_id(sqlite_db: Database, sqlite_office: Office, kind_of: Callable[..., JobKind]) -> int:
    """The manager's, done."""
    job_id = ask(sqlite_db, sqlite_office.manager, kind_of(written))
    assert await runner.run_next(sqlite_db)
    return job_id


@pytest.fixture
def visit(browser: Browser, sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A browser where this person has signed in; without one, a stranger's."""
    monkeypatch.setattr(api, "_downloads", SlidingLimit(most=api.DOWNLOADS, seconds=api.DOWNLOAD_SECONDS))

    def make(actor: Actor | None = None) -> httpx.AsyncClient:
        made = browser()
        if actor:
            with sqlite_db.writing() as session:
                user = session.get_one(User, actor.user_id)
                token = sessions.start_session(session, user=user, address="203.0.113.9", device="test")
            made.cookies.set(sessions.COOKIE, token)
        return made

    return make


async def test_its_owner_gets_it_under_its_name(visit: Browser, sqlite_office: Office, job_id: int) -> None:
    answer = await visit(sqlite_office.manager).get(f"/api/jobs/{job_id}/file")
    assert (answer.status_code, answer.content) == (200, b"\xef\xbb\xbfa,b\r\n")
    disposition = answer.headers["content-disposition"]
    assert disposition == f"attachment; filename=\"export.csv\"; filename*=UTF-8''{quote(NAME)}"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_nobody_else_does_whatever_his_role(visit: Browser, sqlite_office: Office, job_id: int) -> None:
    missing = await visit(sqlite_office.manager).get("/api/jobs/424242/file")
    assert missing.status_code == 404
    for name, actor in sqlite_office.everybody().items():
        if name != "manager":
            answer = await visit(actor).get(f"/api/jobs/{job_id}/file")
            assert (name, answer.status_code, answer.text) == (name, 404, missing.text)
    assert (await visit().get(f"/api/jobs/{job_id}/file")).status_code == 401


@pytest.mark.parametrize("number", ["0", "99999999999999999999", "-1", "1%2F..", "x", "1.0"])
async def test_numbers_that_are_none(visit: Browser, sqlite_office: Office, job_id: int, number: str) -> None:
    assert (await visit(sqlite_office.manager).get(f"/api/jobs/{number}/file")).status_code == 404


@pytest.mark.parametrize("how", ["expired", "cancelled", "lost", "demoted", "disabled", "without a file"])
async def test_what_can_not_be_fetched_any_more(
    visit: Browser, sqlite_db: Database, sqlite_office: Office, job_id: int, how: str
) -> None:
    visitor = visit(sqlite_office.manager)
    with sqlite_db.writing() as session:
        job, user = session.get_one(Job, job_id), session.get_one(User, sqlite_office.manager.user_id)
        if how == "expired":
            job.ended_at = utcnow() - FILE_KEPT - timedelta(seconds=1)
        elif how == "cancelled":
            job.state = "cancelled"
        elif how == "lost":
            files.remove(job_id, 1)
        elif how == "without a file":
            job.result = {}
        elif how == "disabled":
            user.disabled_at = utcnow()
        else:
            user.role_id = session.exec(select(Role).where(Role.code == "sales_rep")).one().id or 0
    answer = await visitor.get(f"/api/jobs/{job_id}/file")
    assert answer.status_code == (401 if how == "disabled" else 404)
    assert b"a,b" not in answer.content


async def test_a_job_that_still_runs_has_no_file(
    visit: Browser, sqlite_db: Database, sqlite_office: Office, job_id: int
) -> None:
    with sqlite_db.writing() as session:
        session.get_one(Job, job_id).state = "running"
    assert (await visit(sqlite_office.manager).get(f"/api/jobs/{job_id}/file")).status_code == 404


async def test_an_address_asks_for_so_many_only(visit: Browser, sqlite_office: Office, job_id: int) -> None:
    visitor = visit(sqlite_office.manager)
    statuses = [(await visitor.get(f"/api/jobs/{job_id}/file")).status_code for _ in range(api.DOWNLOADS + 5)]
    assert statuses == [200] * api.DOWNLOADS + [429] * 5


async def test_no_other_method_is_answered(visit: Browser, sqlite_office: Office, job_id: int) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = await visit(sqlite_office.manager).request(method, f"/api/jobs/{job_id}/file")
        assert answer.status_code in {404, 405}
