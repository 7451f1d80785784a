"""The customer list as a person uses it: typing, clicking, keys, address, phone."""

import contextlib
import re
import sqlite3
from collections.abc import Callable
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PASSWORD, Server, Visitor

pytestmark = pytest.mark.e2e


def rows(page: Page) -> Locator:
    """The rows of the list."""
    return page.get_by_role("table", name="客户列表").locator("tbody tr")


def total(page: Page) -> int:
    """How many the list says there are."""
    return int(re.sub(r"\D", "", page.locator(".list-total").inner_text()))


def enter(visitor: Visitor, username: str, path: str = "/customers") -> Page:
    """Sign in on the way to the list."""
    page = visitor.page
    page.goto(visitor.server.url + path)
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(rows(page).first).to_be_visible()
    visitor.ready()
    return page


@pytest.fixture
def page(visit: Callable[..., Visitor]) -> Page:
    """The whole list, opened by the administrator."""
    page = enter(visit(), "admin")
    expect(rows(page)).to_have_count(50)
    return page


def asked(page: Page) -> str:
    """The query part of the address, readable."""
    return unquote(page.url.partition("?")[2])


def test_a_line_of_typing_is_one_step_back_and_its_chips_lie_free(page: Page) -> None:
    everything = page.locator(".list-total").inner_text()
    box = page.get_by_role("searchbox", name="搜索客户")
    for typed in ("公", "公司", "公司 制造业"):
        box.fill(typed)
        expect(page).to_have_url(re.compile(re.escape(quote(typed.split(" ")[-1]))))
    box.fill("制造业 意向客户")
    box.press("Enter")
    expect(page.locator(".chip")).to_have_count(2)
    expect(box).to_be_focused()
    expect(page.locator(".search-hint")).to_have_count(0)
    expect(page).to_have_url(re.compile("f="))
    page.go_back()
    expect(page.locator(".list-total")).to_have_text(everything)
    expect(page.locator(".chip")).to_have_count(0)
    expect(box).to_have_value("")


def test_one_change_is_taken_back_by_the_back_button(page: Page) -> None:
    header = page.get_by_role("columnheader", name="客户名称")
    newest = rows(page).first.inner_text()
    header.click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    # The address follows the rows: before it does there is nothing to go back from.
    expect(page).to_have_url(re.compile("sort=name"))
    page.go_back()
    expect(header).to_have_attribute("aria-sort", "none")
    expect(rows(page).first).to_have_text(newest, use_inner_text=True)
    page.go_forward()
    expect(header).to_have_attribute("aria-sort", "ascending")


def test_the_list_is_a_table_with_headers_and_links(page: Page) -> None:
    for name in ("客户名称", "客户编号", "客户等级", "所属行业", "负责人", "下次跟进时间"):
        expect(page.get_by_role("columnheader", name=name)).to_be_attached()
    link = rows(page).first.get_by_role("link")
    expect(link).to_have_attribute("href", re.compile(r"^/customers/\S+$"))
    expect(page.get_by_role("link", name="新增客户")).to_have_attribute("href", "/customers/new")


def test_the_example_of_the_rules_is_one_line_of_typing(page: Page) -> None:
    everything = total(page)
    box = page.get_by_role("searchbox", name="搜索客户")
    box.fill("今年 制造业 意向客户")
    box.press("Enter")
    expect(page.locator(".chip")).to_have_count(3)
    expect(box).to_have_value("")
    assert 0 < total(page) < everything
    assert asked(page) == "f=created.within.this-year;industry.in.MFG;level.in.intent"
    for line in rows(page).all()[:5]:
        expect(line).to_contain_text("制造业")
        expect(line).to_contain_text("意向客户")


def test_or_three_gestures_where_the_rows_of_filters_have_no_room(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(width=900), "admin")
    for menu, choice in (("客户等级", "意向客户"), ("所属行业", "制造业"), ("创建时间", "今年")):
        group = page.get_by_role("group", name="快捷筛选")
        trigger = group.get_by_role("button", name=menu).bounding_box()
        assert trigger
        page.mouse.move(trigger["x"] + 10, trigger["y"] + 10)
        page.mouse.down()
        item = page.get_by_role("dialog", name=menu).get_by_role("button", name=choice, exact=True)
        expect(item).to_be_visible()
        place = item.bounding_box()
        assert place
        page.mouse.move(place["x"] + 20, place["y"] + 10, steps=3)
        page.mouse.up()
        expect(page.get_by_role("dialog", name=menu)).to_have_count(0)
        expect(page.locator(".chip", has_text=choice)).to_be_visible()
    assert asked(page) == "f=level.in.intent;industry.in.MFG;created.within.this-year"


def test_typed_conditions_become_chips_and_the_rest_is_searched(page: Page) -> None:
    box = page.get_by_role("searchbox", name="搜索客户")
    box.press_sequentially("行业:制造业 ")
    expect(page.locator(".chip")).to_have_text(["所属行业 是 制造业"])
    expect(box).to_have_value("")
    box.press_sequentially("有限")
    expect(page).to_have_url(re.compile("q="))
    assert asked(page) == "f=industry.in.MFG&q=有限"
    box.fill("行业:没有这个")
    box.press("Enter")
    expect(page.get_by_text("没有选项 “没有这个”")).to_be_visible()
    expect(box).to_have_value("行业:没有这个")


def test_search_finds_by_pinyin_initials_while_one_types(page: Page) -> None:
    name = rows(page).first.get_by_role("link").inner_text()
    box = page.get_by_role("searchbox", name="搜索客户")
    box.press_sequentially(name[:4])
    expect(page).to_have_url(re.compile("q="))
    expect(rows(page).first).to_contain_text(name[:4])
    page.get_by_role("button", name="清空搜索").click()
    expect(rows(page)).to_have_count(50)
    expect(page).to_have_url(re.compile("/customers$"))


def test_the_address_follows_and_brings_the_same_view_back(page: Page) -> None:
    page.get_by_role("columnheader", name="客户名称").click()
    expect(page.get_by_role("columnheader", name="客户名称")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="下一页").click()
    expect(page).to_have_url(re.compile("page=2"))
    second = rows(page).first.inner_text()
    page.reload()
    expect(rows(page).first).to_have_text(re.compile(re.escape(second.split("\n")[0])))
    expect(page.get_by_label("页码")).to_have_value("2")
    page.go_back()
    expect(page.get_by_label("页码")).to_have_value("1")
    expect(page.get_by_role("columnheader", name="客户名称")).to_have_attribute("aria-sort", "ascending")
    page.go_back()
    expect(page.get_by_role("columnheader", name="客户名称")).to_have_attribute("aria-sort", "none")
    expect(page).to_have_url(re.compile("/customers$"))
    page.go_forward()
    expect(page.get_by_role("columnheader", name="客户名称")).to_have_attribute("aria-sort", "ascending")


def test_a_header_sorts_up_down_and_not(page: Page) -> None:
    header = page.get_by_role("columnheader", name="累计金额")
    for state in ("ascending", "descending", "none"):
        header.get_by_role("button").click()
        expect(header).to_have_attribute("aria-sort", state)
    expect(page).to_have_url(re.compile("/customers$"))


def test_nonsense_in_the_address_is_ignored_with_a_message(page: Page) -> None:
    page.goto(re.sub(r"\?.*", "", page.url) + "?f=nonsense;industry.in.MFG&sort=mobile&page=x")
    expect(page.get_by_role("region", name="消息")).to_contain_text("已忽略")
    expect(page.locator(".chip")).to_have_text(["所属行业 是 制造业"])
    expect(page).to_have_url(re.compile(r"\?f=industry\.in\.MFG$"))


def test_any_field_can_be_filtered_by(page: Page) -> None:
    page.get_by_role("button", name="筛选", exact=True).click()
    page.get_by_label("搜索字段").fill("累计")
    page.get_by_label("搜索字段").press("Enter")
    page.get_by_label("值").fill("很多钱")
    page.get_by_role("button", name="应用").click()
    editor = page.get_by_role("dialog", name="筛选")
    expect(editor.or_(page.get_by_text("无法识别金额"))).to_have_count(1)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="筛选", exact=True).click()
    page.get_by_label("搜索字段").fill("累计")
    page.get_by_role("button", name="累计金额", exact=True).last.click()
    page.get_by_label("值").fill("1万")
    page.get_by_label("值").press("Enter")
    expect(page.locator(".chip")).to_have_text(["累计金额 ≥ 1万"])
    page.get_by_role("button", name="修改条件 累计金额 ≥ 1万").click()
    page.get_by_label("运算").select_option(label="介于")
    page.get_by_label("从", exact=True).fill("1万")
    page.get_by_label("到", exact=True).fill("50万")
    page.get_by_role("button", name="应用").click()
    expect(page.locator(".chip")).to_have_text(["累计金额 介于 1万 至 50万"])
    page.get_by_role("button", name="清除筛选").click()
    expect(page.locator(".chip")).to_have_count(0)


def test_places_are_found_while_their_name_is_typed(page: Page) -> None:
    page.get_by_role("button", name="筛选", exact=True).click()
    page.get_by_label("搜索字段").fill("地区")
    page.get_by_label("搜索字段").press("Enter")
    page.get_by_label("华东", exact=True).check()
    expect(page.locator(".chip")).to_have_text(["所在地区 是 华东"])
    page.get_by_label("搜索选项").fill("深圳")
    page.get_by_label("广东省深圳市", exact=True).check()
    expect(page.locator(".chip")).to_have_text(["所在地区 是 华东、广东省深圳市"])


def test_columns_are_chosen_ordered_and_kept(page: Page) -> None:
    page.get_by_role("button", name="列设置").click()
    page.get_by_role("dialog").get_by_label("统一社会信用代码").check()
    expect(page.get_by_role("columnheader", name="统一社会信用代码")).to_be_attached()
    page.get_by_role("dialog").get_by_label("客户等级").press("Alt+ArrowUp")
    expect(page.get_by_role("columnheader").nth(1)).to_have_attribute("aria-label", "客户等级")
    page.keyboard.press("Escape")
    grip = page.get_by_role("separator", name="调整列宽 客户等级")
    before = int(grip.get_attribute("aria-valuenow") or 0)
    grip.press("ArrowRight")
    expect(grip).to_have_attribute("aria-valuenow", str(before + 16))
    page.goto(re.sub(r"\?.*", "", page.url))
    expect(page.get_by_role("columnheader").nth(1)).to_have_attribute("aria-label", "客户等级")
    expect(page.get_by_role("separator", name="调整列宽 客户等级")).to_have_attribute("aria-valuenow", str(before + 16))
    page.get_by_role("button", name="列设置").click()
    page.get_by_role("button", name="恢复默认").click()
    expect(page.get_by_role("columnheader", name="统一社会信用代码")).to_have_count(0)


def test_keys_search_walk_open_and_begin(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="搜索客户")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows(page).nth(1).get_by_role("link")).to_be_focused()
    page.keyboard.press("k")
    expect(rows(page).nth(0).get_by_role("link")).to_be_focused()
    target = rows(page).nth(0).get_by_role("link").get_attribute("href") or ""
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(target) + "$"))


def test_nothing_found_offers_the_way_out(page: Page) -> None:
    box = page.get_by_role("searchbox", name="搜索客户")
    box.fill("没有人叫这个名字呀")
    expect(page.get_by_role("heading", name="没有符合条件的客户")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="清除筛选").click()
    expect(rows(page)).to_have_count(50)
    expect(box).to_have_value("")


def test_a_rep_sees_his_own_customers_and_masked_contacts(visit: Callable[..., Visitor], server: Server) -> None:
    with contextlib.closing(sqlite3.connect(server.data_dir / "crm.db")) as database:
        ((name,),) = database.execute("SELECT name FROM account WHERE username = 'sales'")
    page = enter(visit(), "sales", "/customers?cols=name,owner,collaborator,mobile&size=200")
    owners, helpers = (
        page.locator(f"tbody td[data-label='{label}']").all_inner_texts() for label in ("负责人", "协作人")
    )
    assert len(owners) == len(helpers) > 10
    strangers = [pair for pair in zip(owners, helpers, strict=True) if name not in pair[0] and name not in pair[1]]
    assert strangers == [], "his own, and those that he helps with"
    assert not re.search(r"\b1[3-9]\d{9}\b", page.locator("table").inner_text())


def test_roles_without_the_right_get_no_button(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(), "service")
    expect(page.get_by_role("link", name="新增客户")).to_have_count(0)
    page.get_by_role("button", name="筛选", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("button", name="手机", exact=True)).to_have_count(0)


def test_a_phone_shows_cards(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(width=360, height=740), "admin")
    box = rows(page).first.bounding_box()
    assert box
    assert box["width"] <= 360
    assert box["height"] > 80
    page.get_by_label("排序", exact=True).select_option(label="客户名称")
    expect(page).to_have_url(re.compile("sort=name"))
