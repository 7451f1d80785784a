"""The rows of filters above the customer list: 2024年第一季度 + 制造业 + 意向客户 is three clicks (R3.2)."""

import re
import sqlite3
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Server, Visitor
from tests.e2e.test_directory import asked, enter, rows, total

pytestmark = pytest.mark.e2e
THREE_CLICKS = ("2024年第一季度", "制造业", "意向客户")
THEIR_ADDRESS = "f=created.within.2024Q1;industry.in.MFG;level.in.intent"
FITTING = (
    "SELECT count(*) FROM customer WHERE deleted_at IS NULL AND industry = 'MFG' AND level = 'intent'"
    " AND created_at >= '2023-12-31 16:00' AND created_at < '2024-03-31 16:00'"
)


@pytest.fixture
def fitting(server: Server) -> Iterator[int]:
    """How many customers fit: three at least, also when the demonstration's years no longer reach back to 2024."""
    with sqlite3.connect(server.data_dir / "crm.db", timeout=10) as connection:
        moved = connection.execute(
            "SELECT created_at, id FROM customer WHERE deleted_at IS NULL AND industry = 'MFG' AND level = 'intent'"
            " ORDER BY id LIMIT 3"
        ).fetchall()
        assert len(moved) == 3
        for day, (_, key) in zip(("01-01", "02-29", "03-31"), moved, strict=True):
            connection.execute("UPDATE customer SET created_at = ? WHERE id = ?", (f"2024-{day} 04:00:00.000000", key))
        connection.commit()
        yield connection.execute(FITTING).fetchone()[0]
        connection.executemany("UPDATE customer SET created_at = ? WHERE id = ?", moved)


def area(page: Page) -> Locator:
    """The rows of filters."""
    return page.locator(".facets")


def switch(page: Page) -> Locator:
    """What opens and closes them."""
    return page.get_by_role("button", name="快捷筛选")


def click_three(page: Page) -> None:
    """The whole of what a person does."""
    for name in THREE_CLICKS:
        area(page).get_by_role("button", name=name, exact=True).click()


def shows_the_three(page: Page, count: int) -> None:
    expect(page).to_have_url(re.compile(r"level\.in\.intent"))
    assert asked(page) == THEIR_ADDRESS
    expect(rows(page)).to_have_count(count)
    assert total(page) == count
    for line in rows(page).all():
        for said in (re.compile("2024-0[1-3]-"), "制造业", "意向客户"):
            expect(line).to_contain_text(said)
    for name in THREE_CLICKS:
        expect(area(page).get_by_role("button", name=name, exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".chip")).to_have_count(3)


def test_the_example_of_the_rules_is_three_clicks(fitting: int, visit: Callable[..., Visitor]) -> None:
    page = enter(visit(), "admin")
    click_three(page)
    shows_the_three(page, fitting)
    page.reload()
    shows_the_three(page, fitting)


def test_on_a_phone_the_rows_are_opened_remembered_and_closed(fitting: int, visit: Callable[..., Visitor]) -> None:
    visitor = visit(width=360, height=740)
    page = enter(visitor, "yaojingqiang")
    expect(switch(page)).to_have_attribute("aria-expanded", "false")
    expect(area(page)).to_have_count(0)
    switch(page).click()
    for button in area(page).get_by_role("button").all():
        box = button.bounding_box()
        assert box is None or box["height"] >= 36
    click_three(page)
    expect(page.locator(".chip")).to_have_count(3)
    expect(page).to_have_url(re.compile(r"level\.in\.intent"))
    assert asked(page) == THEIR_ADDRESS
    widths = "[document.documentElement.scrollWidth, document.querySelector('main').scrollWidth]"
    assert max(page.evaluate(widths)) <= 360
    page.get_by_role("button", name="清除筛选").first.click()
    expect(page.locator(".chip")).to_have_count(0)
    expect(page).not_to_have_url(re.compile(r"level\.in\.intent"))
    page.reload()
    expect(switch(page)).to_have_attribute("aria-expanded", "true")
    expect(area(page)).to_be_visible()
    switch(page).click()
    expect(area(page)).to_have_count(0)
    page.reload()
    expect(rows(page).first).to_be_visible()
    expect(switch(page)).to_have_attribute("aria-expanded", "false")


def test_the_rows_are_calm_on_a_wide_screen_and_menus_when_closed(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(), "jiajiayi")
    box = area(page).bounding_box()
    assert box
    assert box["height"] <= 112
    menus = page.get_by_role("group", name="快捷筛选").get_by_role("button", name="所属行业")
    expect(menus).to_have_count(0)
    switch(page).click()
    expect(menus).to_be_visible()
    expect(area(page)).to_have_count(0)
    page.reload()
    expect(rows(page).first).to_be_visible()
    expect(menus).to_be_visible()
    expect(switch(page)).to_have_attribute("aria-expanded", "false")


def test_keys_walk_in_a_row_and_the_focus_stays(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(), "admin")

    def button(row: str, name: str) -> Locator:
        return area(page).get_by_role("group", name=row).get_by_role("button", name=name, exact=True)

    switch(page).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(button("客户等级", "潜在客户")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    for pressed in ("true", "false"):
        expect(button("客户等级", "意向客户")).to_have_attribute("aria-pressed", pressed)
        expect(button("客户等级", "意向客户")).to_be_focused()
        expect(page.locator(".chip")).to_have_count(1 if pressed == "true" else 0)
        page.keyboard.press("Space")
    expect(page.locator(".chip")).to_have_count(1)
    page.keyboard.press("End")
    expect(button("客户等级", "流失客户")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(button("客户等级", "潜在客户")).to_be_focused()
    page.keyboard.press("Tab")
    expect(button("所属行业", "制造业")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(button("客户等级", "潜在客户")).to_be_focused()


def test_several_values_of_a_row_are_one_condition(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(), "admin")
    for name in ("制造业", "零售业"):
        area(page).get_by_role("button", name=name, exact=True).click()
    expect(page.locator(".chip")).to_have_text(["所属行业 是 制造业、零售业"])
    area(page).get_by_role("button", name="制造业", exact=True).click()
    expect(page.locator(".chip")).to_have_text(["所属行业 是 零售业"])


def test_what_does_not_fit_in_a_line_is_unfolded(fitting: int, visit: Callable[..., Visitor]) -> None:
    assert fitting
    page = enter(visit(width=1024), "admin")
    periods = area(page).get_by_role("group", name="创建时间")
    quarter = periods.get_by_role("button", name="2024年第一季度")
    folded = periods.bounding_box()
    periods.get_by_role("button", name="更多").click()
    expect(periods.get_by_role("button", name="更多")).to_have_attribute("aria-expanded", "true")
    unfolded = periods.bounding_box()
    assert folded
    assert unfolded
    assert unfolded["height"] >= 2 * folded["height"]
    quarter.click()
    expect(page.locator(".chip")).to_have_text(["创建时间 在 2024年第一季度"])
    periods.get_by_role("button", name="更多").click()
    quarter.focus()
    expect(periods.get_by_role("button", name="更多")).to_have_attribute("aria-expanded", "true")


def test_the_last_typed_condition_is_said_to_wait_for_enter(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(), "admin")
    box = page.get_by_role("searchbox", name="搜索客户")
    box.press_sequentially("行业:火箭业")
    expect(page.get_by_text("按回车作为条件 “行业:火箭业”")).to_be_visible()
    expect(box).to_have_accessible_description("按回车作为条件 “行业:火箭业”")
    box.press("Enter")
    expect(page.get_by_text("没有选项 “火箭业”")).to_be_visible()
    expect(page.get_by_text("按回车作为条件")).to_have_count(0)
