"""The sidebar and the list with views through the real guard: addresses, markers, live numbers, who is told what."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlmodel import select

from crm_app.access.actor import Actor
from crm_app.access.state import Frame
from crm_app.core import changes
from crm_app.core.changes import Change
from crm_app.core.clock import utcnow
from crm_app.core.db import get_database
from crm_app.core.live import HUB
from crm_app.directory.queries import ids
from crm_app.directory.state import Directory
from crm_app.fields import service as fields
from crm_app.fields.schemas import FieldInput
from crm_app.models import Anomaly, Customer, SavedView
from crm_app.ui.live import live_pages
from crm_app.views import service
from crm_app.views.state import Views
from tests.directory.test_state import PATH, opened, shop, shown
from tests.factories import Office, make_customer
from tests.tabs import Tab, Tabs, eventually

__all__ = ["shop"]
MADE = "f=level.in.intent&sort=name&size=20&cols=name,level"


@pytest.fixture
async def live(tabs: Tabs) -> AsyncIterator[None]:
    """Open tabs are told of changes."""
    async with live_pages(tabs.app):
        yield


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Whose views were counted."""
    asked: list[int] = []
    count = ids.count_shown

    def noted(session, actor, query, known):
        asked.append(actor.user_id)
        return count(session, actor, query, known)

    monkeypatch.setattr("crm_app.directory.queries.count_shown", noted)
    yield asked


def made(actor: Actor, **more) -> int:
    given = {"kind": "customers", "name": "意向", "query": MADE, "audience": "private", "pinned": True} | more
    with get_database().writing() as session:
        return service.create_view(session, actor, **given)


async def counts(tab: Tab) -> dict[str, str]:
    """What the sidebar says."""
    return {line.name: line.count for line in (await tab.state(Views)).lines if line.pinned}


async def told(tab: Tab) -> str:
    return (await tab.state(Frame)).toast.text


async def test_the_address_of_a_view_brings_it_and_says_only_what_differs(tabs: Tabs, shop: Office) -> None:
    key = made(shop.sales)
    tab = await opened(tabs, shop.sales, f"view={key}")
    state = await shown(tab)
    assert (state.address, state.shown.total, state.shown.size) == (f"view={key}", 10, 20)
    assert [column.key for column in state.columns] == ["name", "level"]
    assert (state.shown.view, state.shown.view_name, state.shown.changed) == (key, "意向", False)
    steps = [
        (Directory.toggle("industry", "MFG"), f"view={key}&f=level.in.intent;industry.in.MFG", 6, True),
        (Directory.toggle("industry", "MFG"), f"view={key}", 10, False),
        (Directory.clear(), f"view={key}&without=f", 30, True),
        (Directory.go_to(2), f"view={key}&without=f&page=2", 30, True),
        (Directory.discard_changes(), f"view={key}", 10, False),
        (Directory.sort_by("created"), f"view={key}&sort=created", 10, True),
        (Directory.set_columns(["name", "number"]), f"view={key}&sort=created&cols=name,number", 10, True),
        (Directory.set_size(100), f"view={key}&sort=created&size=100&cols=name,number", 10, True),
        (Directory.search("星辰03", True, 1), f"view={key}&q=星辰03&sort=created&size=100&cols=name,number", 1, True),
    ]
    for event, address, total, changed in steps:
        await tab.fire(event, PATH)
        state = await shown(tab)
        assert (state.address.replace("%E6%98%9F%E8%BE%B0", "星辰"), state.shown.total) == (address, total)
        assert state.shown.changed is changed
        again = await shown(await opened(tabs, shop.sales, state.address))
        assert (again.address, again.shown.total, again.shown.changed) == (state.address, total, changed)


async def test_columns_of_a_view_are_not_those_of_the_list(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales, f"view={made(shop.sales)}")
    await tab.fire(Directory.set_columns(["name", "note"]), PATH)
    await tab.fire(Directory.set_size(200), PATH)
    plain = await shown(await opened(tabs, shop.sales))
    assert (len(plain.columns), plain.shown.size) == (11, 50)


async def test_save_save_as_new_and_discard(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales)
    assert not (await shown(tab)).shown.changed
    await tab.fire(Directory.toggle("level", "intent"), PATH)
    assert (await shown(tab)).shown.changed
    await tab.fire(Directory.save_view_as("我的意向", "private", True), PATH)
    state = await shown(tab)
    key = state.shown.view
    assert (state.address, state.shown.changed, state.shown.view_name) == (f"view={key}", False, "我的意向")
    await tab.fire(Directory.toggle("industry", "MFG"), PATH)
    await tab.fire(Directory.save_view(), PATH)
    state = await shown(tab)
    assert (state.address, state.shown.changed, await told(tab)) == (f"view={key}", False, "视图 “我的意向” 已保存")
    assert (await shown(await opened(tabs, shop.sales, f"view={key}"))).shown.total == 6
    await tab.fire(Directory.clear(), PATH)
    await tab.fire(Directory.save_view_as("我的意向", "private", False), PATH)
    assert "您已有名为" in await told(tab)
    assert (await shown(tab)).shown.changed, "a refused save loses nothing"
    await tab.fire(Directory.save_view(), PATH)
    await tab.fire(Directory.save_view(), PATH)
    assert (await shown(await opened(tabs, shop.sales, f"view={key}"))).shown.total == 30


async def test_nothing_is_saved_over_a_view_when_none_is_open(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.sales)
    await tab.fire(Directory.save_view(), PATH)
    assert await told(tab) == "没有打开的视图"


@pytest.mark.parametrize("named", ["{private}", "999", "-1", "x", "99999999999999999999", "1;drop"])
async def test_a_private_view_reads_like_none_at_all(tabs: Tabs, shop: Office, named: str) -> None:
    key = made(shop.manager, name="机密计划", query="f=name.contains.机密")
    tab = await opened(tabs, shop.sales, f"view={named.format(private=key)}&f=level.in.intent")
    state = await shown(tab)
    assert await told(tab) == "没有这个视图,或它没有共享给您;显示的是全部记录"
    assert (state.address, state.shown.view, state.shown.total) == ("f=level.in.intent", 0, 10)
    assert "机密" not in str(tab.sent)


async def test_a_shared_view_shows_everybody_his_own_reach(tabs: Tabs, shop: Office) -> None:
    key = made(shop.manager, query="sort=-created&size=50&cols=name", audience="all")
    totals = {}
    for name in ("sales", "sales2", "outsider", "manager", "admin"):
        state = await shown(await opened(tabs, getattr(shop, name), f"view={key}"))
        totals[name] = state.shown.total
    assert totals == {"sales": 30, "sales2": 0, "outsider": 1, "manager": 30, "admin": 31}


async def test_what_somebody_may_not_filter_by_is_left_out_and_named_without_its_value(
    tabs: Tabs, shop: Office
) -> None:
    key = made(shop.manager)
    with get_database().writing() as session:
        # As it may stand there from before contact data was kept out of shared views.
        view = session.get_one(SavedView, key)
        view.audience, view.query = "all", "f=level.in.intent;mobile.contains.13912345678&sort=-created"
    tab = await opened(tabs, shop.marketing, f"view={key}")
    assert await told(tab) == "视图中有些内容对您不适用,已忽略:手机"
    assert (await shown(tab)).shown.total == 10
    assert "13912345678" not in str(tab.sent)


async def test_a_default_view_opens_with_the_list_and_the_list_is_still_there(tabs: Tabs, shop: Office) -> None:
    key = made(shop.sales)
    tab = await opened(tabs, shop.sales)
    await tab.fire(Views.make_default("customers", key), PATH)
    assert (await shown(await opened(tabs, shop.sales))).address == f"view={key}"
    plain = await opened(tabs, shop.sales, "view=0")
    assert ((await shown(plain)).address, (await shown(plain)).shown.total) == ("view=0", 30)
    await plain.fire(Directory.toggle("level", "intent"), PATH)
    assert (await shown(plain)).address == "f=level.in.intent"
    await plain.fire(Directory.clear(), PATH)
    assert (await shown(plain)).address == "view=0"
    await tab.fire(Views.make_default("customers", 0), PATH)
    assert (await shown(await opened(tabs, shop.sales))).address == ""


async def test_the_sidebar_counts_what_each_person_reaches(tabs: Tabs, shop: Office) -> None:
    made(shop.sales)
    shared = made(shop.manager, name="全公司", query="sort=-created", audience="all")
    tab = await tabs.open(shop.sales)
    await tab.fire(Views.load, "/today")
    await tab.fire(Views.pin(shared, True), "/today")
    assert await counts(tab) == {"意向": "10", "全公司": "30"}
    boss = await tabs.open(shop.manager)
    await boss.fire(Views.load, "/today")
    assert await counts(boss) == {"全公司": "30"}
    assert [line.name for line in (await boss.state(Views)).lines] == ["全公司"]
    line = (await tab.state(Views)).lines[1]
    assert (line.note, line.mine, line.changeable, line.href) == (
        "来自 陈经理",
        False,
        False,
        f"/customers?view={shared}",
    )


async def test_numbers_follow_others_saves_on_every_page(
    tabs: Tabs, shop: Office, live: None, counted: list[int]
) -> None:
    for actor in (shop.sales, shop.outsider):
        made(actor, query="f=level.in.intent")
    mine, theirs = await tabs.open(shop.sales), await tabs.open(shop.outsider)
    for tab in (mine, theirs):
        await tab.fire(Views.load, "/today")
    assert (await counts(mine), await counts(theirs)) == ({"意向": "10"}, {"意向": "0"})
    counted.clear()

    def save() -> None:
        with get_database().writing() as session:
            made_one = make_customer(session, owner=shop.sales, name="新来公司", level="intent")
            changes.announce(Change("customer", made_one.id, shop.sales.user_id, same_reach=True))

    await asyncio.to_thread(save)
    await eventually(lambda: _says(mine, "11"))
    await eventually(lambda: _watches(theirs))
    assert set(counted) == {shop.sales.user_id}, "who can't reach it is not counted again"


async def test_a_change_that_cannot_be_one_of_the_number_is_not_counted_again(
    tabs: Tabs, shop: Office, live: None, counted: list[int]
) -> None:
    made(shop.sales, query="f=level.in.intent")
    made(shop.sales, name="沉默", query="f=silent.gt.30")
    tab = await tabs.open(shop.sales)
    await tab.fire(Views.load, "/today")
    with get_database().reading() as session:
        key = session.exec(select(Customer.id)).first()
    for kind, again in (("task", 0), ("saved_view", 0), ("follow_up", 1), ("own_field", 2), ("customer", 2)):
        counted.clear()
        with get_database().writing():
            changes.announce(Change(kind, key, 1, same_reach=True))
        await tab.fire(Views.refresh, "/today")
        assert len(counted) == again, kind


async def test_everybody_who_sees_the_same_is_counted_once(tabs: Tabs, shop: Office, counted: list[int]) -> None:
    shared = made(shop.admin, query="f=level.in.intent", audience="all")
    for actor in (shop.service_lead, shop.marketing, shop.finance, shop.service):
        with get_database().writing() as session:
            service.pin_view(session, actor, view_id=shared, on=True)
        tab = await tabs.open(actor)
        await tab.fire(Views.load, "/today")
        assert await counts(tab) == {"意向": "10"}
    assert len(counted) <= 2, "those who see contact data in full, and those who don't"


async def test_a_field_that_one_role_does_not_see_is_counted_for_each_role(tabs: Tabs, shop: Office) -> None:
    with get_database().writing() as session:
        entry = FieldInput("amount", "年采购额", hidden_from=(shop.service.role_code,))
        field = fields.add_field(session, shop.admin, entry=entry)
    shared = made(shop.admin, query=f"f=own_{field}.gt.5", audience="all")
    found: dict[str, dict[str, str]] = {}
    for actor in (shop.service_lead, shop.service):
        with get_database().writing() as session:
            service.pin_view(session, actor, view_id=shared, on=True)
        tab = await tabs.open(actor)
        await tab.fire(Views.load, "/today")
        found[actor.username] = await counts(tab)
    assert found["service_lead"] == {"意向": "0"}
    assert found["service"] != found["service_lead"], "who doesn't see the field gets the list without the condition"


async def test_anomalies_of_a_field_that_one_role_does_not_see_are_counted_for_each_role(
    tabs: Tabs, shop: Office
) -> None:
    with get_database().writing() as session:
        entry = FieldInput("line", "底价说明", hidden_from=(shop.finance.role_code,))
        field = fields.add_field(session, shop.admin, entry=entry)
        customer_id = session.exec(select(Customer.id)).first() or 0
        session.add(Anomaly(customer_id=customer_id, code="missing", param=f"own_{field}", since=utcnow()))
    shared = made(shop.admin, query="f=anomaly.any.missing", audience="all")
    for actor, number in ((shop.marketing, "1"), (shop.finance, "0")):
        with get_database().writing() as session:
            service.pin_view(session, actor, view_id=shared, on=True)
        tab = await tabs.open(actor)
        await tab.fire(Views.load, "/today")
        assert await counts(tab) == {"意向": number}, actor.username


async def test_sharing_renaming_and_deleting_show_on_others_pages(tabs: Tabs, shop: Office, live: None) -> None:
    key = made(shop.manager)
    theirs, mine = await tabs.open(shop.sales), await tabs.open(shop.manager)
    for tab in (theirs, mine):
        await tab.fire(Views.load, "/today")
    await mine.fire(Views.share(key, "role:sales_rep"), "/today")
    await eventually(lambda: _names(theirs, ["意向"]))
    await mine.fire(Views.rename(key, "本周重点"), "/today")
    await eventually(lambda: _names(theirs, ["本周重点"]))
    await mine.fire(Views.withdraw(key), "/today")
    await eventually(lambda: _names(theirs, []))
    await mine.fire(Views.delete(key), "/today")
    assert (await mine.state(Views)).lines == []
    assert await told(mine) == "视图 “本周重点” 已删除"


async def test_who_may_not_share_is_offered_nobody_to_share_with(tabs: Tabs, shop: Office) -> None:
    tab, boss = await tabs.open(shop.sales), await tabs.open(shop.manager)
    await tab.fire(Views.load, "/today")
    await boss.fire(Views.load, "/today")
    assert (await tab.state(Views)).audiences == []
    offered = [one.code for one in (await boss.state(Views)).audiences]
    assert (offered[0], offered[-1], "role:sales_rep" in offered) == ("private", "all", True)
    await opened_list(tab)
    await tab.fire(Directory.save_view_as("全体", "all", False), PATH)
    assert (await tab.state(Views)).lines == []
    assert (await shown(tab)).shown.view == 0


async def opened_list(tab: Tab) -> None:
    await tab.fire(Directory.load, PATH)


async def _says(tab: Tab, number: str) -> bool:
    return (await counts(tab)).get("意向") == number


async def _names(tab: Tab, names: list[str]) -> bool:
    return [line.name for line in (await tab.state(Views)).lines] == names


async def _watches(tab: Tab) -> bool:
    return HUB.is_watching(tab.token, "Views.refresh")
