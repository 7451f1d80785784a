"""Own fields of contacts in an import: matched, checked, written, updated, taken back (R1.8, R4.1, R4.2)."""

from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from crm_app.background import runner
from crm_app.fields.queries import list_fields, values_of
from crm_app.fields.schemas import RecordKind
from crm_app.fields.service import retire_field
from crm_app.importing import service
from crm_app.importing.jobs import IMPORT
from crm_app.importing.queries import list_own_fields
from crm_app.importing.rules import match_headings
from crm_app.importing.service.template import make_template
from crm_app.importing.views import get_view
from crm_app.models import Contact, ContactValue, FieldChange
from tests.importing.conftest import HEADINGS, Desk
from tests.importing.test_own import add as add_any
from tests.importing.test_undo import undo, undo_kind, whole

__all__ = ["undo_kind"]
GOOD = ("甲公司", "制造业", "张三", "13800000001")


def add(desk: Desk, label: str, kind: str = "line", **more: object) -> str:
    """A field of contacts; its path."""
    return "contact." + add_any(desk, label, kind, RecordKind.CONTACT, **more)


def own(desk: Desk, contact: Contact) -> dict[str, str]:
    """What stands in a contact's own fields, by label."""
    with desk.db.reading() as session:
        fields = list_fields(session, include_retired=True, record=RecordKind.CONTACT)
        keys = [field.key for field in fields]
        found = values_of(session, [contact.id or 0], keys, record=RecordKind.CONTACT).get(contact.id or 0, {})
        return {field.label_zh: found[field.key] for field in fields if field.key in found}


async def bring(desk: Desk, rows: list[tuple[str, ...]], headings: tuple[str, ...], **choices: Any) -> Any:
    """A file checked and written; what came of it."""
    key = desk.bring(rows, headings)
    if "mode" in choices:
        desk.do(service.choose_mode, import_id=key, mode=choices.pop("mode"))
    for name, value in choices.items():
        desk.do(service.choose_policy, import_id=key, **{name: value})
    await desk.check(key)
    return key, await desk.confirm(key)


async def test_columns_fill_them_by_their_names(desk: Desk) -> None:
    role = add(desk, "决策角色", "choice", options="决策者\n使用者")
    paths = [role, add(desk, "爱好", "choices", options="茶\n棋\n书"), add(desk, "入职日期", "day")]
    paths += [add(desk, "年薪", "amount"), add(desk, "上级", "person"), add(desk, "住址", "text")]
    labels = ("联系人·决策角色", "爱好", "联系人入职日期", "联系人·年薪(万元)", "上级", "联系人 · 住址")
    row = (*GOOD, "决策者", "书、茶", "2024年3月5日", "30", "李销售", "某路")
    key = desk.bring([row], (*HEADINGS, *labels))
    assert desk.run_of(key).plan["mapping"][4:] == paths
    found = await desk.check(key)
    assert (found["ready"], found["problems"]) == (1, 0)
    await desk.confirm(key)
    [contact] = desk.contacts()
    assert own(desk, contact) == {
        "决策角色": "v1", "爱好": "v1,v3", "入职日期": "2024-03-05", "年薪": "300000",
        "上级": str(desk.office.sales.user_id), "住址": "某路",
    }  # fmt: skip
    [day] = [one for one in desk.all_of(ContactValue) if one.text == "2024-03-05"]
    assert (day.number, day.key) == (738950, None)
    whole(desk)


async def test_what_a_field_refuses_is_a_wrong_cell_at_its_column(desk: Desk) -> None:
    role = add(desk, "决策角色", "choice", options="决策者\n使用者")
    add(desk, "工龄", "number", required=True, highest="60")
    rows = [(*GOOD, "老板", "5"), ("乙公司", *GOOD[1:3], "13800000002", "使用者", "99"),
            ("丙公司", *GOOD[1:3], "13800000003", "使用者", "")]  # fmt: skip
    key = desk.bring(rows, (*HEADINGS, "联系人·决策角色", "联系人·工龄"))
    assert (await desk.check(key))["ready"] == 0
    told = [(row, one.column, one.code) for row, one in desk.store_of(key).list_problems(offset=0, limit=9)]
    assert told == [
        (2, 4, "customers.problem.unknown_option"),
        (3, 5, "fields.problem.highest"),
        (4, 5, "fields.required"),
    ]
    with desk.db.reading() as session:
        view = get_view(session, desk.office.manager, key)
    assert [(one.field, one.text) for one in view.words] == [("联系人·决策角色", "老板")]
    desk.do(service.choose_value, import_id=key, target=role, text="老板", code="v1")
    for row in (3, 4):
        desk.do(service.correct_cell, import_id=key, row=row, column=5, value="6")
    assert (await desk.check(key))["ready"] == 3
    await desk.confirm(key)
    assert [own(desk, one)["工龄"] for one in desk.contacts()] == ["5", "6", "6"]


async def test_without_wrong_cells_a_contact_comes_in_only_with_what_it_needs(desk: Desk) -> None:
    add(desk, "工龄", "number", highest="60")
    add(desk, "决策角色", required=True)
    rows = [(*GOOD, "99", "决策者"), ("乙公司", *GOOD[1:3], "13800000002", "5", "")]
    await bring(desk, rows, (*HEADINGS, "联系人·工龄", "联系人·决策角色"), bad_cells="cell")
    assert [one.name for one in desk.customers()] == ["甲公司", "乙公司"]
    [contact] = desk.contacts()
    assert own(desk, contact) == {"决策角色": "决策者"}


async def test_a_field_without_a_column_begins_with_its_default_or_is_asked_for(desk: Desk) -> None:
    add(desk, "语言", initial="中文")
    await bring(desk, [GOOD], HEADINGS)
    assert own(desk, desk.contacts()[0]) == {"语言": "中文"}
    path = add(desk, "决策角色", required=True)
    key = desk.bring([("乙公司", *GOOD[1:3], "13800000002")])
    assert (await desk.check(key))["ready"] == 0
    [(_, problem)] = desk.store_of(key).list_problems(offset=0, limit=9)
    assert (problem.target, problem.code, problem.column) == (path, "fields.required", -1)


async def test_rows_that_update_change_the_contact_that_they_mean_and_are_taken_back(desk: Desk) -> None:
    role = add(desk, "决策角色", "choice", options="决策者\n使用者")
    add(desk, "备忘")
    headings = (*HEADINGS, "联系人·决策角色", "联系人·备忘")
    await bring(desk, [(*GOOD, "决策者", "爱喝茶")], headings)
    before = own(desk, desk.contacts()[0])
    changed = [("甲公司", "使用者", "")]
    again, counts = await bring(desk, changed, ("客户名称", "联系人·决策角色", "联系人·备忘"), mode="update")
    assert (counts["updated"], own(desk, desk.contacts()[0])) == (1, {"决策角色": "v2", "备忘": "爱喝茶"})
    history = [(one.field, one.old, one.new, one.contact_id) for one in desk.all_of(FieldChange) if one.version == 2]
    assert history == [(role, "v1", "v2", desk.contacts()[0].id)]
    assert (await undo(desk, again))["restored"] == 1
    assert own(desk, desk.contacts()[0]) == before
    lines = [(one.field, one.old, one.new) for one in desk.all_of(FieldChange) if one.version == 3]
    assert lines == [(role, "v2", "v1")]
    whole(desk)


async def test_an_empty_cell_clears_where_that_is_asked_for_but_nothing_required(desk: Desk) -> None:
    add(desk, "决策角色", required=True)
    add(desk, "备忘")
    headings = (*HEADINGS, "联系人·决策角色", "联系人·备忘")
    await bring(desk, [(*GOOD, "决策者", "爱喝茶")], headings)
    again, counts = await bring(desk, [(*GOOD, "", "")], headings, mode="update", empty="clear")
    assert (counts["updated"], own(desk, desk.contacts()[0])) == (1, {"决策角色": "决策者"})
    assert (await undo(desk, again))["restored"] == 1
    assert own(desk, desk.contacts()[0]) == {"决策角色": "决策者", "备忘": "爱喝茶"}


async def test_a_contact_that_is_added_has_them_and_goes_with_the_undoing(desk: Desk) -> None:
    add(desk, "决策角色")
    add(desk, "语言", initial="中文")
    headings = (*HEADINGS, "联系人·决策角色")
    await bring(desk, [(*GOOD, "决策者")], headings)
    row = ("甲公司", "制造业", "李四", "13800000002", "使用者")
    again, counts = await bring(desk, [row], headings, mode="update")
    assert (counts["updated"], counts["contacts"]) == (1, 1)
    assert [own(desk, one) for one in desk.contacts()] == [
        {"决策角色": "决策者", "语言": "中文"},
        {"决策角色": "使用者", "语言": "中文"},
    ]
    assert (await undo(desk, again))["restored"] == 1
    assert [one.text for one in desk.all_of(ContactValue)] == ["决策者", "中文"]
    whole(desk)


async def test_a_value_of_which_the_role_may_not_know_is_no_place(desk: Desk) -> None:
    hidden = add(desk, "评价", hidden_from=("sales_manager",))
    fixed = add(desk, "卡号", fixed_for=("sales_manager",))
    key = desk.bring([(*GOOD, "难缠", "K-1")], (*HEADINGS, "联系人·评价", "联系人·卡号"))
    assert not {hidden, fixed} & {*desk.run_of(key).plan["mapping"]}
    with desk.db.reading() as session:
        view = get_view(session, desk.office.manager, key)
    assert not {hidden, fixed} & {choice.value for group in view.groups for choice in group.choices}


async def test_a_field_that_is_retired_after_the_check_asks_for_another_one(desk: Desk) -> None:
    path = add(desk, "决策角色")
    key = desk.bring([(*GOOD, "决策者")], (*HEADINGS, "联系人·决策角色"))
    await desk.check(key)
    with desk.db.writing() as session:
        retire_field(session, desk.office.admin, field_id=int(path.removeprefix("contact.own_")), version=1)
    desk.do(service.request_import, kind=IMPORT, import_id=key)
    assert await runner.run_next(desk.db)
    assert desk.job_of(key).message == "importing.refused.stale"
    assert desk.customers() == []


def test_the_template_has_them_in_both_languages(desk: Desk) -> None:
    from dataclasses import replace

    path = add(desk, "决策角色", label_en="Part in decisions")
    for language, heading in (("zh", "联系人·决策角色"), ("en", "Contact · Part in decisions")):
        who = replace(desk.office.admin, language=language)
        with desk.db.reading() as session:
            content, every = make_template(session, who), list_own_fields(session, who)
        [row] = load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True)
        assert heading in row
        assert match_headings([str(cell) for cell in row], every)[row.index(heading)] == path
