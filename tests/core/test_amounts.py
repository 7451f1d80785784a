from decimal import Decimal
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.core.amounts import (
    LARGEST,
    AmountRange,
    format_amount,
    format_amount_full,
    parse_amount,
    parse_amount_range,
)
from crm_app.core.problems import Problem

AMOUNTS = st.decimals(-LARGEST, LARGEST, places=2)


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("50万", "500000"),
        ("50万元", "500000"),
        ("５０万", "500000"),
        ("50w", "500000"),
        ("1.2亿", "120000000"),
        ("1亿2000万", "120000000"),
        ("5千万", "50000000"),
        ("1.5M", "1500000"),
        ("500,000", "500000"),
        ("￥500000", "500000"),
        ("¥ 500，000.50 元整", "500000.50"),
        ("人民币 12.3 元", "12.3"),
        ("0", "0"),
        ("10000亿", "1000000000000"),
    ],
)
def test_parse(text: str, yuan: str):
    amount = parse_amount(text)
    assert amount == Decimal(yuan)
    assert isinstance(amount, Decimal)
    assert amount.as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "error.amount.empty"),
        ("五十万", "error.amount.format"),
        ("abc", "error.amount.format"),
        ("50,0", "error.amount.format"),
        ("1e5", "error.amount.format"),
        ("nan", "error.amount.format"),
        ("5万6万", "error.amount.format"),
        ("--5", "error.amount.format"),
        ("1" * 100, "error.amount.format"),
        ("0.001", "error.amount.places"),
        ("10000.01亿", "error.amount.too_large"),
        ("-5", "error.amount.negative"),
        ("￥-5", "error.amount.negative"),
    ],
)
def test_nonsense_says_what_is_wrong(text: str, code: str):
    problem = parse_amount(text)
    assert isinstance(problem, Problem)
    assert problem.code == code


def test_negative_amounts_are_taken_where_allowed():
    assert parse_amount("-5万", negative=True) == Decimal(-50000)


@given(st.text(st.sampled_from("0123456789.,-万亿千元¥><=~w "), max_size=24))
def test_any_text_is_an_amount_or_a_problem(text: str):
    amount = parse_amount(text)
    assert isinstance(amount, Problem) or 0 <= amount <= LARGEST
    assert isinstance(parse_amount_range(text), AmountRange | Problem)


@given(AMOUNTS)
def test_the_full_form_round_trips(amount: Decimal):
    assert parse_amount(format_amount_full(amount), negative=True) == amount


@given(AMOUNTS)
def test_the_short_form_is_near(amount: Decimal):
    for lang in ("zh", "en"):
        near = parse_amount(format_amount(amount, lang=lang), negative=True)
        assert isinstance(near, Decimal)
        assert abs(near - amount) <= max(abs(amount) / 200, Decimal("0.005"))


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        ("0", "0", "0"),
        ("12.5", "12.50", "12.50"),
        ("9999", "9,999", "10K"),
        ("12345", "1.23万", "12.35K"),
        ("500000", "50万", "500K"),
        ("99999999", "1亿", "100M"),
        ("125000000", "1.25亿", "125M"),
        ("1000000000000", "10,000亿", "1,000B"),
        ("-500000", "-50万", "-500K"),
    ],
)
def test_format(value: str, zh: str, en: str):
    assert format_amount(Decimal(value), lang="zh") == zh
    assert format_amount(Decimal(value), lang="en") == en


def test_format_full():
    assert format_amount_full(Decimal("-1250000")) == "-¥1,250,000.00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">50万", AmountRange(minimum=Decimal(500000), includes_minimum=False)),
        (">=10万", AmountRange(minimum=Decimal(100000))),
        ("≥ 10万", AmountRange(minimum=Decimal(100000))),
        ("＜5万", AmountRange(maximum=Decimal(50000), includes_maximum=False)),
        ("<=5万", AmountRange(maximum=Decimal(50000))),
        ("10万..50万", AmountRange(minimum=Decimal(100000), maximum=Decimal(500000))),
        ("10万-50万", AmountRange(minimum=Decimal(100000), maximum=Decimal(500000))),
        ("10万至50万", AmountRange(minimum=Decimal(100000), maximum=Decimal(500000))),
        ("10万..", AmountRange(minimum=Decimal(100000))),
        ("..50万", AmountRange(maximum=Decimal(500000))),
        ("5万", AmountRange(minimum=Decimal(50000), maximum=Decimal(50000))),
    ],
)
def test_ranges(text: str, expected: AmountRange):
    assert parse_amount_range(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "error.amount.empty"),
        (">", "error.amount.empty"),
        ("..", "error.amount.format"),
        ("10万..x", "error.amount.format"),
        ("50万..10万", "error.amount.order"),
        (">-5", "error.amount.negative"),
    ],
)
def test_nonsense_ranges_say_what_is_wrong(text: str, code: str):
    problem = parse_amount_range(text)
    assert isinstance(problem, Problem)
    assert problem.code == code


@pytest.mark.parametrize("nonsense", ["1" * 50 + "x", "1万" * 25 + "x", "1,111" * 10 + "x", ">" + "1" * 100_000])
def test_nonsense_is_refused_at_once(nonsense: str):
    began = perf_counter()
    assert isinstance(parse_amount_range(nonsense), Problem)
    assert perf_counter() - began < 0.5
