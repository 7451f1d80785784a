"""What is typed on a customer's page outlives a reload and a restart, and who changed it too is told; on a phone."""

import re
import signal
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, Visitor, start_server
from tests.e2e.test_accessibility import serious
from tests.e2e.test_customer_page import edit, mortal, new_customer, path_of

__all__ = ["mortal"]
pytestmark = pytest.mark.e2e
KEPT = "已恢复您上次未保存的内容"


def reload(visitor: Visitor) -> None:
    """As F5."""
    visitor.page.reload()
    visitor.ready()


def contact_form(page: Page) -> None:
    """Open the form of the only contact."""
    page.get_by_role("button", name=re.compile("^编辑联系人")).click()
    expect(page.get_by_role("dialog", name="编辑联系人")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 360])
def test_a_fact_being_edited_outlives_a_reload(visit: Callable[..., Visitor], width: int) -> None:
    visitor = visit(width=width)
    visitor.sign_in("sales")
    page = new_customer(visitor)
    if width == 360:
        page.get_by_role("button", name="资料", exact=True).click()
    page.get_by_role("button", name="编辑 企业地址").click()
    page.get_by_label("企业地址", exact=True).press_sequentially("没有保存的地址")
    page.get_by_role("button", name="编辑 备注").focus()
    expect(page.get_by_role("button", name="编辑 企业地址")).to_have_text("没有保存的地址")
    page.get_by_role("button", name="编辑 备注").click()
    page.get_by_label("备注", exact=True).press_sequentially("写到一半的备注")
    reload(visitor)
    expect(page.get_by_label("备注", exact=True)).to_have_value("写到一半的备注")
    expect(page.get_by_text(KEPT)).to_be_visible()
    expect(page.get_by_label("企业地址", exact=True), "it was saved: nothing is left to keep").to_have_count(0)
    assert serious(page) == []
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("button", name="编辑 备注")).to_have_text("写到一半的备注")
    reload(visitor)
    expect(page.get_by_text(KEPT)).to_have_count(0)


def test_a_fact_kept_over_a_reload_can_be_given_up(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = new_customer(visitor)
    page.get_by_role("button", name="编辑 所在地区").click()
    page.get_by_label("所在地区 1").select_option(label="广东省")
    page.get_by_label("所在地区 2").select_option(label="深圳市")
    reload(visitor)
    expect(page.get_by_label("所在地区 2").locator("option:checked")).to_have_text("深圳市")
    page.get_by_role("button", name="放弃修改").click()
    expect(page.get_by_role("button", name="编辑 所在地区")).to_have_text("未填写")
    reload(visitor)
    expect(page.get_by_role("button", name="编辑 所在地区")).to_have_text("未填写")


def test_a_fact_kept_over_a_reload_does_not_overwrite_what_others_saved_meanwhile(
    visit: Callable[..., Visitor],
) -> None:
    mine, theirs = visit(), visit()
    mine.sign_in("sales")
    theirs.sign_in("admin")
    page = new_customer(mine)
    page.get_by_role("button", name="编辑 企业地址").click()
    page.get_by_label("企业地址", exact=True).press_sequentially("我的地址")
    there = theirs.goto(path_of(page))
    edit(there, "企业地址", "对方的地址")
    expect(there.get_by_role("button", name="编辑 企业地址")).to_have_text("对方的地址")
    reload(mine)
    expect(page.get_by_label("企业地址", exact=True)).to_have_value("我的地址")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("对方的地址")
    page.get_by_role("button", name="保存我的").click()
    expect(page.get_by_role("button", name="编辑 企业地址")).to_have_text("我的地址")


def test_a_fact_and_a_contact_outlive_the_death_of_the_server(
    visit: Callable[..., Visitor], mortal: list[Server]
) -> None:
    visitor = visit(on=mortal[0])
    visitor.sign_in("sales")
    page = new_customer(visitor)
    contact_form(page)
    page.get_by_label("职位").fill("采购经理")
    mortal[0].process.send_signal(signal.SIGKILL)
    mortal[0].process.wait()
    page.get_by_label("电话", exact=True).fill("0755-88281234")
    mortal.append(start_server(mortal[0].data_dir, port=int(mortal[0].url.rsplit(":", 1)[1])))
    expect(page.get_by_text("连接已断开")).to_have_count(0)
    dialog = page.get_by_role("dialog", name="编辑联系人")
    expect(dialog.get_by_label("职位")).to_have_value("采购经理")
    expect(dialog.get_by_label("电话", exact=True)).to_have_value("0755-88281234")
    dialog.get_by_role("button", name="保存", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("采购经理").first).to_be_visible()


def test_a_contact_form_closed_by_escape_is_kept_and_one_given_up_is_not(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = new_customer(visitor)
    contact_form(page)
    page.get_by_label("职位").fill("采购经理")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    reload(visitor)
    expect(page.get_by_role("dialog"), "what was closed stays closed").to_have_count(0)
    contact_form(page)
    expect(page.get_by_text(KEPT)).to_be_visible()
    expect(page.get_by_label("职位")).to_have_value("采购经理")
    page.get_by_role("button", name="取消").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    contact_form(page)
    expect(page.get_by_text(KEPT)).to_have_count(0)
    expect(page.get_by_label("职位")).to_have_value("")


def test_a_deal_that_was_recorded_leaves_nothing_for_the_next_one(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = new_customer(visitor)
    page.get_by_role("button", name="变更等级").click()
    page.get_by_role("radio", name="成交客户").click()
    page.get_by_label("成交金额").fill("52万")
    page.get_by_label("成交日期").fill("2024-05-01")
    page.get_by_label("合同编号").fill(f"HT-{path_of(page)}")
    page.get_by_role("button", name="确认变更").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="变更等级").click()
    page.get_by_role("radio", name="再次成交").click()
    expect(page.get_by_label("合同编号")).to_have_value("")
    expect(page.get_by_text(KEPT)).to_have_count(0)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_two_people_edit_the_same_contact_and_the_second_chooses_field_by_field(
    visit: Callable[..., Visitor], width: int, dark: bool
) -> None:
    mine, theirs = visit(width=width, dark=dark), visit()
    mine.sign_in("sales")
    theirs.sign_in("admin")
    page = new_customer(mine)
    there = theirs.goto(path_of(page))
    if width == 360:
        page.get_by_role("button", name="资料", exact=True).click()
    for one, position, email in ((page, "采购经理", "mine@example.com"), (there, "采购总监", "theirs@example.com")):
        contact_form(one)
        one.get_by_label("职位").fill(position)
        one.get_by_label("邮箱").fill(email)
    there.get_by_role("button", name="保存", exact=True).click()
    expect(there.get_by_role("dialog")).to_have_count(0)
    dialog = page.get_by_role("dialog", name="编辑联系人")
    save = dialog.get_by_role("button", name="保存", exact=True)
    save.click()
    position, email = (dialog.get_by_role("group", name=name) for name in ("职位", "邮箱"))
    expect(position).to_contain_text("采购经理")
    expect(position).to_contain_text("采购总监")
    expect(email).to_contain_text("mine@example.com")
    expect(email).to_contain_text("t***s@example.com")
    expect(save).to_be_disabled()
    assert serious(page) == []
    position.get_by_label("保留我的").check()
    expect(save).to_be_disabled()
    email.get_by_label("采用对方的").check()
    expect(dialog.get_by_role("textbox", name="邮箱")).to_have_accessible_description(re.compile(r"t\*\*\*s"))
    save.click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("采购经理").first).to_be_visible()
    page.get_by_role("button", name="显示完整信息").click()
    expect(page.get_by_role("link", name="发邮件给 theirs@example.com")).to_be_visible()


def test_on_a_phone_timeline_and_composer_stand_on_the_first_screen(visit: Callable[..., Visitor]) -> None:
    visitor = visit(width=360, height=740)
    visitor.sign_in("sales")
    page = new_customer(visitor)
    content = page.get_by_label("跟进内容")
    expect(content).to_be_in_viewport()
    expect(page.get_by_role("region", name="动态").get_by_role("heading", name="动态", exact=True)).to_be_in_viewport()
    expect(page.get_by_text("联系人", exact=True)).to_be_hidden()
    page.get_by_role("button", name="资料", exact=True).click()
    expect(page.get_by_text("联系人", exact=True)).to_be_in_viewport()
    expect(content).to_be_hidden()
    page.get_by_role("button", name="新增跟进").click()
    expect(content).to_be_focused()
    content.fill("在路上打了电话")
    page.get_by_role("button", name="保存跟进").click()
    expect(page.get_by_role("region", name="动态").get_by_text("在路上打了电话")).to_be_visible()
