"""Editing a customer as a whole form: two people at once, leaving, a restart, a phone (R2.3)."""

import re
import sqlite3
from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.e2e.conftest import Server, Visitor
from tests.e2e.test_accessibility import serious
from tests.e2e.test_customer_page import new_customer, path_of

pytestmark = pytest.mark.e2e


def stored(server: Server, number: str) -> tuple[str, str, str]:
    """Address, note and source of a customer."""
    with sqlite3.connect(f"file:{server.data_dir / 'crm.db'}?mode=ro", uri=True) as connection:
        return connection.execute("SELECT address, note, source FROM customer WHERE number = ?", (number,)).fetchone()


def open_form(visitor: Visitor, path: str) -> Page:
    """The form by the customer's page, as a person goes."""
    page = visitor.goto(path)
    page.get_by_role("link", name="编辑", exact=True).click()
    expect(page).to_have_url(re.compile(r"/edit$"))
    expect(page.get_by_role("textbox", name="客户名称")).not_to_have_value("")
    return page


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_two_people_edit_the_same_customer(visit: Callable[..., Visitor], width: int, dark: bool) -> None:
    mine, theirs = visit(width=width, dark=dark), visit()
    mine.sign_in("sales")
    path = path_of(new_customer(mine))
    theirs.sign_in("admin")
    my_page, their_page = open_form(mine, path), open_form(theirs, path)
    my_page.get_by_role("textbox", name="企业地址").fill("我的地址")
    my_page.get_by_role("textbox", name="备注").fill("我的备注")
    their_page.get_by_role("textbox", name="企业地址").fill("对方的地址")
    their_page.get_by_role("textbox", name="备注").fill("对方的备注")
    their_page.get_by_label("客户来源").select_option(label="官网")
    their_page.get_by_role("textbox", name="备注").press("Control+Enter")
    expect(their_page).to_have_url(re.compile(path + "$"))

    meanwhile = my_page.get_by_role("region", name="其他人的修改")
    expect(meanwhile.get_by_text("将「(空)」改为「对方的地址」")).to_be_visible()
    expect(meanwhile.get_by_text("将「(空)」改为「官网」")).to_be_visible()
    save = my_page.get_by_role("button", name="保存", exact=True)
    expect(save).to_be_disabled()
    my_page.get_by_role("textbox", name="企业地址").press("Control+Enter")
    expect(my_page.get_by_text("还没有保存:有人修改了相同内容,请逐项选择")).to_be_visible()
    number = path.rsplit("/", 1)[1]
    assert stored(mine.server, number) == ("对方的地址", "对方的备注", "website")
    assert serious(my_page) == []

    meanwhile.get_by_role("group", name="企业地址").get_by_label("保留我的").check()
    meanwhile.get_by_role("group", name="备注").get_by_label("采用对方的").check()
    expect(my_page.get_by_role("textbox", name="备注")).to_have_accessible_description(re.compile("对方的备注"))
    expect(my_page.get_by_role("textbox", name="备注")).to_have_value("我的备注")
    expect(save).to_be_enabled()
    save.click()
    expect(my_page).to_have_url(re.compile(path + "$"))
    assert stored(mine.server, number) == ("我的地址", "对方的备注", "website")


def test_typed_text_outlives_a_reload_and_leaving_asks(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    path = path_of(new_customer(visitor))
    page = open_form(visitor, path)
    industry = page.get_by_label("所属行业")
    page.get_by_role("textbox", name="企业地址").fill("没有保存的地址")
    page.get_by_role("textbox", name="客户名称").fill("")
    expect(page.get_by_role("button", name="待完善").first).to_be_visible()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", stay)
    with page.expect_event("dialog"):
        page.get_by_role("link", name="取消").click()
    assert asked == ["您填写的内容还没有保存,确定离开吗?"]
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    visitor.ready()
    expect(page.get_by_text("已恢复您上次未保存的内容")).to_be_visible()
    expect(page.get_by_role("textbox", name="企业地址")).to_have_value("没有保存的地址")
    expect(page.get_by_role("textbox", name="客户名称"), "an emptied field stays empty").to_have_value("")
    expect(industry).to_have_value("MFG")
    page.get_by_role("button", name="放弃修改").click()
    expect(page.get_by_role("textbox", name="企业地址")).to_have_value("")
    expect(page.get_by_role("textbox", name="客户名称")).not_to_have_value("")
    page.get_by_role("link", name="取消").click()
    expect(page).to_have_url(re.compile(path + "$"))


def test_what_was_begun_before_a_reload_is_compared_with_what_was_seen_then(visit: Callable[..., Visitor]) -> None:
    mine, theirs = visit(), visit()
    mine.sign_in("sales")
    path = path_of(new_customer(mine))
    theirs.sign_in("admin")
    page = open_form(mine, path)
    page.get_by_role("textbox", name="企业地址").fill("我的地址")
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto(mine.server.url + "/today")
    mine.ready()
    their_page = open_form(theirs, path)
    their_page.get_by_role("textbox", name="企业地址").fill("对方的地址")
    their_page.get_by_role("textbox", name="企业地址").press("Control+Enter")
    expect(their_page).to_have_url(re.compile(path + "$"))
    page = open_form(mine, path)
    expect(page.get_by_role("textbox", name="企业地址")).to_have_value("我的地址")
    expect(page.get_by_role("group", name="企业地址").get_by_text("将「(空)」改为「对方的地址」")).to_be_visible()


def test_who_may_not_edit_and_who_does_not_reach_it(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    path = path_of(new_customer(visitor))
    for username, heading in (("finance", "没有权限"), ("luziliang", "没有找到")):
        other = visit()
        other.sign_in(username)
        page = other.goto(path + "/edit")
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        expect(page.get_by_role("textbox")).to_have_count(0)
