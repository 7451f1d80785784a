"""The administrator edits drop-down lists and tags, and everybody's pages follow (R1.9, R1.4)."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Visitor
from tests.e2e.test_accessibility import serious

pytestmark = pytest.mark.e2e
LISTS = "/settings/lists"


def fresh(word: str) -> str:
    """A name that nothing has yet."""
    return f"{word}{time.time_ns() % 10**9}"


def row(page: Page, label: str) -> Locator:
    """The line of an entry."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=label, exact=True))


def add(page: Page, **fields: str) -> None:
    """Fill in the form of a new entry and save it."""
    page.get_by_role("button", name="新增", exact=True).last.click()
    form = page.get_by_role("dialog")
    for label, text in fields.items():
        form.get_by_label(label).fill(text)
    form.get_by_role("button", name="保存").click()


def rename(page: Page, old: str, label: str, new: str) -> None:
    """Give an entry another name."""
    page.get_by_role("button", name=f"编辑“{old}”").click()
    page.get_by_role("dialog").get_by_label(label).fill(new)
    page.get_by_role("dialog").get_by_label(label).press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 360])
def test_a_source_is_added_renamed_moved_retired_and_taken_back(visit: Callable[..., Visitor], width: int) -> None:
    visitor, rep = visit(width=width, height=780), visit()
    visitor.sign_in("admin")
    rep.sign_in("sales")
    page = visitor.goto(LISTS)
    page.get_by_role("link", name=re.compile("^客户来源")).click()
    expect(page).to_have_url(re.compile(r"list=source$"))
    expect(page.get_by_role("heading", name="客户来源")).to_be_visible()
    name, script = fresh("直播"), fresh("<script>x()</script>")
    add(page)
    expect(page.get_by_text("请填写名称")).to_be_visible()
    expect(page.get_by_label("中文名称")).to_be_focused()
    assert serious(page) == []
    page.get_by_label("中文名称").fill("官网")
    page.get_by_label("中文名称").press("Enter")
    expect(page.get_by_text("这个列表里已有“官网”")).to_be_visible()
    page.get_by_label("中文名称").fill(name)
    page.get_by_label("中文名称").press("Enter")
    expect(row(page, name)).to_be_visible()
    rename(page, name, "中文名称", script)
    expect(row(page, script)).to_be_visible()
    up = page.get_by_role("button", name=f"上移“{script}”")
    up.focus()
    place = page.get_by_role("rowheader").all_inner_texts().index(script)
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader").nth(place - 1)).to_have_text(script)
    expect(up).to_be_focused()
    offered = rep.goto("/customers/new").get_by_label("客户来源")
    expect(offered.locator("option").filter(has_text=script)).to_have_count(1)
    page.get_by_role("button", name=f"停用“{script}”").click()
    expect(page.get_by_role("button", name=f"恢复“{script}”")).to_be_visible()
    assert serious(page) == []
    offered = rep.goto("/customers/new").get_by_label("客户来源")
    expect(offered.locator("option").filter(has_text="官网")).to_have_count(1)
    expect(offered.locator("option").filter(has_text=script)).to_have_count(0)
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_role("button", name=f"停用“{script}”")).to_be_visible()


def test_two_administrators_at_one_value(visit: Callable[..., Visitor]) -> None:
    first, second = visit(), visit()
    name = fresh("会销")
    first.sign_in("admin")
    page = first.goto(f"{LISTS}?list=source")
    add(page, 中文名称=name)
    second.sign_in("admin")
    other = second.goto(f"{LISTS}?list=source")
    other.get_by_role("button", name=f"编辑“{name}”").click()
    other.get_by_role("dialog").get_by_label("中文名称").fill(f"{name}乙")
    rename(page, name, "中文名称", f"{name}甲")
    expect(other.get_by_text(f"{name}甲", exact=True)).to_be_visible()
    other.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(other.get_by_role("alert").filter(has_text=f"{name}甲")).to_be_visible()
    other.get_by_role("button", name="仍然保存我的").click()
    expect(row(other, f"{name}乙")).to_be_visible()
    expect(row(page, f"{name}乙")).to_be_visible()


def test_an_industry_takes_a_code_that_stays(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("admin")
    page = visitor.goto(LISTS)
    name, code = fresh("芯片"), f"X{time.time_ns() % 10**4:04d}"
    add(page, 中文名称=name, 代码="mfg")
    expect(page.get_by_text("代码 MFG 已用于“制造业”")).to_be_visible()
    page.get_by_role("dialog").get_by_label("代码").fill(code.lower())
    page.get_by_role("dialog").get_by_label("代码").press("Enter")
    expect(row(page, name)).to_contain_text(code)
    page.get_by_role("button", name=f"编辑“{name}”").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_text(code)).to_be_visible()
    expect(form.get_by_text("保存后不能修改")).to_be_visible()
    expect(form.get_by_label("代码")).to_have_count(0)


def test_a_count_leads_to_its_customers(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("admin")
    page = visitor.goto(f"{LISTS}?list=risk")
    link = page.get_by_role("link", name=re.compile("查看使用“付款延迟”的 .* 个客户"))
    count = link.inner_text()
    link.click()
    expect(page).to_have_url(re.compile(r"/customers\?f=tags\.any\.\d+"))
    expect(page.get_by_text(f"共 {count}").first).to_be_visible()


def test_a_tag_changes_its_colour_on_an_open_customer(visit: Callable[..., Visitor]) -> None:
    rep, visitor = visit(), visit()
    rep.sign_in("admin")
    page = rep.goto("/customers")
    page.goto(rep.server.url + str(page.get_by_role("rowheader").first.get_by_role("link").get_attribute("href")))
    rep.ready()
    name = fresh("标签")
    page.get_by_role("button", name="编辑标签").click()
    page.get_by_label("新标签").fill(name)
    page.get_by_label("新标签").press("Enter")
    expect(page.get_by_role("group", name="标签").get_by_text(name)).to_be_visible()
    visitor.sign_in("admin")
    desk = visitor.goto(f"{LISTS}?list=free")
    desk.get_by_role("button", name=f"编辑“{name}”").click()
    form = desk.get_by_role("dialog")
    form.get_by_title("青绿").click()
    expect(form.get_by_role("radio", name="青绿")).to_be_checked()
    form.get_by_label("名称").fill(f"{name}甲")
    assert serious(desk) == []
    form.get_by_role("button", name="保存").click()
    expect(page.get_by_role("group", name="标签").get_by_text(f"{name}甲")).to_be_visible()
    expect(page.locator(".badge.c-teal").filter(has_text=f"{name}甲")).to_be_visible()


@pytest.mark.parametrize("who", ["sales", "manager", "finance"])
def test_nobody_else_is_offered_the_page_or_gets_in(visit: Callable[..., Visitor], who: str) -> None:
    visitor = visit()
    page = visitor.sign_in(who)
    navigation = page.get_by_role("navigation", name="主导航").first
    expect(navigation.get_by_role("link", name="今日工作")).to_be_visible()
    expect(navigation.get_by_role("link", name="设置")).to_have_count(0)
    visitor.goto(LISTS)
    expect(page.get_by_role("heading", name="没有权限")).to_be_visible()
    expect(page.get_by_text("制造业")).to_have_count(0)


def test_the_way_there(visit: Callable[..., Visitor]) -> None:
    wide, narrow = visit(), visit(width=360, height=740)
    page = wide.sign_in("admin")
    page.get_by_role("navigation", name="主导航").first.get_by_role("link", name="设置").click()
    page.get_by_role("navigation", name="设置").get_by_role("link", name="列表与标签").click()
    expect(page.get_by_role("heading", name="列表与标签", level=1)).to_be_visible()
    page = narrow.sign_in("admin")
    page.get_by_role("button", name="个人菜单").click()
    page.get_by_role("link", name="设置").click()
    page.get_by_role("navigation", name="设置").get_by_role("link", name="列表与标签").click()
    expect(page.get_by_role("heading", name="列表与标签", level=1)).to_be_visible()
