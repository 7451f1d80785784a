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


def add_field(page: Page, label: str, kind: str, options: str = "", button: str = "新增字段") -> None:
    """By the form of a new field."""
    page.get_by_role("button", name=button).click()
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


@WIDTHS
def test_a_field_of_contacts_is_at_once_wherever_a_contact_is(
    visit: Callable[..., Visitor], width: int, dark: bool
) -> None:
    visitor = visit(width=width, height=780 if width == 360 else 900, dark=dark)
    visitor.sign_in("admin")
    role, liked, years = f"决策角色{width}", f"爱好{width}", f"工龄{width}"
    page = visitor.goto("/settings/fields")
    page.get_by_role("radio", name="联系人").click()
    expect(page.get_by_role("button", name="新增联系人字段")).to_be_visible()
    for label, kind, options in ((role, "单选", "决策者\n使用者"), (liked, "多选", "茶\n棋\n书"), (years, "数字", "")):
        add_field(page, label, kind, options, button="新增联系人字段")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    name = f"联系人字段{width}测试有限公司"
    page = visitor.goto("/customers/new")
    page.get_by_label("客户名称").fill(name)
    page.get_by_label("所属行业").select_option(label="制造业")
    page.get_by_label("姓名").first.fill("王测试")
    page.get_by_label("手机").first.fill(f"1392222{width:04d}")
    page.get_by_label(role).select_option(label="使用者")
    page.get_by_label(liked).select_option(label="书")
    page.get_by_label(years).fill("很久")
    page.get_by_label(years).blur()
    expect(page.get_by_role("alert").filter(has_text="请输入数字")).to_be_visible()
    assert serious(page) == []
    page.reload()  # Nothing that was typed is lost.
    expect(page.get_by_label(years)).to_have_value("很久")
    expect(page.get_by_label(role)).to_have_value("v2")
    page.get_by_label(years).fill("12")
    expect(page.get_by_role("button", name="保存")).to_be_enabled()
    page.get_by_role("button", name="保存").click()
    expect(page).to_have_url(re.compile(r"/customers/[A-Z]+-\d+-\d+$"))
    if width == 360:
        page.get_by_role("button", name="资料", exact=True).click()
    key = edit_contact(page, role, liked, years)

    page = visitor.goto(f"/customers?f={key}.in.v1&cols=name,{key}")
    # A phone shows no heads of columns: each cell says what it is.
    whose = "cell" if width == 360 else "columnheader"
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("决策者")
    expect(page.get_by_role(whose, name=re.compile(f"联系人·{role}")).first).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="导出", exact=True).click()
    expect(page.get_by_role("dialog").get_by_label(f"联系人·{liked}")).to_be_visible()
    page = visitor.goto(f"/customers?f={key}.in.v2&cols=name,{key}")
    expect(page.get_by_role("row").filter(has_text=name)).to_have_count(0)


def edit_contact(page: Page, role: str, liked: str, years: str) -> str:
    """On the customer's page: the card, a wrong value, a dialog closed and opened again; the key of the role."""
    card, dialog = page.locator("#contacts"), page.get_by_role("dialog")
    for text in ("使用者", "书", "12"):
        expect(card.get_by_role("definition").filter(has_text=text)).to_be_visible()
    edit = page.get_by_role("button", name=re.compile("^编辑联系人")).first
    edit.click()
    expect(dialog.get_by_label(years)).to_have_value("12")
    key = (dialog.get_by_label(role).get_attribute("name") or "").removeprefix("contact_")
    dialog.get_by_label(role).select_option(label="决策者")
    dialog.get_by_label(liked).select_option(label="茶")
    dialog.get_by_label(years).fill("一年")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.get_by_role("alert").filter(has_text="请输入数字")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    edit.click()
    expect(dialog.get_by_label(years)).to_have_value("一年")
    expect(dialog.locator(".badge-pick")).to_have_text(["书×", "茶×"])
    dialog.get_by_label(years).fill("13")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_have_count(0)
    for text in ("决策者", "茶、书", "13"):
        expect(card.get_by_role("definition").filter(has_text=text)).to_be_visible()
    return key


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
