"""The page through the real event machinery and guard; the job that opens a review, and its opening by itself."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import select

from crm_app.access.actor import Actor
from crm_app.access.state import Frame, Toast
from crm_app.background.kinds import KINDS
from crm_app.background.runner import run_next
from crm_app.core import changes
from crm_app.core.clock import frozen, local_today
from crm_app.core.daily import run_daily_for_each
from crm_app.core.settings import get_settings
from crm_app.models import Customer, Job, Review
from crm_app.review import jobs, queries, rules
from crm_app.review.schemas import Shown
from crm_app.review.state import Confirming, Reviews
from crm_app.ui.live import live_pages
from tests.review.conftest import Desk
from tests.tabs import Tab, Tabs, eventually

PAGE = "/review"


@dataclass(frozen=True, slots=True)
class Scene:
    """The desk, and tabs on the page."""

    desk: Desk
    tabs: Tabs

    async def on_page(self, actor: Actor, **asked: str) -> Tab:
        tab = await self.tabs.open(actor)
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        await tab.fire(Reviews.load, f"{PAGE}?{query}" if query else PAGE)
        return tab


@pytest.fixture
def scene(sqlite_desk: Desk, tabs: Tabs) -> Scene:
    return Scene(sqlite_desk, tabs)


async def page(tab: Tab) -> Any:
    return await tab.state(Reviews)


async def names(tab: Tab) -> list[str]:
    return sorted(line.name for line in (await page(tab)).lines)


async def toast(tab: Tab) -> Toast:
    return (await tab.state(Frame)).toast


async def test_without_a_review_the_page_says_so(scene: Scene) -> None:
    tab = await scene.on_page(scene.desk.office.sales, page="3", month="2020-01")
    state = await page(tab)
    assert (state.month, state.lines, state.standing.total, state.address) == ("", [], 0, "page=3")


async def test_an_owner_confirms_one_and_takes_it_back_from_the_message(scene: Scene) -> None:
    scene.desk.open()
    sales = scene.desk.office.sales
    tab = await scene.on_page(sales)
    assert await names(tab) == ["乙", "甲"]
    await tab.fire(Confirming.confirm(scene.desk.numbers["甲"]), PAGE)
    told = await toast(tab)
    assert (told.text, told.undo_kind, await names(tab)) == ("已确认「甲」", "review", ["乙"])
    await tab.fire(Confirming.undo(told.undo_id, told.undo_version), PAGE)
    assert (await toast(tab)).text == "已撤销,1 个客户重新待确认"
    assert await names(tab) == ["乙", "甲"]
    await tab.fire(Confirming.undo(told.undo_id, told.undo_version), PAGE)
    assert (await toast(tab)).kind == "error"


async def test_ticked_ones_that_somebody_confirmed_meanwhile_are_told(scene: Scene) -> None:
    scene.desk.open()
    tab = await scene.on_page(scene.desk.office.sales)
    await tab.fire(Reviews.tick_all(True), PAGE)
    assert len((await page(tab)).ticked) == 2
    scene.desk.confirm(scene.desk.office.manager, "乙")
    await tab.fire(Confirming.confirm_ticked, PAGE)
    told = await toast(tab)
    assert (told.text[:9], told.undo_kind) == ("已确认 1 个客户", "review")
    assert "1 个已被确认" in told.text
    state = await page(tab)
    assert (state.ticked, state.lines, state.standing.percent) == ([], [], 100)


async def test_ticks_are_rows_of_the_page_that_can_be_confirmed(scene: Scene) -> None:
    scene.desk.open()
    tab = await scene.on_page(scene.desk.office.sales)
    number = scene.desk.numbers
    for name in ("丙", "甲"):
        await tab.fire(Reviews.tick(number[name], True), PAGE)
    assert (await page(tab)).ticked == [number["甲"]]
    await tab.fire(Reviews.tick(number["甲"], False), PAGE)
    assert (await page(tab)).ticked == []


async def test_all_of_a_list_are_confirmed_and_taken_back(scene: Scene) -> None:
    scene.desk.open()
    tab = await scene.on_page(scene.desk.office.manager, who=str(scene.desk.office.sales.user_id))
    assert (await page(tab)).person == "李销售"
    await tab.fire(Confirming.confirm_all, PAGE)
    told = await toast(tab)
    assert told.text == "已确认 2 个客户"
    assert await names(tab) == []
    await tab.fire(Confirming.undo(told.undo_id, told.undo_version), PAGE)
    assert await names(tab) == ["乙", "甲"]


async def test_an_old_page_confirms_nothing_in_a_review_that_is_over(scene: Scene) -> None:
    scene.desk.open()
    tab = await scene.on_page(scene.desk.office.sales)
    scene.desk.open("2026-12")
    await tab.fire(Confirming.confirm(scene.desk.numbers["甲"]), PAGE)
    assert (await toast(tab)).kind == "error"
    assert scene.desk.done(scene.desk.office.sales) == {}


async def test_the_address_says_what_is_shown_and_follows_it(scene: Scene) -> None:
    desk = scene.desk
    desk.open()
    desk.confirm(desk.office.sales, "甲")
    desk.open("2026-12")
    tab = await scene.on_page(desk.office.manager, month="2026-11", who=str(desk.office.sales.user_id), show="done")
    assert await names(tab) == ["甲"]
    state = await page(tab)
    assert (state.current, state.address) == (False, f"month=2026-11&who={desk.office.sales.user_id}&show=done")
    await tab.fire(Reviews.show("open"), PAGE)
    assert await names(tab) == ["乙"]
    await tab.fire(Reviews.choose_month("2026-12"), PAGE)
    assert await names(tab) == ["乙", "甲"]
    await tab.fire(Reviews.choose_month("nonsense"), PAGE)
    assert (await page(tab)).month == "2026-12"
    await tab.fire(Reviews.choose("team"), PAGE)
    state = await page(tab)
    assert ([one.name for one in state.people], state.nobodys, state.address) == (["李销售", "王销售"], 1, "")
    await tab.fire(Reviews.choose("mine"), PAGE)
    assert (await page(tab)).address == "who=mine"
    await tab.fire(Reviews.go_to(99), PAGE)
    assert (await page(tab)).page == 1


async def test_a_rep_sees_nobody_elses_list_whatever_he_asks_for(scene: Scene) -> None:
    scene.desk.open()
    office = scene.desk.office
    for who in ("team", str(office.sales2.user_id), "9999999999"):
        tab = await scene.on_page(office.sales, who=who)
        state = await page(tab)
        assert (state.who, state.people, await names(tab)) == ("mine", [], ["乙", "甲"])
    await tab.fire(Confirming.open_month, PAGE)
    with scene.desk.db.reading() as session:
        assert session.exec(select(Job)).all() == []


async def test_the_progress_follows_who_confirms(scene: Scene) -> None:
    scene.desk.open()
    async with live_pages(scene.tabs.app):
        manager = await scene.on_page(scene.desk.office.manager)
        scene.desk.confirm(scene.desk.office.sales, "甲")

        async def told() -> bool:
            return (await page(manager)).standing.confirmed == 1

        await eventually(told)


# --- opening


def wanted() -> str:
    """The month that a person can open on this day."""
    return rules.month_to_open(local_today(tz=get_settings().zone), latest="")


async def test_a_manager_opens_the_review_in_the_background(scene: Scene) -> None:
    assert KINDS[queries.KIND] is jobs.OPEN
    tab = await scene.on_page(scene.desk.office.manager)
    assert (await page(tab)).months.to_open == wanted()
    await tab.fire(Confirming.open_month, PAGE)
    state = await page(tab)
    assert (state.month, state.months.opening, (await toast(tab)).kind) == ("", True, "info")
    await tab.fire(Confirming.open_month, PAGE)
    assert (await toast(tab)).text == "这个月的复核已经开始"
    assert await run_next(scene.desk.db)
    await tab.fire(Reviews.refresh, PAGE)
    state = await page(tab)
    assert (state.month, state.months.opening, state.job.open) == (wanted(), False, False)
    assert [(one.name, one.total) for one in state.people] == [("李销售", 2), ("王销售", 1)]
    with scene.desk.db.reading() as session:
        (job,) = session.exec(select(Job)).all()
        assert (job.state, job.done) == ("done", 4)


async def test_an_open_page_goes_on_to_the_new_review_unless_an_old_one_was_chosen(scene: Scene) -> None:
    desk = scene.desk
    desk.open("2026-09")
    desk.open("2026-10")
    following = await scene.on_page(desk.office.sales, month="2026-10")
    staying = await scene.on_page(desk.office.sales, month="2026-09")
    desk.open("2026-11")
    for tab in (following, staying):
        await tab.fire(Reviews.refresh, PAGE)
    assert [(await page(tab)).month for tab in (following, staying)] == ["2026-11", "2026-09"]
    assert [(await page(tab)).current for tab in (following, staying)] == [True, False]


async def test_an_opening_that_comes_second_fails_by_its_job_and_opens_nothing(scene: Scene) -> None:
    tab = await scene.on_page(scene.desk.office.manager)
    await tab.fire(Confirming.open_month, PAGE)
    scene.desk.open(wanted())
    assert await run_next(scene.desk.db)
    await tab.fire(Reviews.refresh, PAGE)
    state = await page(tab)
    assert state.job.message == "这个月的复核已经开始"
    with scene.desk.db.reading() as session:
        assert len(session.exec(select(Review)).all()) == 1


async def test_it_opens_by_itself_and_once(sqlite_desk: Desk) -> None:
    opened = asyncio.Event()
    loop = asyncio.get_running_loop()

    def heard(batch: tuple[changes.Change, ...]) -> None:
        if any(change.kind == "review" for change in batch):
            loop.call_soon_threadsafe(opened.set)

    deaf = changes.listen(heard)
    with frozen(datetime(2026, 11, 28, 4, tzinfo=UTC)):
        nightly = asyncio.create_task(
            run_daily_for_each(jobs.open_due, due=queries.list_due_months, first_after=0, long=True)
        )
        async with asyncio.timeout(10):
            await opened.wait()
    deaf()
    nightly.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await nightly
    assert [line.name for line in sqlite_desk.page(sqlite_desk.office.sales2).lines] == ["丙"]
    with frozen(datetime(2026, 11, 28, 4, tzinfo=UTC)):
        assert sqlite_desk.read(queries.list_due_months, datetime(2026, 11, 28, 4, tzinfo=UTC)) == ()
        sqlite_desk.write(jobs.open_due, datetime(2026, 11, 28, 4, tzinfo=UTC), 202611)
    assert sqlite_desk.page(sqlite_desk.office.sales, shown=Shown.OPEN).standing.total == 2
    assert sqlite_desk.review().month == "2026-11"


async def test_the_day_is_that_of_the_company(sqlite_desk: Desk) -> None:
    # The 28th has begun in Shanghai.
    assert sqlite_desk.read(queries.list_due_months, datetime(2026, 11, 27, 16, tzinfo=UTC)) == (202611,)
    assert sqlite_desk.read(queries.list_due_months, datetime(2026, 11, 27, 15, tzinfo=UTC)) == ()


async def test_no_review_opens_by_itself_where_nobody_has_a_customer(sqlite_desk: Desk) -> None:
    now = datetime(2026, 11, 28, 4, tzinfo=UTC)
    with sqlite_desk.db.writing() as session:
        for customer in session.exec(select(Customer)).all():
            customer.owner_id = None
    assert sqlite_desk.read(queries.list_due_months, now) == ()
