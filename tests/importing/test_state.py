"""The page of imports through the real event machinery and guard."""

import pytest

from crm_app.access.actor import Actor
from crm_app.access.state import Frame
from crm_app.background import runner
from crm_app.catalogue import say
from crm_app.core.tables import read_rows
from crm_app.importing import files, service
from crm_app.importing.jobs import CHECK
from crm_app.importing.schemas import table_of_file
from crm_app.importing.state import Found, Importing
from tests.importing.conftest import Desk
from tests.tabs import Tab, Tabs

PATH = "/import"
ROWS = [("甲公司", "制造业", "张三", "13800000001"), ("乙公司", "挖矿", "李四", "12")]
OTHERS = ("sales", "service_lead", "service", "finance")


async def opened(tabs: Tabs, actor: Actor, key: int) -> Tab:
    tab = await tabs.open(actor)
    await tab.fire(Importing.load, f"{PATH}?id={key}")
    return tab


async def fire(tab: Tab, spec: object, key: int) -> Importing:
    await tab.fire(spec, f"{PATH}?id={key}")
    return await tab.state(Importing)


async def test_four_steps_from_the_columns_to_the_result(tabs: Tabs, desk: Desk) -> None:
    key = desk.bring(ROWS)
    tab = await opened(tabs, desk.office.manager, key)
    page = await tab.state(Importing)
    assert (page.step, page.address, page.run.file_name) == ("map", f"id={key}", "客户.csv")
    assert [one.target for one in page.run.columns] == ["name", "industry", "contact.name", "contact.mobile"]
    assert page.run.columns[0].samples == ("甲公司", "乙公司")
    page = await fire(tab, Importing.check(), key)
    assert (page.step, page.job.open) == ("check", True)
    assert await runner.run_next(desk.db)
    page = await fire(tab, Importing.refresh(), key)
    assert (page.step, page.job.open, page.run.coming, page.run.stale) == ("check", False, 1, False)
    found = await tab.state(Found)
    assert [(one.row, one.heading, one.value) for one in found.problems] == [(3, "所属行业", "挖矿"), (3, "手机", "12")]
    assert [(one.field, one.text) for one in page.run.words] == [("所属行业", "挖矿")]
    page = await fire(tab, Found.correct(3, 3, "13800000002"), key)
    assert (page.step, page.run.stale) == ("check", True)
    page = await fire(tab, Importing.choose_value("industry", "挖矿", "ENE"), key)
    page = await fire(tab, Importing.check(), key)
    assert await runner.run_next(desk.db)
    page = await fire(tab, Importing.refresh(), key)
    assert (page.run.coming, page.run.problems) == (2, 0)
    page = await fire(tab, Importing.confirm(), key)
    assert (page.step, page.job.open) == ("done", True)
    assert await runner.run_next(desk.db)
    page = await fire(tab, Importing.refresh(), key)
    assert (page.step, page.run.figures[0].value, page.run.may_undo) == ("done", "2", True)


async def test_somebody_elses_import_reads_like_none(tabs: Tabs, desk: Desk) -> None:
    key = desk.bring(ROWS)
    tab = await opened(tabs, desk.office.admin, key)
    assert (await tab.state(Frame)).gate == "missing"
    assert "甲公司" not in str(tab.sent)


@pytest.mark.parametrize("name", OTHERS)
async def test_others_are_refused(tabs: Tabs, desk: Desk, name: str) -> None:
    tab = await tabs.open(getattr(desk.office, name))
    await tab.fire(Importing.load, PATH)
    assert (await tab.state(Frame)).gate == "forbidden"


async def test_a_discarded_import_leaves_no_file(tabs: Tabs, desk: Desk) -> None:
    key = desk.bring(ROWS)
    tab = await opened(tabs, desk.office.manager, key)
    page = await fire(tab, Importing.discard(), key)
    assert (page.step, page.run.id, page.runs) == ("file", 0, [])
    assert not files.folder_of(key).exists()


async def test_another_sheet_of_the_workbook(tabs: Tabs, desk: Desk) -> None:
    from tests.core.test_tables import book

    key = desk.bring_bytes(book(["说明"], ["x"], 客户=[["客户名称"], ["甲公司"]]), name="客户.xlsx")
    tab = await opened(tabs, desk.office.manager, key)
    page = await fire(tab, Importing.choose_sheet(1), key)
    assert (page.run.sheet, [one.heading for one in page.run.columns]) == ("1", ["客户名称"])


async def test_a_sheet_that_is_refused_leaves_the_chosen_one_as_it_was(tabs: Tabs, desk: Desk) -> None:
    from tests.core.test_tables import book

    content = book(["客户名称"], ["甲公司"], 空表=[["客户名称"]])
    key = desk.bring_bytes(content, name="客户.xlsx")
    tab = await opened(tabs, desk.office.manager, key)
    await fire(tab, Importing.choose_sheet(1), key)
    assert (await tab.state(Frame)).toast.text == "文件只有表头,没有数据行"
    run = desk.run_of(key)
    rows = list(read_rows(files.source_of(key), table_of_file(run.file)))
    assert rows == [(1, ["客户名称"]), (2, ["甲公司"])]
    assert [one.name for one in files.folder().iterdir()] == [str(key)]


async def test_no_sheet_is_read_while_the_rows_are_checked(tabs: Tabs, desk: Desk) -> None:
    from tests.core.test_tables import book

    content = book(["客户名称"], ["甲公司"], 客户=[["客户名称"], ["乙公司"]])
    key = desk.bring_bytes(content, name="客户.xlsx")
    tab = await opened(tabs, desk.office.manager, key)
    desk.do(service.request_check, kind=CHECK, import_id=key)
    await fire(tab, Importing.choose_sheet(1), key)
    rows = list(read_rows(files.source_of(key), table_of_file(desk.run_of(key).file)))
    assert rows == [(1, ["客户名称"]), (2, ["甲公司"])]


async def test_a_file_that_is_gone_is_told(tabs: Tabs, desk: Desk) -> None:
    from tests.core.test_tables import book

    key = desk.bring_bytes(book(["客户名称"], ["甲公司"], 客户=[["客户名称"], ["乙公司"]]), name="客户.xlsx")
    tab = await opened(tabs, desk.office.manager, key)
    files.remove(key)
    await fire(tab, Importing.choose_sheet(1), key)
    assert (await tab.state(Frame)).toast.text == say("zh", "importing.refused.gone")


async def test_what_a_step_waits_for_is_said(tabs: Tabs, desk: Desk) -> None:
    key = desk.bring([("甲公司", "张三", "12")], ("客户名称", "联系人", "手机"))
    tab = await opened(tabs, desk.office.manager, key)
    run = (await tab.state(Importing)).run
    assert (run.ready, run.waiting) == (False, "请先选择上方的「未填写时的所属行业」")
    assert "CSV · UTF-8 · 逗号分隔" in run.about
    run = (await fire(tab, Importing.choose_default("industry", "ENE"), key)).run
    assert (run.ready, run.waiting) == (True, "")
    run = (await fire(tab, Importing.map_column(1, "name"), key)).run
    assert (run.ready, run.waiting) == (False, "有两列对应同一项,请改正其中一列")
    await fire(tab, Importing.map_column(1, "contact.name"), key)
    await desk.check(key)
    run = (await fire(tab, Importing.refresh(), key)).run
    assert (run.step, run.coming) == ("check", 0)
    assert run.waiting.startswith("没有可导入的行:请改正错误的单元格")
    run = (await fire(tab, Importing.choose_policy("cell", "", ""), key)).run
    assert (run.coming, run.waiting) == (1, "")


async def test_rows_that_are_all_skipped_are_no_mistake(tabs: Tabs, desk: Desk) -> None:
    first, again = desk.bring(ROWS[:1]), desk.bring(ROWS[:1])
    await desk.check(first)
    await desk.confirm(first)
    await desk.check(again)
    tab = await opened(tabs, desk.office.manager, again)
    run = (await tab.state(Importing)).run
    assert (run.coming, run.problems, run.waiting) == (0, 0, "没有可导入的行")
