"""The page of lists and tags through the real event machinery and guard."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import col, func, select

from crm_app.access.actor import Actor
from crm_app.access.state import Frame
from crm_app.analysis.state import Dashboard
from crm_app.core.db import Database
from crm_app.customer_page.state import CustomerPage
from crm_app.directory import queries as directory
from crm_app.listing.rules.address import parse_query
from crm_app.models import AuditEntry, CustomerTag, Option, Tag
from crm_app.options.service import seed_presets
from crm_app.options.state import EntryForm, Lists
from crm_app.ui.live import live_pages
from tests.factories import Office, make_customer
from tests.tabs import Tab, Tabs, eventually

PATH = "/settings/lists"
OTHERS = ("sales", "manager", "service_lead", "service", "marketing", "finance")


@pytest.fixture
def shop(sqlite_db: Database, sqlite_office: Office) -> Office:
    """Two customers in the trade of making things, one of them with a risk."""
    with sqlite_db.writing() as session:
        seed_presets(session)
        risk = session.exec(select(Tag.id).where(Tag.name == "付款延迟")).one()
        one = make_customer(session, owner=sqlite_office.sales, number="MFG-2024-001", source="website")
        make_customer(session, owner=sqlite_office.sales, source="website")
        session.add(CustomerTag(customer_id=one.id or 0, tag_id=risk or 0))
    return sqlite_office


async def opened(tabs: Tabs, actor: Actor, name: str = "source") -> Tab:
    tab = await tabs.open(actor)
    await tab.fire(Lists.load, f"{PATH}?list={name}")
    return tab


async def fire(tab: Tab, spec: Any, name: str = "source") -> None:
    await tab.fire(spec, f"{PATH}?list={name}")


async def line(tab: Tab, label: str) -> Any:
    state = await tab.state(Lists)
    return next(one for one in (*state.offered, *state.retired) if one.label == label)


async def type_all(tab: Tab, **values: str) -> None:
    for field, value in values.items():
        await fire(tab, EntryForm.type(field, value))


async def test_the_address_names_the_list_and_the_first_one_stands_for_nonsense(tabs: Tabs, shop: Office) -> None:
    for asked, shown in (("risk", "risk"), ("source", "source"), ("nonsense", "industry"), ("", "industry")):
        state = await (await opened(tabs, shop.admin, asked)).state(Lists)
        assert state.chosen == shown
        assert state.sizes["industry"] == 12


async def test_each_entry_says_how_many_customers_have_it_and_leads_to_them(
    tabs: Tabs, shop: Office, sqlite_db: Database
) -> None:
    state = await (await opened(tabs, shop.admin)).state(Lists)
    website = state.users["website"]
    assert (website.count, website.shown, website.href) == (2, "2", "/customers?f=source.in.website")
    assert (state.users["telesales"].shown, state.users["telesales"].href) == ("0", "")
    tags = await (await opened(tabs, shop.admin, "risk")).state(Lists)
    assert sorted(one.count for one in tags.users.values()) == [0, 0, 0, 0, 1]
    hrefs = [one.href for one in (website, *tags.users.values()) if one.href]
    with sqlite_db.reading() as session:
        known = directory.load_known(session, today=date(2026, 1, 1))
        for href, total in zip(hrefs, (2, 1), strict=True):
            asked = parse_query(directory.list_for(shop.admin, known), {"f": href.partition("f=")[2]}, known)
            assert asked.ignored == ()
            assert directory.find_page(session, shop.admin, asked.query, known).total == total


@pytest.mark.parametrize("who", OTHERS)
async def test_nobody_else_sees_the_page_or_changes_a_list(
    tabs: Tabs, shop: Office, sqlite_db: Database, who: str
) -> None:
    tab = await opened(tabs, getattr(shop, who))
    assert (await tab.state(Frame)).gate == "forbidden"
    for spec in (
        Lists.move(13, 1),
        Lists.retire(13, 1),
        Lists.restore(13, 1),
        EntryForm.open(13, 1),
        EntryForm.type("label_zh", "改名"),
        EntryForm.save,
        Lists.find("展"),
        Lists.refresh,
    ):
        await fire(tab, spec)
    state, form = await tab.state(Lists), await tab.state(EntryForm)
    assert (state.offered, state.sizes, form.is_open, form.form) == ([], {}, False, {})
    with sqlite_db.reading() as session:
        changed = select(func.count()).select_from(Option).where((col(Option.version) > 1) | col(Option.retired_at))
        assert session.exec(changed).one() == 0
        assert session.exec(select(AuditEntry).where(AuditEntry.subject_kind == "list_option")).all() == []


async def test_a_stranger_is_sent_to_sign_in(tabs: Tabs, shop: Office) -> None:
    tab = await tabs.open()
    await tab.fire(Lists.load, PATH)
    assert (await tab.state(Lists)).offered == []
    assert tab.redirects()[-1].startswith("/login")


async def test_a_value_is_added_and_wrong_ones_are_told_at_their_fields(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.admin, "industry")
    await fire(tab, EntryForm.open(0, 0), "industry")
    await fire(tab, EntryForm.save, "industry")
    form = await tab.state(EntryForm)
    assert form.problems == {
        "label_zh": "请填写名称",
        "code": "请填写 2–6 个大写字母或数字,如 MFG",
    }
    assert (form.first, form.is_open) == ("entry_label_zh", True)
    await type_all(tab, label_zh="半导体", code="ic")
    await fire(tab, EntryForm.save, "industry")
    state, form = await tab.state(Lists), await tab.state(EntryForm)
    assert (form.is_open, form.done, state.offered[-1].label, state.offered[-1].code) == (False, 1, "半导体", "IC")
    assert (state.sizes["industry"], state.users["IC"].shown) == (13, "0")
    assert (await tab.state(Frame)).toast.text == "“半导体”已新增"


async def test_the_later_of_two_is_told_and_can_still_have_his_way(tabs: Tabs, shop: Office) -> None:
    here, there = await opened(tabs, shop.admin), await opened(tabs, shop.admin)
    website = await line(here, "官网")
    for tab in (here, there):
        await fire(tab, EntryForm.open(website.ref, website.version))
    await type_all(there, label_zh="公司网站")
    await fire(there, EntryForm.save)
    await type_all(here, label_zh="网站")
    await fire(here, EntryForm.save)
    form = await here.state(EntryForm)
    assert form.is_open
    assert "管理员" in form.notice
    assert "公司网站 / Website" in form.notice
    assert (await line(here, "公司网站")).ref == website.ref
    await fire(here, EntryForm.save)
    assert (await line(here, "网站")).version == 3


async def test_a_form_begun_on_an_older_version_is_told_of_the_newer_one(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.admin)
    website = await line(tab, "官网")
    await fire(tab, EntryForm.open(website.ref, 1))
    await type_all(tab, label_zh="公司网站")
    await fire(tab, EntryForm.save)
    await fire(tab, EntryForm.open(website.ref, 1))
    await type_all(tab, label_zh="网站")
    await fire(tab, EntryForm.save)
    assert "公司网站" in (await tab.state(EntryForm)).notice


async def test_a_retired_value_is_taken_back_from_its_message(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.admin)
    website = await line(tab, "官网")
    await fire(tab, Lists.retire(website.ref, website.version))
    state, toast = await tab.state(Lists), (await tab.state(Frame)).toast
    assert [one.label for one in state.retired] == ["官网"]
    assert (toast.undo_id, toast.undo_version) == (website.ref, 2)
    await fire(tab, Lists.restore(toast.undo_id, toast.undo_version))
    assert (await tab.state(Lists)).retired == []


async def test_a_retired_tag_is_taken_back_while_another_list_is_shown(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.admin, "risk")
    tag = await line(tab, "付款延迟")
    await fire(tab, Lists.retire(tag.ref, tag.version), "risk")
    toast = (await tab.state(Frame)).toast
    await tab.fire(Lists.load, f"{PATH}?list=source")
    await fire(tab, Lists.restore(toast.undo_id, toast.undo_version))
    assert (await tab.state(Lists)).sizes["risk"] == 5


async def test_what_another_changed_is_not_retired_and_shows_as_it_is(tabs: Tabs, shop: Office) -> None:
    here, there = await opened(tabs, shop.admin), await opened(tabs, shop.admin)
    website = await line(here, "官网")
    await fire(there, Lists.retire(website.ref, 1))
    await fire(here, Lists.retire(website.ref, 1))
    assert (await here.state(Frame)).toast.kind == "error"
    assert [one.label for one in (await here.state(Lists)).retired] == ["官网"]


async def test_a_moved_line_keeps_the_cursor_on_a_button_that_works(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.admin)
    second = (await tab.state(Lists)).offered[1]
    await fire(tab, Lists.move(second.ref, 1))
    state = await tab.state(Lists)
    assert (state.offered[2].ref, state.focus, state.told) == (
        second.ref,
        f"down-{second.ref}",
        f"“{second.label}”已移到第 3 位",
    )
    for _ in range(2):
        await fire(tab, Lists.move(second.ref, -1))
    state = await tab.state(Lists)
    assert (state.offered[0].ref, state.focus) == (second.ref, f"down-{second.ref}")


async def test_a_long_list_is_looked_through(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.admin)
    await fire(tab, Lists.find("展"))
    assert [one.label for one in (await tab.state(Lists)).offered] == ["展会"]
    await tab.fire(Lists.load, f"{PATH}?list=method")
    state = await tab.state(Lists)
    assert (state.search, len(state.offered)) == ("", 7)


async def test_a_form_of_another_list_does_not_open(tabs: Tabs, shop: Office) -> None:
    tab = await opened(tabs, shop.admin, "risk")
    await fire(tab, EntryForm.open(13, 1), "risk")
    assert not (await tab.state(EntryForm)).is_open


async def test_open_pages_hear_of_it(tabs: Tabs, shop: Office) -> None:
    from crm_app.crm_app import app

    async with live_pages(app):
        desk, page = await tabs.open(shop.admin), await tabs.open(shop.sales)
        other, tab = await opened(tabs, shop.admin), await opened(tabs, shop.admin)
        await desk.fire(Dashboard.load, "/dashboard")
        await page.fire(CustomerPage.load, "/customers/MFG-2024-001", number="MFG-2024-001")
        website = await line(tab, "官网")
        await fire(tab, EntryForm.open(website.ref, website.version))
        await type_all(tab, label_zh="公司网站")
        await fire(tab, EntryForm.save)

        async def lists_show() -> bool:
            return any(one.label == "公司网站" for one in (await other.state(Lists)).offered)

        async def page_shows() -> bool:
            return (await page.state(CustomerPage)).facts["source"].shown == "公司网站"

        await eventually(lists_show)
        await eventually(page_shows)
        risk = await opened(tabs, shop.admin, "risk")
        tag = await line(risk, "付款延迟")
        await fire(risk, EntryForm.open(tag.ref, tag.version), "risk")
        await fire(risk, EntryForm.type("label_zh", "回款延迟"), "risk")
        await fire(risk, EntryForm.save, "risk")

        async def tag_shows() -> bool:
            return [one.name for one in (await page.state(CustomerPage)).view.tags] == ["回款延迟"]

        await eventually(tag_shows)
