"""Rows that name their customer by a key: updating, making, or both (R4.1), on both engines."""

from typing import Any

import pytest
from sqlmodel import select

from crm_app.core.errors import Refused
from crm_app.customers.service import update_field
from crm_app.importing import service
from crm_app.models import Contact, Customer, FieldChange
from tests.factories import make_customer
from tests.importing.conftest import HEADINGS, Desk
from tests.importing.test_own import add, own
from tests.importing.test_undo import make, named, undo, undo_kind, whole

__all__ = ["undo_kind"]
CODE = "91440300708461136T"


async def updated(desk: Desk, rows: list[tuple[str, ...]], headings: tuple[str, ...], **chosen: str) -> Any:
    """What came of rows that update."""
    key = desk.bring(rows, headings)
    desk.do(service.choose_mode, import_id=key, mode=chosen.get("mode", "update"), key=chosen.get("key", ""))
    await desk.check(key)
    return await desk.confirm(key)


def told(desk: Desk, key: int) -> list[tuple[int, str]]:
    return [(row, one.code) for row, one in desk.store_of(key).list_problems(offset=0, limit=20)]


@pytest.mark.parametrize(
    ("heading", "value", "key"),
    [
        ("客户编号", "", "old_number"),
        ("信用代码", CODE, "credit_code"),
        ("客户名称", "甲有限公司", "name"),
        ("手机", "138 0000 0001", "contact.mobile"),
    ],
)
async def test_only_the_columns_of_the_file_are_updated(desk: Desk, heading: str, value: str, key: str) -> None:
    there = make(desk, "甲有限公司", "13800000001", address="旧路1号", note="旧备注", credit_code=CODE)
    make(desk, "乙有限公司", "13800000002", address="旧路2号")
    done = await updated(desk, [(value or there.number, "新路9号")], (heading, "企业地址"), key=key)
    assert (done["created"], done["updated"]) == (0, 1)
    now = named(desk, there.id)
    assert (now.address, now.note, now.industry, now.version) == ("新路9号", "旧备注", "MFG", there.version + 1)
    assert [one.address for one in desk.customers()] == ["新路9号", "旧路2号"]
    assert [one.name for one in desk.contacts()] == ["张三", "张三"]
    whole(desk)


async def test_an_own_field_of_text_names_customers(desk: Desk) -> None:
    field = add(desk, "旧系统编号")
    first = desk.bring([("甲公司", "制造业", "张三", "13800000001", "K-7")], (*HEADINGS, "旧系统编号"))
    await desk.check(first)
    await desk.confirm(first)
    done = await updated(desk, [("k-7", "新路9号")], ("旧系统编号", "企业地址"), key=field)
    [there] = desk.customers()
    # What is written otherwise is written as the file has it.
    assert (done["updated"], there.address, own(desk, there)) == (1, "新路9号", {"旧系统编号": "k-7"})


async def test_rows_that_name_nobody_or_several_or_one_twice_stay_out(desk: Desk) -> None:
    there = make(desk, "甲公司", "13800000001")
    with desk.db.writing() as session:
        for _ in range(2):
            make_customer(session, owner=desk.office.sales, name="丙公司", name_key="丙")
    rows = [("甲公司", "1"), ("无此公司", "2"), ("", "3"), ("丙公司", "4"), ("甲有限公司", "5")]
    key = desk.bring(rows, ("客户名称", "企业地址"))
    desk.do(service.choose_mode, import_id=key, mode="update")
    found = await desk.check(key)
    assert (found["ready"], found["twins_known"]) == (1, 1)
    assert told(desk, key) == [
        (3, "importing.problem.nobody"),
        (4, "importing.problem.no_key"),
        (5, "importing.problem.several"),
        (6, "importing.problem.named_twice"),
    ]
    assert (await desk.confirm(key))["updated"] == 1
    assert named(desk, there.id).address == "1"


async def test_both_updates_those_that_are_there_and_makes_the_others(desk: Desk) -> None:
    there = make(desk, "甲公司", "13800000001")
    rows = [
        (there.number, *("甲公司", "零售业", "张三", "13800000001")),
        ("", *("乙公司", "制造业", "李四", "13800000002")),
    ]
    done = await updated(desk, rows, ("客户编号", *HEADINGS), mode="both")
    assert (done["created"], done["updated"], [one.industry for one in desk.customers()]) == (1, 1, ["RET", "MFG"])
    whole(desk)


async def test_the_others_still_count_as_duplicates_of_whoever_they_are(desk: Desk) -> None:
    make(desk, "甲公司", "13800000001")
    rows = [("X-1", "甲公司", "零售业", "张三", "13800000001")]
    done = await updated(desk, rows, ("客户编号", *HEADINGS), mode="both", key="old_number")
    assert (done["created"], done["updated"], done["skipped"]) == (0, 0, 1)


async def test_whom_the_person_does_not_reach_stays_as_he_is(desk: Desk) -> None:
    with desk.db.writing() as session:
        far = make_customer(session, owner=desk.office.outsider, name="远方公司", name_key="远方", address="旧址")
    key = desk.bring([(far.number, "新址")], ("客户编号", "企业地址"))
    desk.do(service.choose_mode, import_id=key, mode="update")
    await desk.check(key)
    [(_, problem)] = desk.store_of(key).list_problems(offset=0, limit=9)
    assert (problem.code, problem.params) == ("importing.problem.not_yours", {"owner": "赵北方"})
    assert desk.store_of(key).list_twins() == []
    assert ((await desk.confirm(key))["updated"], named(desk, far.id).address) == (0, "旧址")


async def test_a_customer_that_changed_after_the_check_is_left_and_listed(desk: Desk) -> None:
    there = make(desk, "甲公司", "13800000001", address="旧路1号")
    key = desk.bring([(there.number, "新路9号")], ("客户编号", "企业地址"))
    desk.do(service.choose_mode, import_id=key, mode="update")
    await desk.check(key)
    with desk.db.writing() as session:
        update_field(
            session, desk.office.manager, number=there.number, field="note", value="别动", version=there.version
        )
    done = await desk.confirm(key)
    assert (done["updated"], done["skipped"], named(desk, there.id).address) == (0, 1, "旧路1号")
    assert desk.job_of(key).file_name


@pytest.mark.parametrize("empty", ["keep", "clear"])
async def test_an_empty_cell_keeps_or_clears(desk: Desk, empty: str) -> None:
    there = make(desk, "甲公司", "13800000001", address="旧路1号")
    key = desk.bring([(there.number, "", "", "")], ("客户编号", "企业地址", "客户名称", "手机"))
    desk.do(service.choose_mode, import_id=key, mode="update", key="old_number")
    desk.do(service.choose_policy, import_id=key, empty=empty)
    await desk.check(key)
    done = await desk.confirm(key)
    now = named(desk, there.id)
    # What no record can be without is never cleared.
    assert (now.name, desk.contacts()[0].mobile) == ("甲公司", "13800000001")
    assert (done["updated"], now.address) == ((1, "") if empty == "clear" else (0, "旧路1号"))


async def test_a_contact_is_renewed_with_masked_history_and_comes_back(desk: Desk) -> None:
    there = make(desk, "甲公司", "13800000001")
    key = desk.bring([(there.number, "张三", "13900000009", "总监")], ("客户编号", "联系人", "手机", "职位"))
    desk.do(service.choose_mode, import_id=key, mode="update")
    await desk.check(key)
    assert (await desk.confirm(key))["updated"] == 1
    [contact] = desk.contacts()
    assert (contact.mobile, contact.position, contact.version) == ("13900000009", "总监", 2)
    lines = {one.field: (one.old, one.new, one.contact_id) for one in desk.all_of(FieldChange) if one.version == 2}
    assert lines["contact.mobile"] == ("138****0001", "139****0009", contact.id)
    whole(desk)
    assert (await undo(desk, key))["restored"] == 1
    assert [(one.mobile, one.position) for one in desk.contacts()] == [("13800000001", "")]
    # Nobody looked at this very record (R5.3).
    assert {one.by_hand for one in desk.all_of(FieldChange)} == {False}
    whole(desk)


async def test_a_masked_cell_leaves_the_value_alone(desk: Desk) -> None:
    there = make(desk, "甲公司", "13800000001")
    rows = [(there.number, "张*", "138****0001", "z***@example.com", "新路9号")]
    done = await updated(desk, rows, ("客户编号", "主联系人", "手机", "邮箱", "企业地址"), key="old_number")
    assert (done["updated"], done["contacts"]) == (1, 0)
    assert [(one.name, one.mobile) for one in desk.contacts()] == [("张三", "13800000001")]
    assert {one.field for one in desk.all_of(FieldChange) if one.version == 2} == {"address"}


async def test_level_and_owner_are_no_matter_of_an_import(desk: Desk) -> None:
    there = make(desk, "甲公司", "13800000001")
    key = desk.bring([(there.number, "意向客户", "王销售")], ("客户编号", "客户等级", "负责人"))
    desk.do(service.choose_mode, import_id=key, mode="update")
    await desk.check(key)
    assert told(desk, key) == [(2, "importing.problem.level_stays"), (2, "importing.problem.owner_stays")]
    same = await updated(desk, [(there.number, "潜在客户", "李销售")], ("客户编号", "客户等级", "负责人"))
    assert (same["updated"], same["unchanged"]) == (0, 1)


def test_updating_takes_a_column_that_names_customers(desk: Desk) -> None:
    key = desk.bring([("新路9号",)], ("企业地址",))
    with pytest.raises(Refused, match="no_key"):
        desk.do(service.choose_mode, import_id=key, mode="update")
    with pytest.raises(Refused):
        desk.do(service.choose_mode, import_id=key, mode="everything")
    with pytest.raises(Refused):
        desk.do(service.choose_mode, import_id=key, mode="update", key="address")


async def test_an_old_number_leads_to_the_survivor_of_a_merge(desk: Desk) -> None:
    from crm_app.models import CustomerMerge, MergedCustomer

    there, gone = make(desk, "甲公司", "13800000001"), make(desk, "乙公司", "13800000002")
    with desk.db.writing() as session:
        merge = CustomerMerge(survivor_id=there.id or 0, user_id=desk.office.admin.user_id)
        session.add(merge)
        session.flush()
        session.add(MergedCustomer(customer_id=gone.id or 0, survivor_id=there.id or 0, merge_id=merge.id or 0))
        row = session.exec(select(Customer).where(Customer.id == gone.id)).one()
        row.deleted_at = row.updated_at
        session.exec(select(Contact).where(Contact.customer_id == gone.id)).one()
    done = await updated(desk, [(gone.number, "新路9号")], ("客户编号", "企业地址"))
    assert (done["updated"], named(desk, there.id).address) == (1, "新路9号")


@pytest.mark.parametrize(
    ("headings", "row", "code"),
    [
        (("客户等级",), ("成交客户",), "importing.problem.deal_needed"),
        (("客户状态",), ("已成交",), "importing.problem.deal_needed"),
        (("客户等级", "合同金额"), ("成交客户", "12万"), "importing.problem.deal_needed"),
        (("客户等级", "签约日期"), ("成交客户", "2024-03-05"), "importing.problem.deal_needed"),
        (("客户等级",), ("流失客户",), "importing.problem.loss_reason_needed"),
        (("客户等级", "流失原因"), ("流失客户", "不知道"), "customers.problem.unknown_option"),
    ],
)
async def test_won_and_lost_need_their_facts(
    desk: Desk, headings: tuple[str, ...], row: tuple[str, ...], code: str
) -> None:
    key = desk.bring([("甲公司", "制造业", "张三", "13800000001", *row)], (*HEADINGS, *headings))
    assert (await desk.check(key))["ready"] == 0
    assert told(desk, key) == [(2, code)]
    desk.do(service.choose_policy, import_id=key, bad_cells="cell")
    await desk.confirm(key)
    [made] = desk.customers()
    assert (made.level, made.status, made.order_count) == ("potential", "potential", 0)
    whole(desk)


async def test_with_their_facts_won_and_lost_come_in(desk: Desk) -> None:
    rows = [
        ("甲公司", "制造业", "张三", "13800000001", "成交客户", "12万", "2024-03-05", ""),
        ("乙公司", "制造业", "李四", "13800000002", "流失客户", "", "", ""),
    ]
    key = desk.bring(rows, (*HEADINGS, "客户等级", "合同金额", "签约日期", "流失原因"))
    desk.do(service.choose_default, import_id=key, target="loss_reason", code="price")
    assert (await desk.check(key))["ready"] == 2
    await desk.confirm(key)
    assert [(one.level, one.status) for one in desk.customers()] == [("won", "won"), ("lost", "lost")]
    whole(desk)
