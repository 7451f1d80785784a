"""Conditions, their form in an address, typed words and their wording."""

from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.catalogue import rename
from crm_app.core.problems import Problem
from crm_app.directory.schemas import DIRECTORY
from crm_app.listing.rules.address import arrange_columns, format_query, parse_query
from crm_app.listing.rules.conditions import (
    MAX_CONDITIONS,
    MAX_VALUES,
    add_condition,
    add_conditions,
    check_condition,
    toggle_value,
)
from crm_app.listing.rules.typed import Typed, parse_typed
from crm_app.listing.rules.wording import condition_words
from crm_app.listing.schemas import Choice, Condition, Known, ListQuery
from crm_app.listing.schemas import Operator as Op

KNOWN = Known(
    today=date(2024, 5, 20),
    choices={
        "industry": (Choice("MFG", "制造业", "Manufacturing"), Choice("RET", "零售业", "Retail"),
                     Choice("ITS", "信息技术服务业", "IT services"), Choice("SER", "服务业", "Services"),
                     Choice("EDU", "教育", "Education")),
        "level": (Choice("potential", "潜在客户", "Potential"), Choice("intent", "意向客户", "Interested"),
                  Choice("won", "成交客户", "Won"), Choice("lost", "流失客户", "Lost")),
        "customer_type": (Choice("key", "重点客户", "Key account"), Choice("vip", "VIP客户", "VIP")),
        "status": (Choice("following", "跟进中", "In progress"),),
        "value_grade": (Choice("A", "A", "A"), Choice("B", "B", "B")),
        "source": (Choice("exhibition", "展会", "Exhibition"),),
        "headcount": (Choice("5000+", "5000人以上", "5,000 and more"), Choice("1-19", "20人以下", "Under 20")),
        "method": (Choice("phone", "电话沟通", "Phone call"),),
        "person": (Choice("3", "李雷", ""), Choice("12", "韩梅梅", ""), Choice("15", "李磊", "")),
        "department": (Choice("2", "华南销售部"),),
        "tag": (Choice("1", "高流失风险"), Choice("2", "付款延迟")),
    },
)  # fmt: skip


def c(field: str, operator: Op, *values: str) -> Condition:
    return Condition(field, operator, values)


def ask(address: str) -> tuple[ListQuery, list[str]]:
    asked = parse_query(DIRECTORY, dict(parse_qsl(address, keep_blank_values=True)), KNOWN)
    return asked.query, [problem.code for _, problem in asked.ignored]


def conditions() -> st.SearchStrategy[Condition]:
    """Valid conditions of every kind, in their normal form."""
    text = st.text(min_size=1, max_size=20).map(lambda t: check_condition(DIRECTORY, "name", "contains", [t], KNOWN))
    made = [
        text.filter(lambda made: isinstance(made, Condition)),
        st.builds(
            lambda codes, operator: Condition("industry", operator, tuple(codes)),
            st.lists(st.sampled_from(["MFG", "RET", "EDU"]), min_size=1, unique=True),
            st.sampled_from([Op.IN, Op.NOT_IN]),
        ),
        st.sampled_from([("2024Q1",), ("this-month",), ("last-30-days",), ("2024-01-01..2024-03-05",)])
        .map(lambda values: Condition("created", Op.WITHIN, values)),
        st.builds(
            lambda number, operator: Condition("total", operator, (str(number),)),
            st.integers(min_value=0, max_value=10**11),
            st.sampled_from([Op.EQUAL, Op.ABOVE, Op.AT_LEAST, Op.BELOW, Op.AT_MOST]),
        ),
        st.sampled_from([
            c("owner", Op.IN, "me", "12"), c("owner", Op.EMPTY), c("tags", Op.ALL, "1", "2"),
            c("silent", Op.ABOVE, "30"),
            c("region", Op.IN, "华东", "440300"), c("headcount", Op.IN, "5000+"), c("founded", Op.BEFORE, "2020"),
            c("expected", Op.BETWEEN, "10", "500000.50"),
        ]),
    ]  # fmt: skip
    return st.one_of(made)  # type: ignore[arg-type]


QUERIES = st.builds(
    ListQuery,
    conditions=st.lists(conditions(), max_size=8, unique=True).map(tuple),
    search=st.text(max_size=30).map(lambda text: " ".join("".join(ch for ch in text if ch.isprintable()).split())),
    sort=st.sampled_from([key for key, field in DIRECTORY.fields.items() if field.sortable]),
    descending=st.booleans(),
    page=st.integers(min_value=1, max_value=1_000_000),
    size=st.sampled_from(DIRECTORY.sizes),
    columns=st.lists(st.sampled_from(list(DIRECTORY.fields)), min_size=1, unique=True).map(
        lambda names: arrange_columns(DIRECTORY, names)
    ),
)


@given(QUERIES)
def test_every_query_comes_back_from_its_address(query: ListQuery) -> None:
    address = format_query(DIRECTORY, query)
    once, ignored = ask(address)
    assert ignored == []
    assert once.conditions == query.conditions
    assert (once.sort, once.descending, once.page, once.size, once.columns) == (
        query.sort, query.descending, query.page, query.size, query.columns,
    )  # fmt: skip
    assert format_query(DIRECTORY, once) == format_query(DIRECTORY, ask(format_query(DIRECTORY, once))[0])


@given(st.dictionaries(st.sampled_from(["f", "q", "sort", "page", "size", "cols", "x"]), st.text(max_size=200)))
def test_nonsense_in_an_address_is_ignored_and_never_an_error(parameters: dict[str, str]) -> None:
    query = parse_query(DIRECTORY, parameters, KNOWN).query
    assert query.size in DIRECTORY.sizes
    assert query.page >= 1
    assert query.columns[0] == "name"
    assert DIRECTORY.fields[query.sort].sortable


@given(st.text(alphabet="indutryMFGRETcreawithinl.;,!|()=0123456789Q-万超过天", max_size=80))
def test_any_filter_text_leaves_only_conditions_that_make_sense(text: str) -> None:
    for condition in parse_query(DIRECTORY, {"f": text}, KNOWN).query.conditions:
        again = check_condition(DIRECTORY, condition.field, condition.operator, condition.values, KNOWN)
        assert again == condition


def test_an_address_reads_as_documented() -> None:
    address = "f=industry.in.MFG,RET;created.within.2024Q1;level.in.intent&q=华为&sort=-total&page=3&size=100"
    query, ignored = ask(address)
    assert ignored == []
    assert query.conditions == (
        c("industry", Op.IN, "MFG", "RET"), c("created", Op.WITHIN, "2024Q1"), c("level", Op.IN, "intent"),
    )  # fmt: skip
    assert (query.search, query.sort, query.descending, query.page, query.size) == ("华为", "total", True, 3, 100)
    assert format_query(DIRECTORY, query) == address.replace("华为", "%E5%8D%8E%E4%B8%BA")


def test_the_default_has_an_empty_address() -> None:
    assert format_query(DIRECTORY, DIRECTORY.default()) == ""
    assert ask("")[0] == DIRECTORY.default()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("f=nonsense.in.MFG", "listing.problem.field"),
        ("f=industry.near.MFG", "listing.problem.operator"),
        ("f=industry.empty", "listing.problem.operator"),
        ("f=industry.in.XXX", "listing.problem.choice"),
        ("f=industry.in", "listing.problem.no_value"),
        ("f=created.within.someday", "error.period.unknown"),
        ("f=created.before.<2024-01-01", "listing.problem.value"),
        ("f=total.gte.lots", "error.amount.format"),
        ("f=total.between.5", "listing.problem.value"),
        ("f=silent.gte.1.5", "listing.problem.value"),
        ("f=region.in.999999", "listing.problem.place"),
        ("f=((industry.in.MFG|industry.in.RET)|level.in.won)", "listing.problem.group"),
        ("f=(industry.in.MFG|industry.in.RET", "listing.problem.group"),
        ("f=industry.in.MFG|industry.in.RET", "listing.problem.group"),
        ("f=()", "listing.problem.group"),
        ("f=" + "x" * 6001, "listing.problem.long_filter"),
        ("f=name.contains." + "x" * 101, "listing.problem.long"),
        ("sort=mobile", "listing.problem.sort"),
        ("sort=-nothing", "listing.problem.sort"),
        ("page=0", "listing.problem.page"),
        ("page=1e9", "listing.problem.page"),
        ("page=-1", "listing.problem.page"),
        ("size=7", "listing.problem.size"),
        ("cols=name,nothing", "listing.problem.column"),
    ],
)
def test_each_kind_of_nonsense_gets_its_reason(address: str, code: str) -> None:
    query, ignored = ask(address)
    assert ignored == [code]
    assert query == DIRECTORY.default() or query.columns == ("name",)


def test_what_makes_sense_survives_beside_nonsense() -> None:
    query, ignored = ask("f=industry.in.MFG;nonsense;level.in.intent")
    assert [condition.field for condition in query.conditions] == ["industry", "level"]
    assert ignored == ["listing.problem.field"]


def test_there_is_an_end_to_conditions_and_values() -> None:
    many = ";".join(f"name.contains.{i}" for i in range(MAX_CONDITIONS + 3))
    query, ignored = ask(f"f={many}")
    assert len(query.conditions) == MAX_CONDITIONS
    assert set(ignored) == {"listing.problem.many"}
    values = ["MFG"] * (MAX_VALUES + 1)
    assert isinstance(check_condition(DIRECTORY, "industry", "in", values, KNOWN), Problem)


def test_a_range_stands_in_order() -> None:
    made = check_condition(DIRECTORY, "total", "between", ["50万", "9"], KNOWN)
    assert made == c("total", Op.BETWEEN, "9", "500000")


def test_contact_data_is_no_filter_for_those_who_see_it_masked() -> None:
    masked = replace(DIRECTORY, fields={k: replace(f, filterable=k != "mobile") for k, f in DIRECTORY.fields.items()})
    found = check_condition(masked, "mobile", "contains", ["138"], KNOWN)
    assert found == Problem("listing.problem.closed")


def test_values_of_one_choice_are_alternatives() -> None:
    field = DIRECTORY.fields["industry"]
    one = add_condition((), c("industry", Op.IN, "MFG"), field)
    assert add_condition(one, c("industry", Op.IN, "RET", "MFG"), field) == (c("industry", Op.IN, "MFG", "RET"),)


def test_a_second_period_takes_the_place_of_the_first() -> None:
    field = DIRECTORY.fields["created"]
    before = (c("created", Op.WITHIN, "2024Q1"), c("level", Op.IN, "won"))
    after = add_condition(before, c("created", Op.WITHIN, "2024Q2"), field)
    assert after == (c("created", Op.WITHIN, "2024Q2"), c("level", Op.IN, "won"))


def test_texts_must_all_be_contained() -> None:
    new = [c("name", Op.CONTAINS, "华为"), c("name", Op.CONTAINS, "深圳"), c("name", Op.CONTAINS, "华为")]
    assert add_conditions((), new, DIRECTORY) == tuple(new[:2])


def test_a_quick_filter_goes_on_and_off() -> None:
    field = DIRECTORY.fields["level"]
    once = toggle_value((c("total", Op.ABOVE, "5"),), field, "intent")
    twice = toggle_value(once, field, "won")
    assert twice == (c("total", Op.ABOVE, "5"), c("level", Op.IN, "intent", "won"))
    assert toggle_value(toggle_value(twice, field, "intent"), field, "won") == (c("total", Op.ABOVE, "5"),)
    period = DIRECTORY.fields["created"]
    assert toggle_value((), period, "2024Q1") == (c("created", Op.WITHIN, "2024Q1"),)
    assert toggle_value((c("created", Op.WITHIN, "2024Q1"),), period, "2024Q1") == ()


def typed(text: str, *, finished: bool = True) -> Typed:
    return parse_typed(DIRECTORY, text, KNOWN, finished=finished)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("行业:制造业", c("industry", Op.IN, "MFG")),
        ("行业：制造业", c("industry", Op.IN, "MFG")),
        ("所属行业:制造业,零售业", c("industry", Op.IN, "MFG", "RET")),
        ("industry:manufacturing", c("industry", Op.IN, "MFG")),
        ("INDUSTRY=mfg", c("industry", Op.IN, "MFG")),
        ("行业:信息", c("industry", Op.IN, "ITS")),
        ("-行业:制造业", c("industry", Op.NOT_IN, "MFG")),
        ("等级:意向", c("level", Op.IN, "intent")),
        ("level:won", c("level", Op.IN, "won")),
        ("创建:2024Q1", c("created", Op.WITHIN, "2024Q1")),
        ("创建:2024年第一季度", c("created", Op.WITHIN, "2024Q1")),
        ("创建:本月", c("created", Op.WITHIN, "this-month")),
        ("创建>=2024-03", c("created", Op.WITHIN, ">=2024-03-01")),
        ("下次跟进:近7天", c("next_follow_up", Op.WITHIN, "last-7-days")),
        ("金额:>50万", c("total", Op.ABOVE, "500000")),
        ("金额>50万", c("total", Op.ABOVE, "500000")),
        ("金额≥1.2亿", c("total", Op.AT_LEAST, "120000000")),
        ("金额:10万..50万", c("total", Op.BETWEEN, "100000", "500000")),
        ("amount<=500", c("total", Op.AT_MOST, "500")),
        ("订单:3", c("orders", Op.EQUAL, "3")),
        ("未跟进>30天", c("silent", Op.ABOVE, "30")),
        ("负责人:我", c("owner", Op.IN, "me")),
        ("owner:me", c("owner", Op.IN, "me")),
        ("负责人:我的部门", c("owner", Op.IN, "mine")),
        ("负责人:韩梅梅", c("owner", Op.IN, "12")),
        ("负责人:无", c("owner", Op.EMPTY)),
        ("-负责人:无", c("owner", Op.FILLED)),
        ("地区:华东", c("region", Op.IN, "华东")),
        ("地区:深圳", c("region", Op.IN, "440300")),
        ("省:广东省", c("region", Op.IN, "440000")),
        ("标签:付款延迟", c("tags", Op.ANY, "2")),
        ("-标签:付款延迟", c("tags", Op.NONE, "2")),
        ("手机:138", c("mobile", Op.CONTAINS, "138")),
        ('名称:"华为 技术"', c("name", Op.CONTAINS, "华为 技术")),
        ("名称:“华为 技术”", c("name", Op.CONTAINS, "华为 技术")),
        ("2024年第一季度", c("created", Op.WITHIN, "2024Q1")),
        ("近30天", c("created", Op.WITHIN, "last-30-days")),
        ("超过30天未跟进", c("silent", Op.ABOVE, "30")),
        ("意向客户", c("level", Op.IN, "intent")),
        ("重点客户", c("type", Op.IN, "key")),
    ],
)
def test_a_typed_condition_is_understood(text: str, expected: Condition) -> None:
    assert typed(text) == Typed(conditions=(expected,))


def test_a_field_that_is_called_something_else_answers_to_both_names() -> None:
    wanted = (Condition("industry", Op.IN, ("MFG",)),)
    rename({"industry": ("渠道", "Branch")})
    try:
        # The name that a company gives goes before the words that another field answers to.
        assert all(typed(text).conditions == wanted for text in ("渠道:制造业", "branch:制造业", "所属行业:制造业"))
        condition = condition_words(DIRECTORY.fields["industry"], wanted[0], KNOWN, "zh")
        assert condition.startswith("渠道 ")
        assert typed("来源:展会").conditions == (Condition("source", Op.IN, ("exhibition",)),)
    finally:
        rename({})
    assert typed("渠道:展会").conditions == (Condition("source", Op.IN, ("exhibition",)),)


@pytest.mark.parametrize("plus", [" ", " + ", "　", " + "])
def test_the_example_is_one_line_of_typing(plus: str) -> None:
    found = typed(plus.join(["2024年第一季度", "制造业", "意向客户"]))
    assert set(found.conditions) == {
        c("created", Op.WITHIN, "2024Q1"), c("industry", Op.IN, "MFG"), c("level", Op.IN, "intent"),
    }  # fmt: skip
    assert found.remains == ""
    keyed = typed("行业:制造业 等级:意向 创建:2024Q1 金额:>50万")
    assert [condition.field for condition in keyed.conditions] == ["industry", "level", "created", "total"]


def test_what_is_no_condition_is_searched_for() -> None:
    assert typed("华为 行业:制造业 138") == Typed((c("industry", Op.IN, "MFG"),), "华为 138", "华为 138")
    assert typed("教育") == Typed((), "教育", "教育")
    assert typed("教育 华为").search == "教育 华为"
    assert typed("12:30 http://x.cn").search == "12:30 http://x.cn"
    assert typed('"制造业" 意向客户').search == "制造业"
    assert typed('"华为 技术"').search == "华为技术"


@pytest.mark.parametrize(
    ("text", "finished", "pending"),
    [
        ("行业:火箭业", False, "行业:火箭业"),
        ("华为 -等级:意向", False, "-等级:意向"),
        ("行业:火箭业 ", False, ""),
        ("行业:火箭业", True, ""),
        ("行业:", False, ""),
        ("http://x.cn", False, ""),
        ("火箭业", False, ""),
    ],
)
def test_what_enter_makes_a_condition_of_is_known_before(text: str, finished: bool, pending: str) -> None:
    assert typed(text, finished=finished).pending == pending


def test_a_word_that_grows_is_not_yet_a_condition() -> None:
    assert typed("行业:制", finished=False) == Typed((), "", "行业:制", pending="行业:制")
    assert typed("华为 行业:制造业", finished=False) == Typed((), "华为", "华为 行业:制造业", pending="行业:制造业")
    assert typed("行业:制造业 ", finished=False) == Typed((c("industry", Op.IN, "MFG"),), "", "")
    assert typed("行业:制造业 华", finished=False) == Typed((c("industry", Op.IN, "MFG"),), "华", "华")
    assert typed("意向客户 ", finished=False) == Typed((), "", "意向客户 ")
    assert typed("2024年第一季度", finished=False) == Typed((), "", "2024年第一季度")
    assert typed("2024年第一季度 制造业", finished=False) == Typed((), "", "2024年第一季度 制造业")
    assert typed("2024年第一季度 华为", finished=False) == Typed((), "华为", "2024年第一季度 华为")
    assert typed("教育", finished=False) == Typed((), "教育", "教育")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("行业:不存在", "listing.problem.choice"),
        ("负责人:李", "listing.problem.ambiguous"),
        ("创建:某天", "error.period.unknown"),
        ("金额:很多", "error.amount.format"),
        ("订单:1.5", "listing.problem.value"),
        ("地区:某地", "listing.problem.place"),
        ("行业:", "listing.problem.no_value"),
    ],
)
def test_a_condition_that_cannot_be_read_stays_in_the_box_with_the_reason(text: str, code: str) -> None:
    found = typed(f"华为 {text}")
    assert [problem.code for problem in found.problems] == [code]
    assert found.remains == f"华为 {text}"
    assert found.search == "华为"


@given(st.text(max_size=120), st.booleans())
def test_any_typed_text_is_read_without_an_error(text: str, finished: bool) -> None:
    found = typed(text, finished=finished)
    for condition in found.conditions:
        again = check_condition(DIRECTORY, condition.field, condition.operator, condition.values, KNOWN)
        assert again == condition


@pytest.mark.parametrize(
    ("condition", "zh", "en"),
    [
        (c("industry", Op.IN, "MFG", "RET"), "所属行业 是 制造业、零售业", "Industry is Manufacturing, Retail"),
        (c("created", Op.WITHIN, "2024Q1"), "创建时间 在 2024年第一季度", "Created in Q1 2024"),
        (c("created", Op.BEFORE, "2024"), "创建时间 早于 2024年", "Created before 2024"),
        (c("total", Op.ABOVE, "500000"), "累计金额 > 50万", "Total amount > 500K"),
        (c("total", Op.BETWEEN, "9", "500000"), "累计金额 介于 9 至 50万", "Total amount between 9 and 500K"),
        (c("owner", Op.IN, "me", "12"), "负责人 是 我、韩梅梅", "Owner is me, 韩梅梅"),
        (c("owner", Op.EMPTY), "负责人 为空", "Owner is empty"),
        (c("region", Op.IN, "华东", "440300"), "所在地区 是 华东、广东省深圳市", "Region is 华东, 广东省深圳市"),
        (c("tags", Op.NONE, "2"), "标签 不含 付款延迟", "Tags has none of 付款延迟"),
        (c("name", Op.CONTAINS, "华为"), "客户名称 包含 华为", "Name contains 华为"),
    ],
)
def test_conditions_read_as_sentences(condition: Condition, zh: str, en: str) -> None:
    field = DIRECTORY.fields[condition.field]
    assert condition_words(field, condition, KNOWN, "zh") == zh
    assert condition_words(field, condition, KNOWN, "en") == en
