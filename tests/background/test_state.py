"""/jobs through the real guard: everybody his own, live, in his language."""

from collections.abc import Callable

from crm_app.access.state import Frame
from crm_app.background import runner
from crm_app.background.kinds import JobContext, JobKind, Outcome
from crm_app.background.state import Jobs
from crm_app.core.db import Database
from crm_app.models import User
from crm_app.ui.live import live_pages
from tests.background.conftest import ask
from tests.factories import Office
from tests.tabs import Tabs, eventually

PATH = "/jobs"
Kinds = Callable[..., JobKind]


def written(job: JobContext) -> Outcome:
    return Outcome(rows=1234, file_name="客户_2026-11-22.xlsx")


async def test_everybody_sees_his_own(tabs: Tabs, sqlite_db: Database, sqlite_office: Office, kind_of: Kinds) -> None:
    kind = kind_of(written)
    ask(sqlite_db, sqlite_office.manager, kind)
    job_id = ask(sqlite_db, sqlite_office.manager, kind)
    await runner.run_next(sqlite_db)
    tab = await tabs.open(sqlite_office.manager)
    await tab.fire(Jobs.load, PATH)
    waiting, done = (await tab.state(Jobs)).jobs
    assert (waiting.id, waiting.label, waiting.open, waiting.href) == (job_id, "等待中", True, "")
    assert (done.label, done.counted, done.file_name) == ("已完成", "1,234 行", "客户_2026-11-22.xlsx")
    assert done.href == f"/api/jobs/{done.id}/file"
    stranger = await tabs.open(sqlite_office.admin)
    await stranger.fire(Jobs.load, PATH)
    assert (await stranger.state(Jobs)).jobs == []


async def test_a_job_is_cancelled_by_its_owner_only(
    tabs: Tabs, sqlite_db: Database, sqlite_office: Office, kind_of: Kinds
) -> None:
    job_id = ask(sqlite_db, sqlite_office.manager, kind_of(written))
    stranger = await tabs.open(sqlite_office.admin)
    await stranger.fire(Jobs.cancel(job_id), PATH)
    assert (await stranger.state(Frame)).toast.kind == "error"
    tab = await tabs.open(sqlite_office.manager)
    await tab.fire(Jobs.load, PATH)
    assert (await tab.state(Jobs)).jobs[0].open
    await tab.fire(Jobs.cancel(job_id), PATH)
    assert (await tab.state(Jobs)).jobs[0].label == "已取消"
    await tab.fire(Jobs.cancel(job_id), PATH)
    assert (await tab.state(Frame)).toast.text == "任务已经结束"


async def test_it_speaks_the_persons_language(
    tabs: Tabs, sqlite_db: Database, sqlite_office: Office, kind_of: Kinds
) -> None:
    ask(sqlite_db, sqlite_office.manager, kind_of(written))
    await runner.run_next(sqlite_db)
    with sqlite_db.writing() as session:
        session.get_one(User, sqlite_office.manager.user_id).language = "en"
    tab = await tabs.open(sqlite_office.manager)
    await tab.fire(Jobs.load, PATH)
    (job,) = (await tab.state(Jobs)).jobs
    assert (job.title, job.label, job.counted) == ("Export of customers", "Done", "1,234 rows")


async def test_a_stranger_is_sent_away(tabs: Tabs, sqlite_office: Office) -> None:
    tab = await tabs.open(None)
    await tab.fire(Jobs.load, PATH)
    assert tab.redirects() == ["/login?next=/jobs"]


async def test_the_page_follows_by_itself(
    tabs: Tabs, sqlite_db: Database, sqlite_office: Office, kind_of: Kinds
) -> None:
    tab = await tabs.open(sqlite_office.manager)
    ask(sqlite_db, sqlite_office.manager, kind_of(written))

    async def done() -> bool:
        return (await tab.state(Jobs)).jobs[0].label == "已完成"

    async with live_pages(tabs.app):
        await tab.fire(Jobs.load, PATH)
        assert not await done()
        await runner.run_next(sqlite_db)
        await eventually(done)
