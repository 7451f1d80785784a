"""Working in the list with the keyboard: rows, panel, cells, palette, wide and on a phone (R3.7)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Visitor
from tests.e2e.test_accessibility import serious
from tests.e2e.test_directory import enter, rows

pytestmark = pytest.mark.e2e
WIDTHS = pytest.mark.parametrize("width", [1440, 360])
COLUMNS = "/customers?cols=name,industry,address,founded,total"
WIDEST = "[document.documentElement.scrollWidth, document.querySelector('main').scrollWidth]"


def cell(page: Page, line: int, label: str) -> Locator:
    """A cell by its column's label."""
    return rows(page).nth(line).locator(f"td[data-label='{label}']")


def editor(page: Page, label: str) -> Locator:
    """What a cell is edited in."""
    return page.get_by_label(f"修改 {label}", exact=True)


def test_the_keyboard_moves_through_rows_and_cells_and_says_what_it_does(visit: Callable[..., Visitor]) -> None:
    page = enter(visit(), "admin", COLUMNS)
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("ArrowUp")
    link = rows(page).nth(1).locator("a.row-link")
    expect(link).to_be_focused()
    expect(page.locator("tbody a.row-link[tabindex='0']")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(cell(page, 1, "所属行业")).to_be_focused()
    page.keyboard.press("j")
    expect(cell(page, 2, "所属行业")).to_be_focused()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="键盘快捷键")
    expect(sheet.get_by_text("保存并到下一格")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(cell(page, 2, "所属行业")).to_be_focused()
    target = rows(page).nth(2).locator("a.row-link").get_attribute("href") or ""
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(target) + "$"))
    expect(page.locator(".composer")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(r"/customers$"))


@WIDTHS
def test_the_panel_opens_beside_the_list_and_follows(visit: Callable[..., Visitor], width: int) -> None:
    page = enter(visit(width=width, height=780), "admin", COLUMNS)
    panel = page.locator(".peek")
    names = [row.inner_text() for row in rows(page).locator("a.row-link").all()[:3]]
    if width == 360:
        cell(page, 1, "所属行业").click()
        expect(page.get_by_role("dialog", name=f"预览 {names[1]}")).to_be_focused()
    else:
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("Space")
        expect(page.get_by_role("complementary", name=f"预览 {names[1]}")).to_be_visible()
        page.keyboard.press("j")
        expect(panel.get_by_role("heading", name=names[2])).to_be_visible()
        page.keyboard.press("k")
        expect(rows(page).nth(1).locator("a.row-link")).to_be_focused()
    expect(panel.get_by_role("heading", name=names[1])).to_be_visible()
    assert not re.search(r"\b1\d{10}\b", panel.inner_text()), "contacts stand masked"
    assert serious(page) == []
    assert max(page.evaluate(WIDEST)) <= width
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    cell(page, 0, "累计金额").click()
    panel.get_by_role("link", name="打开客户页").click()
    expect(page).to_have_url(re.compile(r"/customers/[A-Z]+-"))
    expect(page.get_by_role("heading", name=names[0])).to_be_visible()


@WIDTHS
def test_a_cell_is_edited_in_its_place(visit: Callable[..., Visitor], width: int) -> None:
    page = enter(visit(width=width, height=780), "admin", COLUMNS)
    industry = cell(page, 0, "所属行业")
    old = industry.inner_text()
    new = "零售业" if old != "零售业" else "物流"
    industry.dblclick()
    expect(editor(page, "所属行业")).to_be_focused()
    assert serious(page) == []
    page.keyboard.type(new)
    expect(page.get_by_role("option", name=new)).to_be_visible()
    page.keyboard.press("Tab")
    expect(industry).to_contain_text(new)
    expect(editor(page, "企业地址")).to_be_focused()
    page.keyboard.type("科技园一号")
    page.keyboard.press("Tab")
    day = editor(page, "成立时间")
    expect(day).to_be_focused()
    day.fill("2999-13-01")
    page.keyboard.press("Enter")
    expect(page.locator(".cell-editor").get_by_role("alert")).to_be_visible()
    expect(day).to_have_value("2999-13-01")
    day.fill("2001-02-03")
    page.keyboard.press("Enter")
    expect(day).to_have_count(0)
    expect(cell(page, 0, "成立时间")).to_contain_text("2001-02-03")
    expect(cell(page, 0, "成立时间")).to_be_focused()
    page.keyboard.press("e")
    day.fill("1999-01-01")
    page.keyboard.press("Escape")
    expect(day).to_have_count(0)
    expect(cell(page, 0, "成立时间")).to_contain_text("2001-02-03")
    cell(page, 0, "累计金额").dblclick()
    expect(page.get_by_text("这一列由系统生成,不能直接修改")).to_be_visible()
    told = page.locator(".toast", has_text="的成立时间已修改")
    told.get_by_role("button", name="撤销").click()
    expect(page.locator(".toast", has_text="的成立时间已恢复原值")).to_be_visible()
    expect(cell(page, 0, "成立时间")).not_to_contain_text("2001-02-03")
    assert max(page.evaluate(WIDEST)) <= width
    page.reload()
    expect(cell(page, 0, "企业地址")).to_contain_text("科技园一号")


def test_two_people_in_one_cell_decide_whose_value_stays(visit: Callable[..., Visitor]) -> None:
    mine, theirs = (enter(visit(), "admin", COLUMNS) for _ in range(2))
    for page, text in ((mine, "我的地址"), (theirs, "对方的地址")):
        cell(page, 1, "企业地址").dblclick()
        editor(page, "企业地址").fill(text)
    theirs.keyboard.press("Enter")
    expect(cell(theirs, 1, "企业地址")).to_contain_text("对方的地址")
    mine.keyboard.press("Enter")
    question = mine.locator(".cell-question")
    expect(question).to_contain_text("对方的地址")
    expect(question).to_contain_text("我的地址")
    assert serious(mine) == []
    question.get_by_role("button", name="保存我的").click()
    expect(question).to_have_count(0)
    expect(cell(mine, 1, "企业地址")).to_contain_text("我的地址")


@WIDTHS
def test_what_is_typed_in_a_cell_outlives_the_page(visit: Callable[..., Visitor], width: int) -> None:
    page = enter(visit(width=width, height=780), "admin", COLUMNS)
    where = cell(page, 2, "企业地址")
    where.dblclick()
    editor(page, "企业地址").fill("写到一半的地")
    page.reload()
    expect(editor(page, "企业地址")).to_have_value("写到一半的地")
    expect(editor(page, "企业地址")).to_be_focused()
    other = enter(visit(), "admin", COLUMNS)
    cell(other, 2, "企业地址").dblclick()
    editor(other, "企业地址").fill("别人写的")
    other.keyboard.press("Enter")
    expect(cell(other, 2, "企业地址")).to_contain_text("别人写的")
    page.reload()
    expect(where).to_contain_text("别人写的")
    expect(editor(page, "企业地址")).to_have_value("写到一半的地")
    page.keyboard.type("址")
    page.keyboard.press("Enter")
    question = page.locator(".cell-question")
    expect(question).to_contain_text("别人写的")
    question.get_by_role("button", name="保存我的").click()
    expect(where).to_contain_text("写到一半的地址")
    where.dblclick()
    editor(page, "企业地址").fill("不要了")
    page.keyboard.press("Escape")
    expect(editor(page, "企业地址")).to_have_count(0)
    page.reload()
    expect(where).to_contain_text("写到一半的地址")
    expect(editor(page, "企业地址")).to_have_count(0)
    cell(page, 2, "所属行业").dblclick()
    expect(editor(page, "所属行业")).to_be_focused()


@WIDTHS
def test_the_palette_finds_customers_pages_and_actions(visit: Callable[..., Visitor], width: int) -> None:
    visitor = visit(width=width, height=780)
    page = enter(visitor, "admin")
    name = rows(page).nth(4).locator("a.row-link").inner_text()
    rows(page).nth(4).locator("a.row-link").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    if width == 360:
        visitor.goto("/today")

    def opened() -> Locator:
        if width == 360:
            page.get_by_role("button", name="搜索与命令").click()
        else:
            page.keyboard.press("Control+k")
        box = page.get_by_role("combobox", name="搜索客户、页面、视图或操作…")
        expect(box).to_be_focused()
        return box

    box = opened()
    palette = page.get_by_role("dialog", name="搜索与命令")
    expect(palette.get_by_role("group", name="最近打开").get_by_role("option").first).to_contain_text(name)
    assert serious(page) == []
    box.fill("ybp")
    expect(palette.get_by_role("option", name="仪表盘")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/dashboard$"))
    expect(page.get_by_role("heading", name="仪表盘", level=1)).to_be_visible()
    expect(palette).to_have_count(0)
    box = opened()
    box.fill(name[:6])
    found = palette.get_by_role("group", name="客户", exact=True).get_by_role("option").first
    expect(found).to_contain_text(name[:6])
    found.click()
    expect(page).to_have_url(re.compile(r"/customers/[A-Z]+-"))
    expect(palette).to_have_count(0)
    visitor.goto("/today")
    box = opened()
    box.fill("jlgj")
    expect(palette.get_by_role("option", name="记录跟进")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    box = page.get_by_role("combobox", name="选择客户…")
    expect(palette.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/customers/[A-Z]+-"))
    expect(page.locator(".composer[data-open='true']")).to_be_visible()


def test_the_palette_offers_a_role_its_own_only(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("sales")
    page = visitor.goto("/today")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="搜索与命令")
    expect(palette.get_by_role("option", name="新增客户")).to_be_visible()
    for hidden in ("导出客户", "回收站", "重复客户", "字段", "导入"):
        expect(palette.get_by_role("option", name=hidden)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(palette).to_have_count(0)
