"""Changing many customers as a person does: tick, look, confirm, see, undo; wide and on a phone (R3.6)."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Server, Visitor
from tests.e2e.test_accessibility import serious
from tests.e2e.test_directory import enter, total

pytestmark = pytest.mark.e2e
WIDTHS = pytest.mark.parametrize("width", [1440, 360])


def ticks(page: Page) -> Locator:
    return page.locator("tbody").get_by_role("checkbox")


def bar(page: Page) -> Locator:
    return page.get_by_role("region", name="批量操作")


def begin(page: Page, action: str, title: str) -> Locator:
    bar(page).get_by_role("button", name=action).click()
    dialog = page.get_by_role("dialog", name=title)
    expect(dialog).to_be_visible()
    return dialog


def look_at_source(dialog: Locator, source: str) -> None:
    dialog.get_by_label("字段").select_option(label="客户来源")
    dialog.get_by_label("新的值").select_option(label=source)
    dialog.get_by_role("button", name="预览").click()
    expect(dialog.get_by_role("button", name="将修改")).to_be_visible()


def number_in(dialog: Locator, part: str) -> int:
    text = dialog.get_by_role("button", name=re.compile(f"^{part}")).inner_text()
    return int(re.sub(r"\D", "", text))


def confirm(dialog: Locator, word: str = "修改") -> None:
    dialog.get_by_role("button", name=re.compile(rf"^{word} [\d,]+ 条")).click()
    expect(dialog.get_by_role("status")).to_contain_text("已完成")


def line_sources(page: Page) -> Locator:
    """Also of a list that stands behind a dialog, where no role is found."""
    return page.locator("table.list tbody [data-label='客户来源']")


def sources(page: Page, count: int) -> list[str]:
    """What the first rows show as their source."""
    cells = line_sources(page)
    return [cells.nth(place).inner_text().strip() for place in range(count)]


@WIDTHS
def test_three_ticked_rows_are_changed_and_get_their_own_values_back(visit: Callable[..., Visitor], width: int) -> None:
    page = enter(visit(width=width, height=780), "admin", "/customers?cols=name,source&sort=number")
    before = sources(page, 4)
    ticks(page).nth(0).click()
    ticks(page).nth(2).click(modifiers=["Shift"])
    expect(bar(page)).to_contain_text("已选 3 条")
    assert serious(page) == []
    dialog = begin(page, "修改字段", "批量修改字段")
    assert serious(page) == []
    wanted = next(name for name in ("电话营销", "官网") if name not in before[:3])
    look_at_source(dialog, wanted)
    assert number_in(dialog, "将修改") == 3
    lines = dialog.locator("tbody tr")
    expect(lines).to_have_count(3)
    assert sorted(line.locator("td").nth(0).inner_text() for line in lines.all()) == sorted(before[:3])
    assert {line.locator("td").nth(1).inner_text() for line in lines.all()} == {wanted}
    assert serious(page) == []
    box = dialog.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    confirm(dialog)
    expect(bar(page)).to_have_count(0)
    expect(line_sources(page).nth(2)).to_have_text(wanted)
    assert sources(page, 4) == [wanted] * 3 + before[3:4]
    dialog.get_by_role("button", name="撤销").click()
    expect(dialog.get_by_role("status")).to_contain_text("已撤销")
    expect(line_sources(page).nth(2)).to_have_text(before[2])
    assert sources(page, 4) == before
    assert serious(page) == []
    dialog.get_by_role("link", name="查看明细").click()
    expect(page.get_by_role("heading", name="批量修改", level=1)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^已恢复原值"))).to_contain_text("3")
    expect(page.get_by_role("button", name="撤销")).to_have_count(0)
    assert serious(page) == []


def test_all_of_a_filter_and_back_from_the_list_of_jobs(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(width=1440, height=900), "admin", "/customers?f=level.in.potential&size=20&cols=name,source")
    count = total(page)
    assert count > 20
    page.get_by_role("checkbox", name="选择本页全部").check()
    expect(bar(page)).to_contain_text("已选 20 条")
    bar(page).get_by_role("button", name=f"选择全部 {count} 条").click()
    expect(bar(page)).to_contain_text(f"已选择符合条件的全部 {count} 条")
    page.get_by_role("button", name="下一页").click()
    expect(ticks(page).first).to_be_checked()
    dialog = begin(page, "修改字段", "批量修改字段")
    expect(dialog).to_contain_text(f"选中 {count} 条客户")
    look_at_source(dialog, "官网")
    changes, same = number_in(dialog, "将修改"), number_in(dialog, "保持不变")
    assert changes + same == count
    dialog.get_by_role("navigation", name="明细分页").get_by_role("button", name="下一页").click()
    expect(dialog).to_contain_text("第 2 /")
    confirm(dialog)
    dialog.get_by_role("button", name="关闭").click()
    page.goto(page.url.split("?")[0] + "?f=level.in.potential;source.in.website")
    expect(page.get_by_text(f"共 {count} 条")).to_be_visible()
    page.goto(page.url.split("/customers")[0] + "/jobs")
    page.get_by_role("link", name=re.compile("查看 .* 的批量修改客户")).first.click()
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_role("button", name=re.compile("^已恢复原值"))).to_contain_text(str(changes))
    expect(page.get_by_text("已撤销")).to_be_visible()


def test_refused_rows_are_listed_with_their_reason(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(width=1440, height=900), "admin", "/customers?f=level.in.won,lost&size=20")
    page.get_by_role("checkbox", name="选择本页全部").check()
    dialog = begin(page, "修改字段", "批量修改字段")
    dialog.get_by_label("字段").select_option(label="客户状态")
    dialog.get_by_label("新的值").select_option(label="潜在")
    dialog.get_by_role("button", name="预览").click()
    expect(dialog).to_contain_text("客户等级不允许此状态:20 条")
    expect(dialog.locator("tbody tr")).to_have_count(20)
    expect(dialog.locator("tbody tr").first).to_contain_text("客户等级不允许此状态")
    expect(dialog.get_by_role("button", name="没有需要修改的客户")).to_be_disabled()
    dialog.get_by_role("button", name="返回修改").click()
    dialog.get_by_label("字段").select_option(label="所属行业")
    dialog.get_by_role("button", name="预览").click()
    expect(dialog.get_by_role("alert")).to_contain_text("所属行业")


def test_a_rep_edits_his_own_and_is_offered_neither_owners_nor_deletion(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(width=1440, height=900), "sales", "/customers")
    ticks(page).first.focus()
    page.keyboard.press("Space")
    expect(bar(page).get_by_role("button", name="标签")).to_be_visible()
    for name in ("更改负责人", "删除", "导出"):
        expect(bar(page).get_by_role("button", name=name)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(bar(page)).to_have_count(0)


def test_ticks_are_gone_with_other_conditions_and_exported_alone(
    visit: Callable[..., Visitor], tmp_path: Path, server: Server
) -> None:
    page = enter(visit(width=1440, height=900), "manager", "/customers")
    ticks(page).nth(1).click()
    ticks(page).nth(0).click()
    expect(bar(page)).to_contain_text("已选 2 条")
    bar(page).get_by_role("button", name="导出").click()
    dialog = page.get_by_role("dialog", name="导出客户")
    expect(dialog.get_by_role("radio", name="已选的 2 条")).to_be_checked()
    dialog.get_by_role("radio", name="CSV(UTF-8)").check()
    dialog.get_by_role("button", name="开始导出").click()
    with page.expect_download() as waiting:
        dialog.get_by_role("link", name="下载文件").click()
    waiting.value.save_as(tmp_path / "ticked.csv")
    with (tmp_path / "ticked.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 3
    dialog.get_by_role("button", name="关闭").click()
    page.get_by_role("button", name="意向客户", exact=True).click()
    expect(bar(page)).to_have_count(0)


def test_many_are_deleted_and_brought_back(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(width=1440, height=900), "admin", "/customers")
    count = total(page)
    for place in (3, 4):
        ticks(page).nth(place).click()
    dialog = begin(page, "删除", "批量删除")
    confirm(dialog, "删除")
    expect(page.get_by_text(f"共 {count - 2} 条")).to_be_visible()
    dialog.get_by_role("button", name="撤销").click()
    expect(dialog.get_by_role("status")).to_contain_text("已撤销")
    expect(page.get_by_text(f"共 {count} 条")).to_be_visible()
