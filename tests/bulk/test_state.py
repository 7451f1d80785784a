"""The dialog and the page of a bulk change, through the real guard."""

import pytest

from crm_app.access.state import Frame
from crm_app.background import runner
from crm_app.bulk.state import Bulk, BulkPage
from crm_app.customers.service import update_field
from tests.bulk.conftest import Desk
from tests.tabs import Tab, Tabs

PATH = "/customers"


async def looked(tabs: Tabs, desk: Desk, who: str, *numbers: str, value: str = "exhibition") -> Tab:
    tab = await tabs.open(getattr(desk.office, who))
    await tab.fire(Bulk.open("field", list(numbers), False, ""), PATH)
    await tab.fire(Bulk.look("source", value, [], []), PATH)
    return tab


async def test_the_dialog_offers_what_the_person_may_and_previews_it(tabs: Tabs, sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    mine, alike, foreign = desk.customer(), desk.customer(source="exhibition"), desk.customer(desk.office.outsider)
    state = await (await looked(tabs, desk, "sales", mine, alike, foreign)).state(Bulk)
    assert state.offer.rows == 2
    keys = [field.key for field in state.offer.fields]
    assert "status" in keys
    assert "level" not in keys
    assert (state.step, state.plan.said) == ("plan", "客户来源 → 展会")
    assert [(one.key, one.n) for one in state.plan.counts] == [("change", 1), ("same", 1), ("refused", 0)]
    assert [(line.number, line.old, line.new) for line in state.rows.lines] == [(mine, "", "展会")]


async def test_a_wrong_value_says_so_in_the_form(tabs: Tabs, sqlite_desk: Desk) -> None:
    state = await (await looked(tabs, sqlite_desk, "sales", sqlite_desk.customer(), value="x")).state(Bulk)
    assert state.step == "choose"
    assert state.problem


@pytest.mark.parametrize("who", ["service_lead", "service", "marketing", "finance"])
async def test_other_roles_open_nothing(tabs: Tabs, sqlite_desk: Desk, who: str) -> None:
    tab = await looked(tabs, sqlite_desk, who, sqlite_desk.customer())
    state = await tab.state(Bulk)
    assert (state.is_open, state.offer.rows, state.step) == (False, 0, "choose")
    assert (await tab.state(Frame)).toast.kind == "error"


@pytest.mark.parametrize("what", ["owner", "delete"])
async def test_a_rep_gives_no_owner_and_deletes_nothing(tabs: Tabs, sqlite_desk: Desk, what: str) -> None:
    number = sqlite_desk.customer()
    tab = await tabs.open(sqlite_desk.office.sales)
    await tab.fire(Bulk.open(what, [number], False, ""), PATH)
    await tab.fire(Bulk.look("", str(sqlite_desk.office.sales2.user_id), [], []), PATH)
    await tab.fire(Bulk.start(), PATH)
    assert (await tab.state(Frame)).toast.kind == "error"
    assert not await runner.run_next(sqlite_desk.db)


async def test_confirmed_it_runs_and_its_page_lists_and_undoes_it(tabs: Tabs, sqlite_desk: Desk) -> None:
    desk, sales = sqlite_desk, sqlite_desk.office.sales
    one, two = desk.customer(source="partner"), desk.customer(source="website")
    tab = await looked(tabs, desk, "sales", one, two)
    await tab.fire(Bulk.start(), PATH)
    state = await tab.state(Bulk)
    assert (state.step, state.used, state.change.running) == ("run", 1, True)
    assert await runner.run_next(desk.db)
    await tab.fire(Bulk.refresh(), PATH)
    state = await tab.state(Bulk)
    assert (state.change.running, state.change.undoable, state.change.label) == (False, True, "已完成")
    desk.write(update_field, sales, number=two, field="source", value="other", version=2)
    page = f"/bulk/{state.change.id}"
    await tab.fire(BulkPage.load(), page)
    await tab.fire(BulkPage.undo(), page)
    assert await runner.run_next(desk.db)
    await tab.fire(BulkPage.refresh(), page)
    shown = await tab.state(BulkPage)
    assert (shown.view.label, shown.view.undoable) == ("已撤销", False)
    assert [(one.key, one.n) for one in shown.view.counts if one.n] == [("undone", 1), ("kept", 1)]
    assert [(line.number, line.old) for line in shown.found.lines] == [(two, "官网")]
    assert "保留" in shown.found.lines[0].why
    await tab.fire(BulkPage.undo(), page)
    assert "已经撤销" in (await tab.state(Frame)).toast.text


async def test_somebody_elses_change_is_missing(tabs: Tabs, sqlite_desk: Desk) -> None:
    tab = await looked(tabs, sqlite_desk, "sales", sqlite_desk.customer())
    await tab.fire(Bulk.start(), PATH)
    change_id = (await tab.state(Bulk)).change.id
    other = await tabs.open(sqlite_desk.office.admin)
    await other.fire(BulkPage.load(), f"/bulk/{change_id}")
    assert (await other.state(Frame)).gate == "missing"
    assert (await other.state(BulkPage)).view.id == 0
