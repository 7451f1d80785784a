"""The company's own fields in an import: matched, checked, written, offered, taken back (R1.8, R4.1, R4.2)."""

import json
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from crm_app.access.actor import Actor
from crm_app.core.errors import Forbidden, Refused
from crm_app.fields.queries import list_fields, values_of
from crm_app.fields.schemas import FieldInput, RecordKind
from crm_app.fields.service import add_field, retire_field
from crm_app.importing import service
from crm_app.importing.rules import NEW_FIELD, OLD_NUMBER, match_headings
from crm_app.importing.service.template import make_template
from crm_app.importing.views import get_view
from crm_app.models import Customer, FieldChange, OwnValue
from tests.importing.conftest import HEADINGS, Desk
from tests.importing.test_command import run
from tests.importing.test_undo import undo, undo_kind, whole

__all__ = ["undo_kind"]
GOOD = ("甲公司", "制造业", "张三", "13800000001")


def add(desk: Desk, label: str, kind: str = "line", record: RecordKind = RecordKind.CUSTOMER, **more: object) -> str:
    """An own field; its key."""
    with desk.db.writing() as session:
        entry = FieldInput(kind, label, **more)  # type: ignore[arg-type]
        key = add_field(session, desk.office.admin, entry=entry, record=record)
    return f"own_{key}"


def own(desk: Desk, customer: Customer) -> dict[str, str]:
    """What stands in a customer's own fields, by label."""
    with desk.db.reading() as session:
        fields = list_fields(session, include_retired=True)
        found = values_of(session, [customer.id or 0], [field.key for field in fields]).get(customer.id or 0, {})
        return {field.label_zh: found[field.key] for field in fields if field.key in found}


async def test_columns_fill_own_fields_of_every_kind(desk: Desk) -> None:
    for label, kind in (("车间", "line"), ("说明书", "text"), ("产线数", "number"), ("年预算", "amount")):
        add(desk, label, kind)
    for label, kind in (("验厂日期", "day"), ("上市", "flag"), ("技术对接人", "person"), ("官方网站", "url")):
        add(desk, label, kind)
    add(desk, "信用评级", "choice", options="优\n良\n差")
    add(desk, "认证", "choices", options="ISO9001\nISO14001\nCE/FDA")
    labels = (
        "车间",
        "说明书",
        "产线数",
        "年预算(万元)",
        "验厂日期",
        "上市",
        "技术对接人",
        "官方网站",
        "信用评级",
        "认证",
    )
    row = (*GOOD, "一号😀", "第一行;第二行", "1200", "50", "2024年3月5日", "√", "李销售", "example.com", "良")
    key = desk.bring([(*row, "CE/FDA、ISO9001")], (*HEADINGS, *labels))
    assert all(desk.run_of(key).plan["mapping"])
    found = await desk.check(key)
    assert (found["ready"], found["problems"]) == (1, 0)
    await desk.confirm(key)
    [made] = desk.customers()
    told = own(desk, made)
    assert (told["车间"], told["说明书"], told["产线数"], told["年预算"]) == (
        "一号😀",
        "第一行;第二行",
        "1200",
        "500000",
    )
    assert (told["验厂日期"], told["上市"], told["官方网站"]) == ("2024-03-05", "yes", "https://example.com")
    assert told["技术对接人"] == str(desk.office.sales.user_id)
    assert len(told["认证"].split(",")) == 2
    [day] = [one for one in desk.all_of(OwnValue) if one.text == "2024-03-05"]
    assert day.number == date(2024, 3, 5).toordinal()
    whole(desk)


async def test_what_a_field_refuses_is_a_wrong_cell_and_a_missing_one_too(desk: Desk) -> None:
    add(desk, "产线数", "number", required=True, highest="100")
    add(desk, "信用评级", "choice", options="优\n良")
    rows = [
        (*GOOD, "101", "优"),
        ("乙公司", *GOOD[1:3], "13800000002", "", "极好"),
        ("丙公司", *GOOD[1:3], "13800000003", "7", "良"),
    ]
    key = desk.bring(rows, (*HEADINGS, "产线数", "信用评级"))
    found = await desk.check(key)
    assert (found["ready"], found["lenient"]) == (1, 1)
    told = [(row, one.column, one.code) for row, one in desk.store_of(key).list_problems(offset=0, limit=9)]
    assert told == [
        (2, 4, "fields.problem.highest"),
        (3, 4, "fields.required"),
        (3, 5, "customers.problem.unknown_option"),
    ]
    assert desk.store_of(key).list_words()[0][1] == "极好"
    with desk.db.reading() as session:
        view = get_view(session, desk.office.manager, key)
    assert [(one.field, [choice.label for choice in one.choices]) for one in view.words] == [("信用评级", ["优", "良"])]
    code = view.words[0].choices[0].value
    desk.do(service.choose_value, import_id=key, target=view.words[0].target, text="极好", code=code)
    desk.do(service.correct_cell, import_id=key, row=3, column=4, value="8")
    assert (await desk.check(key))["ready"] == 2


async def test_a_required_field_without_a_column_is_asked_for_and_a_default_fills_in(desk: Desk) -> None:
    add(desk, "币种", initial="CNY")
    field = add(desk, "客户经办", required=True)
    key = desk.bring([GOOD])
    found = await desk.check(key)
    [(_, problem)] = desk.store_of(key).list_problems(offset=0, limit=9)
    assert (found["ready"], problem.target, problem.code, problem.column) == (0, field, "fields.required", -1)
    again = desk.bring([(*GOOD, "老王")], (*HEADINGS, "客户经办"))
    await desk.check(again)
    await desk.confirm(again)
    assert own(desk, desk.customers()[0]) == {"币种": "CNY", "客户经办": "老王"}


async def test_fields_that_a_role_does_not_change_are_no_place_for_a_column(desk: Desk) -> None:
    hidden = add(desk, "内部评分", hidden_from=("sales_manager",))
    fixed = add(desk, "合规等级", fixed_for=("sales_manager",))
    key = desk.bring([(*GOOD, "9", "高")], (*HEADINGS, "内部评分", "合规等级"))
    assert desk.run_of(key).plan["mapping"][4:] == ["", ""]
    for target in (hidden, fixed):
        with pytest.raises(Refused):
            desk.do(service.map_column, import_id=key, column=4, target=target)
    with desk.db.reading() as session:
        view = get_view(session, desk.office.manager, key)
    offered = {choice.value for group in view.groups for choice in group.choices}
    assert not offered & {hidden, fixed, NEW_FIELD}
    assert not any(one.offer for one in view.columns)


async def test_a_field_that_changed_after_the_check_asks_for_another_one(desk: Desk) -> None:
    from crm_app.background import runner

    field = add(desk, "车间")
    key = desk.bring([(*GOOD, "一号")], (*HEADINGS, "车间"))
    await desk.check(key)
    with desk.db.writing() as session:
        retire_field(session, desk.office.admin, field_id=int(field.removeprefix("own_")), version=1)
    desk.do(service.request_import, kind=_import_kind(), import_id=key)
    assert await runner.run_next(desk.db)
    assert desk.job_of(key).message == "importing.refused.stale"
    assert desk.customers() == []


def _import_kind() -> object:
    from crm_app.importing.jobs import IMPORT

    return IMPORT


async def test_a_column_becomes_a_field_and_the_next_file_goes_there(desk: Desk) -> None:
    admin = desk.office.admin
    rows = [("C001", *GOOD, "A区"), ("C002", "乙公司", "制造业", "李四", "13800000002", "")]
    headings = ("客户编号", *HEADINGS, "片区")
    key = desk.bring(rows, headings, who=admin)
    with desk.db.reading() as session:
        view = get_view(session, admin, key)
    assert [one.offer for one in view.columns if one.offer] == ["存入新字段「原客户编号」", "存入新字段「片区」"]
    for column in (0, 5):
        desk.do(service.map_column, who=admin, import_id=key, column=column, target=NEW_FIELD)
    with desk.db.reading() as session:
        view = get_view(session, admin, key)
        assert list_fields(session) == ()
    assert (view.columns[0].told, view.ready) == ("导入时新建字段「原客户编号」", True)
    await desk.check(key, who=admin)
    await desk.confirm(key, who=admin)
    first, second = desk.customers()
    assert (own(desk, first), own(desk, second)) == ({"原客户编号": "C001", "片区": "A区"}, {"原客户编号": "C002"})
    assert first.note == ""
    again = desk.bring([("C003", "丙公司", "制造业", "王五", "13800000003", "B区")], headings, who=admin)
    mapping = desk.run_of(again, who=admin).plan["mapping"]
    with desk.db.reading() as session:
        assert [mapping[0], mapping[5]] == [field.key for field in list_fields(session)]
    await desk.check(again, who=admin)
    await desk.confirm(again, who=admin)
    assert own(desk, desk.customers()[2]) == {"原客户编号": "C003", "片区": "B区"}


def test_a_new_field_takes_the_right_to_make_one_and_a_name(desk: Desk) -> None:
    key = desk.bring([(*GOOD, "C001", "x")], (*HEADINGS, "客户编号", ""))
    with pytest.raises(Forbidden):
        desk.do(service.map_column, import_id=key, column=4, target=NEW_FIELD)
    assert desk.run_of(key).plan["mapping"][4] == OLD_NUMBER
    admins = desk.bring([(*GOOD, "x", "y")], (*HEADINGS, "", "片区"), who=desk.office.admin)
    desk.do(service.map_column, who=desk.office.admin, import_id=admins, column=4, target=NEW_FIELD)
    with desk.db.reading() as session:
        view = get_view(session, desk.office.admin, admins)
    assert (view.ready, view.columns[4].problem != "") == (False, True)


async def test_an_update_of_own_fields_has_its_history_and_is_taken_back(desk: Desk) -> None:
    line, many = add(desk, "车间"), add(desk, "认证", "choices", options="甲\n乙\n丙")
    first = desk.bring([(*GOOD, "一号", "甲、乙")], (*HEADINGS, "车间", "认证"))
    await desk.check(first)
    await desk.confirm(first)
    before = own(desk, desk.customers()[0])
    again = desk.bring([("甲公司", "二号", "丙")], ("客户名称", "车间", "认证"))
    desk.do(service.choose_mode, import_id=again, mode="update")
    await desk.check(again)
    assert (await desk.confirm(again))["updated"] == 1
    told = own(desk, desk.customers()[0])
    assert (told["车间"], told["认证"] in before["认证"]) == ("二号", False)
    history = {one.field: (one.old, one.new) for one in desk.all_of(FieldChange) if one.version == 2}
    assert history[line] == ("一号", "二号")
    assert history[many][0] == before["认证"]
    assert (await undo(desk, again))["restored"] == 1
    assert own(desk, desk.customers()[0]) == before
    whole(desk)


def test_the_template_has_them_and_they_are_matched_again(desk: Desk) -> None:
    fields = [add(desk, "车间"), add(desk, "合规等级", fixed_for=("sales_manager",))]
    assert _headings(desk, desk.office.admin, fields) == set(fields)
    assert _headings(desk, desk.office.manager, fields) == {fields[0]}


def _headings(desk: Desk, who: Actor, fields: list[str]) -> set[str]:
    with desk.db.reading() as session:
        content = make_template(session, who)
        every = list_fields(session)
    [row] = load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    return {*match_headings([str(cell) for cell in row], every)} & {*fields}


def test_the_command_fills_them_too(desk: Desk, tmp_path: Path) -> None:
    add(desk, "车间")
    file, mapping = tmp_path / "客户.csv", tmp_path / "map.json"
    file.write_text("客户名称,行业,姓名,手机,车间编号\n甲公司,制造业,张三,13800000001,一号\n", "utf-8")
    mapping.write_text(json.dumps({"mapping": {"车间编号": "车间"}}))
    code, told = run(file, "--user", "manager", "--mapping", mapping)
    assert (code, own(desk, desk.customers()[0])) == (0, {"车间": "一号"}), told
