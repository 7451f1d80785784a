"""Standard fields are renamed, required, moved: in form, list, export, import, on open pages too (R1.8)."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visitor
from tests.e2e.test_accessibility import serious
from tests.e2e.test_export import fetch, open_dialog
from tests.e2e.test_import import bring, check, csv_file, fresh, goes_to

pytestmark = pytest.mark.e2e
FIELDS = "/settings/fields"
WIDTHS = pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)], ids=["wide", "phone"])


def fits(page: Page, width: int) -> bool:
    """Whether nothing stands out of the window."""
    return int(page.evaluate("document.documentElement.scrollWidth")) <= width


def names(page: Page) -> list[str]:
    """The standard fields in their order, without what stands below a name."""
    rows = page.get_by_role("region", name="标准字段").get_by_role("rowheader").all()
    return [row.inner_text().splitlines()[0] for row in rows]


def put_back(page: Page) -> None:
    """All as it came, for the journeys that follow."""
    expect(page.get_by_role("region", name="标准字段").get_by_role("rowheader")).to_have_count(14)
    for label in ("行业分类", "客户来源"):
        reset = page.get_by_role("button", name=f"恢复默认 {label}", exact=True)
        if reset.count() and reset.is_enabled():
            reset.click()
            expect(reset.and_(page.locator(":enabled"))).to_have_count(0)
    while names(page)[-1] != "备注":
        place = names(page).index("备注")
        page.get_by_role("button", name="下移 备注", exact=True).click()
        expect(page.get_by_role("region", name="标准字段").get_by_role("rowheader").nth(place + 1)).to_contain_text(
            "备注"
        )


@pytest.fixture
def admin(visit: Callable[..., Visitor]) -> Iterator[Callable[..., Visitor]]:
    """An administrator, after whom the fields are as they came again."""
    opened: list[Visitor] = []

    def open_browser(**how: object) -> Visitor:
        visitor = visit(**how)
        visitor.sign_in("admin")
        opened.append(visitor)
        return visitor

    yield open_browser
    for visitor in opened:
        put_back(visitor.goto(FIELDS))


def shape(page: Page) -> None:
    """行业分类 for 所属行业, 客户来源 required, 备注 one up; a name that is taken is refused before."""
    page.get_by_role("button", name="编辑字段 所属行业", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("字段名称").fill("客户来源")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.get_by_text("“客户来源”是系统已有的字段")).to_be_visible()
    assert serious(page) == []
    dialog.get_by_label("字段名称").fill("行业分类")
    dialog.get_by_label("填写说明", exact=True).fill("按国家标准")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_have_count(0)
    row = page.get_by_role("row").filter(has_text="行业分类")
    expect(row).to_contain_text("原名:所属行业")
    expect(page.get_by_role("switch", name="必填:行业分类")).to_be_disabled()
    page.get_by_role("switch", name="必填:客户来源").click()
    expect(page.get_by_role("switch", name="必填:客户来源")).to_be_checked()
    expect(page.get_by_role("status").filter(has_text="“客户来源”已设为必填")).to_be_visible()
    page.get_by_role("button", name="上移 备注", exact=True).click()
    expect(page.get_by_role("button", name="上移 备注", exact=True)).to_be_focused()
    assert names(page)[-2] == "备注"


def check_open_form(form: Page) -> None:
    """The form that was open all the while says so, and keeps what was typed."""
    expect(form.get_by_label("行业分类")).to_be_visible()
    expect(form.get_by_label("所属行业")).to_have_count(0)
    expect(form.get_by_text("按国家标准")).to_be_visible()
    expect(form.get_by_label("企业地址")).to_have_value("科技园")
    form.get_by_label("客户来源").focus()
    form.get_by_label("客户来源").blur()
    expect(form.get_by_role("alert").filter(has_text="请填写客户来源")).to_be_visible()


def check_list(page: Page, tmp_path: Path) -> None:
    """Heading, search box and the file that is exported."""
    expect(page.get_by_text("行业分类").first).to_be_visible()
    expect(page.get_by_text("所属行业")).to_have_count(0)
    box = page.get_by_role("searchbox", name="搜索客户")
    box.fill("行业分类:零售业")
    box.press("Enter")
    expect(page).to_have_url(re.compile("industry"))
    dialog = open_dialog(page)
    dialog.get_by_role("button", name="仅列表中的列").click()
    dialog.get_by_role("button", name="开始导出").click()
    _, path = fetch(page, dialog.get_by_role("link", name="下载文件"), tmp_path)
    with path.open("rb") as file:
        head = next(load_workbook(file)["客户"].iter_rows(values_only=True))
    assert "行业分类" in head


def check_import(page: Page) -> None:
    """The new name is matched, and what is missing is a wrong cell."""
    no = fresh()
    rows = [
        ["客户名称", "行业分类", "联系人姓名", "手机", "客户来源"],
        [f"改名{no}公司", "制造业", "张三", f"138{no:08}", ""],
        [f"另一{no}公司", "制造业", "李四", f"137{no:08}", "展会推广"],
    ]
    bring(page, csv_file("改名.csv", rows, encoding="utf-8"))
    assert goes_to(page, "行业分类") == "行业分类"
    check(page)
    expect(page.get_by_role("button", name="导入 1 行", exact=True)).to_be_visible()
    expect(page.get_by_text("请填写客户来源").first).to_be_visible()


@WIDTHS
def test_a_standard_field_is_shaped_to_the_company(
    admin: Callable[..., Visitor], visit: Callable[..., Visitor], tmp_path: Path, width: int, dark: bool
) -> None:
    height = 780 if width == 360 else 900
    visitor = admin(width=width, height=height, dark=dark)
    watcher = visit()
    watcher.sign_in("manager")
    form = watcher.goto("/customers/new")
    expect(form.get_by_label("所属行业")).to_be_visible()
    form.get_by_label("企业地址").fill("科技园")

    page = visitor.goto(FIELDS)
    assert serious(page) == []
    assert fits(page, width)
    shape(page)
    check_open_form(form)
    check_list(visitor.goto("/customers?f=industry.in.MFG&cols=name,industry,source"), tmp_path)
    check_import(visitor.goto("/import"))


def test_letting_a_field_be_as_it_came_is_taken_back(admin: Callable[..., Visitor]) -> None:
    page = admin().goto(FIELDS)
    page.get_by_role("button", name="编辑字段 所属行业", exact=True).click()
    page.get_by_role("dialog").get_by_label("字段名称").fill("行业分类")
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    page.get_by_role("button", name="恢复默认 行业分类", exact=True).click()
    expect(page.get_by_role("button", name="编辑字段 所属行业", exact=True)).to_be_visible()
    page.get_by_role("status").filter(has_text="已恢复默认").get_by_role("button", name="撤销").click()
    expect(page.get_by_role("button", name="编辑字段 行业分类", exact=True)).to_be_visible()
