"""Exporting the list as a person does: dialog, progress, the file, and the list of jobs; wide and on a phone."""

import csv
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Server, Visitor
from tests.e2e.test_accessibility import serious
from tests.e2e.test_directory import enter, rows, total

pytestmark = pytest.mark.e2e
WIDTHS = pytest.mark.parametrize("width", [1440, 360])


def open_dialog(page: Page) -> Locator:
    page.get_by_role("button", name="导出", exact=True).click()
    dialog = page.get_by_role("dialog", name="导出客户")
    expect(dialog.get_by_role("button", name="开始导出")).to_be_visible()
    return dialog


def fetch(page: Page, link: Locator, into: Path) -> tuple[str, Path]:
    """The name that the browser would give the file, and the file."""
    with page.expect_download() as waiting:
        link.click()
    path = into / "fetched"
    waiting.value.save_as(path)
    return waiting.value.suggested_filename, path


@WIDTHS
def test_a_filter_becomes_a_workbook(visit: Callable[..., Visitor], tmp_path: Path, width: int) -> None:
    page = enter(visit(width=width, height=780), "manager", "/customers?f=level.in.intent")
    count, first = total(page), rows(page).first.get_by_role("rowheader").inner_text().strip().splitlines()[0]
    dialog = open_dialog(page)
    expect(dialog.get_by_role("radio", name=f"当前筛选结果({count} 个客户)")).to_be_checked()
    assert serious(page) == []
    box = dialog.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    dialog.get_by_role("button", name="仅列表中的列").click()
    dialog.get_by_role("checkbox", name="手机").check()
    dialog.get_by_role("button", name="开始导出").click()
    expect(dialog.get_by_role("status")).to_contain_text(f"{count} 行")
    assert serious(page) == []
    name, path = fetch(page, dialog.get_by_role("link", name="下载文件"), tmp_path)
    assert name.startswith("客户_")
    assert name.endswith(".xlsx")
    with path.open("rb") as file:
        head, *lines = load_workbook(file)["客户"].iter_rows(values_only=True)
    assert len(lines) == count
    assert lines[0][0] == first
    assert head[0] == "客户名称"
    assert head[-1] == "手机"
    assert all("****" in str(line[-1]) for line in lines if line[-1])
    assert {str(line[head.index("客户等级")]) for line in lines} == {"意向客户"}


@WIDTHS
def test_the_file_is_found_later_and_nobody_else_gets_it(
    visit: Callable[..., Visitor], tmp_path: Path, width: int, server: Server
) -> None:
    visitor = visit(width=width, height=780)
    page = enter(visitor, "admin", "/customers?f=name.contains.公司")
    count = total(page)
    dialog = open_dialog(page)
    dialog.get_by_role("radio", name="CSV(UTF-8)").check()
    dialog.get_by_role("checkbox", name="包含完整联系方式").check()
    dialog.get_by_role("button", name="开始导出").click()
    dialog.get_by_role("button", name="关闭").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="个人菜单").click()
    page.get_by_role("link", name="后台任务").click()
    expect(page.get_by_role("heading", name="后台任务", level=1)).to_be_visible()
    newest = page.get_by_role("listitem").filter(has_text="导出客户").first
    expect(newest).to_contain_text("已完成")
    assert serious(page) == []
    link = newest.get_by_role("link", name="下载文件")
    name, path = fetch(page, link, tmp_path)
    assert name.endswith(".csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *lines = csv.reader(file)
    assert len(lines) == count
    assert any(line[head.index("手机")].isdigit() for line in lines)
    address = link.get_attribute("href")
    assert address
    stranger = visit()
    stranger.sign_in("manager")
    assert stranger.page.request.get(server.url + address).status == 404
    assert visit().page.request.get(server.url + address).status == 401
    with sqlite3.connect(server.data_dir / "crm.db", timeout=10) as connection:
        (detail,) = connection.execute(
            "SELECT detail FROM audit_entry WHERE action = 'customer:exported' ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert f'"rows": {count}' in detail


def test_fields_are_ticked_all_at_once_and_by_keys(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(), "manager")
    dialog = open_dialog(page)
    expect(dialog.get_by_role("radio", name="当前筛选结果")).to_have_count(0)
    dialog.get_by_role("button", name="全不选").click()
    expect(dialog.get_by_role("button", name="开始导出")).to_be_disabled()
    dialog.get_by_role("checkbox", name="客户编号").focus()
    page.keyboard.press("Space")
    expect(dialog).to_contain_text("已选 1 个")
    expect(dialog.get_by_role("button", name="开始导出")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="导出", exact=True)).to_be_focused()


def test_whoever_may_not_export_finds_no_button(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(), "sales")
    expect(page.get_by_role("button", name="导出", exact=True)).to_have_count(0)
