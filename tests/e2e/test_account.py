"""Signing in and out, the frame, language and theme, as a person does it."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Server, Visitor, start_server, stop_server

pytestmark = pytest.mark.e2e


def test_a_rep_signs_in_and_lands_on_his_work(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.sign_in("sales")
    expect(page).to_have_url(re.compile("/today$"))
    expect(page.get_by_role("heading", name="今日工作", level=1)).to_be_visible()
    expect(
        page.get_by_role("navigation", name="主导航").first.get_by_role("link", name="客户", exact=True)
    ).to_be_visible()


def test_a_wrong_password_says_so_and_keeps_what_was_typed(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.goto("/login")
    page.get_by_label("用户名").fill("sales")
    page.get_by_label("密码", exact=True).fill("not-the-password")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("用户名或密码不正确")
    expect(page.get_by_label("用户名")).to_have_value("sales")


def test_an_empty_form_puts_the_cursor_into_the_first_wrong_field(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.goto("/login")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_text("请填写用户名")).to_be_visible()
    expect(page.get_by_label("用户名")).to_be_focused()


def test_a_pasted_link_leads_there_after_signing_in(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page
    page.goto(visitor.server.url + "/account/sessions")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    visitor.ready()
    page.get_by_label("用户名").fill("sales")
    page.get_by_label("密码", exact=True).fill("Demo-for-Tests-2026")
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile("/account/sessions$"))
    expect(page.get_by_text("当前设备")).to_be_visible()


def test_signing_out_ends_the_session_everywhere_on_this_browser(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.sign_in("sales")
    page.get_by_role("button", name="个人菜单").click()
    page.get_by_role("menuitem", name="退出登录").click()
    expect(page).to_have_url(re.compile("/login$"))
    page.goto(visitor.server.url + "/account/sessions")
    expect(page).to_have_url(re.compile(r"/login\?next="))


def end_other_sessions(visitor: Visitor) -> None:
    page = visitor.goto("/account/sessions")
    page.get_by_role("button", name="结束其他所有登录").click()
    question = page.get_by_role("dialog", name="结束其他所有登录")
    question.get_by_role("button", name="取消").click()
    expect(question).to_be_hidden()
    page.get_by_role("button", name="结束其他所有登录").click()
    question.get_by_role("button", name="结束其他所有登录").click()
    expect(page.get_by_role("status").filter(has_text="登录已结束")).to_be_visible()


def test_pages_of_an_ended_session_close_by_themselves_and_say_why(visit: Callable[..., Visitor]) -> None:
    away, here = visit(), visit()
    away.sign_in("service")
    page = away.goto("/customers")
    name = page.get_by_role("rowheader").first.inner_text()
    here.sign_in("service")
    end_other_sessions(here)
    expect(page).to_have_url(re.compile(r"/login\?next=/customers&ended=1$"), timeout=2_000)
    expect(page.get_by_role("status").filter(has_text="您的登录已在别处结束")).to_be_visible()
    expect(page.get_by_text(name)).to_have_count(0)
    page.get_by_label("用户名").fill("service")
    page.get_by_label("密码", exact=True).fill("Demo-for-Tests-2026")
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile("/customers$"))


def test_the_pages_of_a_disabled_account_close_by_themselves(
    visit: Callable[..., Visitor], tmp_path: Path, server: Server
) -> None:
    command = [sys.executable, "-m", "crm_app.cli", "user"]
    env = server.env | {"LANG": "zh_CN.UTF-8"}
    made = subprocess.run(
        [*command, "add", "--username", "leaver", "--name", "离职者", "--role", "sales_rep"],
        env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    first = re.search(r"[::]\s*(\S+)$", made.stdout.strip())
    assert first
    visitor = visit()
    page = visitor.goto("/login")
    page.get_by_label("用户名").fill("leaver")
    page.get_by_label("密码", exact=True).fill(first[1])
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile("/account/password$"))
    visitor.ready()
    subprocess.run([*command, "disable", "leaver"], env=env, check=True)
    expect(page).to_have_url(re.compile(r"/login\?next=/account/password&ended=1$"), timeout=1_000)


def test_the_language_switches_without_a_reload_and_is_remembered(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("finance")
    page = visitor.goto("/account/sessions")
    page.evaluate("window.notReloaded = true")
    page.get_by_role("button", name="个人菜单").click()
    page.get_by_role("button", name="切换到英文").click()
    expect(page.get_by_role("heading", name="My sessions", level=1)).to_be_visible()
    assert page.evaluate("window.notReloaded") is True
    assert page.evaluate("document.documentElement.lang") == "en"
    visitor.goto("/account/sessions")
    expect(page.get_by_role("heading", name="My sessions", level=1)).to_be_visible()
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("button", name="Switch to Chinese").click()
    expect(page.get_by_role("heading", name="我的登录", level=1)).to_be_visible()


def test_the_skip_link_and_the_menu_work_by_keyboard(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = visitor.goto("/account/sessions")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到主要内容")).to_be_focused()
    page.get_by_role("button", name="个人菜单").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="我的登录")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="我的登录")).to_be_hidden()


def test_the_first_administrator_is_told_which_field_is_wrong(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    empty = start_server(tmp_path / "data", CRM_DEMO="0")
    try:
        visitor = visit(on=empty)
        page = visitor.page
        page.goto(empty.url)
        expect(page).to_have_url(re.compile("/setup$"))
        visitor.ready()
        code = page.get_by_label("设置码")
        for label, typed in (("设置码", "wrong"), ("用户名", "boss"), ("姓名", "王老板")):
            page.get_by_label(label).fill(typed)
        page.get_by_label("密码", exact=True).fill("A-long-one-2026")
        page.get_by_role("button", name="创建并登录").click()
        expect(code).to_have_accessible_description(re.compile("设置码不正确"))
        expect(code).to_be_focused()
        said = next(tmp_path.glob("server-*.log")).read_text(encoding="utf-8")
        found = re.search(r"设置码\S*:(\S+)", said)
        assert found
        code.fill(found[1])
        page.get_by_role("button", name="创建并登录").click()
        expect(page).to_have_url(re.compile("/(today|dashboard)$"))
    finally:
        stop_server(empty)
