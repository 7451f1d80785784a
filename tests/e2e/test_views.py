"""Saved views as people use them: live numbers in the sidebar, the switch above the list, on a phone too (R3.5)."""

import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Visitor
from tests.e2e.test_accessibility import serious
from tests.e2e.test_directory import asked, enter, rows, total
from tests.e2e.test_new_customer import fill, fresh_name

pytestmark = pytest.mark.e2e
WIDTHS = pytest.mark.parametrize("width", [1440, 360])


def pinned(page: Page, name: str) -> Locator:
    """A view's line in the sidebar."""
    return page.locator(".pinned").get_by_role("link", name=name)


def number(page: Page, name: str) -> int:
    """What the sidebar says that a view holds."""
    found = pinned(page, name).locator(".nav-count")
    expect(found).to_have_text(re.compile(r"^[\d,]+$"))
    return int(found.inner_text().replace(",", ""))


def switch(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("^选择视图"))


def save_as(page: Page, name: str, audience: str = "") -> None:
    page.get_by_role("button", name="另存为视图").click()
    form = page.get_by_role("dialog", name="另存为视图")
    form.get_by_label("视图名称").fill(name)
    if audience:
        form.get_by_label("谁可以使用").select_option(label=audience)
    form.get_by_role("button", name="保存").click()
    expect(switch(page)).to_have_text(re.compile(name))
    expect(page).to_have_url(re.compile(r"\?view=\d+$"))


def save_new(visitor: Visitor, username: str = "") -> None:
    """A new customer of whoever is signed in."""
    if username:
        visitor.sign_in(username)
    form = visitor.goto("/customers/new")
    fill(form, name=fresh_name())
    form.get_by_role("button", name="保存", exact=True).click()
    expect(form).to_have_url(re.compile(r"/customers/[A-Z]{3}-"))


def fresh(what: str) -> str:
    return f"{what}{secrets.token_hex(2)}"


@WIDTHS
def test_a_view_is_saved_changed_discarded_and_saved_again(visit: Callable[..., Visitor], width: int) -> None:
    page = enter(visit(width=width, height=780), "manager", "/customers?f=level.in.intent&sort=name")
    name, count = fresh("意向"), total(page)
    save_as(page, name)
    address = asked(page)
    marker = page.get_by_role("button", name="放弃修改")
    expect(marker).to_have_count(0)
    page.get_by_role("button", name=re.compile("^移除条件 客户等级")).click()
    expect(marker).to_be_visible()
    expect(page).to_have_url(re.compile(rf"\?{address}&without=f$"))
    page.reload()
    expect(marker).to_be_visible()
    assert total(page) > count
    assert serious(page) == []
    marker.click()
    expect(marker).to_have_count(0)
    expect(page).to_have_url(re.compile(rf"\?{address}$"))
    expect(page.locator(".list-total")).to_contain_text(f"{count:,}")
    page.go_back()
    expect(marker).to_be_visible()
    page.get_by_role("button", name="保存视图").click()
    expect(marker).to_have_count(0)
    page.goto(page.url.split("?", maxsplit=1)[0] + f"?{address}")
    expect(rows(page).first).to_be_visible()
    assert total(page) > count


def test_the_sidebar_has_it_on_every_page_with_a_number_that_follows_others_saves(
    visit: Callable[..., Visitor],
) -> None:
    watching, working = visit(), visit()
    save_new(working, "sales")
    page = enter(watching, "manager", "/customers?f=created.within.today")
    name = fresh("今天")
    save_as(page, name)
    page.get_by_role("link", name="今日工作").click()
    expect(page).to_have_url(re.compile("/today$"))
    before = number(page, name)
    save_new(working)
    expect(pinned(page, name).locator(".nav-count")).to_have_text(f"{before + 1:,}")
    pinned(page, name).click()
    expect(page).to_have_url(re.compile(r"/customers\?view=\d+$"))
    expect(pinned(page, name)).to_have_attribute("aria-current", "page")
    expect(page.locator(".list-total")).to_contain_text(f"{number(page, name):,}")


def test_what_is_shared_reaches_a_role_and_what_is_private_nobody(visit: Callable[..., Visitor]) -> None:
    boss = enter(visit(), "admin", "/customers?f=level.in.won")
    shared, private = fresh("共享"), fresh("自用")
    save_as(boss, shared, "角色:销售代表")
    save_as_new = boss.url
    boss.get_by_role("button", name=re.compile("^移除条件")).first.click()
    save_as(boss, private)
    secret = asked(boss)
    rep = enter(visit(), "sales")
    switch(rep).click()
    menu = rep.get_by_role("dialog", name="视图")
    expect(menu.get_by_role("link", name=private)).to_have_count(0)
    menu.get_by_role("button", name=f"把 {shared} 固定到侧边栏").click()
    assert number(rep, shared) < 1000
    menu.get_by_role("link", name=shared).click()
    expect(rep).to_have_url(re.compile(save_as_new.rpartition("?")[2] + "$"))
    expect(rep.get_by_role("button", name="保存视图")).to_have_count(0)
    rep.goto(rep.url.split("?", maxsplit=1)[0] + f"?{secret}")
    expect(rep.get_by_role("status").filter(has_text="没有这个视图")).to_be_visible()
    expect(switch(rep)).to_have_text(re.compile("全部客户"))
    assert private not in rep.content()


@WIDTHS
def test_a_view_is_renamed_made_the_default_and_deleted(visit: Callable[..., Visitor], width: int) -> None:
    page = enter(visit(width=width, height=780), "yaojingqiang", "/customers?f=level.in.intent")
    name, other = fresh("旧名"), fresh("新名")
    save_as(page, name)
    address = asked(page)
    switch(page).click()
    menu = page.get_by_role("dialog", name="视图")
    menu.get_by_role("button", name=f"管理视图 {name}").click()
    menu.get_by_label("视图名称").fill(other)
    menu.get_by_label("视图名称").press("Enter")
    expect(menu.get_by_role("link", name=other)).to_be_visible()
    menu.get_by_label("打开列表时默认使用").check()
    expect(menu.get_by_text("默认", exact=True)).to_be_visible()
    assert serious(page) == []
    widths = "[document.documentElement.scrollWidth, document.querySelector('main').scrollWidth]"
    assert max(page.evaluate(widths)) <= width
    page.goto(page.url.split("?", maxsplit=1)[0])
    expect(page).to_have_url(re.compile(rf"\?{address}$"))
    switch(page).click()
    menu.get_by_role("link", name="全部客户").click()
    expect(page).to_have_url(re.compile(r"\?view=0$"))
    switch(page).click()
    menu.get_by_role("button", name=f"管理视图 {other}").click()
    menu.get_by_role("button", name="删除视图").click()
    menu.get_by_role("button", name="确认删除").click()
    expect(menu.get_by_role("link", name=other)).to_have_count(0)
    page.goto(page.url.split("?", maxsplit=1)[0] + f"?{address}")
    expect(page.get_by_role("status").filter(has_text="没有这个视图")).to_be_visible()


def test_pins_are_ordered_by_keys(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(), "liliyang", "/customers?f=level.in.intent")
    first, second = fresh("甲"), fresh("乙")
    save_as(page, first)
    page.get_by_role("button", name=re.compile("^移除条件")).first.click()
    save_as(page, second)
    names = page.locator(".pinned .nav-text.cut")
    expect(names).to_have_text([first, second])
    pinned(page, second).press("Alt+ArrowUp")
    expect(names).to_have_text([second, first])
    page.reload()
    expect(names).to_have_text([second, first])


@WIDTHS
def test_a_name_that_is_taken_or_missing_is_said_in_the_form_and_costs_nothing(
    visit: Callable[..., Visitor], width: int
) -> None:
    page = enter(visit(width=width, height=780), "liliyang", "/customers?f=level.in.intent")
    name = fresh("重名")
    save_as(page, name)
    page.get_by_role("button", name=re.compile("^移除条件")).first.click()
    page.get_by_role("button", name="另存为视图").click()
    form = page.get_by_role("dialog", name="另存为视图")
    save = form.get_by_role("button", name="保存")
    save.click()
    expect(form.get_by_role("alert")).to_have_text("请填写视图名称")
    field = form.get_by_label("视图名称")
    expect(field).to_be_focused()
    form.get_by_label("固定").uncheck()
    field.fill(name)
    expect(form.get_by_role("alert")).to_have_count(0)
    save.click()
    expect(form.get_by_role("alert")).to_have_text(f"您已有名为 “{name}” 的视图")
    expect(field).to_have_value(name)
    expect(form.get_by_label("固定")).not_to_be_checked()
    assert serious(page) == []
    other = fresh("另名")
    field.fill(other)
    save.click()
    expect(form).to_have_count(0)
    expect(switch(page)).to_have_text(re.compile(other))
