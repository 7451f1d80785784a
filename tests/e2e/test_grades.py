"""A grade by hand on the customer's page, and the settings behind numbers and grades, as people do it (R1.1, R1.4)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visitor
from tests.e2e.test_accessibility import serious


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_a_grade_is_given_and_taken_back(visit: Callable[..., Visitor], width: int, dark: bool) -> None:
    visitor = visit(width=width, height=800, dark=dark)
    visitor.sign_in("liliyang")
    page = visitor.goto("/customers?f=grade.in.C")
    page.locator("a.row-link").first.click()
    grade = page.locator(".who-badges")
    edit = page.get_by_role("button", name="设置价值分级")
    edit.click()
    assert serious(page) == []
    page.get_by_role("menuitemradio", name="A", exact=True).click()
    expect(grade.get_by_text("李立阳 设定")).to_be_visible()
    expect(grade.get_by_text("A", exact=True)).to_be_visible()
    expect(page.get_by_role("menuitemradio")).to_have_count(0)
    expect(page.locator(".timeline").get_by_text("价值分级").first).to_be_visible()
    edit.click()
    page.get_by_role("menuitemradio", name="自动计算").click()
    expect(grade.get_by_text("C", exact=True)).to_be_visible()
    expect(grade.get_by_text("李立阳 设定")).to_have_count(0)


@pytest.mark.parametrize(("width", "dark"), [(1440, True), (360, False)])
def test_the_pattern_of_numbers_says_what_it_makes(visit: Callable[..., Visitor], width: int, dark: bool) -> None:
    visitor = visit(width=width, height=800, dark=dark)
    visitor.sign_in("admin")
    page = visitor.goto("/settings/customers")
    pattern = page.get_by_label("编号规则")
    pattern.fill("{industry}{seq}")
    expect(page.get_by_text("行业代码与相邻内容之间须有")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="保存").first.click()
    expect(pattern).to_have_value("{industry}{seq}")
    page.get_by_role("button", name="恢复默认规则").click()
    expect(page.get_by_text(re.compile(r"^MFG-\d{4}-001$"))).to_be_visible()
    page.get_by_label("A 级不低于").fill("1")
    page.get_by_role("button", name="保存").last.click()
    expect(page.get_by_text("A 级门槛须高于 B 级门槛")).to_be_visible()


def test_who_is_not_the_administrator_does_not_come_in(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("manager")
    page = visitor.goto("/settings/customers")
    expect(page.get_by_label("编号规则")).to_have_count(0)
    expect(page.get_by_role("heading", name="没有权限")).to_be_visible()
