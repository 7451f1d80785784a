"""Rows that update: their deals, what is expected, and columns that go into the note (R4.1), on both engines."""

from decimal import Decimal
from typing import Any

import pytest

from crm_app.customers.service import change_level
from crm_app.importing import service
from crm_app.models import Customer, FieldChange, LevelChange
from tests.importing.conftest import HEADINGS, Desk
from tests.importing.test_keys import told, updated
from tests.importing.test_undo import make, named, undo, undo_kind, whole

__all__ = ["undo_kind"]
DEAL = ("客户编号", "合同金额", "签约日期", "合同编号")


def won(desk: Desk, name: str = "甲公司", mobile: str = "13800000001", contract: str = "HT-1") -> Customer:
    """A customer with one deal."""
    there = make(desk, name, mobile)
    with desk.db.writing() as session:
        change_level(
            session, desk.office.sales, number=there.number, to_level="won",
            deal_amount="100", deal_on="2024-01-05", contract_number=contract,
        )  # fmt: skip
    return named(desk, there.id)


def sums(desk: Desk, there: Customer) -> tuple[Any, ...]:
    now = named(desk, there.id)
    return now.order_count, now.total_amount, now.customer_type


async def brought(desk: Desk, row: tuple[str, ...], headings: tuple[str, ...], empty: str = "keep") -> int:
    key = desk.bring([row], headings)
    desk.do(service.choose_mode, import_id=key, mode="update", key="old_number")
    desk.do(service.choose_policy, import_id=key, empty=empty)
    await desk.check(key)
    await desk.confirm(key)
    return key


async def test_a_further_deal_of_a_won_customer_is_added_once_and_taken_back(desk: Desk) -> None:
    there = won(desk)
    row = (there.number, "2万", "2024-06-05", "ht-2")
    key = await brought(desk, row, DEAL)
    assert sums(desk, there) == (2, Decimal("20100.00"), "regular")
    step = desk.all_of(LevelChange)[-1]
    assert (step.from_level, step.to_level, step.contract_number) == ("won", "won", "HT-2")
    assert step.owner_id == there.owner_id
    assert (await updated(desk, [row], DEAL, key="old_number"))["unchanged"] == 1
    without_number = (there.number, "20000", "2024/6/5", "")
    assert (await updated(desk, [without_number], DEAL, key="old_number"))["unchanged"] == 1
    whole(desk)
    assert (await undo(desk, key))["restored"] == 1
    assert sums(desk, there) == (1, Decimal("100.00"), "new")
    assert named(desk, there.id).version == there.version + 2
    whole(desk)


async def test_a_deal_of_a_customer_that_is_not_won_goes_to_its_note(desk: Desk) -> None:
    there = make(desk, "甲公司", "13800000001", note="旧备注")
    await brought(desk, (there.number, "2万", "2024-06-05", "HT-2"), DEAL)
    now = named(desk, there.id)
    assert (now.level, now.order_count) == ("potential", 0)
    assert now.note == "旧备注\n合同金额:2万\n签约日期:2024-06-05\n合同编号:HT-2"
    assert desk.all_of(LevelChange) == []


async def test_a_contract_of_another_customer_is_no_deal_of_this_one(desk: Desk) -> None:
    there, _ = won(desk), won(desk, "乙公司", "13800000002", "HT-9")
    await brought(desk, (there.number, "2万", "2024-06-05", "HT-9"), DEAL)
    assert sums(desk, there)[0] == 1
    assert "合同编号:HT-9" in named(desk, there.id).note
    whole(desk)


async def test_half_a_deal_goes_to_the_note(desk: Desk) -> None:
    there = won(desk)
    await brought(desk, (there.number, "2万", "", ""), DEAL)
    assert (sums(desk, there)[0], named(desk, there.id).note) == (1, "合同金额:2万")


async def test_what_is_expected_is_written_with_its_history_and_comes_back(desk: Desk) -> None:
    there = make(desk, "甲公司", "13800000001")
    key = await brought(desk, (there.number, "3.5万"), ("客户编号", "预计金额"))
    assert named(desk, there.id).expected_amount == 35000
    [line] = [one for one in desk.all_of(FieldChange) if one.field == "expected_amount"]
    assert (line.old, line.new) == ("", "35000.00")
    same = await updated(desk, [(there.number, "35000")], ("客户编号", "预计金额"), key="old_number")
    assert (same["updated"], same["unchanged"]) == (0, 1)
    await undo(desk, key)
    assert named(desk, there.id).expected_amount == 0


@pytest.mark.parametrize(("empty", "left"), [("keep", 35000), ("clear", 0)])
async def test_an_empty_amount_keeps_or_clears(desk: Desk, empty: str, left: int) -> None:
    there = make(desk, "甲公司", "13800000001")
    await brought(desk, (there.number, "3.5万"), ("客户编号", "预计金额"))
    await brought(desk, (there.number, ""), ("客户编号", "预计金额"), empty)
    assert named(desk, there.id).expected_amount == left


async def test_columns_into_the_note_join_it_once(desk: Desk) -> None:
    there = make(desk, "甲公司", "13800000001", note="旧备注")
    headings = ("客户编号", "合作产品")
    key = await brought(desk, (there.number, "轴承"), headings)
    assert named(desk, there.id).note == "旧备注\n合作产品:轴承"
    assert (await updated(desk, [(there.number, "轴承")], headings, key="old_number"))["unchanged"] == 1
    await undo(desk, key)
    assert named(desk, there.id).note == "旧备注"
    await brought(desk, (there.number, "轴承", "新备注"), (*headings, "备注"))
    assert named(desk, there.id).note == "新备注\n合作产品:轴承"


async def test_a_note_that_gets_too_long_is_told(desk: Desk) -> None:
    there = make(desk, "甲公司", "13800000001", note="长" * 990)
    key = desk.bring([(there.number, "轴承" * 20)], ("客户编号", "合作产品"))
    desk.do(service.choose_mode, import_id=key, mode="update", key="old_number")
    await desk.check(key)
    assert told(desk, key) == [(2, "customers.problem.too_long")]


async def test_a_duplicate_that_is_updated_gets_them_too(desk: Desk) -> None:
    there = won(desk)
    row = ("甲公司", "制造业", "张三", "13800000001", "2万", "2024-06-05", "5万", "轴承")
    key = desk.bring([row], (*HEADINGS, "合同金额", "签约日期", "预计金额", "合作产品"))
    await desk.check(key)
    desk.do(service.choose_policy, import_id=key, twins="update")
    assert (await desk.confirm(key))["updated"] == 1
    assert sums(desk, there)[:2] == (2, Decimal("20100.00"))
    now = named(desk, there.id)
    assert (now.expected_amount, now.note) == (50000, "合作产品:轴承")
    whole(desk)


async def test_new_customers_with_a_contract_that_is_taken_come_in(desk: Desk) -> None:
    won(desk)
    rows = [
        ("乙公司", "制造业", "李四", "13800000002", "2万", "2024-06-05", "HT-1"),
        ("丙公司", "制造业", "王五", "13800000003", "3万", "2024-06-06", "HT-3"),
        ("丁公司", "制造业", "赵六", "13800000004", "4万", "2024-06-07", "HT-3"),
    ]
    key = desk.bring(rows, (*HEADINGS, *DEAL[1:]))
    await desk.check(key)
    assert (await desk.confirm(key))["created"] == 3
    made = {one.name: (one.order_count, one.note) for one in desk.customers()}
    assert made["乙公司"] == (1, "合同编号:HT-1")
    assert (made["丙公司"], made["丁公司"]) == ((1, ""), (1, "合同编号:HT-3"))
    whole(desk)
