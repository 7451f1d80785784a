"""What is wrong with a record, and how complete it is (R5.2)."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.anomalies import rules
from crm_app.anomalies.rules.trades import WORDS
from crm_app.anomalies.schemas import Code, ContactFacts, Facts, Measure
from crm_app.fields.schemas import FieldKind, OwnFieldDef

SHANGHAI = ZoneInfo("Asia/Shanghai")
REACHED = ContactFacts(7, mobile="13812345678", phone="0755-86001234", email="li@example.com")
WHOLE = Facts(id=1, version=1, values={"name": "甲公司", "industry": "MFG"}, contacts=(REACHED,))
PLAIN = Measure(frozenset({"name", "industry"}))


def found(facts: Facts, measure: Measure = PLAIN) -> set[tuple[str, str]]:
    return {(str(one.code), one.param) for one, _ in rules.judge(facts, measure, zone=SHANGHAI).anomalies}


def with_values(**values: str) -> Facts:
    return replace(WHOLE, values={**WHOLE.values, **values})


def test_nothing_is_wrong_with_a_record_that_says_what_it_must() -> None:
    assert found(WHOLE) == set()


CASES = [
    (with_values(name=""), ("missing", "name")),
    (replace(WHOLE, contacts=()), ("no_contact", "")),
    (replace(WHOLE, contacts=(REACHED, ContactFacts(8))), ("unreachable", "8")),
    (replace(WHOLE, contacts=(REACHED, ContactFacts(8, mobile="12345"))), ("format", "mobile:8")),
    (replace(WHOLE, contacts=(REACHED, ContactFacts(8, phone="86"))), ("format", "phone:8")),
    (replace(WHOLE, contacts=(REACHED, ContactFacts(8, email="li@"))), ("format", "email:8")),
    (with_values(credit_code="91440300708461136X"), ("format", "credit_code")),
    (with_values(main_business="连锁超市与便利店经营"), ("industry", "RET")),
    (replace(WHOLE, deals_without_number=1), ("no_contract_number", "")),
    (replace(WHOLE, level="won"), ("no_amount", "")),
    (replace(WHOLE, next_follow_up_at=datetime(2024, 5, 6, 3, tzinfo=UTC)), ("late", "")),
]


@pytest.mark.parametrize(("facts", "expected"), CASES, ids=[f"{code}-{param}" for _, (code, param) in CASES])
def test_each_kind_is_found_with_its_place_and_nothing_else(facts: Facts, expected: tuple[str, str]) -> None:
    assert found(facts) == {expected}


def test_every_kind_has_its_rule_and_its_case() -> None:
    own_case = {"period"}
    assert set(rules.CHECKS) == set(Code) == {expected for _, (expected, _) in CASES} | own_case


@pytest.mark.parametrize(
    "facts",
    [
        with_values(credit_code="91440300708461136T"),
        replace(WHOLE, contacts=(ContactFacts(8, phone="0755-86001234"),)),
        replace(WHOLE, contacts=(ContactFacts(8, phone="13812345678"),)),
        replace(WHOLE, level="won", total_amount=Decimal("0.01")),
        replace(WHOLE, level="lost"),
    ],
)
def test_what_is_right_is_left_alone(facts: Facts) -> None:
    assert found(facts) == set()


def test_required_own_fields_are_missed_too() -> None:
    flag = OwnFieldDef(id=3, kind=FieldKind.LINE, label_zh="编码", required=True)
    measure = rules.measure_of({"name"}, [flag])
    assert found(WHOLE, measure) == {("missing", "own_3")}
    assert found(with_values(own_3="x"), measure) == set()


def test_an_end_before_its_beginning_is_told_at_the_end() -> None:
    own = [
        OwnFieldDef(id=1, kind=FieldKind.DAY, label_zh="合同开始日期"),
        OwnFieldDef(id=2, kind=FieldKind.DAY, label_zh="合同结束日期"),
        OwnFieldDef(id=3, kind=FieldKind.DAY, label_zh="质保结束日期"),
        OwnFieldDef(id=4, kind=FieldKind.LINE, label_zh="合同到期日期"),
    ]
    measure = rules.measure_of((), own)
    assert measure.periods == (("own_1", "own_2"),)
    days = {"own_1": "2024-05-01", "own_3": "2020-01-01", "own_4": "2020-01-01"}
    assert found(with_values(**days, own_2="2024-04-30"), measure) == {("period", "own_2")}
    assert found(with_values(**days, own_2="2024-05-01"), measure) == set()
    assert found(with_values(**days), measure) == set()


@pytest.mark.parametrize(
    ("business", "industry", "expected"),
    [
        ("为银行提供软件开发与系统集成", "ITS", ""),
        ("软件开发、系统集成", "MFG", "ITS"),
        ("软件开发", "MFG", ""),
        ("数控加工与模具,兼营软件开发、系统集成", "MFG", ""),
        ("药品批发与药品零售,软件开发、系统集成", "MFG", ""),
        ("软件开发、系统集成", "COMPANYS_OWN", ""),
        ("", "MFG", ""),
    ],
)
def test_an_industry_is_doubted_only_when_the_words_leave_no_other(business: str, industry: str, expected: str) -> None:
    assert rules.industry_of_business(business, industry) == expected


def test_no_word_stands_for_two_industries() -> None:
    words = [word for some in WORDS.values() for word in some]
    assert len(words) == len(set(words))
    assert not [(one, other) for one in words for other in words if one != other and one in other]


@given(st.sampled_from(sorted(WORDS)), st.text(max_size=40), st.data())
def test_words_of_the_own_industry_always_end_the_doubt(industry: str, around: str, data: st.DataObject) -> None:
    own = data.draw(st.sampled_from(WORDS[industry]))
    other = data.draw(st.sampled_from([word for code in WORDS if code != industry for word in WORDS[code]]))
    assert rules.industry_of_business(f"{own} {around} {other}", industry) == ""


@given(st.dictionaries(st.sampled_from(["address", "source", "region", "note", "own_1"]), st.text(max_size=5)))
def test_completeness_is_a_share_that_grows_with_each_field(values: dict[str, str]) -> None:
    measure = Measure(frozenset({"name", "industry"}), own=("own_1",))
    facts = with_values(**values)
    score = rules.completeness(facts, measure)
    assert 0 <= score <= 100
    more = replace(facts, values={**facts.values, "address": "科技园"})
    assert rules.completeness(more, measure) >= score


def test_a_record_of_which_all_is_known_is_complete_and_one_of_which_nothing_is_isnt() -> None:
    names = ("name", "industry", "source", "region", "address", "headcount", "revenue", "founded_on")
    whole = with_values(**dict.fromkeys((*names, "main_business", "credit_code"), "x"))
    assert rules.completeness(whole, PLAIN) == 100
    assert rules.completeness(replace(WHOLE, values={}, contacts=()), PLAIN) == 0


def test_a_plan_is_late_when_its_day_is_over_where_the_people_are() -> None:
    evening = datetime(2024, 5, 6, 15, 59, tzinfo=UTC)
    assert rules.day_after(evening, SHANGHAI) == datetime(2024, 5, 6, 16, tzinfo=UTC)
    assert rules.day_after(datetime(2024, 5, 6, 16, tzinfo=UTC), SHANGHAI) == datetime(2024, 5, 7, 16, tzinfo=UTC)


def test_another_measure_has_another_key() -> None:
    keys = {
        Measure(frozenset({"name"})).key,
        Measure(frozenset({"source"})).key,
        Measure(frozenset({"name"}), own=("own_1",)).key,
        Measure(frozenset({"name"}), periods=(("own_1", "own_2"),)).key,
    }
    assert len(keys) == 4
    assert Measure(frozenset({"a", "b"})).key == Measure(frozenset({"b", "a"})).key
