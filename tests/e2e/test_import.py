"""A company moves in with its three spreadsheets, each as it is (R4.1)."""

import re
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.conftest import Visitor
from tests.e2e.test_accessibility import serious

pytestmark = pytest.mark.e2e
IMPORT = "/import"


def fresh() -> int:
    """A number that nothing has yet."""
    return time.time_ns() // 1000 % 10**8


def csv_file(name: str, rows: list[list[str]], *, encoding: str, delimiter: str = ",") -> FilePayload:
    """As a spreadsheet saves it."""
    text = "\r\n".join(delimiter.join(row) for row in rows) + "\r\n"
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode(encoding)}


def simple_table(no: int) -> FilePayload:
    """In GB18030, without industries, with an opportunity and a type that is a level."""
    rows = [
        "客户编号,客户名称,联系人姓名,联系电话,电子邮件,客户类型,所在地区,客户状态,最近互动时间,销售机会金额",
        f"001,晨风{no}公司,张三,139{no:08},zhangsan@example.com,长期客户,北京,跟进中,2025-03-01,50000",
        f"002,暮雨{no}公司,李四,138{no:08},lisi@example.com,VIP客户,深圳,已成交,2025-02-25,200000",
        f"003,远山{no}公司,王五,137{no:08},wangwu@example.com,潜在客户,北京,待确认,2025-03-05,15000",
    ]
    return csv_file("简表.csv", [row.split(",") for row in rows], encoding="gb18030")


def basic_table(no: int) -> FilePayload:
    """In UTF-8 with tabs."""
    rows = [
        "客户编号,企业名称,联系人姓名,联系方式,所属行业,所在地区,企业规模,成立时间,主营业务,客户来源",
        f"C20240501001,示例{no}科技有限公司,陈经理,136{no:08},信息技术服务业,北京市朝阳区,100-500人,2015-03-15,软件开发,行业展会",
    ]
    return csv_file("基础信息表.csv", [row.split(",") for row in rows], encoding="utf-8", delimiter="\t")


def upkeep_table(no: int) -> FilePayload:
    """In UTF-8 with a mark; a masked contact, a contract in 万元, a follow-up and care in one row."""
    rows = [
        "客户编号,客户名称,所属行业,客户类型,联系人(*),职位,联系方式,邮箱,企业地址,合作产品/服务,合作开始时间,合同金额(万元),"
        "最近跟进时间,跟进方式,跟进内容,跟进结果,下次跟进时间,维护方式,维护结果,客户反馈,备注",
        f"C001,*{no}科技有限公司,互联网,重点客户,*经理,采购总监,138****5678,zhang*@example.com,北京市朝阳区,云服务SaaS,2023-01-15,50,"
        "2023-10-20,电话,产品续约意向沟通,有续约意愿,2023-10-25,节日问候,客户表示感谢,响应速度满意,需关注竞品动态",
    ]
    return csv_file("维护表.csv", [row.split(",") for row in rows], encoding="utf-8-sig")


def bring(page: Page, file: FilePayload) -> None:
    """Choose a file and wait for its columns."""
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("table", name="各列导入到哪里")).to_be_visible()


def check(page: Page) -> None:
    """Have all rows checked."""
    page.get_by_role("button", name="检查全部数据行").click()
    expect(page.get_by_role("button", name=re.compile("^导入 [0-9]"))).to_be_visible()


def confirm(page: Page, rows: int) -> None:
    """Import so many rows."""
    page.get_by_role("button", name=f"导入 {rows} 行", exact=True).click()
    expect(page.get_by_role("heading", name="导入完成")).to_be_visible()


def goes_to(page: Page, heading: str) -> str:
    """Where a column goes."""
    select = page.get_by_label(f"「{heading}」导入到")
    return str(select.evaluate("one => one.selectedOptions[0].textContent"))


def find(page: Page, base: str, text: str) -> None:
    """Look for a customer in the list and open its page."""
    page.goto(f"{base}/customers?q={text}")
    page.get_by_role("link", name=re.compile(text)).first.click()


def figure(page: Page, label: str) -> str:
    """A number of the result."""
    return page.locator(".import-figures > div").filter(has_text=label).locator("dd").inner_text()


@pytest.mark.parametrize(("width", "who"), [(1440, "manager"), (360, "admin")])
def test_three_spreadsheets_come_in_as_they_are(visit: Callable[..., Visitor], width: int, who: str) -> None:
    visitor = visit(width=width, height=800)
    visitor.sign_in(who)
    page, no = visitor.goto(IMPORT), fresh()
    assert serious(page) == []

    bring(page, basic_table(no))
    expect(page).to_have_url(re.compile(r"/import\?id=\d+$"))
    assert [goes_to(page, one) for one in ("企业名称", "联系方式", "客户来源")] == [
        "客户名称",
        "手机或电话",
        "客户来源",
    ]
    expect(page.get_by_text("行业展会")).to_be_visible()
    assert serious(page) == []
    check(page)
    assert serious(page) == []
    confirm(page, 1)
    assert (figure(page, "新增客户"), figure(page, "联系人")) == ("1", "1")
    assert serious(page) == []

    page.get_by_role("button", name="再导入一个文件").click()
    bring(page, simple_table(no))
    # No column tells the industry, by which customers are numbered.
    waiting = page.get_by_role("button", name="检查全部数据行")
    expect(waiting).to_be_disabled()
    expect(waiting).to_have_accessible_description("请先选择上方的「未填写时的所属行业」")
    page.get_by_label("未填写时的所属行业").select_option(label="互联网")
    check(page)
    # A won customer needs its deal, which this table doesn't tell: the cell is said, and left out.
    expect(page.get_by_text("成交客户需要成交金额和成交日期")).to_be_visible()
    page.get_by_label("导入,错误的内容留空").check()
    confirm(page, 3)
    assert (figure(page, "新增客户"), figure(page, "跟进记录")) == ("3", "3")

    page.get_by_role("button", name="再导入一个文件").click()
    bring(page, upkeep_table(no))
    page.get_by_role("button", name="检查全部数据行").click()
    problems = page.get_by_role("table", name="错误的单元格")
    expect(problems.get_by_role("row").filter(has_text="联系方式")).to_contain_text("隐藏后的内容")
    assert serious(page) == []
    nothing = page.get_by_role("button", name="导入 0 行")
    expect(nothing).to_be_disabled()
    expect(nothing).to_have_accessible_description(re.compile("^没有可导入的行:请改正错误的单元格"))
    page.get_by_label("导入,错误的内容留空").check()
    confirm(page, 1)
    assert figure(page, "跟进记录") == "2"

    find(page, visitor.server.url, f"{no}科技有限公司")
    expect(page.get_by_text("产品续约意向沟通").first).to_be_visible()
    expect(page.get_by_text("客户关怀:节日问候").first).to_be_visible()
    expect(page.get_by_text("500,000").first).to_be_visible()
    assert visitor.errors == []


def test_a_wrong_cell_is_corrected_and_what_stays_out_is_fetched(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = visit()
    visitor.sign_in("manager")
    page, no = visitor.goto(IMPORT), fresh()
    book = Workbook()
    sheet = book.active
    assert sheet
    sheet.append(["客户名称", "行业", "姓名", "手机"])
    sheet.append([f"甲{no}公司", "制造业", "张三", f"139{no:08}"])
    sheet.append([f"乙{no}公司", "制造业", "李四", "12"])
    sheet.append([f"丙{no}公司", "挖矿", "王五", f"137{no:08}"])
    sheet.append([f"丁{no}公司", "制造业", "", "x"])
    kept = BytesIO()
    book.save(kept)
    bring(page, {"name": "客户.xlsx", "mimeType": "application/octet-stream", "buffer": kept.getvalue()})
    check(page)
    cell = page.get_by_label("第 3 行 手机")
    cell.fill(f"136{no:08}")
    cell.press("Enter")
    expect(page.get_by_text("有改动,重新检查后才能导入")).to_be_visible()
    page.get_by_label("所属行业「挖矿」对应").select_option(label="能源")
    page.get_by_role("button", name="重新检查").click()
    confirm(page, 3)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="下载未导入的行").click()
    fetched.value.save_as(tmp_path / "rejected.xlsx")
    rows = list(load_workbook(tmp_path / "rejected.xlsx").worksheets[0].iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["客户名称", f"丁{no}公司"]
    assert "手机" in str(rows[1][4])
    page.get_by_role("button", name="撤销整个导入").click()
    page.get_by_role("dialog").get_by_role("button", name="撤销整个导入").click()
    expect(page.get_by_text("已撤销:3 个客户移入回收站")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert serious(page) == []
    assert visitor.errors == []


def test_a_column_becomes_a_field_and_then_names_the_customers(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("admin")
    page, no = visitor.goto(IMPORT), fresh()
    heading = f"老系统号{no}"
    rows = [[heading, "客户名称", "行业", "姓名", "手机"], [f"K{no}", f"甲{no}公司", "制造业", "张三", f"139{no:08}"]]
    bring(page, csv_file("客户.csv", rows, encoding="utf-8"))
    page.get_by_role("button", name=f"存入新字段「{heading}」").click()
    expect(page.get_by_text(f"导入时新建字段「{heading}」")).to_be_visible()
    check(page)
    confirm(page, 1)
    page.get_by_role("button", name="再导入一个文件").click()
    bring(page, csv_file("地址.csv", [[heading, "企业地址"], [f"K{no}", "新路9号"]], encoding="utf-8"))
    page.get_by_label("更新已有客户", exact=True).check()
    expect(page.get_by_label("按哪一列认出已有客户")).to_have_value(re.compile(r"own_\d+"))
    check(page)
    assert figure(page, "更新已有客户") == "1"
    confirm(page, 1)
    assert figure(page, "更新客户") == "1"
    find(page, visitor.server.url, f"甲{no}公司")
    expect(page.get_by_text(f"K{no}").first).to_be_visible()
    expect(page.get_by_text("新路9号").first).to_be_visible()
    assert visitor.errors == []


def test_discarding_asks_first_and_a_finished_import_leads_to_its_customers(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.sign_in("manager")
    page, no = visitor.goto(IMPORT), fresh()
    bring(page, basic_table(no))
    page.get_by_role("button", name="放弃").click()
    page.get_by_role("dialog").get_by_role("button", name="取消").click()
    expect(page.get_by_role("table", name="各列导入到哪里")).to_be_visible()
    page.get_by_role("button", name="放弃").click()
    page.get_by_role("dialog", name="放弃此次导入").get_by_role("button", name="放弃").click()
    expect(page.get_by_role("button", name="选择文件")).to_be_visible()
    bring(page, basic_table(no))
    check(page)
    confirm(page, 1)
    page.get_by_role("link", name="查看客户列表").click()
    expect(page.locator("a.row-link").first).to_have_text(f"示例{no}科技有限公司")
    assert visitor.errors == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "文件是空的"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "这不是表格文件"),
        (b"PK\x03\x04 nothing more", "文件不完整或已损坏"),
        ("客户名称,手机\n".encode(), "没有数据行"),
    ],
    ids=["empty", "picture", "truncated", "headings only"],
)
def test_what_is_no_table_is_said(visit: Callable[..., Visitor], content: bytes, told: str) -> None:
    visitor = visit()
    visitor.sign_in("manager")
    page = visitor.goto(IMPORT)
    page.locator("input[type=file]").set_input_files({"name": "a.xlsx", "mimeType": "x/y", "buffer": content})
    expect(page.get_by_role("alert").filter(has_text=told)).to_be_visible()
