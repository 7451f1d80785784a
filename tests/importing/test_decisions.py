"""What becomes of rows, row by row and counted at once (R4.1)."""

from itertools import product
from pathlib import Path

import pytest

from crm_app.importing.schemas import BadCells, CellProblem, Mode, Plan, ReadRow, RowKeys
from crm_app.importing.schemas import Twin as Policy
from crm_app.importing.service.decisions import Decisions, count_skipped
from crm_app.importing.service.runs import DECISION
from crm_app.importing.store import Stand, Store, Twin, Writer

_ROWS = 2**6


@pytest.fixture
def store(folders: Path) -> Store:
    """Rows of each kind: there or not, by a key or not, to be changed or not, wrong or not."""
    (folders / "imports" / "7").mkdir(parents=True, exist_ok=True)
    made = Store.new(7)
    with Writer(made) as writer:
        for row in range(2, _ROWS):
            wrong, there, keyed, known, editable = (bool(row >> bit & 1) for bit in range(5))
            problems = (CellProblem(1, "mobile", "x", "customers.problem.mobile", {}),) if wrong else ()
            if there:
                customer = 1_000_000 + row if known else 0
                other = 0 if known else 1
                writer.add_twin(
                    Twin(row, "甲", other, customer, ("name",), editable=editable, version=row * 3, keyed=keyed)
                )
            writer.add(
                ReadRow(RowKeys(row, "甲", "", "", "", "", ""), row % 7 != 0, problems, (), "[]", "{}"), is_there=there
            )
    return made


@pytest.mark.parametrize(("bad", "policy"), list(product(BadCells, Policy)))
def test_what_is_counted_is_what_is_decided(store: Store, bad: BadCells, policy: Policy) -> None:
    plan = Plan(mapping=(), mode=Mode.BOTH, bad_cells=bad, twins=policy)
    chosen = dict(zip(range(2, _ROWS, 3), list(Policy) * _ROWS, strict=False))
    for edits in ({}, {row: {DECISION: str(one), 1: "13800000000"} for row, one in chosen.items()}):
        decisions = Decisions(plan, store, edits)
        about = {row: decisions.about(row) for row in range(2, _ROWS)}
        assert count_skipped(plan, store, edits) == sum(one == "skip" for one in about.values())
        out = {row for row, one in about.items() if one in ("skip", "reject")} | store_unwritable()
        assert set(decisions.list_out()) == out
        assert {row for row in range(2, _ROWS) if decisions.stays_out(row)} == out


def store_unwritable() -> set[int]:
    return {row for row in range(2, _ROWS) if row % 7 == 0}


def test_who_is_there_is_found_by_his_row(store: Store) -> None:
    decisions = Decisions(Plan(mapping=()), store, {})
    assert decisions.stand_of(0b01110) == Stand(1_000_014, 42, keyed=True, editable=False)
    assert decisions.stand_of(0b10010) == Stand(0, 54, keyed=False, editable=True)
    assert not decisions.is_there(0b11101)
    assert not decisions.is_there(10**6)
    with pytest.raises(KeyError):
        decisions.stand_of(10**6)
    decisions.late.add(0b11101)
    assert decisions.is_there(0b11101)
    assert decisions.about(0b11101) in ("skip", "reject")
