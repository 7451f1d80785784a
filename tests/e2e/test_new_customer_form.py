"""The form of a new customer in depth: contacts, messages, leaving, duplicates out of reach, a phone (R2.1, R2.2)."""

import itertools
import re
import sqlite3
from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.e2e.conftest import Server, Visitor

pytestmark = pytest.mark.e2e
_mobiles = itertools.count(19_912_340_000)


def open_form(visitor: Visitor, username: str = "sales") -> Page:
    visitor.sign_in(username)
    page = visitor.goto("/customers/new")
    expect(page.get_by_label("客户名称")).to_be_visible()
    return page


def fill(page: Page, name: str, *, mobile: str = "") -> None:
    page.get_by_label("客户名称").fill(name)
    page.get_by_label("所属行业").select_option(label="制造业")
    page.get_by_label("姓名").fill("张三丰")
    page.get_by_label("手机").fill(mobile or str(next(_mobiles)))


def save_button(page: Page) -> Locator:
    return page.get_by_role("button", name="保存")


def stored(server: Server, name: str) -> list[tuple[str, str]]:
    """Numbers and owners' user names of the customers of that name."""
    with sqlite3.connect(f"file:{server.data_dir / 'crm.db'}?mode=ro", uri=True) as connection:
        return connection.execute(
            "SELECT number, username FROM customer JOIN account ON account.id = owner_id WHERE customer.name = ?",
            (name,),
        ).fetchall()


def test_a_customer_is_saved_under_a_number_of_its_own(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = open_form(visitor)
    expect(save_button(page)).to_be_disabled()
    fill(page, "首单智造有限公司")
    page.get_by_label("省份").select_option(label="广东省")
    page.get_by_label("城市").select_option(label="深圳市")
    page.get_by_label("区县").select_option(label="南山区")
    page.get_by_label("需求标签").select_option(label="采购设备")
    page.get_by_role("button", name="添加联系人").click()
    second = page.get_by_role("group", name="联系人 2")
    second.get_by_label("姓名").fill("李四")
    second.get_by_label("邮箱").fill("li@example.com")
    second.get_by_role("button", name="设为主联系人").click()
    expect(page.get_by_role("group", name="联系人 1").get_by_label("姓名")).to_have_value("李四")
    save_button(page).click()
    expect(page).to_have_url(re.compile(r"/customers/MFG-\d{4}-\d{3,}$"))
    ((number, owner),) = stored(visitor.server, "首单智造有限公司")
    assert (page.url.rsplit("/", 1)[1], owner) == (number, "sales")


def test_messages_stand_at_their_fields_and_the_first_gets_the_cursor(visit: Callable[..., Visitor]) -> None:
    page = open_form(visit())
    name, mobile = page.get_by_label("客户名称"), page.get_by_label("手机")
    name.focus()
    name.blur()
    expect(page.get_by_text("请填写客户名称")).to_be_visible()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description("请填写客户名称")
    mobile.fill("1380013800")
    mobile.blur()
    expect(page.get_by_text("手机号应为 11 位,现在是 10 位")).to_be_visible()
    mobile.press_sequentially("0")
    expect(page.get_by_text("手机号应为 11 位")).to_be_hidden()
    mobile.press("Control+Enter")
    expect(name).to_be_focused()
    expect(page.get_by_text("请填写联系人姓名")).to_be_visible()
    page.get_by_role("button", name="待完善").first.click()
    expect(name).to_be_focused()


@pytest.mark.parametrize("width", [1440, 360])
def test_no_row_moves_when_messages_come_and_go(visit: Callable[..., Visitor], width: int) -> None:
    page = open_form(visit(width=width))

    def rows() -> list[float]:
        return page.locator(".form-main").evaluate(
            """form => [...form.querySelectorAll("[name]:not([type=hidden])")].map(
                field => field.getBoundingClientRect().top - form.getBoundingClientRect().top)"""
        )

    before = rows()
    for label in ("客户名称", "所属行业", "姓名"):
        page.get_by_label(label).focus()
    for label, wrong in (("统一社会信用代码", "1"), ("邮箱", "x"), ("生日", "x"), ("手机", "1"), ("成立时间", "x")):
        page.get_by_label(label).fill(wrong)
    for wrong in ("0000-1", "x"):
        page.get_by_label("电话", exact=True).fill(wrong)
        page.get_by_label("职位").focus()
        expect(page.locator(".field-error")).to_have_count(9)
        assert rows() == before
    page.get_by_label("邮箱").fill("")
    expect(page.locator(".field-error")).to_have_count(8)
    assert rows() == before
    for message in page.locator(".field-error").all():
        # What is said fits between its field and the next row.
        assert (message.bounding_box() or {})["height"] <= 16


def test_a_day_is_written_the_same_in_every_browser(visit: Callable[..., Visitor]) -> None:
    """The date field of the browser itself would show mm/dd/yyyy to a Chinese reader of an English browser."""
    page = open_form(visit())
    founded = page.get_by_label("成立时间")
    expect(founded).to_have_attribute("placeholder", "例如 2015-03-15")
    for wrong, said in (("明年", "请按 年-月-日 填写"), ("2015-02-30", "没有这一天"), ("2999-01-01", "不能晚于今天")):
        founded.fill(wrong)
        founded.blur()
        expect(page.get_by_text(said)).to_be_visible()
    founded.fill("2015/3/5")
    expect(page.get_by_text("不能晚于今天")).to_be_hidden()
    # A day that is picked arrives in the field, and at the server, as one that is typed.
    calendar = founded.locator("xpath=following-sibling::*//input")
    assert calendar.get_attribute("max")
    calendar.evaluate("""input => {
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, "2001-02-03");
        input.dispatchEvent(new Event("input", { bubbles: true }));
    }""")
    expect(founded).to_have_value("2001-02-03")


def test_typed_text_outlives_a_reload_and_leaving_asks(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = open_form(visitor)
    fill(page, "草稿有限公司")
    page.get_by_label("协作人").select_option(index=1)
    page.get_by_role("button", name="添加联系人").click()
    page.get_by_role("group", name="联系人 2").get_by_label("姓名").fill("李四")
    expect(page.get_by_role("button", name="待完善").first).to_contain_text("手机")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", stay)
    with page.expect_event("dialog"):
        page.get_by_role("navigation", name="主导航").first.get_by_role("link", name="客户", exact=True).click()
    assert asked == ["您填写的内容还没有保存,确定离开吗?"]
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    visitor.ready()
    expect(page.get_by_text("已恢复您上次未保存的内容")).to_be_visible()
    expect(page.get_by_label("客户名称")).to_have_value("草稿有限公司")
    expect(page.get_by_label("所属行业")).to_have_value("MFG")
    expect(page.get_by_role("group", name="联系人 2").get_by_label("姓名")).to_have_value("李四")
    expect(page.get_by_role("button", name=re.compile("^移除 "))).to_have_count(1)
    page.get_by_role("button", name="清空重填").click()
    expect(page.get_by_label("客户名称")).to_have_value("")
    expect(page.get_by_role("group", name="联系人 2")).to_have_count(0)


def test_a_switch_of_the_language_keeps_what_was_typed(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = open_form(visitor)
    fill(page, "换语言有限公司", mobile="1380013800")
    page.get_by_label("省份").select_option(label="广东省")
    page.get_by_label("城市").select_option(label="深圳市")
    page.get_by_label("手机").blur()
    expect(page.get_by_text("手机号应为 11 位,现在是 10 位")).to_be_visible()
    page.get_by_label("企业地址").press_sequentially("科技路 1 号", delay=0)
    page.get_by_role("button", name="个人菜单").click()
    page.get_by_role("button", name="切换到英文").click()
    expect(page.get_by_label("Customer name")).to_have_value("换语言有限公司")
    expect(page.get_by_label("Street address")).to_have_value("科技路 1 号")
    expect(page.get_by_label("City")).to_have_value("440300")
    expect(page.get_by_text("A mobile number has 11 digits")).to_be_visible()
    mobile = str(next(_mobiles))
    page.get_by_label("Mobile").fill(mobile)
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile(r"/customers/MFG-\d{4}-\d{3,}$"))
    with sqlite3.connect(f"file:{visitor.server.data_dir / 'crm.db'}?mode=ro", uri=True) as connection:
        row = connection.execute(
            "SELECT customer.name, address, city, mobile FROM customer JOIN contact ON customer_id = customer.id"
            " WHERE mobile = ?",
            (mobile,),
        ).fetchone()
    assert row == ("换语言有限公司", "科技路 1 号", "440300", mobile)
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("button", name="Switch to Chinese").click()
    expect(page.get_by_role("button", name="个人菜单")).to_be_visible()


def test_a_duplicate_is_shown_and_must_be_confirmed(visit: Callable[..., Visitor]) -> None:
    theirs = visit()
    page = open_form(theirs, "luziliang")
    mobile = str(next(_mobiles))
    fill(page, "秘密伙伴科技有限公司", mobile=mobile)
    save_button(page).click()
    expect(page).to_have_url(re.compile(r"/customers/MFG-"))
    ours = visit()
    page = open_form(ours)
    fill(page, "另一家有限公司", mobile=mobile)
    panel = page.get_by_role("complementary", name="疑似重复客户,请核对")
    expect(panel).to_contain_text("手机相同")
    expect(panel).to_contain_text("负责人:卢子亮")
    expect(panel).not_to_contain_text("秘密伙伴")
    expect(save_button(page)).to_be_disabled()
    panel.get_by_label("我已核对,不是同一客户").check()
    save_button(page).click()
    expect(page).to_have_url(re.compile(r"/customers/MFG-"))
    assert len(stored(ours.server, "另一家有限公司")) == 1


def test_more_duplicates_than_are_listed_are_counted(visit: Callable[..., Visitor]) -> None:
    page = open_form(visit())
    for n in range(7):
        fill(page, f"连号仓储{'一二三四五六七'[n]}有限公司")
        if page.get_by_label("我已核对,不是同一客户").count():
            page.get_by_label("我已核对,不是同一客户").check()
        save_button(page).click()
        expect(page).to_have_url(re.compile(r"/customers/MFG-"))
        page.goto(page.url.rsplit("/", 1)[0] + "/new")
        expect(page.locator("[data-ready=true]")).to_have_count(1)
    page.get_by_label("客户名称").fill("连号仓储八有限公司")
    panel = page.get_by_role("complementary", name="疑似重复客户,请核对")
    expect(panel.get_by_role("listitem")).to_have_count(5)
    expect(panel).to_contain_text("另有 2 个相似客户未列出")


def distance(upper: Locator, lower: Locator) -> float:
    """From the top of one field to that of another, in pixels."""
    boxes = [field.bounding_box() or pytest.fail("not on the screen") for field in (upper, lower)]
    return boxes[1]["y"] - boxes[0]["y"]


def test_an_error_stands_in_the_place_of_the_help_and_moves_nothing(visit: Callable[..., Visitor]) -> None:
    page = open_form(visit())
    mobile, below = page.get_by_label("手机"), page.get_by_label("电话")
    help_text = page.get_by_text("手机或邮箱至少填写一项")
    expect(help_text).to_be_visible()
    page.get_by_label("客户名称").fill("不跳动有限公司")
    place = distance(mobile, below)
    mobile.fill("1380013800")
    mobile.blur()
    expect(page.get_by_text("手机号应为 11 位")).to_be_visible()
    expect(help_text).to_have_count(0)
    expect(mobile).to_have_accessible_description(re.compile("手机号应为 11 位"))
    assert distance(mobile, below) == place
    mobile.fill("")
    page.get_by_label("邮箱").focus()
    page.get_by_label("邮箱").blur()
    expect(page.get_by_text(re.compile("手机或邮箱.*至少"))).to_have_count(1)


def test_the_form_is_one_column_on_a_phone(visit: Callable[..., Visitor]) -> None:
    page = open_form(visit(width=360, height=740))
    lefts = {
        round(box["x"]) for label in ("客户名称", "所属行业", "客户来源", "姓名", "手机", "邮箱", "客户等级")
        if (box := page.get_by_label(label).bounding_box())
    }  # fmt: skip
    assert len(lefts) == 1


def test_who_may_not_create_sees_a_plain_refusal(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("finance")
    page = visitor.goto("/customers/new")
    expect(page.get_by_role("heading", name="没有权限")).to_be_visible()
    expect(page.get_by_role("button", name="保存")).to_have_count(0)
    expect(page.get_by_label("客户名称")).to_have_count(0)
