"""What the company made of the fields of every customer, in an import: required, matched by name (R1.8, R4.1)."""

import pytest

from crm_app.fields.schemas import BuiltInInput
from crm_app.fields.service import change_built_in
from crm_app.importing import service
from crm_app.importing.rules import OLD_NUMBER, match_export, match_headings
from crm_app.importing.schemas import Empty, Mode
from crm_app.importing.views import get_view
from tests.importing.conftest import HEADINGS, Desk

GOOD = ("甲公司", "制造业", "张三", "13800000001")


def change(desk: Desk, name: str, **entry: object) -> None:
    with desk.db.writing() as session:
        change_built_in(session, desk.office.admin, name=name, version=0, entry=BuiltInInput(**entry))  # type: ignore[arg-type]
    desk.db.catch_up()


@pytest.mark.parametrize(
    ("name", "heading", "value"),
    [
        ("source", "客户来源", "展会推广"),
        ("region", "所在地区", "深圳市"),
        ("founded_on", "成立时间", "2015-03-15"),
        ("note", "备注", "有"),
    ],
)
async def test_a_missing_value_is_a_wrong_cell(desk: Desk, name: str, heading: str, value: str) -> None:
    change(desk, name, required=True)
    rows = [(*GOOD, ""), ("乙公司", *GOOD[1:3], "13800000002", value)]
    key = desk.bring(rows, (*HEADINGS, heading))
    found = await desk.check(key)
    assert (found["ready"], found["lenient"]) == (1, 1)
    [(row, problem)] = list(desk.store_of(key).list_problems(offset=0, limit=9))
    assert (row, problem.code) == (2, f"customers.required.{name}")
    without = desk.bring([GOOD])
    assert (await desk.check(without))["ready"] == 0


async def test_what_a_list_offers_can_be_said_for_all_rows(desk: Desk) -> None:
    change(desk, "source", required=True)
    key = desk.bring([GOOD])
    with desk.db.reading() as session:
        view = get_view(session, desk.office.manager, key)
    asked = {one.target: one for one in view.defaults}
    assert (asked["source"].needed, view.ready) == (True, False)
    desk.do(service.choose_default, import_id=key, target="source", code="exhibition")
    assert (await desk.check(key))["ready"] == 1
    await desk.confirm(key)
    assert [one.source for one in desk.customers()] == ["exhibition"]


async def test_an_empty_cell_does_not_take_away_what_must_stand_there(desk: Desk) -> None:
    key = desk.bring([(*GOOD, "展会推广", "科技园")], (*HEADINGS, "客户来源", "企业地址"))
    await desk.check(key)
    await desk.confirm(key)
    change(desk, "source", required=True)
    again = desk.bring([(*GOOD, "", "")], (*HEADINGS, "客户来源", "企业地址"))
    desk.do(service.choose_mode, import_id=again, mode=Mode.UPDATE, key="name")
    desk.do(service.choose_policy, import_id=again, empty=Empty.CLEAR)
    await desk.check(again)
    await desk.confirm(again)
    [customer] = desk.customers()
    assert (customer.source, customer.address) == ("exhibition", "")


async def test_the_new_name_and_the_one_of_before_are_matched(desk: Desk) -> None:
    change(desk, "main_business", label_zh="行业细分", label_en="Niche")
    assert match_headings(("名称", "行业细分", "所属行业")) == ("name", "main_business", "industry")
    assert match_headings(("名称", "主营业务")) == ("name", "main_business")
    assert match_headings(("Customer name", "Niche")) == ("name", "main_business")
    assert match_export(("客户编号", "客户名称", "行业细分")) == (OLD_NUMBER, "name", "main_business")
    assert match_export(("客户编号", "客户名称", "主营业务")) == (OLD_NUMBER, "name", "main_business")
