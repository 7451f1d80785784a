"""「新增客户」 as a rep does it, with what goes wrong on an ordinary day."""

import itertools
import re
import signal
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, Visitor, start_server, stop_server

pytestmark = pytest.mark.e2e
_mobiles = itertools.count(13_600_000_000 + uuid.uuid4().int % 90_000_000)


def fresh_mobile() -> str:
    """A number that no other test has used."""
    return str(next(_mobiles))


def fill(page: Page, *, name: str, mobile: str = "") -> None:
    """The required fields."""
    page.get_by_label("客户名称").fill(name)
    page.get_by_label("所属行业").select_option(label="制造业")
    page.get_by_label("姓名").first.fill("张三")
    page.get_by_label("手机").first.fill(mobile or fresh_mobile())


def fresh_name() -> str:
    """A name unlike all others."""
    return f"{uuid.uuid4().hex[:10]}仪器有限公司"


def test_a_rep_creates_a_customer_and_sees_its_number(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = visitor.goto("/customers/new")
    name = fresh_name()
    fill(page, name=name)
    page.get_by_label("省份").select_option(label="广东省")
    page.get_by_label("城市").select_option(label="深圳市")
    page.get_by_label("区县").select_option(label="南山区")
    page.get_by_role("button", name="保存").click()
    expect(page).to_have_url(re.compile(r"/customers/MFG-\d{4}-\d{3,}$"))
    expect(page.get_by_role("status").filter(has_text=re.compile(r"MFG-\d{4}-\d{3,}")).first).to_be_visible()


def test_a_message_is_read_to_its_end_on_whatever_page_and_told_once(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = visitor.goto("/customers/new")
    fill(page, name=fresh_name())
    page.get_by_role("button", name="保存").click()
    message = page.get_by_role("status").filter(has_text="已保存")
    message.hover()
    page.get_by_role("button", name="任务", exact=True).dispatch_event("click")
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("/customers/new$"))
    expect(page.get_by_label("客户名称")).to_be_visible()
    expect(message).to_be_visible()
    page.reload()
    visitor.ready()
    expect(page.get_by_label("客户名称")).to_be_visible()
    expect(message).to_have_count(0)


@pytest.mark.parametrize(
    ("label", "typed", "message"),
    [
        ("手机", "1380013800", "手机号应为 11 位"),
        ("手机", "138001380001", "手机号应为 11 位"),
        ("手机", "12800138000", "号段"),
        ("邮箱", "name@", "请填写邮箱 @ 后面的域名"),
        ("统一社会信用代码", "91440300708461136X", "校验位"),
        ("成立时间", "2999-01-01", "不能晚于今天"),
        ("客户名称", " ", "请填写客户名称"),
    ],
)
def test_a_wrong_value_is_told_at_its_field_while_typing(
    visit: Callable[..., Visitor], label: str, typed: str, message: str
) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = visitor.goto("/customers/new")
    fill(page, name=fresh_name())
    field = page.get_by_label(label).first
    field.fill(typed)
    field.blur()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("alert").filter(has_text=message).first).to_be_visible()
    expect(page.get_by_role("button", name="保存")).to_be_disabled()


def test_text_that_looks_like_script_is_kept_as_text(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = visitor.goto("/customers/new")
    name = f"<img src=x onerror=alert(1)>😀𠮷{uuid.uuid4().hex[:6]}"
    fill(page, name=f"  {name} ")
    page.get_by_role("button", name="保存").click()
    expect(page).to_have_url(re.compile(r"/customers/MFG-"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_a_likely_duplicate_shows_beside_the_form_and_needs_a_confirmation(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    mobile = fresh_mobile()
    page = visitor.goto("/customers/new")
    first = fresh_name()
    fill(page, name=first, mobile=mobile)
    page.get_by_role("button", name="保存").click()
    expect(page).to_have_url(re.compile(r"/customers/MFG-"))
    page = visitor.goto("/customers/new")
    fill(page, name=fresh_name(), mobile=mobile)
    expect(page.get_by_text("疑似重复客户,请核对")).to_be_visible()
    expect(page.get_by_text(first).first).to_be_visible()


def test_what_was_typed_survives_a_reload_and_is_gone_after_signing_out(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = visitor.goto("/customers/new")
    name = fresh_name()
    fill(page, name=name)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    visitor.ready()
    expect(page.get_by_label("客户名称")).to_have_value(name)
    page.get_by_role("button", name="个人菜单").click()
    page.get_by_role("menuitem", name="退出登录").click()
    expect(page).to_have_url(re.compile("/login"))
    assert page.evaluate("Object.keys(sessionStorage).filter(k => k.startsWith('draft:'))") == []


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that a test may kill."""
    running = start_server(tmp_path / "data")
    yield running
    if running.process.poll() is None:
        stop_server(running)


def test_a_killed_server_costs_neither_what_was_typed_nor_what_was_saved(
    visit: Callable[..., Visitor], own_server: Server
) -> None:
    visitor = visit(on=own_server)
    visitor.sign_in("sales")
    page = visitor.goto("/customers/new")
    name = fresh_name()
    fill(page, name=name)
    own_server.process.send_signal(signal.SIGKILL)
    own_server.process.wait()
    page.get_by_label("企业地址").fill("科技路 1 号")
    expect(page.get_by_text("连接已断开")).to_be_visible()
    port = int(own_server.url.rpartition(":")[2])
    again = start_server(own_server.data_dir, port=port)
    try:
        expect(page.get_by_text("连接已断开")).to_be_hidden(timeout=30_000)
        expect(page.get_by_label("客户名称")).to_have_value(name)
        expect(page.get_by_label("企业地址")).to_have_value("科技路 1 号")
        page.get_by_role("button", name="保存").click()
        expect(page).to_have_url(re.compile(r"/customers/MFG-"))
        saved = page.url
        again.process.send_signal(signal.SIGKILL)
        again.process.wait()
        third = start_server(own_server.data_dir, port=port)
        try:
            page.goto(saved)
            expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        finally:
            stop_server(third)
    finally:
        if again.process.poll() is None:
            stop_server(again)
