"""The worklist through the real event machinery and guard."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import col, select

from crm_app.access.actor import Actor
from crm_app.access.state import Frame
from crm_app.anomalies import jobs
from crm_app.anomalies.state import Anomalies, Assigning
from crm_app.core.db import Database
from crm_app.customer_page.state import CustomerPage
from crm_app.customers.service import update_field
from crm_app.models import Customer
from crm_app.options.service import seed_presets
from tests.factories import Office, make_customer
from tests.tabs import Tab, Tabs

PAGE = "/anomalies"


@dataclass(frozen=True, slots=True)
class Scene:
    db: Database
    office: Office
    tabs: Tabs

    async def on_page(self, actor: Actor, **asked: str) -> Tab:
        tab = await self.tabs.open(actor)
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        await tab.fire(Anomalies.load, f"{PAGE}?{query}" if query else PAGE)
        return tab

    def number(self, name: str) -> str:
        with self.db.reading() as session:
            return session.execute(select(col(Customer.number)).where(col(Customer.name) == name)).scalar_one()


@pytest.fixture
async def scene(sqlite_db: Database, sqlite_office: Office, tabs: Tabs) -> Scene:
    office = sqlite_office
    with sqlite_db.writing() as session:
        seed_presets(session)
        make_customer(session, owner=office.sales, name="甲", contact=False)
        make_customer(session, owner=office.sales2, name="乙", credit_code="WRONG")
    await jobs.check_all(sqlite_db)
    return Scene(sqlite_db, office, tabs)


async def lines(tab: Tab) -> list[str]:
    return sorted(line.name for line in (await tab.state(Anomalies)).lines)


async def test_the_address_says_what_is_shown_and_follows_it(scene: Scene) -> None:
    tab = await scene.on_page(scene.office.manager, whose="all", kind="format")
    assert await lines(tab) == ["乙"]
    await tab.fire(Anomalies.choose_kind(""), PAGE)
    state: Any = await tab.state(Anomalies)
    assert (await lines(tab), state.address, state.total) == (["乙", "甲"], "whose=all", 2)
    await tab.fire(Anomalies.choose_whose("nonsense"), PAGE)
    assert await lines(tab) == []
    await tab.fire(Anomalies.go_to(99), PAGE)
    assert (await tab.state(Anomalies)).page == 1


async def test_ticked_rows_are_given_to_their_owners(scene: Scene) -> None:
    tab = await scene.on_page(scene.office.manager, whose="all")
    await tab.fire(Anomalies.tick_all(True), PAGE)
    await tab.fire(Assigning.open(0), PAGE)
    question: Any = await tab.state(Assigning)
    assert (question.is_open, question.count) == (True, 2)
    await tab.fire(Assigning.type("due", "2001-01-01"), PAGE)
    await tab.fire(Assigning.save, PAGE)
    question = await tab.state(Assigning)
    assert question.is_open
    assert set(question.problems) == {"due"}
    await tab.fire(Assigning.type("due", "2099-01-01"), PAGE)
    await tab.fire(Assigning.save, PAGE)
    state: Any = await tab.state(Anomalies)
    assert {(line.name, line.assignee, line.due) for line in state.lines} == {
        ("甲", "李销售", "2099-01-01"),
        ("乙", "王销售", "2099-01-01"),
    }
    assert state.ticked == []
    toast = (await tab.state(Frame)).toast
    assert "2" in toast.text
    await tab.fire(Assigning.undo(toast.undo_id, toast.undo_version), PAGE)
    assert {(line.assignee, line.due) for line in (await tab.state(Anomalies)).lines} == {("", "")}
    assert "2" in (await tab.state(Frame)).toast.text
    await tab.fire(Assigning.undo(toast.undo_id, toast.undo_version), PAGE)
    assert (await tab.state(Frame)).toast.kind == "info", "once only"


async def test_a_rep_sees_his_own_and_gives_nothing_away(scene: Scene) -> None:
    tab = await scene.on_page(scene.office.sales)
    assert await lines(tab) == ["甲"]
    key = (await tab.state(Anomalies)).lines[0].id
    await tab.fire(Assigning.open(key), PAGE)
    assert not (await tab.state(Assigning)).is_open


async def test_what_others_changed_meanwhile_is_told(scene: Scene) -> None:
    one = await scene.on_page(scene.office.manager, whose="all", kind="format")
    key = (await one.state(Anomalies)).lines[0].id
    other = await scene.on_page(scene.office.admin, whose="all")
    await one.fire(Assigning.open(key), PAGE)
    await other.fire(Assigning.open(key), PAGE)
    await other.fire(Assigning.save, PAGE)
    await one.fire(Assigning.save, PAGE)
    assert not (await one.state(Assigning)).is_open
    assert (await one.state(Frame)).toast.kind == "error"
    assert (await one.state(Anomalies)).lines[0].assignee == "王销售"


async def test_the_record_says_what_is_wrong_until_it_is_put_right(scene: Scene) -> None:
    number, tab = scene.number("乙"), await scene.tabs.open(scene.office.sales2)
    await tab.fire(CustomerPage.load, f"/customers/{number}", number=number)
    page: Any = await tab.state(CustomerPage)
    assert [(one.code, one.place) for one in page.reasons] == [("format", "fact-credit_code")]
    assert page.completeness > 0
    with scene.db.writing() as session:
        update_field(session, scene.office.sales2, number=number, field="credit_code", value="", version=1)
    await tab.fire(CustomerPage.load, f"/customers/{number}", number=number)
    assert (await tab.state(CustomerPage)).reasons == []
