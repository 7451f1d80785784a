"""How a clash is put to the person."""

from crm_app.core.errors import Conflict
from crm_app.customer_page.rules import clash_of, duplicate_of
from crm_app.customers.schemas import DuplicateHint, Reason
from crm_app.timeline.schemas import Choice

OPTIONS = {"industry": (Choice("MFG", "制造业"), Choice("RET", "零售业"))}


def conflict(field: str, mine: str, theirs: str) -> Conflict:
    return Conflict(field=field, theirs=theirs, mine=mine, by="陈经理", at="2024-05-08 14:00", version=7)


def test_both_values_are_said_in_words() -> None:
    clash = clash_of(conflict("industry", "MFG", "RET"), raw="MFG", options=OPTIONS, language="zh")
    assert (clash.label, clash.mine, clash.theirs) == ("所属行业", "制造业", "零售业")
    assert (clash.by, clash.at, clash.raw, clash.version) == ("陈经理", "2024-05-08 14:00", "MFG", 7)


def test_places_words_and_emptiness_read_well() -> None:
    said = lambda field, value: clash_of(conflict(field, value, ""), raw="", options={}, language="zh")  # noqa: E731
    assert said("region", "440300").mine == "广东省深圳市"
    assert said("status", "following").mine == "跟进中"
    assert said("address", "x").theirs == "(空)"


def test_a_duplicate_out_of_reach_is_known_by_its_owner_only() -> None:
    hints = (
        DuplicateHint((Reason("credit_code", 100),), "李销售", openable=True, number="MFG-2024-001", name="星辰科技"),
        DuplicateHint((Reason("credit_code", 100),), "赵北方"),
    )
    clash = duplicate_of(hints, field="credit_code", raw="91", version=3, language="zh")
    assert clash.theirs == "星辰科技 MFG-2024-001、赵北方"
    assert clash.duplicate
