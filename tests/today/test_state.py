"""今日工作 through the real event machinery and guard."""

import asyncio
from datetime import timedelta

from sqlmodel import select

from crm_app.access.state import Frame
from crm_app.core.clock import utcnow
from crm_app.core.db import Database
from crm_app.customers.service import assign_owner
from crm_app.models import Customer, FollowUp, Task
from crm_app.options.service import seed_presets
from crm_app.today.state import QuickFollowUp, Today
from crm_app.ui.live import live_pages
from tests.factories import Office, make_customer
from tests.tabs import Tab, Tabs, eventually

TODAY = "/today"


def late_customer(db: Database, office: Office) -> str:
    with db.writing() as session:
        seed_presets(session)
        made = make_customer(session, owner=office.sales, next_follow_up_at=utcnow() - timedelta(days=2))
    return made.number


def make_task(db: Database, office: Office) -> int:
    with db.writing() as session:
        task = Task(user_id=office.sales.user_id, title="寄样品", due_at=utcnow() - timedelta(days=1))
        session.add(task)
        session.flush()
        return task.id or 0


async def opened(tabs: Tabs, office: Office) -> Tab:
    tab = await tabs.open(office.sales)
    await tab.fire(Today.load, TODAY)
    return tab


async def test_a_stranger_sees_nothing(sqlite_office: Office, sqlite_db: Database, tabs: Tabs) -> None:
    late_customer(sqlite_db, sqlite_office)
    tab = await tabs.open()
    await tab.fire(Today.load, TODAY)
    assert (await tab.state(Today)).buckets == []


async def test_a_task_is_done_and_taken_back_in_one_step_each(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs
) -> None:
    task_id = make_task(sqlite_db, sqlite_office)
    tab = await opened(tabs, sqlite_office)
    await tab.fire(Today.complete_task(task_id, 1), TODAY)
    state = await tab.state(Today)
    assert (state.open_count, state.done_count) == (0, 1)
    toast = (await tab.state(Frame)).toast
    assert (toast.undo_id, toast.undo_version) == (task_id, state.done[0].version)
    await tab.fire(Today.reopen_task(toast.undo_id, toast.undo_version), TODAY)
    state = await tab.state(Today)
    assert (state.open_count, state.done_count) == (1, 0)


async def test_a_task_that_another_moved_is_told_and_shown_as_it_is(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs
) -> None:
    task_id = make_task(sqlite_db, sqlite_office)
    tab = await opened(tabs, sqlite_office)
    other = await opened(tabs, sqlite_office)
    await other.fire(Today.postpone_task(task_id, 1, "tomorrow"), TODAY)
    await tab.fire(Today.postpone_task(task_id, 1, "next_week"), TODAY)
    assert (await tab.state(Frame)).toast.kind == "error"
    assert [bucket.code for bucket in (await tab.state(Today)).buckets if bucket.count] == ["tomorrow"]


async def test_a_contact_is_recorded_below_its_line_and_the_line_goes(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs
) -> None:
    number = late_customer(sqlite_db, sqlite_office)
    tab = await opened(tabs, sqlite_office)
    line = (await tab.state(Today)).buckets[0].lines[0]
    await tab.fire(QuickFollowUp.open(line.id, number), TODAY)
    assert [choice.value for choice in (await tab.state(QuickFollowUp)).methods][:2] == ["phone", "visit"]
    await tab.fire(QuickFollowUp.save_follow_up, TODAY)
    form = await tab.state(QuickFollowUp)
    assert (form.follow_up_first, form.line) == ("content", line.id)
    await tab.fire(QuickFollowUp.type_follow_up("content", "已确认到货"), TODAY)
    await tab.fire(QuickFollowUp.save_follow_up, TODAY)
    form, day = await tab.state(QuickFollowUp), await tab.state(Today)
    assert (form.line, form.follow_up["content"]) == ("", "")
    assert (day.open_count, day.done[0].kind) == (0, "contact")


async def test_an_empty_second_click_after_a_save_is_no_error(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs
) -> None:
    number = late_customer(sqlite_db, sqlite_office)
    tab = await opened(tabs, sqlite_office)
    await tab.fire(QuickFollowUp.open("x", number), TODAY)
    await tab.fire(QuickFollowUp.type_follow_up("content", "已确认到货"), TODAY)
    await tab.fire(QuickFollowUp.save_follow_up, TODAY)
    await tab.fire(QuickFollowUp.save_follow_up, TODAY)
    assert (await tab.state(QuickFollowUp)).follow_up_problems == {}
    with sqlite_db.reading() as session:
        assert len(session.exec(select(FollowUp)).all()) == 1


async def test_the_form_of_a_foreign_customer_does_not_open(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs
) -> None:
    number = late_customer(sqlite_db, sqlite_office)
    tab = await tabs.open(sqlite_office.outsider)
    await tab.fire(QuickFollowUp.open("x", number), TODAY)
    state = await tab.state(QuickFollowUp)
    assert (state.line, state.people) == ("", [])
    assert (await tab.state(Frame)).toast.kind == "error"


async def test_a_plan_is_moved_or_dropped_in_one_step(sqlite_office: Office, sqlite_db: Database, tabs: Tabs) -> None:
    number = late_customer(sqlite_db, sqlite_office)
    tab = await opened(tabs, sqlite_office)
    line = (await tab.state(Today)).buckets[0].lines[0]
    await tab.fire(Today.postpone_follow_up(number, line.due, "tomorrow"), TODAY)
    moved = (await tab.state(Today)).buckets[2].lines[0]
    await tab.fire(Today.postpone_follow_up(number, moved.due, "never"), TODAY)
    assert (await tab.state(Today)).open_count == 0
    with sqlite_db.reading() as session:
        assert session.exec(select(Customer)).one().next_follow_up_at is None


async def test_a_wrong_date_is_told_and_nothing_moves(sqlite_office: Office, sqlite_db: Database, tabs: Tabs) -> None:
    task_id = make_task(sqlite_db, sqlite_office)
    tab = await opened(tabs, sqlite_office)
    await tab.fire(Today.postpone_task(task_id, 1, "2001-01-01"), TODAY)
    assert (await tab.state(Frame)).toast.text == "这个时间已经过去"
    assert (await tab.state(Today)).buckets[0].count == 1


async def test_what_is_assigned_shows_by_itself_within_a_second(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs
) -> None:
    with sqlite_db.writing() as session:
        seed_presets(session)
        number = make_customer(session, owner=sqlite_office.sales2).number
    tab = await opened(tabs, sqlite_office)
    assert (await tab.state(Today)).assigned == []

    def assign() -> None:
        with sqlite_db.writing() as session:
            assign_owner(session, sqlite_office.manager, number=number, owner_id=sqlite_office.sales.user_id)

    async def is_there() -> bool:
        return [line.number for line in (await tab.state(Today)).assigned] == [number]

    async with live_pages(tabs.app):
        await asyncio.to_thread(assign)
        await eventually(is_there, within=1)


async def test_what_is_done_on_another_tab_is_done_on_this_one(
    sqlite_office: Office, sqlite_db: Database, tabs: Tabs
) -> None:
    task_id = make_task(sqlite_db, sqlite_office)
    tab, other = await opened(tabs, sqlite_office), await opened(tabs, sqlite_office)

    async def shows(open_count: int, done_count: int) -> bool:
        day = await tab.state(Today)
        return (day.open_count, day.done_count) == (open_count, done_count)

    async with live_pages(tabs.app):
        await other.fire(Today.complete_task(task_id, 1), TODAY)
        await eventually(lambda: shows(0, 1), within=1)
        # A watch is good for one telling: the page watches again each time.
        done = (await other.state(Today)).done[0]
        await other.fire(Today.reopen_task(task_id, done.version), TODAY)
        await eventually(lambda: shows(1, 0), within=1)
