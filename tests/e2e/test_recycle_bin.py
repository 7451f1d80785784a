"""Deleting a customer, taking it back, and the recycle bin, as an administrator works with them (R11.3)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visitor
from tests.e2e.test_accessibility import serious
from tests.e2e.test_customer_page import new_customer, path_of

pytestmark = pytest.mark.e2e


def ask_to_delete(page: Page) -> None:
    """By the menu of the customer's page."""
    page.get_by_role("button", name="更多操作").click()
    page.get_by_role("button", name="删除", exact=True).click()
    expect(page.get_by_role("dialog").get_by_text("30 天内")).to_be_visible()


def delete(page: Page) -> None:
    """Ask and confirm; ends on the list."""
    ask_to_delete(page)
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page).to_have_url(re.compile(r"/customers$"))
    expect(page.get_by_role("table").or_(page.get_by_role("search")).first).to_be_visible()


def name_of(page: Page) -> str:
    """Of the customer whose page it is."""
    return page.get_by_role("heading", level=1).inner_text()


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_a_customer_is_deleted_taken_back_deleted_and_brought_back(
    visit: Callable[..., Visitor], width: int, dark: bool
) -> None:
    visitor = visit(width=width, height=780 if width == 360 else 900, dark=dark)
    visitor.sign_in("admin")
    page = new_customer(visitor)
    path, name = path_of(page), name_of(page)
    ask_to_delete(page)
    assert serious(page) == []
    expect(page.get_by_role("dialog").get_by_role("heading")).to_contain_text(name)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    delete(page)
    message = page.get_by_role("status").filter(has_text=f"已删除「{name}」")
    message.get_by_role("button", name="撤销").click()
    expect(page.get_by_role("status").filter(has_text=f"已恢复「{name}」")).to_be_visible()
    visitor.goto(path)
    expect(page.get_by_text("从回收站恢复了客户")).to_be_visible()
    expect(page.get_by_text("删除了客户,移入回收站")).to_be_visible()

    delete(page)
    visitor.goto(path)
    expect(page.get_by_role("heading", name="客户在回收站里")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("link", name="打开回收站").click()
    expect(page).to_have_url(re.compile(r"/bin$"))
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("30 天")
    expect(row).to_contain_text(path.rsplit("/", 1)[1])
    assert serious(page) == []
    wide = page.evaluate("Math.max(document.documentElement.scrollWidth, document.querySelector('main').scrollWidth)")
    assert wide <= width
    page.get_by_role("searchbox", name="搜索回收站").fill(name[:10])
    expect(page.get_by_role("table").get_by_role("button")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/bin\?q="))
    page.get_by_role("button", name=f"恢复 {name}").click()
    expect(page.get_by_role("heading", name="没有找到")).to_be_visible()
    page.get_by_role("status").filter(has_text=f"已恢复「{name}」").get_by_role("button", name="打开").click()
    expect(page).to_have_url(re.compile(path + "$"))
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def test_ticked_ones_are_brought_back_together_and_another_open_page_follows(visit: Callable[..., Visitor]) -> None:
    visitor, other = visit(), visit()
    page = visitor.sign_in("admin")
    names = []
    for _ in range(3):
        page = new_customer(visitor)
        names.append(name_of(page))
        delete(page)
    other.sign_in("admin")
    theirs = other.goto("/bin")
    visitor.goto("/bin")
    for name in names[:2]:
        page.get_by_role("checkbox", name=f"选择 {name}").check()
    expect(page.get_by_text("已选 2 个")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="恢复所选").click()
    expect(page.get_by_text("已恢复 2 个客户")).to_be_visible()
    for shown in (page, theirs):
        expect(shown.get_by_role("row").filter(has_text=names[2])).to_have_count(1)
        for name in names[:2]:
            expect(shown.get_by_role("row").filter(has_text=name)).to_have_count(0)
    page.get_by_role("button", name=f"恢复 {names[2]}").click()
    expect(theirs.get_by_role("row").filter(has_text=names[2])).to_have_count(0)


def test_a_rep_is_offered_neither_and_told_nothing(visit: Callable[..., Visitor]) -> None:
    boss, rep = visit(), visit()
    rep.sign_in("sales")
    page = new_customer(rep)
    path = path_of(page)
    expect(page.get_by_role("button", name="更多操作")).to_have_count(0)
    expect(page.get_by_role("link", name="回收站")).to_have_count(0)
    page.get_by_role("button", name="新增跟进").click()
    page.get_by_label("跟进内容").fill("写到一半")
    boss.sign_in("admin")
    boss.goto(path)
    delete(boss.page)
    expect(page.get_by_role("heading", name="没有找到")).to_be_visible()
    expect(page.get_by_role("link", name="打开回收站")).to_have_count(0)
    rep.goto("/bin")
    expect(page.get_by_role("heading", name="没有权限")).to_be_visible()
    boss.page.get_by_role("button", name="撤销").click()
    expect(boss.page.get_by_role("status").filter(has_text="已恢复")).to_be_visible()
    rep.goto(path)
    expect(page.get_by_label("跟进内容")).to_have_value("写到一半")
