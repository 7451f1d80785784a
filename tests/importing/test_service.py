"""Whole imports on both engines: checked, written at once or not at all, told (R4.1, R4.2)."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import Session

from crm_app.access.audit import Action
from crm_app.admin.verify import verify
from crm_app.background import files as job_files
from crm_app.background import runner
from crm_app.core.clock import utcnow
from crm_app.core.errors import Forbidden, NotFound, Refused
from crm_app.core.settings import get_settings
from crm_app.customers.search import list_misindexed
from crm_app.importing import service, store
from crm_app.importing.jobs import CHECK, IMPORT
from crm_app.importing.schemas import State
from crm_app.importing.service import writing
from crm_app.models import (
    AuditEntry,
    Contact,
    Customer,
    CustomerTag,
    FieldChange,
    FollowUp,
    ImportedCustomer,
    LevelChange,
    NumberCounter,
)
from tests.factories import make_customer
from tests.importing.conftest import HEADINGS, Desk

GOOD = ("甲公司", "制造业", "张三", "13800000001")


async def test_customers_come_in_with_numbers_contacts_and_a_trace(desk: Desk) -> None:
    key = desk.bring([GOOD, ("乙公司", "制造", "李四", "13800000002"), ("丙公司", "互联网", "王五", "13800000003")])
    assert (await desk.check(key))["ready"] == 3
    assert (await desk.confirm(key))["created"] == 3
    made = desk.customers()
    assert [one.name for one in made] == ["甲公司", "乙公司", "丙公司"]
    assert [one.number[:3] + one.number[8:] for one in made] == ["MFG-001", "MFG-002", "INT-001"]
    assert {one.owner_id for one in made} == {desk.office.manager.user_id}
    assert {one.department_id for one in made} == {desk.office.south}
    first = desk.contacts()[0]
    assert (first.name, first.mobile, first.is_main) == ("张三", "13800000001", True)
    lines = desk.all_of(FieldChange)
    assert {(line.field, line.new) for line in lines} == {("imported", "客户.csv")}
    recorded = [one for one in desk.all_of(AuditEntry) if one.action == Action.CUSTOMERS_IMPORTED]
    assert [one.detail for one in recorded] == [{"file": "客户.csv", "created": 3, "updated": 0, "skipped": 0}]
    with desk.db.reading() as session:
        assert list_misindexed(session) == []
    findings = verify(desk.db, get_settings().data_dir, zone=get_settings().zone)
    assert {one.check: one.wrong for one in findings if one.wrong and one.check not in ("administrator", "files")} == {}


async def test_a_wide_row_goes_where_it_belongs(desk: Desk) -> None:
    headings = (
        *(
            "客户编号",
            *HEADINGS,
            "合作产品/服务",
            "合作开始时间",
            "合同金额(万元)",
            "最近跟进时间",
            "跟进方式",
            "跟进内容",
        ),
        *("跟进结果", "下次跟进时间", "维护方式", "维护结果", "客户反馈", "备注", "标签", "负责人", "所在地区"),
    )
    row = (
        *("C001", *GOOD, "云服务", "2023-01-15", "1.5", "2023年10月20日", "电话", "续约意向", "有意愿", "45224"),
        *("节日问候", "表示感谢", "满意", "关注竞品", "重点;VIP", "李销售", "北京市朝阳区"),
    )
    key = desk.bring([row], headings)
    found = await desk.check(key)
    assert (found["ready"], found["problems"]) == (1, 0)
    await desk.confirm(key)
    [made] = desk.customers()
    assert (made.level, made.status, made.total_amount, made.order_count) == ("won", "won", Decimal(15000), 1)
    assert (made.first_order_on, made.district) == (date(2023, 1, 15), "110105")
    assert made.note == "原编号:C001\n合作产品/服务:云服务\n关注竞品"
    assert made.owner_id == desk.office.sales.user_id
    care, talk = desk.all_of(FollowUp)
    assert (care.method, care.content, care.result) == ("other", "客户关怀:节日问候", "表示感谢")
    assert (talk.method, talk.content, talk.result, talk.feedback) == ("phone", "续约意向", "有意愿", "满意")
    assert made.last_method == "phone"
    assert made.next_follow_up_at and made.next_follow_up_at.date() == date(2023, 10, 24)
    assert [one.to_level for one in desk.all_of(LevelChange)] == ["won"]
    assert len(desk.all_of(CustomerTag)) == 2
    findings = verify(desk.db, get_settings().data_dir, zone=get_settings().zone)
    assert {one.check: one.wrong for one in findings if one.wrong and one.check not in ("administrator", "files")} == {}


async def test_wrong_cells_keep_a_row_out_or_are_left_out(desk: Desk, folders: Path) -> None:
    rows = [GOOD, ("乙公司", "制造业", "*经理", "138****5678"), ("", "制造业", "王五", "13800000003")]
    key = desk.bring(rows)
    found = await desk.check(key)
    assert (found["rows"], found["ready"], found["lenient"]) == (3, 1, 2)
    told = [(row, one.column, one.value, one.code) for row, one in desk.store_of(key).list_problems(offset=0, limit=9)]
    assert (3, 3, "138****5678", "customers.problem.masked") in told
    assert (4, 0, "", "customers.required.name") in told
    desk.do(service.choose_policy, import_id=key, bad_cells="cell")
    assert (await desk.confirm(key))["created"] == 2
    assert [one.name for one in desk.customers()] == ["甲公司", "乙公司"]
    # Nothing is left of the masked contact.
    assert [one.name for one in desk.contacts()] == ["张三"]
    job = desk.job_of(key)
    sheet = load_workbook(BytesIO(job_files.file_of(job.id, 1).read_bytes())).worksheets[0]
    assert job.file_name == "客户_未导入.xlsx"
    kept = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert [row[:4] for row in kept] == [list(HEADINGS), [None, "制造业", "王五", "13800000003"]]
    assert "请填写客户名称" in str(kept[1][4])


async def test_a_corrected_cell_and_a_chosen_entry_count(desk: Desk) -> None:
    key = desk.bring([("甲公司", "挖矿", "张三", "12")])
    found = await desk.check(key)
    assert desk.store_of(key).list_words() == [("industry", "挖矿", 1)]
    assert found["ready"] == 0
    desk.do(service.correct_cell, import_id=key, row=2, column=3, value="13800000001")
    desk.do(service.choose_value, import_id=key, target="industry", text="挖矿", code="ENE")
    with pytest.raises(Refused, match="unchecked"):
        desk.do(service.request_import, kind=IMPORT, import_id=key)
    assert (await desk.check(key))["ready"] == 1
    await desk.confirm(key)
    assert [(one.number[:3], one.name) for one in desk.customers()] == [("ENE", "甲公司")]


async def test_what_was_decided_is_remembered_for_the_next_file_with_these_headings(desk: Desk) -> None:
    key = desk.bring([("甲公司", "挖矿", "张三", "13800000001")])
    desk.do(service.choose_value, import_id=key, target="industry", text="挖矿", code="ENE")
    desk.do(service.map_column, import_id=key, column=3, target="contact.any")
    again = desk.bring([("乙公司", "挖矿", "李四", "13800000002")])
    plan = desk.run_of(again).plan
    assert (plan["mapping"][3], plan["values"]) == ("contact.any", {"industry": {"挖矿": "ENE"}})
    other = desk.bring([("乙公司", "挖矿", "李四", "13800000002")], who=desk.office.admin)
    assert desk.run_of(other, who=desk.office.admin).plan["mapping"][3] == "contact.mobile"


async def test_duplicates_are_told_and_skipped_unless_somebody_says_otherwise(desk: Desk) -> None:
    with desk.db.writing() as session:
        near = make_customer(session, owner=desk.office.sales, contact=False, name="甲有限公司", name_key="甲")
        far = make_customer(session, owner=desk.office.outsider, contact=False, name="远方公司", name_key="远方")
        session.add(Contact(customer_id=far.id or 0, name="某人", mobile="13800000002", is_main=True))
    rows = [
        GOOD,
        ("乙公司", "制造业", "李四", "13800000002"),
        ("丙公司", "制造业", "王", "13800000003"),
        ("丙公司", "制造业", "赵", "13800000004"),
    ]
    key = desk.bring(rows)
    found = await desk.check(key)
    assert (found["twins_known"], found["twins_inside"]) == (2, 1)
    first, second, third = desk.store_of(key).list_twins()
    assert (first.customer_id, first.number, first.editable) == (near.id, near.number, True)
    # Out of reach it is told whose it is and why, and nothing to call him by.
    assert (second.owner, second.number, second.theirs, second.reasons) == ("赵北方", "", "", ("mobile",))
    assert (third.row, third.other) == (5, 4)
    desk.do(service.decide_twin, import_id=key, row=3, choice="create")
    done = await desk.confirm(key)
    assert (done["created"], done["skipped"]) == (2, 2)
    assert [one.name for one in desk.customers()][2:] == ["乙公司", "丙公司"]


async def test_a_customer_made_after_the_check_is_no_duplicate_afterwards(desk: Desk) -> None:
    key = desk.bring([GOOD, ("乙公司", "制造业", "李四", "13800000002")])
    await desk.check(key)
    with desk.db.writing() as session:
        make_customer(session, owner=desk.office.sales, name="甲公司", name_key="甲", updated_at=utcnow())
    done = await desk.confirm(key)
    assert (done["created"], done["skipped"]) == (1, 1)
    assert [one.name for one in desk.customers()] == ["甲公司", "乙公司"]


async def test_nothing_is_left_of_an_import_that_breaks_in_the_middle(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_BATCH", 500)
    key = desk.bring([(f"公司{n}", "制造业", "张三", f"138{n:08}") for n in range(1200)])
    await desk.check(key)

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr(writing, "index_terms", _after(2, writing.index_terms, fail))
        desk.do(service.request_import, kind=IMPORT, import_id=key)
        assert await runner.run_next(desk.db)
    assert desk.job_of(key).state == "failed"
    assert desk.run_of(key).state == State.CHECKED
    for model in (Customer, Contact, FieldChange, ImportedCustomer, NumberCounter):
        assert desk.all_of(model) == []
    assert (await desk.confirm(key))["created"] == 1200
    assert len({one.number for one in desk.customers()}) == 1200


def _after(calls: int, good: Any, bad: Any) -> Any:
    left = [calls]

    def call(*arguments: Any, **more: Any) -> Any:
        left[0] -= 1
        return (good if left[0] >= 0 else bad)(*arguments, **more)

    return call


async def test_an_import_that_ended_but_was_not_noted_is_not_written_twice(desk: Desk) -> None:
    key = desk.bring([GOOD])
    await desk.check(key)
    await desk.confirm(key)
    # The server died between the import's commit and the job's: the job begins again.
    with desk.db.writing() as session:
        run = session.get_one(type(desk.run_of(key)), key)
        from crm_app.models import Job

        job = session.get_one(Job, run.job_id)
        job.state, job.ended_at, job.seen_at = "waiting", None, None
    assert await runner.run_next(desk.db)
    assert desk.job_of(key).state == "done"
    assert len(desk.customers()) == 1


async def test_what_the_check_rested_on_must_still_hold(desk: Desk) -> None:
    key = desk.bring([GOOD])
    await desk.check(key)
    with desk.db.writing() as session:
        _retire_industry(session)
    desk.do(service.request_import, kind=IMPORT, import_id=key)
    assert await runner.run_next(desk.db)
    assert desk.job_of(key).message == "importing.refused.stale"
    assert desk.customers() == []


def _retire_industry(session: Session) -> None:
    from sqlmodel import select

    from crm_app.core.clock import utcnow
    from crm_app.models import Option

    found = session.exec(select(Option).where(Option.code == "MFG")).one()
    found.retired_at = utcnow()


def test_an_import_is_its_owners_alone_and_takes_the_function(desk: Desk) -> None:
    key = desk.bring([GOOD])
    with pytest.raises(NotFound):
        desk.do(service.request_check, who=desk.office.admin, kind=CHECK, import_id=key)
    for name in ("sales", "service", "service_lead", "finance"):
        with pytest.raises(Forbidden):
            desk.do(service.request_check, who=getattr(desk.office, name), kind=CHECK, import_id=key)


@pytest.mark.parametrize("mapping", [("", "industry", "contact.name", "contact.mobile"), ("name", "name", "", "")])
def test_columns_that_make_no_customer_are_refused(desk: Desk, mapping: tuple[str, ...]) -> None:
    key = desk.bring([GOOD])
    for column, target in enumerate(mapping):
        desk.do(service.map_column, import_id=key, column=column, target=target)
    with pytest.raises(Refused):
        desk.do(service.request_check, kind=CHECK, import_id=key)


async def test_owners_are_those_whom_the_person_may_choose(desk: Desk) -> None:
    key = desk.bring([(*GOOD, "赵北方"), ("乙公司", "制造业", "李四", "13800000002", "李销售")], (*HEADINGS, "负责人"))
    found = await desk.check(key)
    assert found["ready"] == 1
    [(row, problem)] = desk.store_of(key).list_problems(offset=0, limit=5)
    assert (row, problem.code) == (2, "customers.problem.owner_out_of_reach")
