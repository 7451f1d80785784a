"""Updating customers that are there, and taking a whole import back (R4.1, R4.2), on both engines."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import select

from crm_app.access.audit import Action
from crm_app.admin.verify import verify
from crm_app.background import runner
from crm_app.core.clock import utcnow
from crm_app.core.errors import Refused
from crm_app.core.settings import get_settings
from crm_app.customers.schemas import ContactInput, CreateCustomer
from crm_app.customers.search import list_misindexed
from crm_app.customers.service import create_customer, update_field
from crm_app.importing import service
from crm_app.importing.jobs import UNDO
from crm_app.importing.schemas import State
from crm_app.models import AuditEntry, Customer, CustomerTag, FieldChange, FollowUp, ImportedCustomer
from tests.importing.conftest import HEADINGS, Desk

ROWS = [(f"公司{n}", "制造业", "张三", f"1380000000{n}") for n in range(4)]
WIDE = (*HEADINGS, "企业地址", "备注", "标签", "跟进时间", "跟进内容")


def make(desk: Desk, name: str, mobile: str, **values: str) -> Customer:
    """A customer as the form makes it."""
    with desk.db.writing() as session:
        form = {"name": name, "industry": "MFG"} | values
        cmd = CreateCustomer(values=form, contacts=(ContactInput(name="张三", mobile=mobile, is_main=True),))
        ref = create_customer(session, desk.office.sales, cmd=cmd)
    return named(desk, ref.id)


def named(desk: Desk, customer_id: int | None) -> Customer:
    with desk.db.reading() as session:
        return session.get_one(Customer, customer_id)


async def undo(desk: Desk, key: int) -> Any:
    desk.do(service.request_undo, kind=UNDO, import_id=key)
    await desk.work(key)
    return desk.run_of(key).counts["undone"]


def whole(desk: Desk) -> None:
    """What is computed agrees with what it is computed from."""
    findings = verify(desk.db, get_settings().data_dir, zone=get_settings().zone)
    assert {one.check: one.wrong for one in findings if one.wrong and one.check not in ("administrator", "files")} == {}
    with desk.db.reading() as session:
        assert list_misindexed(session) == []


@pytest.fixture(autouse=True)
def undo_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    from crm_app.background import kinds

    monkeypatch.setitem(kinds.KINDS, UNDO.code, UNDO)


@pytest.mark.parametrize("empty", ["keep", "clear"])
async def test_a_customer_that_is_there_is_updated_with_its_history(desk: Desk, empty: str) -> None:
    there = make(desk, "甲公司", "13800000001", address="旧路1号", note="旧备注")
    row = ("甲有限公司", "零售业", "李四", "13900000009", "新路2号", "", "重点", "2024-03-05", "谈了续约")
    key = desk.bring([row], WIDE)
    await desk.check(key)
    desk.do(service.choose_policy, import_id=key, twins="update", empty=empty)
    done = await desk.confirm(key)
    assert (done["created"], done["updated"], done["contacts"], done["follow_ups"]) == (0, 1, 1, 1)
    now = named(desk, there.id)
    assert (now.number, now.name, now.industry, now.address) == (there.number, "甲有限公司", "RET", "新路2号")
    assert now.note == ("旧备注" if empty == "keep" else "")
    assert (now.version, now.owner_id) == (there.version + 1, there.owner_id)
    assert [one.name for one in desk.contacts() if one.customer_id == there.id] == ["张三", "李四"]
    assert now.last_contact_at == desk.all_of(FollowUp)[0].at
    told = {line.field: (line.old, line.new) for line in desk.all_of(FieldChange) if line.version == now.version}
    assert told["industry"] == ("MFG", "RET")
    whole(desk)
    assert (await undo(desk, key))["restored"] == 1
    now = named(desk, there.id)
    assert (now.name, now.industry, now.note, now.address) == ("甲公司", "MFG", "旧备注", "旧路1号")
    assert (now.last_contact_at, now.last_method, desk.all_of(FollowUp), desk.all_of(CustomerTag)) == (None, "", [], [])
    assert [one.name for one in desk.contacts()] == ["张三"]
    whole(desk)


async def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    row = ("甲公司", "制造业", "张三", "13800000001", "路1号", "备注", "重点", "2024-03-05", "谈了续约")
    first = desk.bring([row], WIDE)
    await desk.check(first)
    await desk.confirm(first)
    before = named(desk, 1)
    again = desk.bring([row], WIDE)
    await desk.check(again)
    desk.do(service.choose_policy, import_id=again, twins="update", empty="clear")
    done = await desk.confirm(again)
    assert (done["created"], done["updated"], done["unchanged"]) == (0, 0, 1)
    assert named(desk, 1) == before
    assert len(desk.all_of(FollowUp)) == 1


async def test_our_own_number_says_whom_a_row_means(desk: Desk) -> None:
    there = make(desk, "甲公司", "13800000001")
    make(desk, "乙公司", "13800000002")
    key = desk.bring([(there.number, "乙公司", "制造业", "路3号")], ("客户编号", "客户名称", "所属行业", "地址"))
    desk.do(service.choose_policy, import_id=key, bad_cells="cell", twins="update")
    await desk.check(key)
    assert [twin.customer_id for twin in desk.store_of(key).list_twins()] == [there.id]
    await desk.confirm(key)
    now = named(desk, there.id)
    assert (now.name, now.address, now.note) == ("乙公司", "路3号", "")


async def test_what_it_made_goes_to_the_bin_and_what_it_changed_comes_back(desk: Desk) -> None:
    there = make(desk, "公司0", "13800000000", address="旧路1号")
    key = desk.bring([(*row, "新路2号") for row in ROWS], (*HEADINGS, "企业地址"))
    await desk.check(key)
    desk.do(service.choose_policy, import_id=key, twins="update")
    done = await desk.confirm(key)
    assert (done["created"], done["updated"]) == (3, 1)
    assert await undo(desk, key) == {"removed": 3, "restored": 1, "kept": 0, "kept_ids": []}
    assert desk.run_of(key).state == State.UNDONE
    assert [one.name for one in desk.customers() if one.deleted_at is None] == ["公司0"]
    assert named(desk, there.id).address == "旧路1号"
    assert [one.action for one in desk.all_of(AuditEntry)].count(Action.IMPORT_UNDONE) == 1
    whole(desk)
    with pytest.raises(Refused):
        desk.do(service.request_undo, kind=UNDO, import_id=key)


async def test_what_was_changed_since_stays_and_is_listed(desk: Desk) -> None:
    key = desk.bring(ROWS)
    await desk.check(key)
    await desk.confirm(key)
    edited, talked, deleted, untouched = desk.customers()
    with desk.db.writing() as session:
        update_field(
            session, desk.office.manager, number=edited.number, field="address", value="新址", version=edited.version
        )
        later = utcnow() + timedelta(seconds=2)
        session.add(
            FollowUp(customer_id=talked.id or 0, user_id=1, at=later, method="phone", content="谈过", created_at=later)
        )
        session.get_one(Customer, deleted.id).deleted_at = utcnow()
    done = await undo(desk, key)
    assert (done["removed"], done["kept"], done["kept_ids"]) == (1, 2, [edited.id, talked.id])
    assert named(desk, untouched.id).deleted_at is not None
    assert named(desk, edited.id).deleted_at is None


async def test_what_is_out_of_reach_by_now_stays_and_is_only_counted(desk: Desk) -> None:
    there = make(desk, "公司0", "13800000000", address="旧路1号")
    key = desk.bring([(*row, "新路2号") for row in ROWS], (*HEADINGS, "企业地址"))
    await desk.check(key)
    desk.do(service.choose_policy, import_id=key, twins="update")
    assert (await desk.confirm(key))["updated"] == 1
    with desk.db.writing() as session:
        # As when the department is given to somebody else: that raises no version.
        elsewhere = {"owner_id": desk.office.admin.user_id, "department_id": None}
        session.execute(update(Customer).values(**elsewhere))
    assert await undo(desk, key) == {"removed": 0, "restored": 0, "kept": 4, "kept_ids": []}
    assert [one.name for one in desk.customers() if one.deleted_at is not None] == []
    assert named(desk, there.id).address == "新路2号"


async def test_an_undo_that_ended_but_was_not_noted_is_not_done_twice(desk: Desk) -> None:
    from crm_app.models import Job

    key = desk.bring(ROWS)
    await desk.check(key)
    await desk.confirm(key)
    await undo(desk, key)
    with desk.db.writing() as session:
        job = session.get_one(Job, desk.run_of(key).job_id)
        job.state, job.ended_at, job.seen_at = "waiting", None, None
    assert await runner.run_next(desk.db)
    assert desk.job_of(key).state == "done"
    with desk.db.reading() as session:
        lines = session.exec(select(FieldChange).where(FieldChange.field == "deleted_at")).all()
    assert len(lines) == len(ROWS)


async def test_a_deal_is_taken_back_with_its_customer_and_numbers_are_not_given_again(desk: Desk) -> None:
    headings = (*HEADINGS, "合同金额", "签约日期")
    first = desk.bring([("甲公司", "制造业", "张三", "13800000001", "12万", "2024/3/5")], headings)
    await desk.check(first)
    await desk.confirm(first)
    assert [one.total_amount for one in desk.customers()] == [Decimal(120_000)]
    await undo(desk, first)
    again = desk.bring([("甲公司", "制造业", "张三", "13800000001", "12万", "2024/3/5")], headings)
    await desk.check(again)
    assert (await desk.confirm(again))["created"] == 1
    old, new = desk.customers()
    assert old.number != new.number
    assert len(desk.all_of(ImportedCustomer)) == 2
