"""From filters to a definite question: what a period is compared with, and how it is cut into steps."""

from calendar import isleap
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo

from crm_app.analysis.schemas import Filters, Question, Span
from crm_app.core.clock import to_local
from crm_app.core.periods import Period, Unit, between, buckets, calendar_period, parse_period, previous, utc_bounds
from crm_app.core.problems import Problem
from crm_app.core.text import clean_line, row_id

DEFAULT_PERIOD = "this-month"
PERIODS = (
    "this-week",
    "this-month",
    "this-quarter",
    "this-year",
    "last-7-days",
    "last-30-days",
    "last-90-days",
    "last-month",
    "last-quarter",
    "last-year",
)
"""Offered by name; any other is chosen by its first and last day."""
MOST_STEPS = 45
_STEP_DAYS: tuple[tuple[Unit, int], ...] = (("day", 1), ("week", 7), ("month", 30), ("quarter", 91), ("year", 365))


def read_filters(query: Mapping[str, str], *, today: date) -> tuple[Filters, bool]:
    """The filters in a URL's query, and whether all of it was understood; nonsense falls back to the default."""
    period, understood = _read_period(query.get("period", ""), today)
    owner, department = _read_id(query.get("owner", "")), _read_id(query.get("department", ""))
    industry = clean_line(query.get("industry", ""))[:30]
    return (
        Filters(period=period, owner=owner or 0, industry=industry, department=department or 0),
        understood and owner is not None and department is not None,
    )


def _read_id(text: str) -> int | None:
    """A database id, 0 for no text, None for nonsense."""
    return row_id(text) or None if text else 0


def _read_period(text: str, today: date) -> tuple[Period, bool]:
    default = replace(calendar_period(today, unit="month"), key=DEFAULT_PERIOD)
    if not text:
        return default, True
    found = parse_period(text[:64], today=today)
    if isinstance(found, Problem) or found.start is None or found.end_exclusive is None:
        return default, False
    return found, True


def write_filters(filters: Filters) -> dict[str, str]:
    """The URL's query for these filters; what is at its default is left out."""
    query = {
        "period": filters.period.key,
        "department": str(filters.department or ""),
        "owner": str(filters.owner or ""),
        "industry": filters.industry,
    }
    if query["period"] == DEFAULT_PERIOD:
        query["period"] = ""
    return {key: value for key, value in query.items() if value}


def make_question(filters: Filters, *, now: datetime, tz: tzinfo, departments: tuple[int, ...] = ()) -> Question:
    """Filters at a moment, in the zone whose days they mean; `departments` are those that the chosen one means."""
    today = to_local(now, tz=tz).date()
    return Question(
        current=span(filters.period, tz=tz),
        before=span(compared_with(filters.period, today=today), tz=tz),
        steps=tuple(span(step, tz=tz) for step in steps(filters.period, today=today)),
        today=span(calendar_period(today, unit="day"), tz=tz).start,
        owner=filters.owner,
        industry=filters.industry,
        departments=departments,
    )


def span(period: Period, *, tz: tzinfo) -> Span:
    """The moments of a period's days. Raises ValueError for an open period: the dashboard has none."""
    start, end = utc_bounds(period, tz=tz)
    if start is None or end is None:
        raise ValueError("an open period")
    return Span(period, start, end)


def compared_with(period: Period, *, today: date) -> Period:
    """The period before; of a period that still runs, as much of the one before as has passed of this one.

    Half a month against a whole one would always look like a decline.
    """
    before = previous(period)
    if not (before and before.start and before.end_exclusive and period.start and period.end_exclusive):
        raise ValueError("an open period")
    elapsed = (today - period.start).days + 1
    length = (period.end_exclusive - period.start).days
    if not 0 < elapsed < length:
        return before
    if length > 360 and (before.start.month, before.start.day) == (period.start.month, period.start.day):
        elapsed -= _leap_days(period.start, today) - _leap_days(before.start, before.start + timedelta(days=elapsed))
    end = min(before.start + timedelta(days=elapsed), before.end_exclusive)
    return before if end == before.end_exclusive else between(before.start, end)


def _leap_days(start: date, end: date) -> int:
    """29 Februaries from `start` to `end`, both included; only for spans within one year."""
    return int(isleap(start.year) and start <= date(start.year, 2, 29) <= end)


def is_partial(period: Period, *, today: date) -> bool:
    """Whether the period still runs."""
    return bool(period.start and period.end_exclusive and period.start <= today < period.end_exclusive - timedelta(1))


def step_unit(period: Period) -> Unit:
    """The smallest unit that cuts a closed period into at most MOST_STEPS."""
    if period.start and period.end_exclusive:
        days = (period.end_exclusive - period.start).days
        for unit, length in _STEP_DAYS:
            if days <= length * MOST_STEPS:
                return unit
    return "year"


def steps(period: Period, *, today: date) -> list[Period]:
    """The period cut into steps, from its beginning to today: what has not been yet has no figures."""
    if period.start is None or period.end_exclusive is None or period.start > today:
        return []
    until = min(period.end_exclusive, today + timedelta(days=1))
    return [_named(step) for step in buckets(between(period.start, until), unit=step_unit(period))]


def _named(step: Period) -> Period:
    """A step that was cut down to one day is called by that day."""
    if step.start and step.end_exclusive == step.start + timedelta(days=1):
        return calendar_period(step.start, unit="day")
    return step
