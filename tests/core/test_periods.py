from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.core.periods import (
    Period,
    Unit,
    between,
    buckets,
    calendar_period,
    label,
    parse_period,
    previous,
    shift,
    utc_bounds,
)
from crm_app.core.problems import Problem

TODAY = date(2024, 3, 15)  # a Friday
DAYS = st.dates(date(1901, 1, 1), date(2198, 12, 31))
UNITS = st.sampled_from(get_args(Unit))
RELATIVE = st.sampled_from(
    "今天 昨天 明天 本周 上周 下周 本月 上月 下月 本季度 上季度 下季度 今年 去年 明年 近7天 近30天 未来7天".split()  # noqa: SIM905
)


def parsed(text: str, today: date = TODAY) -> Period:
    period = parse_period(text, today=today)
    assert isinstance(period, Period), period
    return period


@pytest.mark.parametrize(
    ("text", "key", "first", "last"),
    [
        ("今天", "today", "2024-03-15", "2024-03-15"),
        ("昨天", "yesterday", "2024-03-14", "2024-03-14"),
        ("本周", "this-week", "2024-03-11", "2024-03-17"),
        ("上周", "last-week", "2024-03-04", "2024-03-10"),
        ("本月", "this-month", "2024-03-01", "2024-03-31"),
        ("上月", "last-month", "2024-02-01", "2024-02-29"),
        ("本季度", "this-quarter", "2024-01-01", "2024-03-31"),
        ("上季度", "last-quarter", "2023-10-01", "2023-12-31"),
        ("今年", "this-year", "2024-01-01", "2024-12-31"),
        ("去年", "last-year", "2023-01-01", "2023-12-31"),
        ("近7天", "last-7-days", "2024-03-09", "2024-03-15"),
        ("近 30 天", "last-30-days", "2024-02-15", "2024-03-15"),
        ("近365天", "last-365-days", "2023-03-17", "2024-03-15"),
        ("未来7天", "next-7-days", "2024-03-15", "2024-03-21"),
        ("2024", "2024", "2024-01-01", "2024-12-31"),
        ("２０２４年", "2024", "2024-01-01", "2024-12-31"),
        ("2024Q1", "2024Q1", "2024-01-01", "2024-03-31"),
        ("2024-q4", "2024Q4", "2024-10-01", "2024-12-31"),
        ("2024年第一季度", "2024Q1", "2024-01-01", "2024-03-31"),
        ("2024年一季度", "2024Q1", "2024-01-01", "2024-03-31"),
        ("2024年2季度", "2024Q2", "2024-04-01", "2024-06-30"),
        ("2024-W01", "2024-W01", "2024-01-01", "2024-01-07"),
        ("2024-03", "2024-03", "2024-03-01", "2024-03-31"),
        ("2024年3月", "2024-03", "2024-03-01", "2024-03-31"),
        ("2024-03-05", "2024-03-05", "2024-03-05", "2024-03-05"),
        ("2024/3/5", "2024-03-05", "2024-03-05", "2024-03-05"),
        ("2024年3月5日", "2024-03-05", "2024-03-05", "2024-03-05"),
        ("2024-01-01..2024-03-31", "2024-01-01..2024-03-31", "2024-01-01", "2024-03-31"),
        ("2024年1月 至 2024年2月", "2024-01-01..2024-02-29", "2024-01-01", "2024-02-29"),
        ("2024-01-05~今天", "2024-01-05..2024-03-15", "2024-01-05", "2024-03-15"),
        (">=2024-01-01", ">=2024-01-01", "2024-01-01", None),
        (">2024年1月", ">=2024-02-01", "2024-02-01", None),
        ("2024-01-01..", ">=2024-01-01", "2024-01-01", None),
        ("<2024-06-01", "<2024-06-01", None, "2024-05-31"),
        ("≤2024-05", "<2024-06-01", None, "2024-05-31"),
        ("..2024-05-31", "<2024-06-01", None, "2024-05-31"),
    ],
)
def test_parse(text: str, key: str, first: str | None, last: str | None):
    period = parsed(text)
    assert period.key == key
    assert period.start == (date.fromisoformat(first) if first else None)
    assert period.end_exclusive == (date.fromisoformat(last) + timedelta(days=1) if last else None)
    assert parsed(period.key) == period


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "error.period.empty"),
        ("胡说", "error.period.unknown"),
        ("..", "error.period.unknown"),
        ("2024-01-01..胡说", "error.period.unknown"),
        ("2024Q5", "error.period.unknown"),
        ("2024-13-40", "error.period.date"),
        ("2023-02-29", "error.period.date"),
        ("2024-13", "error.period.date"),
        ("2023-W53", "error.period.date"),
        ("0000", "error.period.year"),
        ("9999-12-31", "error.period.year"),
        ("2024-03-31..2024-01-01", "error.period.order"),
        ("近0天", "error.period.days"),
        ("近99999天", "error.period.days"),
    ],
)
def test_nonsense_says_what_is_wrong(text: str, code: str):
    problem = parse_period(text, today=TODAY)
    assert isinstance(problem, Problem)
    assert problem.code == code


@given(st.text(st.sampled_from("0123456789年月日季度第一近天本上周-/.<>=~至QW"), max_size=24), DAYS)
def test_any_text_is_a_period_that_round_trips_or_a_problem(text: str, today: date):
    period = parse_period(text, today=today)
    if isinstance(period, Period):
        assert parse_period(period.key, today=today) == period


@given(DAYS, UNITS)
def test_calendar_periods_round_trip_and_touch_their_neighbours(day: date, unit: Unit):
    period = calendar_period(day, unit=unit)
    assert parsed(period.key) == period
    before = previous(period)
    assert before is not None
    assert before.end_exclusive == period.start
    assert shift(before, by=1) == period


@given(RELATIVE, DAYS)
def test_relative_periods_round_trip_and_follow_the_one_before(text: str, today: date):
    period = parsed(text, today)
    before = previous(period)
    assert parsed(period.key, today) == period
    assert before is not None
    assert before.end_exclusive == period.start


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("本月", "2024-02"),
        ("本季度", "2023Q4"),
        ("今年", "2023"),
        ("本周", "2024-W10"),
        ("今天", "2024-03-14"),
        ("近7天", "2024-03-02..2024-03-08"),
        ("2024-01-11..2024-01-20", "2024-01-01..2024-01-10"),
    ],
)
def test_the_period_before_is_of_the_same_kind(text: str, before: str):
    period = previous(parsed(text))
    assert period
    assert period.key == before


def test_an_open_period_has_no_other_before_and_no_buckets():
    assert previous(parsed(">=2024-01-01")) is None
    with pytest.raises(ValueError, match="open"):
        list(buckets(parsed("<2024-01-01"), unit="day"))


@pytest.mark.parametrize(("start", "end"), [(None, None), (TODAY, TODAY)])
def test_a_period_is_not_empty(start: date | None, end: date | None):
    with pytest.raises(ValueError, match="period"):
        between(start, end)


def test_buckets_are_cut_to_the_period():
    keys = [bucket.key for bucket in buckets(parsed("2024-01-15..2024-03-31"), unit="month")]
    assert keys == ["2024-01-15..2024-01-31", "2024-02", "2024-03"]


@given(DAYS, st.integers(1, 800), UNITS)
def test_buckets_add_up_to_the_period(start: date, days: int, unit: Unit):
    period = between(start, start + timedelta(days=days))
    parts = list(buckets(period, unit=unit))
    assert (parts[0].start, parts[-1].end_exclusive) == (period.start, period.end_exclusive)
    assert all(one.end_exclusive == other.start for one, other in pairwise(parts))


def test_utc_bounds_are_midnights_of_the_zone():
    bounds = utc_bounds(parsed("2024-03"), tz=ZoneInfo("Asia/Shanghai"))
    assert bounds == (datetime(2024, 2, 29, 16, tzinfo=UTC), datetime(2024, 3, 31, 16, tzinfo=UTC))
    assert utc_bounds(parsed("<2024-03-01"), tz=UTC) == (None, datetime(2024, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("本月", "本月", "This month"),
        ("近7天", "近7天", "Last 7 days"),
        ("未来1天", "未来1天", "Next 1 day"),
        ("2024", "2024年", "2024"),
        ("2024Q1", "2024年第一季度", "Q1 2024"),
        ("2024-03", "2024年3月", "Mar 2024"),
        ("2024-W10", "2024年第10周", "Week 10, 2024"),
        ("2024-03-05", "2024年3月5日", "5 Mar 2024"),
        ("2024-01-01..2024-01-09", "2024-01-01 至 2024-01-09", "2024-01-01 to 2024-01-09"),
        (">=2024-01-01", "2024-01-01 起", "From 2024-01-01"),
        ("<2024-01-01", "2024-01-01 之前", "Before 2024-01-01"),
    ],
)
def test_label(text: str, zh: str, en: str):
    assert label(parsed(text), lang="zh") == zh
    assert label(parsed(text), lang="en") == en
