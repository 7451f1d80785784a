"""Conditions joined with OR, and filtering by a cell's value: by mouse, by keys and on a phone (R3.2)."""

import re
import sqlite3
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, Visitor
from tests.e2e.test_accessibility import serious
from tests.e2e.test_directory import enter, rows, total

pytestmark = pytest.mark.e2e
WIDTHS = pytest.mark.parametrize("width", [1440, 360])
UNION = "SELECT count(*) FROM customer WHERE deleted_at IS NULL AND (level = 'won' OR industry IN ('MFG', 'RET'))"
WON = "添加“或”条件:客户等级 是 成交客户"


def add(page: Page, field: str, value: str) -> None:
    """Choose a field by keys, and type a value."""
    page.get_by_label("搜索字段").fill(field)
    page.get_by_label("搜索字段").press("Enter")
    page.get_by_label("值", exact=True).fill(value)
    page.get_by_label("值", exact=True).press("Enter")


@WIDTHS
def test_a_group_is_made_changed_and_taken_apart(visit: Callable[..., Visitor], width: int) -> None:
    page = enter(visit(width=width, height=780), "admin", "/customers?f=level.in.won")
    won = total(page)
    page.get_by_role("button", name=WON).click()
    expect(page.get_by_label("与其他条件的关系")).to_have_value("c0")
    add(page, "预计", "100万")
    group = page.get_by_role("group", name=re.compile("^满足其一"))
    expect(group.locator(".chip")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"\?f=\(level\.in\.won\|expected\.gte\.1000000\)$"))
    assert serious(page) == []
    both = total(page)
    widths = "[document.documentElement.scrollWidth, document.querySelector('main').scrollWidth]"
    assert max(page.evaluate(widths)) <= width
    page.reload()
    expect(group.locator(".chip")).to_have_count(2)
    assert total(page) == both >= won
    group.get_by_role("button", name=re.compile("^移除条件 预计")).click()
    expect(group).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?f=level\.in\.won$"))
    page.go_back()
    expect(group.locator(".chip")).to_have_count(2)
    group.get_by_role("button", name="移除整组条件").click()
    expect(page).to_have_url(re.compile(r"/customers$"))


def test_values_ticked_one_after_the_other_change_one_member(server: Server, visit: Callable[..., Visitor]) -> None:
    page = enter(visit(), "admin", "/customers?f=level.in.won")
    page.get_by_role("button", name="筛选", exact=True).click()
    page.get_by_label("与其他条件的关系").select_option("c0")
    page.get_by_label("搜索字段").fill("所属行业")
    page.get_by_label("搜索字段").press("Enter")
    page.get_by_role("checkbox", name="制造业").check()
    expect(page).to_have_url(re.compile(r"\|industry\.in\.MFG\)$"))
    page.get_by_role("checkbox", name="零售业").check()
    expect(page).to_have_url(re.compile(r"f=\(level\.in\.won\|industry\.in\.MFG,RET\)$"))
    page.keyboard.press("Escape")
    with sqlite3.connect(server.data_dir / "crm.db", timeout=10) as connection:
        (union,) = connection.execute(UNION).fetchone()
    expect(page.locator(".list-total")).to_contain_text(f"{union:,}")


def test_the_value_under_the_pointer_is_one_click_and_the_row_still_opens(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(), "admin", "/customers?cols=name,industry,level,region,tags,total,mobile")
    cell = rows(page).nth(2).locator("td.cell").first
    industry = cell.inner_text()
    cell.hover()
    page.get_by_role("button", name=f"筛选 所属行业 {industry}").click()
    expect(page.get_by_role("button", name=f"修改条件 所属行业 是 {industry}")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?f=industry\.in\."))
    rows(page).first.locator("td.cell").last.hover()
    expect(page.locator(".cell-filter")).to_have_count(0)
    name = rows(page).first.locator("a.row-link").inner_text()
    rows(page).first.locator("td.cell").nth(3).click()
    expect(page.get_by_role("complementary", name=f"预览 {name}")).to_be_visible()


@WIDTHS
def test_keys_and_touch_have_a_menu_of_a_row_s_values(visit: Callable[..., Visitor], width: int) -> None:
    page = enter(visit(width=width, height=780), "admin")
    link = rows(page).first.locator("a.row-link")
    name = link.inner_text()
    if width == 360:
        page.get_by_role("button", name=f"按 {name} 的值筛选").click()
    else:
        link.focus()
        page.keyboard.press("f")
    menu = page.get_by_role("dialog", name=f"按 {name} 的值筛选")
    expect(menu.get_by_role("button", name=re.compile("^客户等级"))).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(link).to_be_focused()
    if width == 360:
        page.get_by_role("button", name=f"按 {name} 的值筛选").click()
    else:
        rows(page).first.locator("td.cell").nth(1).click(button="right")
    menu.get_by_role("button", name=re.compile("^所属行业")).click()
    expect(page.locator(".chip")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?f=industry\.in\.[A-Z]+$"))
