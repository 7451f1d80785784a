"""What may stand in an own field, how it is stored, and what its definition may say (R1.8)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.core.problems import Invalid, Problem
from crm_app.fields import rules
from crm_app.fields.schemas import FieldInput, FieldKind, OwnFieldDef
from crm_app.options.schemas import OptionRow

K = FieldKind
SIZES = (OptionRow("v1", "大型", ""), OptionRow("v2", "中型", ""), OptionRow("v3", "小型", "", retired=True))


def field(kind: FieldKind, **more: object) -> OwnFieldDef:
    return OwnFieldDef(7, kind, "字段", "Field", **more)  # type: ignore[arg-type]


def problem(found: object) -> str:
    return found.code if isinstance(found, Problem) else f"no problem: {found}"


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (K.LINE, "  C-0001  ", "C-0001"),
        (K.LINE, "<script>alert(1)</script>😀", "<script>alert(1)</script>😀"),
        (K.TEXT, "第一行\r\n第二行 ", "第一行\n第二行"),
        (K.NUMBER, "1,234.50", "1234.5"),
        (K.NUMBER, "－３", "-3"),
        (K.NUMBER, "0.0001", "0.0001"),
        (K.AMOUNT, "50万", "500000"),
        (K.AMOUNT, "1亿2000万", "120000000"),
        (K.AMOUNT, "-12.30", "-12.3"),
        (K.DAY, "2024年3月5日", "2024-03-05"),
        (K.DAY, "2024/3/5", "2024-03-05"),
        (K.FLAG, "yes", "yes"),
        (K.URL, "example.com/a?b=1", "https://example.com/a?b=1"),
        (K.URL, "http://例子.中国", "http://例子.中国"),
        (K.PERSON, "12", "12"),
    ],
)
def test_what_is_typed_is_stored_in_one_form(kind: FieldKind, typed: str, value: str):
    assert rules.check_value(field(kind), typed, people={"12"}) == value
    assert rules.check_value(field(kind), value, people={"12"}) == value


@pytest.mark.parametrize("kind", list(K))
def test_nothing_may_stand_unless_it_is_required(kind: FieldKind):
    assert rules.check_value(field(kind), " ") == ""
    found = rules.check_value(field(kind, required=True), " ", language="en")
    assert isinstance(found, Problem)
    assert (found.code, found.params) == ("fields.required", {"label": "Field"})


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        (K.LINE, "字" * 201, "customers.problem.too_long"),
        (K.NUMBER, "abc", "fields.problem.number"),
        (K.NUMBER, "1,23", "fields.problem.number"),
        (K.NUMBER, "1.00001", "fields.problem.places"),
        (K.NUMBER, "1000000000001", "fields.problem.large"),
        (K.AMOUNT, "五十", "error.amount.format"),
        (K.DAY, "2024-13-01", "customers.problem.date_impossible"),
        (K.DAY, "明天", "customers.problem.date_format"),
        (K.FLAG, "maybe", "customers.problem.unknown_option"),
        (K.URL, "javascript:alert(1)", "fields.problem.url"),
        (K.URL, "javascript://example.com/%0aalert(1)", "fields.problem.url"),
        (K.URL, "data:text/html;base64,AAAA", "fields.problem.url"),
        (K.URL, "https://user@example.com", "fields.problem.url"),
        (K.URL, "https://[::1", "fields.problem.url"),
        (K.PERSON, "13", "customers.problem.unknown_option"),
    ],
)
def test_what_makes_no_sense_is_said_why(kind: FieldKind, typed: str, code: str):
    assert problem(rules.check_value(field(kind), typed, people={"12"})) == code


@pytest.mark.parametrize(
    ("kind", "low", "high", "inside", "below", "above"),
    [
        (K.NUMBER, "0", "100", "100", "-0.5", "100.5"),
        (K.AMOUNT, "1000", "5000", "0.5万", "999.99", "5001"),
        (K.DAY, "2020-01-01", "2020-12-31", "2020/12/31", "2019-12-31", "2021-01-01"),
    ],
)
def test_limits_hold(kind: FieldKind, low: str, high: str, inside: str, below: str, above: str):  # noqa: PLR0917
    limited = field(kind, lowest=low, highest=high)
    assert isinstance(rules.check_value(limited, inside), str)
    assert problem(rules.check_value(limited, below)) == "fields.problem.lowest"
    assert problem(rules.check_value(limited, above)) == "fields.problem.highest"


def test_a_retired_choice_stays_where_it_stands_and_is_taken_nowhere_else():
    one, many = field(K.CHOICE, options=SIZES), field(K.CHOICES, options=SIZES)
    assert rules.check_value(one, "v3", current="v3") == "v3"
    assert problem(rules.check_value(one, "v3")) == "customers.problem.retired_option"
    assert problem(rules.check_value(one, "v9")) == "customers.problem.unknown_option"
    assert rules.check_value(many, "v3, v1,v1", current="v3") == "v1,v3"
    assert problem(rules.check_value(many, "v1,v9")) == "customers.problem.unknown_option"


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4))
def test_numbers_are_ordered_as_they_are_stored(number: Decimal):
    value = rules.check_value(field(K.NUMBER), f"{number:f}")
    assert isinstance(value, str)
    (row,) = rules.stored(K.NUMBER, value)
    assert Decimal(row.number or 0) / 10_000 == number


def test_each_kind_is_stored_so_that_it_is_found():
    assert rules.stored(K.LINE, "ＡＢＣ公司")[0].key == "abc公司"
    assert rules.stored(K.LINE, "重庆公司")[0].sort == "chongqinggongsi"
    assert rules.stored(K.TEXT, "x" * 2000)[0].sort is None
    assert len(rules.stored(K.TEXT, "x" * 2000)[0].key or "") == 200
    assert [row.key for row in rules.stored(K.CHOICES, "v1,v3")] == ["v1", "v3"]
    assert rules.stored(K.DAY, "0001-01-02")[0].number == 2
    assert rules.stored(K.DAY, "") == ()


def test_values_read_as_people_say_them():
    def shown(kind: FieldKind, value: str, language: str = "zh") -> str:
        return rules.shown(field(kind, options=SIZES), value, language, {12: "王芳"})

    assert shown(K.CHOICES, "v1,v3") == "大型、小型"
    assert shown(K.FLAG, "no", "en") == "No"
    assert shown(K.PERSON, "12") == "王芳"
    assert shown(K.AMOUNT, "-1234567.5") == "-1,234,567.5"
    assert shown(K.NUMBER, "-0.5") == "-0.5"
    assert shown(K.LINE, "C-1") == "C-1"


def refused(**typed: object) -> dict[str, str]:
    entry = FieldInput(**{"kind": "line", "label_zh": "原编码"} | typed)  # type: ignore[arg-type]
    others = [field(K.LINE), OwnFieldDef(8, K.LINE, "旧字段", retired=True)]
    with pytest.raises(Invalid) as found:
        rules.check_field(entry, others, ["客户名称"], ["sales_rep"])
    return {name: one.code for name, one in found.value.problems.items()}


def test_a_definition_that_makes_no_sense_is_said_why():
    assert refused(label_zh=" ") == {"label_zh": "fields.problem.no_label"}
    assert refused(label_zh="字段") == {"label_zh": "fields.problem.twin"}
    assert refused(label_zh="旧字段") == {"label_zh": "fields.problem.retired_twin"}
    assert refused(label_zh="客户名称") == {"label_zh": "fields.problem.taken"}
    assert refused(kind="blob") == {"kind": "customers.problem.unknown_option"}
    assert refused(kind="choice") == {"options": "fields.problem.no_options"}
    assert refused(kind="number", lowest="9", highest="1") == {"highest": "fields.problem.limits"}
    assert refused(longest="201") == {"longest": "fields.problem.length"}
    for nonsense in ("NaN", "1e9", "Infinity", "2.7", "0"):
        assert refused(longest=nonsense) == {"longest": "fields.problem.length"}
    assert refused(kind="text", initial="字" * 201) == {"initial": "customers.problem.too_long"}
    assert refused(longest="viel") == {"longest": "fields.problem.length"}
    assert refused(kind="number", highest="9", initial="10") == {"initial": "fields.problem.highest"}
    assert refused(kind="choice", options="甲\n乙", initial="丙") == {"initial": "customers.problem.unknown_option"}


def test_a_definition_is_cleaned_and_roles_are_known_ones():
    entry = FieldInput(
        "choice",
        " 客户 规模 ",
        options="大型\n\n 中型 \n大型",
        initial="中型",
        hidden_from=("sales_rep", "nobody"),
        fixed_for=("sales_rep", "finance"),
    )
    checked = rules.check_field(entry, [], [], ["sales_rep", "finance"])
    assert (checked.label_zh, checked.options, checked.initial) == ("客户 规模", ("大型", "中型"), "中型")
    assert (checked.hidden_from, checked.fixed_for) == (("sales_rep",), ("finance",))


def test_a_choice_that_is_typed_over_is_renamed():
    pairs = rules.pair_options
    assert pairs(["大", "中", "小"], ["大", "中型", "小"]) == {"大": "大", "中型": "中", "小": "小"}
    assert pairs(["大", "中"], ["大", "中", "小"]) == {"大": "大", "中": "中"}
    assert pairs(["大", "中"], ["中", "大"]) == {"大": "大", "中": "中"}
    assert pairs(["大", "中"], ["小", "中"], ["小"]) == {"中": "中"}
    assert pairs(["大", "中", "小"], ["大", "小"]) == {"大": "大", "小": "小"}
