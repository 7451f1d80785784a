"""The pages of duplicates, through the real event machinery and guard."""

from dataclasses import dataclass
from typing import Any

import pytest

from crm_app.access.actor import Actor
from crm_app.access.state import Frame
from crm_app.customer_page.state import CustomerPage
from crm_app.customers.service import update_field
from crm_app.customers.state import EditForm
from crm_app.quality import queries
from crm_app.quality.schemas import Verdict
from crm_app.quality.state import OF_GROUP, OF_MERGE, Duplicates, Merging
from crm_app.ui.live import live_pages
from tests.quality.conftest import Desk
from tests.tabs import Tab, Tabs, eventually

PAGE = "/duplicates"


@dataclass(frozen=True, slots=True)
class Scene:
    """A desk with tabs, and a group of two."""

    desk: Desk
    tabs: Tabs
    one: str
    other: str

    @property
    def group(self) -> int:
        page = self.desk.read(queries.list_groups, self.desk.office.admin, verdict=Verdict.SAME)
        return page.lines[0].id

    async def on_list(self, actor: Actor) -> Tab:
        tab = await self.tabs.open(actor)
        await tab.fire(Duplicates.load, PAGE)
        return tab

    async def fire(self, tab: Tab, event: Any, group: int | str) -> None:
        """An event of the merge screen."""
        await tab.fire(event, f"{PAGE}/{group}", group=str(group))

    async def on_screen(self, actor: Actor) -> tuple[Tab, int]:
        group, tab = self.group, await self.tabs.open(actor)
        await self.fire(tab, Merging.load, group)
        return tab, group


@pytest.fixture
def scene(sqlite_desk: Desk, tabs: Tabs) -> Scene:
    one = sqlite_desk.customer(name="恒信达科技有限公司", address="旧址")
    other = sqlite_desk.customer(name="恒信达科技有限责任公司", address="新址", main_business="阀门")
    sqlite_desk.group(one, other)
    return Scene(sqlite_desk, tabs, one, other)


async def toast(tab: Tab) -> Any:
    return (await tab.state(Frame)).toast


async def test_a_group_is_dismissed_and_called_back_from_the_message(scene: Scene) -> None:
    tab = await scene.on_list(scene.desk.office.manager)
    shown = await tab.state(Duplicates)
    assert [line.number for line in shown.lines[0].members] == [scene.one, scene.other]
    assert (shown.standing.same, shown.standing.possibly) == (1, 0)
    await tab.fire(Duplicates.dismiss(shown.lines[0].id), PAGE)
    assert (await tab.state(Duplicates)).lines == []
    said = await toast(tab)
    assert (said.undo_kind, said.undo_version) == ("duplicates", OF_GROUP)
    await tab.fire(Duplicates.undo(said.undo_id, said.undo_version), PAGE)
    assert len((await tab.state(Duplicates)).lines) == 1


async def test_what_differs_is_chosen_what_is_missing_is_taken_and_the_merge_taken_back(scene: Scene) -> None:
    tab, group = await scene.on_screen(scene.desk.office.manager)
    screen = await tab.state(Merging)
    assert screen.view.survivor == scene.one
    assert {row.name for row in screen.view.differing} == {"name", "address", "main_business"}
    assert (screen.choices["address"], screen.choices["main_business"]) == (scene.one, scene.other)
    await scene.fire(tab, Merging.take("address", scene.other), group)
    await scene.fire(tab, Merging.take("address", "MFG-1999-001"), group)
    await scene.fire(tab, Merging.take("id", scene.other), group)
    assert (await tab.state(Merging)).choices["address"] == scene.other
    await scene.fire(tab, Merging.merge, group)
    assert tab.redirects() == [PAGE]
    row = scene.desk.row(scene.one)
    assert (row.name, row.address, row.main_business) == ("恒信达科技有限公司", "新址", "阀门")
    said = await toast(tab)
    assert said.undo_version == OF_MERGE
    await tab.fire(Duplicates.choose("merged"), PAGE)
    (line,) = (await tab.state(Duplicates)).merges
    assert (line.id, line.survivor_number) == (said.undo_id, scene.one)
    await tab.fire(Duplicates.undo(said.undo_id, said.undo_version), PAGE)
    assert (await tab.state(Duplicates)).merges == []
    assert scene.desk.row(scene.one).address == "旧址"
    assert scene.desk.row(scene.other).deleted_at is None


async def test_who_was_too_late_is_told_and_his_choices_stay(scene: Scene) -> None:
    tab, group = await scene.on_screen(scene.desk.office.manager)
    await scene.fire(tab, Merging.take("address", scene.other), group)
    version = scene.desk.row(scene.other).version
    scene.desk.write(
        update_field, scene.desk.office.sales, number=scene.other, field="address", value="更新的", version=version
    )
    await scene.fire(tab, Merging.merge, group)
    screen = await tab.state(Merging)
    assert "恒信达科技有限责任公司" in screen.problem
    assert screen.choices["address"] == scene.other
    (row,) = [row for row in screen.view.differing if row.name == "address"]
    assert "更新的" in {cell.text for cell in row.cells}
    assert scene.desk.row(scene.other).deleted_at is None
    await scene.fire(tab, Merging.merge, group)
    assert scene.desk.row(scene.one).address == "更新的"


async def test_the_survivor_is_chosen_and_members_are_left_out(scene: Scene) -> None:
    third = scene.desk.customer(name="恒信达科技股份有限公司")
    scene.desk.group(scene.one, scene.other, third)
    tab, group = await scene.on_screen(scene.desk.office.manager)
    await scene.fire(tab, Merging.keep(scene.other), group)
    await scene.fire(tab, Merging.leave_out(third), group)
    screen = await tab.state(Merging)
    assert (screen.view.survivor, screen.count) == (scene.other, 2)
    assert [side.left_out for side in screen.view.sides] == [False, False, True]
    await scene.fire(tab, Merging.merge, group)
    assert scene.desk.row(scene.one).deleted_at is not None
    assert scene.desk.row(third).deleted_at is None


async def test_a_group_that_is_gone_leads_back(scene: Scene) -> None:
    tab, group = await scene.on_screen(scene.desk.office.manager)
    scene.desk.merge(scene.one, scene.other)
    await scene.fire(tab, Merging.merge, group)
    assert tab.redirects() == [PAGE]
    assert (await toast(tab)).kind == "error"
    late = await scene.tabs.open(scene.desk.office.manager)
    for wrong in (group, 0, 10**12, "x"):
        await scene.fire(late, Merging.load, wrong)
        assert (await late.state(Frame)).gate == "missing"


async def test_old_addresses_open_the_survivor_and_say_so(scene: Scene) -> None:
    scene.desk.merge(scene.one, scene.other)
    for event, path in ((CustomerPage.load, "/customers/{}"), (EditForm.open, "/customers/{}/edit")):
        tab = await scene.tabs.open(scene.desk.office.sales)
        await tab.fire(event, path.format(scene.other), number=scene.other)
        assert tab.redirects() == [f"/customers/{scene.one}"]
        said = (await toast(tab)).text
        assert scene.other in said
        assert scene.one in said
        stranger = await scene.tabs.open(scene.desk.office.outsider)
        await stranger.fire(event, path.format(scene.other), number=scene.other)
        assert stranger.redirects() == []
        assert (await stranger.state(Frame)).gate == "missing"


async def test_an_open_list_and_an_open_customer_follow(scene: Scene) -> None:
    async with live_pages(scene.tabs.app):
        tab = await scene.on_list(scene.desk.office.manager)
        page = await scene.tabs.open(scene.desk.office.sales)
        await page.fire(CustomerPage.load, f"/customers/{scene.other}", number=scene.other)
        scene.desk.merge(scene.one, scene.other)

        async def empty() -> bool:
            return (await tab.state(Duplicates)).lines == []

        async def led() -> bool:
            return f"/customers/{scene.one}" in page.redirects()

        await eventually(empty)
        await eventually(led)


async def test_reps_see_nothing_of_it(scene: Scene) -> None:
    tab = await scene.on_list(scene.desk.office.sales)
    assert (await tab.state(Frame)).gate == "forbidden"
    assert (await tab.state(Duplicates)).lines == []


async def test_a_second_search_is_no_error(scene: Scene) -> None:
    tab = await scene.on_list(scene.desk.office.manager)
    await tab.fire(Duplicates.find, PAGE)
    assert (await tab.state(Duplicates)).standing.running
    await tab.fire(Duplicates.find, PAGE)
    assert (await toast(tab)).kind == "info"
    await tab.fire(Duplicates.cancel, PAGE)
    assert not (await tab.state(Duplicates)).standing.running
