import string
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.catalogue import texts
from crm_app.core.problems import Problem
from crm_app.core.vocabulary import Level, Status
from crm_app.customers import rules
from crm_app.customers.schemas import Choices, ContactInput, OptionCodes

TODAY = date(2024, 5, 1)
CHOICES = Choices(
    today=TODAY,
    options={
        "industry": OptionCodes(frozenset({"MFG", "RET"}), frozenset({"OLD"})),
        "source": OptionCodes(frozenset({"website"})),
        "channel": OptionCodes(frozenset({"wechat"})),
        "loss_reason": OptionCodes(frozenset({"price"})),
    },
)
CREDIT_CODE = "91350100M000100Y43"
GOOD = {"name": "深圳市华为技术有限公司", "industry": "MFG"}


def field(name: str, raw: str, current: str = "") -> rules.Value | Problem:
    return rules.check_field(rules.CUSTOMER_FIELDS[name], raw, CHOICES, current=current)


def contact_field(name: str, raw: str) -> rules.Value | Problem:
    return rules.check_field(rules.CONTACT_FIELDS[name], raw, CHOICES)


def code(value: object) -> str:
    assert isinstance(value, Problem)
    return value.code


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("name", "", "customers.required.name"),
        ("name", " \u3000\t\u200b", "customers.required.name"),
        ("name", "字" * 101, "customers.problem.too_long"),
        ("industry", "", "customers.required.industry"),
        ("industry", "XYZ", "customers.problem.unknown_option"),
        ("industry", "OLD", "customers.problem.retired_option"),
        ("industry", "制造业", "customers.problem.unknown_option"),
        ("source", "' OR 1=1 --", "customers.problem.unknown_option"),
        ("region", "999999", "customers.problem.unknown_region"),
        ("address", "x" * 201, "customers.problem.too_long"),
        ("note", "😀" * 1001, "customers.problem.too_long"),
        ("main_business", "y" * 501, "customers.problem.too_long"),
        ("founded_on", "2024-05-02", "customers.problem.date_in_future"),
        ("founded_on", "2023-02-30", "customers.problem.date_impossible"),
        ("founded_on", "yesterday", "customers.problem.date_format"),
        ("founded_on", "0900-01-01", "customers.problem.date_too_early"),
        ("credit_code", "91350100M000100Y44", "error.credit_code.check_digit"),
        ("credit_code", "9135", "error.credit_code.length"),
        ("level", "won", "customers.problem.level_by_step"),
        ("level", "lost", "customers.problem.level_by_step"),
        ("level", "gold", "customers.problem.unknown_option"),
        ("customer_type", "friend", "customers.problem.unknown_option"),
        ("status", "asleep", "customers.problem.unknown_option"),
    ],
)
def test_a_wrong_value_has_its_own_reason(name: str, raw: str, expected: str) -> None:
    assert code(field(name, raw)) == expected


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("name", "", "customers.required.contact.name"),
        ("name", "张*", "customers.problem.masked"),
        ("name", "字" * 41, "customers.problem.too_long"),
        ("mobile", "1380013800", "error.mobile.too_short"),
        ("mobile", "138001380000", "error.mobile.too_long"),
        ("mobile", "12345678901", "error.mobile.segment"),
        ("mobile", "138****5678", "customers.problem.masked"),
        ("email", "l***g@company.com", "customers.problem.masked"),
        ("email", "nobody", "error.email.at_sign"),
        ("phone", "0755", "error.landline.length"),
        ("birthday", "1899-12-31", "customers.problem.date_too_early"),
        ("birthday", "2030-01-01", "customers.problem.date_in_future"),
        ("preferred_channel", "pigeon", "customers.problem.unknown_option"),
    ],
)
def test_a_wrong_contact_value_has_its_own_reason(name: str, raw: str, expected: str) -> None:
    assert code(contact_field(name, raw)) == expected


@pytest.mark.parametrize(
    ("name", "raw", "stored"),
    [
        ("name", "  ＡＢＣ　科技\n有限公司 ", "ABC 科技 有限公司"),
        ("name", "<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("name", "𠮷野家😀", "𠮷野家😀"),
        ("credit_code", " ９１350100m000100y43 ", CREDIT_CODE),
        ("founded_on", "２０１５年３月１５日", date(2015, 3, 15)),
        ("founded_on", "2015/3/15", date(2015, 3, 15)),
        ("founded_on", "2024-05-01", TODAY),
        ("founded_on", "", None),
        ("region", "440305", "440305"),
        ("note", "第一行\r\n第二行", "第一行\n第二行"),
    ],
)
def test_typed_text_is_normalised(name: str, raw: str, stored: object) -> None:
    assert field(name, raw) == stored


def test_a_phone_field_takes_a_mobile_for_people_without_a_fixed_line() -> None:
    assert contact_field("phone", "+86 138-0013-8000") == "13800138000"
    assert contact_field("phone", "(0755) 8828 1234") == "0755-88281234"


def test_a_retired_option_stays_on_the_record_that_has_it() -> None:
    assert field("industry", "OLD", current="OLD") == "OLD"


@given(st.text(max_size=300), st.sampled_from(sorted(rules.CUSTOMER_FIELDS)))
def test_no_text_breaks_a_check_and_what_passes_passes_again(raw: str, name: str) -> None:
    value = field(name, raw)
    if not isinstance(value, Problem):
        text = rules.as_text(value)
        assert field(name, text) == value
        assert "\x00" not in text
        limit = rules.CUSTOMER_FIELDS[name].max_length
        assert not limit or len(text) <= limit


@given(st.text(max_size=120), st.sampled_from(sorted(rules.CONTACT_FIELDS)))
def test_no_text_breaks_a_contact_check(raw: str, name: str) -> None:
    value = contact_field(name, raw)
    if not isinstance(value, Problem) and value:
        assert contact_field(name, rules.as_text(value)) == value


@given(st.dictionaries(st.sampled_from(sorted(rules.CUSTOMER_FIELDS)), st.text(max_size=60)))
def test_a_form_gives_each_field_a_value_or_a_problem_that_can_be_said(raws: dict[str, str]) -> None:
    values, problems = rules.check_form(raws, CHOICES)
    assert values.keys() | problems.keys() == rules.CUSTOMER_FIELDS.keys()
    assert {problem.code for problem in problems.values()} <= texts().keys()


def test_a_new_customer_begins_as_a_potential_new_one() -> None:
    values, problems = rules.check_form(GOOD, CHOICES)
    assert not problems
    assert (values["level"], values["customer_type"], values["status"]) == ("potential", "new", "potential")


@pytest.mark.parametrize("status", [Status.WON, Status.LOST])
def test_a_new_customer_is_not_done_before_it_began(status: Status) -> None:
    _, problems = rules.check_form(GOOD | {"status": status}, CHOICES)
    assert problems == {"status": Problem("customers.problem.status_of_level")}


def test_each_field_and_problem_has_its_label() -> None:
    known = texts().keys()
    assert {f"customers.field.{name}" for name in rules.CUSTOMER_FIELDS} <= known
    assert {f"customers.field.contact.{name}" for name in rules.CONTACT_FIELDS} <= known
    required = [rule.name for rule in rules.CUSTOMER_FIELDS.values() if rule.required]
    assert {f"customers.required.{name}" for name in required} <= known
    assert texts()["customers.required.name"][0] == "请填写客户名称"


# --- contacts


def test_the_first_contact_is_the_main_one_unless_said_otherwise() -> None:
    first = ContactInput(name="张三", mobile="13800138000")
    second = ContactInput(name="李四", email="li@example.com", is_main=True)
    assert [c.is_main for c in rules.check_contacts([first], CHOICES)[0]] == [True]
    assert [c.is_main for c in rules.check_contacts([first, second], CHOICES)[0]] == [False, True]


def test_two_main_contacts_become_one() -> None:
    typed = [ContactInput(name=n, mobile="13800138000", is_main=True) for n in ("张三", "李四")]
    assert [c.is_main for c in rules.check_contacts(typed, CHOICES)[0]] == [True, False]


def test_a_customer_without_contact_is_asked_for_one() -> None:
    _, problems = rules.check_contacts([], CHOICES)
    assert {key: problem.code for key, problem in problems.items()} == {
        "contacts.0.name": "customers.required.contact.name",
        "contacts.0.mobile": "customers.problem.mobile_or_email",
    }


def test_an_empty_further_contact_is_left_out_and_a_half_one_is_not() -> None:
    main = ContactInput(name="张三", mobile="13800138000", is_main=True)
    checked, problems = rules.check_contacts([main, ContactInput(), ContactInput(position="经理")], CHOICES)
    assert len(checked) == 2
    assert set(problems) == {"contacts.2.name", "contacts.2.mobile"}


def test_an_edit_can_not_take_the_last_way_to_reach_a_contact() -> None:
    current = {"name": "张三", "mobile": "", "email": "z@example.com"}
    assert "email" in rules.check_contact({"email": ""}, CHOICES, current=current)[1]
    assert not rules.check_contact({"position": "经理"}, CHOICES, current=current)[1]
    assert not rules.check_contact({"email": "", "mobile": "13800138000"}, CHOICES, current=current)[1]


def test_too_many_contacts_are_refused() -> None:
    contacts = [ContactInput(name="张三", mobile="13800138000")] * (rules.MAX_CONTACTS + 1)
    assert "contacts" in rules.check_contacts(contacts, CHOICES)[1]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("name", "张三丰", "张*"),
        ("mobile", "13812345678", "138****5678"),
        ("phone", "0755-88281234", "0755-****1234"),
        ("email", "liming@company.com", "l***g@company.com"),
        ("birthday", date(1990, 5, 12), "05-12"),
        ("position", "采购总监", "采购总监"),
        ("email", "", ""),
    ],
)
def test_contact_values_are_shown_masked(name: str, value: object, shown: str) -> None:
    assert rules.mask_contact_value(name, value) == shown  # type: ignore[arg-type]


def test_duplicates_are_looked_for_by_what_is_complete() -> None:
    contacts = [ContactInput(mobile="138-0013-8000", phone="075", email="A@B.com"), ContactInput(mobile="1380")]
    probe = rules.probe_of({"name": " 华为 ", "credit_code": "9135"}, contacts)
    assert (probe.name, probe.mobiles, probe.phones, probe.emails, probe.credit_code) == (
        "华为", ("13800138000",), (), ("a@b.com",), "",
    )  # fmt: skip


@pytest.mark.parametrize("place", ["440000", "440300", "440305", "110105", "429004", "810001", "710000"])
def test_a_place_is_kept_in_three_columns_and_comes_back(place: str) -> None:
    assert rules.region_of(**rules.region_columns(place)) == place


# --- levels


@pytest.mark.parametrize(
    ("now", "to", "reason"),
    [
        ("potential", "potential", "customers.step.same"),
        ("intent", "intent", "customers.step.same"),
        ("lost", "lost", "customers.step.same"),
        ("won", "potential", "customers.step.from_won"),
        ("won", "intent", "customers.step.from_won"),
        ("lost", "won", "customers.step.from_lost"),
        ("potential", "gold", "customers.problem.unknown_option"),
    ],
)
def test_steps_that_do_not_exist_say_why(now: str, to: str, reason: str) -> None:
    assert rules.refused_step(now, to) == Problem(reason)


def test_all_other_steps_exist() -> None:
    refused = {(a, b) for a in Level for b in Level if rules.refused_step(a, b)}
    assert {(str(a), str(b)) for a, b in refused} == {
        ("potential", "potential"), ("intent", "intent"), ("lost", "lost"),
        ("won", "potential"), ("won", "intent"), ("lost", "won"),
    }  # fmt: skip


DEAL = {"deal_amount": "50万", "deal_on": "2024-05-01", "contract_number": " ht－２０２４-01 "}


def test_a_deal_needs_amount_day_and_contract() -> None:
    facts, problems = rules.check_level_change("won", DEAL, CHOICES)
    assert not problems
    assert (facts.amount, facts.deal_on, facts.contract_number) == (Decimal("500000.00"), TODAY, "HT-2024-01")
    assert set(rules.check_level_change("won", {}, CHOICES)[1]) == {"deal_amount", "deal_on", "contract_number"}


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("deal_amount", "0", "customers.problem.amount_positive"),
        ("deal_amount", "-5", "error.amount.negative"),
        ("deal_amount", "many", "error.amount.format"),
        ("deal_on", "2024-05-02", "customers.problem.date_in_future"),
        ("deal_on", "1980-01-01", "customers.problem.date_too_early"),
        ("contract_number", "x" * 61, "customers.problem.too_long"),
        ("note", "x" * 501, "customers.problem.too_long"),
    ],
)
def test_a_wrong_fact_stops_a_deal(name: str, raw: str, reason: str) -> None:
    _, problems = rules.check_level_change("won", DEAL | {name: raw}, CHOICES)
    assert {key: problem.code for key, problem in problems.items()} == {name: reason}


def test_a_loss_needs_its_reason_and_nothing_else() -> None:
    assert rules.check_level_change("lost", {"loss_reason": "price"}, CHOICES)[1] == {}
    assert rules.check_level_change("lost", DEAL, CHOICES)[1]["loss_reason"].code == "customers.required.loss_reason"
    wrong = rules.check_level_change("lost", {"loss_reason": "boredom"}, CHOICES)[1]
    assert wrong["loss_reason"].code == "customers.problem.unknown_option"


def test_other_steps_need_nothing() -> None:
    assert rules.check_level_change("intent", {}, CHOICES)[1] == {}


def test_status_goes_along_with_the_level() -> None:
    assert rules.status_after("won", "following") == "won"
    assert rules.status_after("lost", "won") == "lost"
    assert rules.status_after("intent", "potential") == "following"
    assert rules.status_after("intent", "pending") == "pending"
    assert rules.status_after("potential", "lost") == "potential"
    for level in Level:
        for status in Status:
            assert rules.status_after(level, status) in rules.STATUSES_OF_LEVEL[level]


def test_the_second_deal_makes_a_new_customer_a_regular_one() -> None:
    assert rules.type_after("new", 1) == "new"
    assert rules.type_after("new", 2) == "regular"
    assert rules.type_after("vip", 5) == "vip"


def test_only_the_last_365_days_count_for_the_grade() -> None:
    old, fresh = TODAY - timedelta(days=365), TODAY - timedelta(days=364)
    trade = rules.trade_of([(old, Decimal(900_000)), (fresh, Decimal(100_000))], today=TODAY)
    assert (trade.total, trade.orders, trade.first_on, trade.grade) == (Decimal(1_000_000), 2, old, "B")


@pytest.mark.parametrize(
    ("amount", "grade"), [("500000", "A"), ("499999.99", "B"), ("100000", "B"), ("99999.99", "C"), ("0", "C")]
)
def test_grades_by_amount(amount: str, grade: str) -> None:
    assert rules.grade_of(Decimal(amount)) == grade


# --- numbers


def pattern(text: str) -> rules.NumberPattern:
    parsed = rules.parse_pattern(text)
    assert isinstance(parsed, rules.NumberPattern)
    return parsed


def test_the_default_pattern_counts_by_industry_and_year() -> None:
    default = pattern(rules.DEFAULT_PATTERN)
    assert default.format(industry="MFG", on=date(2024, 3, 1), seq=1) == "MFG-2024-001"
    assert default.format(industry="MFG", on=date(2024, 3, 1), seq=1000) == "MFG-2024-1000"
    assert default.prefix(industry="MFG", on=date(2024, 3, 1)) == "MFG-2024"


def test_a_pattern_by_day() -> None:
    by_day = pattern("C{yyyymmdd}{seq:03d}")
    assert by_day.format(industry="MFG", on=date(2024, 5, 1), seq=1) == "C20240501001"
    assert by_day.prefix(industry="MFG", on=date(2024, 5, 1)) == "C20240501"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "customers.pattern.one_counter"),
        ("{industry}-{yyyy}", "customers.pattern.one_counter"),
        ("{seq}-{seq}", "customers.pattern.one_counter"),
        ("{industry}{seq:03d}", "customers.pattern.touching"),
        ("{seq}{industry}", "customers.pattern.touching"),
        ("{industry}9{seq}", "customers.pattern.touching"),
        ("{name}-{seq}", "customers.pattern.unknown"),
        ("{yyyy:04d}-{seq}", "customers.pattern.unknown"),
        ("{seq.__class__}", "customers.pattern.unknown"),
        ("编号{seq}", "customers.pattern.unknown"),
        ("X" * 40 + "{seq}", "customers.pattern.too_long"),
    ],
)
def test_a_pattern_that_can_not_work_is_refused(text: str, reason: str) -> None:
    assert code(rules.parse_pattern(text)) == reason


_CODES = st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=6)


@given(
    st.sampled_from(
        ["{industry}-{yyyy}-{seq:03d}", "C{yyyymmdd}{seq:03d}", "{yy}{seq:05d}.{industry}", "{seq}_{yyyymm}"]
    ),
    st.lists(
        st.tuples(_CODES, st.dates(date(2000, 1, 1), date(2099, 1, 1)), st.integers(1, 5000)), min_size=2, max_size=30
    ),
)
def test_different_counts_never_make_the_same_number(text: str, given: list[tuple[str, date, int]]) -> None:
    chosen = pattern(text)
    made: dict[str, tuple[str, int]] = {}
    for industry, on, seq in given:
        number = chosen.format(industry=industry, on=on, seq=seq)
        key = (chosen.prefix(industry=industry, on=on), seq)
        assert made.setdefault(number, key) == key
