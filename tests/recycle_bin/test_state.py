"""The bin's page, deleting from a customer's page and taking it back, through the real event machinery and guard."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import select

from crm_app.access import sessions
from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission, Reach
from crm_app.access.state import Frame
from crm_app.customer_page.state import CustomerPage, Deletion, Facts
from crm_app.directory.state import Directory
from crm_app.models import AuditEntry, Customer, Role, RoleGrant
from crm_app.recycle_bin.state import RecycleBin
from crm_app.today.state import Today
from crm_app.ui.live import live_pages
from tests.recycle_bin.conftest import Desk
from tests.recycle_bin.test_service import row
from tests.tabs import Tab, Tabs, eventually

BIN = "/bin"


@dataclass(frozen=True, slots=True)
class Scene:
    """A desk with tabs."""

    desk: Desk
    tabs: Tabs

    async def on_page(self, actor: Actor | None, number: str) -> Tab:
        """A tab on a customer's page."""
        tab = await self.tabs.open(actor)
        await self.fire(tab, CustomerPage.load, number)
        return tab

    async def fire(self, tab: Tab, event: Any, number: str) -> None:
        """An event of a customer's page."""
        await tab.fire(event, f"/customers/{number}", number=number)

    async def in_bin(self, actor: Actor | None, query: str = "") -> Tab:
        """A tab on the bin's page."""
        tab = await self.tabs.open(actor)
        await tab.fire(RecycleBin.load, BIN + query)
        return tab

    def let_reps_delete(self) -> None:
        """Their own, by a grant of the administrator."""

        def grant(session: Any) -> None:
            role = session.exec(select(Role).where(Role.code == "sales_rep")).one()
            session.add(RoleGrant(role_id=role.id, permission=Permission.CUSTOMER_DELETE, reach=Reach.OWN))

        self.desk.write(grant)
        sessions.forget_rights()


@pytest.fixture
def scene(sqlite_desk: Desk, tabs: Tabs) -> Scene:
    return Scene(sqlite_desk, tabs)


async def toast(tab: Tab) -> Any:
    return (await tab.state(Frame)).toast


async def numbers(tab: Tab) -> list[str]:
    return [line.number for line in (await tab.state(RecycleBin)).lines]


async def test_deleting_asks_leads_to_the_list_and_is_taken_back_from_its_message(scene: Scene) -> None:
    number, admin = scene.desk.customer(), scene.desk.office.admin
    tab = await scene.on_page(admin, number)
    assert (await tab.state(CustomerPage)).view.rights.delete
    await scene.fire(tab, Deletion.delete, number)
    assert row(scene.desk, number).deleted_at is None, "nobody was asked"
    await scene.fire(tab, Deletion.open, number)
    asked = (await tab.state(Deletion)).asked
    assert ((await tab.state(Deletion)).is_open, asked.number, asked.contacts) == (True, number, 1)
    await scene.fire(tab, Deletion.show(False), number)
    await scene.fire(tab, Deletion.delete, number)
    assert row(scene.desk, number).deleted_at is None, "the question was closed"
    await scene.fire(tab, Deletion.open, number)
    await scene.fire(tab, Deletion.delete, number)
    await scene.fire(tab, Deletion.delete, number)
    assert tab.redirects() == ["/customers"]
    assert (await tab.state(CustomerPage)).view.name == ""
    told = await toast(tab)
    assert (told.kind, told.undo_kind, told.undo_id) == ("success", "customer", row(scene.desk, number).id)
    assert asked.name in told.text
    await tab.fire(Directory.load, "/customers")
    assert (await tab.state(Directory)).shown.total == 0
    await tab.fire(RecycleBin.undo(told.undo_id, told.undo_version), "/customers")
    assert row(scene.desk, number).deleted_at is None
    assert (await toast(tab)).href == f"/customers/{number}"
    await tab.fire(RecycleBin.undo(told.undo_id, told.undo_version), "/customers")
    assert (await toast(tab)).kind == "error"


async def test_who_may_not_delete_is_refused_and_denied_in_the_log(scene: Scene) -> None:
    number, office = scene.desk.customer(), scene.desk.office
    tab = await scene.on_page(office.sales, number)
    assert not (await tab.state(CustomerPage)).view.rights.delete
    for event in (Deletion.open, Deletion.delete):
        await scene.fire(tab, event, number)
        assert (await toast(tab)).kind == "error"
    assert row(scene.desk, number).deleted_at is None
    scene.desk.delete(number)
    for event in (
        RecycleBin.restore(number),
        RecycleBin.undo(row(scene.desk, number).id or 0, 2),
        RecycleBin.search("", True, 1),
    ):
        await tab.fire(event, BIN)
    assert row(scene.desk, number).deleted_at is not None
    shut = await scene.in_bin(office.sales)
    assert (await shut.state(Frame)).gate == "forbidden"
    assert await numbers(shut) == []
    denied = scene.desk.read(lambda s: s.exec(select(AuditEntry.subject_id)).all())
    assert {"Deletion.delete", "RecycleBin.restore", "RecycleBin.undo"} <= set(denied)
    stranger = await scene.in_bin(None)
    assert stranger.redirects()[0].startswith("/login")


async def test_own_reach_sees_and_brings_back_its_own_only(scene: Scene) -> None:
    office = scene.desk.office
    mine, other = scene.desk.customer(), scene.desk.customer(office.outsider, name="别人的公司")
    scene.let_reps_delete()
    for number in (mine, other):
        scene.desk.delete(number)
    tab = await scene.in_bin(office.sales)
    assert await numbers(tab) == [mine]
    await tab.fire(RecycleBin.tick(other, True), BIN)
    assert (await tab.state(RecycleBin)).ticked == []
    answers = set()
    for number in (other, "MFG-1999-999"):
        await tab.fire(RecycleBin.restore(number), BIN)
        answers.add(((await toast(tab)).kind, (await toast(tab)).text))
    assert len(answers) == 1
    assert row(scene.desk, other).deleted_at is not None
    assert "别人的公司" not in repr(tab.sent)
    await tab.fire(RecycleBin.restore(mine), BIN)
    assert row(scene.desk, mine).deleted_at is None
    assert (await tab.state(RecycleBin)).shown.total == 0


async def test_many_are_brought_back_at_once_and_how_many_is_told(scene: Scene) -> None:
    made = [scene.desk.customer(name=f"第{n}家公司") for n in range(5)]
    for number in made:
        scene.desk.delete(number)
    tab = await scene.in_bin(scene.desk.office.admin)
    assert await numbers(tab) == made[::-1]
    await tab.fire(RecycleBin.tick_all(True), BIN)
    await tab.fire(RecycleBin.tick(made[0], False), BIN)
    assert (await tab.state(RecycleBin)).ticked == made[:0:-1]
    scene.desk.restore(made[1])
    await tab.fire(RecycleBin.restore_ticked, BIN)
    assert (await toast(tab)).text == "已恢复 3 个客户;另有 1 个已不在回收站"
    assert await numbers(tab) == [made[0]]
    assert (await tab.state(RecycleBin)).ticked == []
    assert all(row(scene.desk, number).deleted_at is None for number in made[1:])


async def test_a_likeness_is_told_with_the_way_to_it(scene: Scene) -> None:
    number = scene.desk.customer(credit_code="91350100M000100Y43")
    scene.desk.delete(number)
    other = scene.desk.customer(credit_code="91350100M000100Y43", name="后来的公司")
    tab = await scene.in_bin(scene.desk.office.admin)
    await tab.fire(RecycleBin.restore(number), BIN)
    told = await toast(tab)
    assert (told.kind, told.href) == ("info", f"/customers/{other}")
    assert "后来的公司" in told.text


async def test_search_and_page_are_the_address(scene: Scene) -> None:
    for n in range(25):
        scene.desk.delete(scene.desk.customer(name=f"第{n:02d}家公司"))
    tab = await scene.in_bin(scene.desk.office.admin)
    await tab.fire(RecycleBin.set_size(20), BIN)
    await tab.fire(RecycleBin.go_to(2), BIN)
    state = await tab.state(RecycleBin)
    assert (state.address, len(state.lines), state.shown.total) == ("page=2", 5, 25)
    await tab.fire(RecycleBin.search("第07家", False, 1), BIN)
    state = await tab.state(RecycleBin)
    assert (len(state.lines), state.shown.page, state.shown.narrowed) == (1, 1, True)
    fresh = await scene.in_bin(scene.desk.office.admin, "?" + state.address)
    assert [line.name for line in (await fresh.state(RecycleBin)).lines] == ["第07家公司"]
    await tab.fire(RecycleBin.set_size(7), BIN)
    assert (await tab.state(RecycleBin)).shown.size == 20


async def test_a_deep_link_tells_of_the_bin_only_whom_it_may(scene: Scene) -> None:
    number, office = scene.desk.customer(), scene.desk.office
    scene.let_reps_delete()
    scene.desk.delete(number)
    seen = {}
    for who in ("admin", "sales", "sales2", "outsider", "manager", "service"):
        tab = await scene.on_page(getattr(office, who), number)
        assert (await tab.state(Frame)).gate == "missing"
        seen[who] = (await tab.state(CustomerPage)).in_bin
        assert "精密机械" not in repr(tab.sent)
    assert seen == {
        "admin": True,
        "sales": True,
        "sales2": False,
        "outsider": False,
        "manager": False,
        "service": False,
    }
    scene.desk.restore(number)
    tab = await scene.on_page(office.admin, number)
    assert ((await tab.state(Frame)).gate, (await tab.state(CustomerPage)).in_bin) == ("open", False)


async def test_open_pages_are_told(scene: Scene) -> None:
    number, office = scene.desk.customer(), scene.desk.office
    async with live_pages(scene.tabs.app):
        theirs, binned = await scene.on_page(office.sales, number), await scene.in_bin(office.admin)
        mine = await scene.on_page(office.admin, number)
        await scene.fire(mine, Deletion.open, number)
        await scene.fire(mine, Deletion.delete, number)

        async def gone() -> bool:
            return (await theirs.state(Frame)).gate == "missing" and await numbers(binned) == [number]

        await eventually(gone)
        assert (await theirs.state(CustomerPage)).view.name == ""
        assert (await mine.state(Frame)).gate == "open", "whoever deleted it must not see its page fall away"


async def test_a_save_that_comes_second_is_told_and_takes_nothing_away(scene: Scene) -> None:
    number, office = scene.desk.customer(), scene.desk.office
    tab = await scene.on_page(office.sales, number)
    scene.desk.delete(number)
    await scene.fire(tab, Facts.save("note", "写了很久的备注", 1), number)
    facts, told = await tab.state(Facts), await toast(tab)
    assert (told.kind, facts.saves, facts.problem.field) == ("error", 0, "note")
    assert "删除" in told.text


async def test_a_message_of_a_deletion_undoes_no_task(scene: Scene) -> None:
    number = scene.desk.customer()
    tab = await scene.on_page(scene.desk.office.admin, number)
    await scene.fire(tab, Deletion.open, number)
    await scene.fire(tab, Deletion.delete, number)
    await tab.fire(Today.load, "/today")
    assert (await toast(tab)).undo_kind == "customer"
    assert scene.desk.read(lambda s: s.exec(select(Customer.deleted_at)).one()) is not None
