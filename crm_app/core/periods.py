"""Spans of calendar days as people say them: 本月, 近30天, 2024Q1, 2024-03-05, 2024-01-01..2024-03-31, >=2024-01-01.

A period is half open: `start` is in it, `end_exclusive` is not. Its key goes into URLs and saved views: a relative one
(`this-month`) stays relative.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

from crm_app.core.problems import Problem
from crm_app.core.text import clean_line, fold_width

Unit = Literal["day", "week", "month", "quarter", "year"]
Language = Literal["zh", "en"]
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_MOST_DAYS = 3660
_UNITS: tuple[Unit, ...] = ("day", "week", "month", "quarter", "year")
_MONTHS_IN: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}
_DAYS_IN: dict[Unit, int] = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class Period:
    key: str
    start: date | None
    end_exclusive: date | None


_RELATIVE: dict[str, tuple[Unit, int, str, str]] = {
    "today": ("day", 0, "今天", "Today"),
    "yesterday": ("day", -1, "昨天", "Yesterday"),
    "tomorrow": ("day", 1, "明天", "Tomorrow"),
    "this-week": ("week", 0, "本周", "This week"),
    "last-week": ("week", -1, "上周", "Last week"),
    "next-week": ("week", 1, "下周", "Next week"),
    "this-month": ("month", 0, "本月", "This month"),
    "last-month": ("month", -1, "上月", "Last month"),
    "next-month": ("month", 1, "下月", "Next month"),
    "this-quarter": ("quarter", 0, "本季度", "This quarter"),
    "last-quarter": ("quarter", -1, "上季度", "Last quarter"),
    "next-quarter": ("quarter", 1, "下季度", "Next quarter"),
    "this-year": ("year", 0, "今年", "This year"),
    "last-year": ("year", -1, "去年", "Last year"),
    "next-year": ("year", 1, "明年", "Next year"),
}
_SYNONYMS = {zh: key for key, (_, _, zh, _) in _RELATIVE.items()} | {
    "今日": "today", "昨日": "yesterday", "明日": "tomorrow", "这周": "this-week", "上个月": "last-month",
    "下个月": "next-month", "这个月": "this-month", "本季": "this-quarter", "上季": "last-quarter", "本年": "this-year",
    "本年度": "this-year", "上年": "last-year",
}  # fmt: skip

_ROLLING = re.compile(r"(近|最近|过去|未来|last-|next-)(\d{1,5})(?:天|日|-days?)")
_WEEK = re.compile(r"(\d{4})-?w(\d{1,2})")
_YEAR = re.compile(r"(\d{4})年?")
_QUARTER = re.compile(r"(\d{4})(?:[-/]?q([1-4])|年?第?([一二三四1-4])季度?)")
_MONTH = re.compile(r"(\d{4})(?:[-/.](\d{1,2})|年(\d{1,2})月)")
_DAY = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})[日号]?)")
_RANGE = re.compile(r"(.*?)(?:\.\.+|至|到|~|—+)(.*)")
_COMPARISON = re.compile(r"(>=|<=|>|<|≥|≤)(.+)")


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _floor(day: date, unit: Unit) -> date:
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS_IN[unit]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _step(start: date, unit: Unit, by: int) -> date:
    if unit in _DAYS_IN:
        return start + timedelta(days=_DAYS_IN[unit] * by)
    months = start.year * 12 + start.month - 1 + _MONTHS_IN[unit] * by
    return date(months // 12, months % 12 + 1, 1)


def _calendar_key(start: date, unit: Unit) -> str:
    match unit:
        case "day":
            return start.isoformat()
        case "week":
            iso = start.isocalendar()
            return f"{iso.year:04}-W{iso.week:02}"
        case "month":
            return f"{start:%Y-%m}"
        case "quarter":
            return f"{start.year:04}Q{(start.month + 2) // 3}"
        case "year":
            return f"{start.year:04}"


def calendar_period(day: date, *, unit: Unit) -> Period:
    """The day, week (from Monday), month, quarter or year that a day lies in."""
    start = _floor(day, unit)
    return Period(_calendar_key(start, unit), start, _step(start, unit, 1))


def between(start: date | None, end_exclusive: date | None) -> Period:
    """Any span; at least one end must be given, and it must hold at least one day."""
    if start and end_exclusive:
        if end_exclusive <= start:
            raise ValueError("A period ends after it begins.")
        return Period(f"{start}..{end_exclusive - timedelta(days=1)}", start, end_exclusive)
    if start:
        return Period(f">={start}", start, None)
    if end_exclusive:
        return Period(f"<{end_exclusive}", None, end_exclusive)
    raise ValueError("A period has at least one end.")


def _day(text: str, year: str, month: str = "1", day: str = "1") -> date:
    if not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        raise _Refused(Problem("error.period.year", {"text": text, "min": _FIRST_YEAR, "max": _LAST_YEAR}))
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise _Refused(Problem("error.period.date", {"text": text})) from None


def _parse_calendar(text: str) -> Period | None:
    if found := _YEAR.fullmatch(text):
        return calendar_period(_day(text, found[1]), unit="year")
    if found := _QUARTER.fullmatch(text):
        number = found[2] or str("一二三四".find(found[3]) + 1 or found[3])
        return calendar_period(_day(text, found[1], str(int(number) * 3)), unit="quarter")
    if found := _MONTH.fullmatch(text):
        return calendar_period(_day(text, found[1], found[2] or found[3]), unit="month")
    if found := _DAY.fullmatch(text):
        return calendar_period(_day(text, found[1], found[2] or found[4], found[3] or found[5]), unit="day")
    if found := _WEEK.fullmatch(text):
        _day(text, found[1])
        try:
            return calendar_period(date.fromisocalendar(int(found[1]), int(found[2]), 1), unit="week")
        except ValueError:
            raise _Refused(Problem("error.period.date", {"text": text})) from None
    return None


def _parse_relative(text: str, today: date) -> Period | None:
    key = _SYNONYMS.get(text, text)
    if key in _RELATIVE:
        unit, offset, _, _ = _RELATIVE[key]
        start = _step(_floor(today, unit), unit, offset)
        return Period(key, start, _step(start, unit, 1))
    if found := _ROLLING.fullmatch(key):
        days = int(found[2])
        if not 1 <= days <= _MOST_DAYS:
            raise _Refused(Problem("error.period.days", {"days": days, "max": _MOST_DAYS}))
        if found[1] in {"未来", "next-"}:
            return Period(f"next-{days}-days", today, today + timedelta(days=days))
        tomorrow = today + timedelta(days=1)
        return Period(f"last-{days}-days", tomorrow - timedelta(days=days), tomorrow)
    return None


def _parse_single(text: str, whole: str, today: date) -> Period:
    found = _parse_calendar(text) or _parse_relative(text, today)
    if not found:
        raise _Refused(Problem("error.period.unknown", {"text": whole}))
    return found


def _parse_comparison(operator: str, limit: Period) -> Period:
    match operator:
        case ">=" | "≥":
            return between(limit.start, None)
        case ">":
            return between(limit.end_exclusive, None)
        case "<":
            return between(None, limit.start)
        case _:
            return between(None, limit.end_exclusive)


def _parse(text: str, today: date) -> Period:
    if found := _COMPARISON.fullmatch(text):
        return _parse_comparison(found[1], _parse_single(found[2], text, today))
    if found := _RANGE.fullmatch(text):
        first = _parse_single(found[1], text, today) if found[1] else None
        last = _parse_single(found[2], text, today) if found[2] else None
        start, end = first and first.start, last and last.end_exclusive
        if not start and not end:
            raise _Refused(Problem("error.period.unknown", {"text": text}))
        if start and end and end <= start:
            raise _Refused(Problem("error.period.order", {"text": text}))
        return between(start, end)
    return _parse_single(text, text, today)


def parse_period(text: str, *, today: date) -> Period | Problem:
    """Understands what people type and every `Period.key`; 近7天 and 未来7天 count today."""
    cleaned = re.sub(r"\s+", "", fold_width(clean_line(text))).lower()
    if not cleaned:
        return Problem("error.period.empty")
    try:
        return _parse(cleaned[:64], today)
    except _Refused as refused:
        return refused.problem


def _unit(period: Period) -> Unit | None:
    if period.key in _RELATIVE:
        return _RELATIVE[period.key][0]
    return next((unit for unit in _UNITS if period.start and _calendar_key(period.start, unit) == period.key), None)


def shift(period: Period, *, by: int) -> Period | None:
    """As many periods of the same kind later, or earlier if negative; none for an open one."""
    if not period.start or not period.end_exclusive:
        return None
    if unit := _unit(period):
        return calendar_period(_step(period.start, unit, by), unit=unit)
    length = (period.end_exclusive - period.start) * by
    return between(period.start + length, period.end_exclusive + length)


def previous(period: Period) -> Period | None:
    """The period before, to compare with: month before month, n days before n days; none for an open one."""
    return shift(period, by=-1)


def buckets(period: Period, *, unit: Unit) -> Iterator[Period]:
    """The months, days … of a period in order, the first and last cut to it, so that their sum is the period.

    Raises ValueError for an open period.
    """
    if not period.start or not period.end_exclusive:
        raise ValueError("An open period has no end of buckets.")
    day = period.start
    while day < period.end_exclusive:
        whole = calendar_period(day, unit=unit)
        end = min(_step(_floor(day, unit), unit, 1), period.end_exclusive)
        yield whole if (day, end) == (whole.start, whole.end_exclusive) else between(day, end)
        day = end


def utc_bounds(period: Period, *, tz: tzinfo) -> tuple[datetime | None, datetime | None]:
    """The half-open span of moments that these days are on the clocks of a zone."""

    def midnight(day: date | None) -> datetime | None:
        return datetime.combine(day, time.min, tzinfo=tz).astimezone(UTC) if day else None

    return midnight(period.start), midnight(period.end_exclusive)


def _calendar_label(start: date, unit: Unit, lang: Language) -> str:
    year, quarter, week = start.year, (start.month + 2) // 3, start.isocalendar()
    labels: dict[Unit, Callable[[], tuple[str, str]]] = {
        "day": lambda: (f"{year}年{start.month}月{start.day}日", f"{start.day} {start:%b} {year}"),
        "week": lambda: (f"{week.year}年第{week.week}周", f"Week {week.week}, {week.year}"),
        "month": lambda: (f"{year}年{start.month}月", f"{start:%b} {year}"),
        "quarter": lambda: (f"{year}年第{'一二三四'[quarter - 1]}季度", f"Q{quarter} {year}"),
        "year": lambda: (f"{year}年", f"{year}"),
    }
    zh, en = labels[unit]()
    return zh if lang == "zh" else en


def _rolling_label(days: str, *, ahead: bool, lang: Language) -> str:
    if lang == "zh":
        return f"{'未来' if ahead else '近'}{days}天"
    return f"{'Next' if ahead else 'Last'} {days} day{'' if days == '1' else 's'}"


def _span_label(start: date | None, end_exclusive: date | None, lang: Language) -> str:
    if not end_exclusive:
        return f"{start} 起" if lang == "zh" else f"From {start}"
    if not start:
        return f"{end_exclusive} 之前" if lang == "zh" else f"Before {end_exclusive}"
    return f"{start} {'至' if lang == 'zh' else 'to'} {end_exclusive - timedelta(days=1)}"


def label(period: Period, *, lang: Language) -> str:
    if period.key in _RELATIVE:
        _, _, zh, en = _RELATIVE[period.key]
        return zh if lang == "zh" else en
    if found := _ROLLING.fullmatch(period.key):
        return _rolling_label(found[2], ahead=found[1] == "next-", lang=lang)
    if period.start and (unit := _unit(period)):
        return _calendar_label(period.start, unit, lang)
    return _span_label(period.start, period.end_exclusive, lang)
