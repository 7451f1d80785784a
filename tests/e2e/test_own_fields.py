"""A field is made and used: in the form, on the page, in the list; by whom it may be (R1.8)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visitor
from tests.e2e.test_accessibility import serious
from tests.e2e.test_customer_page import new_customer

pytestmark = pytest.mark.e2e
WIDTHS = pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)], ids=["wide", "phone"])


def add_field(page: Page, label: str, kind: str, options: str = "") -> None:
    """By the form of a new field."""
    page.get_by_role("button", name="新增字段").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("字段名称").fill(label)
    dialog.get_by_label("类型").select_option(label=kind)
    if options:
        dialog.get_by_label("选项,每行一个").fill(options)
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row").filter(has_text=label)).to_be_visible()


def key_of(page: Page, label: str) -> str:
    """The name of the field's input."""
    return page.get_by_label(label, exact=True).get_attribute("name") or ""


@WIDTHS
def test_a_field_is_at_once_wherever_a_customer_is(visit: Callable[..., Visitor], width: int, dark: bool) -> None:
    visitor = visit(width=width, height=780 if width == 360 else 900, dark=dark)
    visitor.sign_in("admin")
    amount, sorts = f"年采购额{width}", f"采购品类{width}"
    page = visitor.goto("/settings/fields")
    page.get_by_role("button", name="新增字段").click()
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(page.get_by_role("dialog").get_by_text("请填写字段名称")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("dialog").get_by_role("button", name="取消").click()
    add_field(page, amount, "金额")
    add_field(page, sorts, "多选", "设备\n软件")
    assert serious(page) == []

    page = visitor.goto("/customers/new")
    name = f"自定义字段{width}测试有限公司"
    page.get_by_label("客户名称").fill(name)
    page.get_by_label("所属行业").select_option(label="制造业")
    page.get_by_label("姓名").first.fill("王测试")
    page.get_by_label("手机").first.fill(f"1391111{width:04d}")
    page.get_by_label(amount).fill("五十")
    page.get_by_label(amount).blur()
    expect(page.get_by_role("alert").filter(has_text="五十")).to_be_visible()
    page.get_by_label(amount).fill("50万")
    page.get_by_label(sorts).select_option(label="软件")
    key = key_of(page, amount)
    expect(page.get_by_role("button", name="保存")).to_be_enabled()
    page.get_by_role("button", name="保存").click()
    expect(page).to_have_url(re.compile(r"/customers/[A-Z]+-\d+-\d+$"))
    if width == 360:
        page.get_by_role("button", name="资料", exact=True).click()
    page.get_by_role("button", name=f"编辑 {amount}").click()
    page.get_by_role("textbox", name=amount).fill("60万")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"编辑 {amount}")).to_have_text("600,000")
    page.get_by_role("button", name=f"编辑 {sorts}").click()
    page.get_by_role("checkbox", name="设备").check()
    page.get_by_role("group", name=sorts).get_by_role("button", name="保存").click()
    expect(page.get_by_role("button", name=f"编辑 {sorts}")).to_have_text("设备、软件")
    assert serious(page) == []

    page = visitor.goto(f"/customers?f={key}.gte.50万&cols=name,{key}&sort=-{key}")
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("60万")
    box = page.get_by_role("searchbox", name="搜索客户")
    box.fill(f"{amount}:>70万")
    box.press("Enter")
    expect(page.get_by_role("row").filter(has_text=name)).to_have_count(0)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


def test_another_kind_is_asked_about_and_retiring_is_taken_back(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("admin")
    page = visitor.goto("/settings/fields")
    add_field(page, "采购预算", "单行文本")
    page = new_customer(visitor)
    page.get_by_role("button", name="编辑 采购预算").click()
    page.get_by_role("textbox", name="采购预算").fill("面议")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="编辑 采购预算")).to_have_text("面议")

    page = visitor.goto("/settings/fields")
    page.get_by_role("button", name="编辑字段 采购预算").click()
    page.get_by_role("dialog").get_by_label("类型").select_option(label="金额")
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("“面议”")
    page.get_by_role("dialog").get_by_role("button", name="转换并保存").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text="采购预算(")).to_be_visible()
    page.get_by_role("button", name="停用 采购预算", exact=True).click()
    expect(page.get_by_role("button", name="停用 采购预算", exact=True)).to_have_count(0)
    page.get_by_role("status").filter(has_text="字段已停用").get_by_role("button", name="撤销").click()
    expect(page.get_by_role("button", name="停用 采购预算", exact=True)).to_be_visible()


def test_nobody_else_makes_fields(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = visitor.goto("/settings/fields")
    expect(page.get_by_role("heading", name="没有权限")).to_be_visible()
    expect(page.get_by_role("button", name="新增字段")).to_have_count(0)
