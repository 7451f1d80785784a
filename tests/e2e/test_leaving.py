"""Nobody leaves a form with unsaved text without being asked: by a link, the back button, or with the tab (R2.1)."""

import contextlib
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Dialog, Page, WebSocketRoute, expect

from tests.e2e.conftest import Visitor
from tests.e2e.test_customer_page import new_customer, path_of
from tests.e2e.test_edit_customer import open_form
from tests.e2e.test_new_customer import fill, fresh_name

pytestmark = pytest.mark.e2e
LEAVE = {
    "zh": "您填写的内容还没有保存,确定离开吗?",
    "en": "What you typed is not saved yet. Leave anyway?",
}


@contextlib.contextmanager
def answering(page: Page, *, leave: bool) -> Iterator[list[str]]:
    """Answers the question whether to leave, waits until it was asked, and gives all that was asked."""
    asked: list[str] = []

    def tell(dialog: Dialog) -> None:
        asked.append(dialog.message)
        if leave:
            dialog.accept()
        else:
            dialog.dismiss()

    page.once("dialog", tell)
    with page.expect_event("dialog"):
        yield asked


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_back_button_asks_before_a_new_customer_is_left(visit: Callable[..., Visitor], language: str) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = visitor.goto("/customers")
    page.get_by_role("link", name="新增客户").first.click()
    expect(page.get_by_role("textbox", name="客户名称")).to_be_visible()
    name = fresh_name()
    fill(page, name=name)
    expect(page.get_by_role("button", name="保存")).to_be_enabled()
    if language == "en":
        page.get_by_role("button", name="个人菜单").click()
        page.get_by_role("button", name="切换到英文").click()
        expect(page.get_by_role("button", name="Account menu")).to_be_visible()
        page.keyboard.press("Escape")
        # The form is told anew in the new language, and says again that something is not saved.
        page.get_by_role("textbox", name="Street address").fill("1 Science Road")
        page.get_by_role("textbox", name="E-mail").fill("wrong")
        page.get_by_role("textbox", name="E-mail").blur()
        expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    with answering(page, leave=False) as asked:
        page.evaluate("history.back()")
    expect(page).to_have_url(re.compile("/customers/new$"))
    name_field = page.get_by_role("textbox", name="客户名称" if language == "zh" else "Customer name")
    expect(name_field).to_have_value(name)
    assert asked == [LEAVE[language]]
    with answering(page, leave=True) as asked:
        page.evaluate("history.back()")
    expect(page).to_have_url(re.compile("/customers$"))
    expect(page.get_by_role("table")).to_be_visible()
    assert asked == [LEAVE[language]]
    page.evaluate("history.forward()")
    expect(name_field).to_have_value(name)
    if language == "en":
        page.get_by_role("button", name="Account menu").click()
        page.get_by_role("button", name="Switch to Chinese").click()  # The account is every journey's.
        expect(page.get_by_role("button", name="个人菜单")).to_be_visible()


def test_unsaved_text_is_asked_about_before_the_server_has_looked_at_it_again(visit: Callable[..., Visitor]) -> None:
    """A switch of the language loads the form anew: the server knows of nothing until it is sent what is typed."""
    visitor = visit()
    visitor.sign_in("sales")
    page, held = visitor.page, []

    def hold_checks(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if held and "customer_form.check" in str(message):
                held.append("check")
            else:
                server.send(message)

        socket.on_message(pass_on)

    page.route_web_socket(re.compile("/_event"), hold_checks)
    visitor.goto("/customers")
    page.get_by_role("link", name="新增客户").first.click()
    expect(page.get_by_role("textbox", name="客户名称")).to_be_visible()
    name = fresh_name()
    fill(page, name=name)
    expect(page.get_by_role("button", name="保存")).to_be_enabled()
    page.get_by_role("button", name="个人菜单").click()
    held.append("from now on")
    page.get_by_role("button", name="切换到英文").click()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()  # It was loaded anew.
    page.keyboard.press("Escape")
    with answering(page, leave=False) as asked:
        page.evaluate("history.back()")
    assert asked == [LEAVE["en"]]
    expect(page.get_by_role("textbox", name="Customer name")).to_have_value(name)
    assert "check" in held
    held.clear()
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("button", name="Switch to Chinese").click()  # The account is every journey's.
    expect(page.get_by_role("button", name="个人菜单")).to_be_visible()


def test_who_signs_out_leaves_nothing_typed_on_any_tab(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    other = visitor.context.new_page()
    other.goto(visitor.server.url + "/customers/new")
    other.get_by_role("textbox", name="客户名称").fill("没有保存的客户")
    kept = "Object.keys(sessionStorage).filter(key => key.startsWith('draft:')).length"
    assert other.evaluate(kept) > 0
    visitor.page.get_by_role("button", name="个人菜单").click()
    visitor.page.get_by_role("menuitem", name="退出登录").click()
    for page in (visitor.page, other):
        expect(page).to_have_url(re.compile("/login$"))
        expect(page.get_by_label("用户名")).to_be_visible()
        expect(page.get_by_text("您的登录已在别处结束")).to_have_count(0)
        assert page.evaluate(kept) == 0


def test_the_back_button_and_links_ask_once_before_an_edited_form_is_left(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    path = path_of(new_customer(visitor))
    page = open_form(visitor, path)
    page.evaluate("history.back()")
    expect(page).to_have_url(re.compile(path + "$"))
    page = open_form(visitor, path)
    page.get_by_role("textbox", name="企业地址").fill("没有保存的地址")
    expect(page.get_by_role("button", name="保存", exact=True)).to_be_enabled()
    for leave_by in (
        lambda: page.evaluate("history.back()"),
        lambda: page.get_by_role("link", name="今日工作").click(),
    ):
        with answering(page, leave=False) as asked:
            leave_by()
        expect(page.get_by_role("textbox", name="企业地址")).to_have_value("没有保存的地址")
        expect(page).to_have_url(re.compile("/edit$"))
        assert asked == [LEAVE["zh"]]
    with answering(page, leave=True) as asked:
        page.get_by_role("link", name="今日工作").click()
    expect(page).to_have_url(re.compile("/today$"))
    assert asked == [LEAVE["zh"]]
    page = open_form(visitor, path)
    expect(page.get_by_role("textbox", name="企业地址")).to_have_value("没有保存的地址")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page).to_have_url(re.compile(path + "$"))


def test_closing_the_tab_asks_when_something_is_not_saved(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = open_form(visitor, path_of(new_customer(visitor)))
    page.get_by_role("textbox", name="企业地址").fill("没有保存的地址")
    expect(page.get_by_role("button", name="保存", exact=True)).to_be_enabled()
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    expect(page.get_by_role("textbox", name="企业地址")).to_have_value("没有保存的地址")
