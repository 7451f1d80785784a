"""Which customers there are: when each came, from where, what became of it, and how much was done for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from random import Random

from crm_app.admin.demo.calendar import Calendar
from crm_app.admin.demo.names import Weighted
from crm_app.core.vocabulary import CustomerType, Level

YEARS = 3
_GROWTH = 2.4
"""How many times as many customers come a day now as at the beginning."""
_MONTHS = (0.8, 0.55, 1.25, 1.1, 1.0, 1.05, 0.9, 0.95, 1.2, 0.95, 1.2, 1.0)
"""A quiet Spring Festival, busy spring and autumn."""
_WEEKDAYS = (1.05, 1.1, 1.1, 1.05, 1.0, 0.14, 0.06)
_OPENS, _CLOSES = 8.5 * 60, 19 * 60

_INDUSTRIES = Weighted(
    {
        "MFG": 26,
        "ITS": 13,
        "RET": 11,
        "INT": 9,
        "MED": 8,
        "LOG": 7,
        "CON": 7,
        "EDU": 6,
        "SER": 5,
        "FIN": 4,
        "ENE": 3,
        "AGR": 2,
    }
)
_SOURCES = Weighted(
    {
        "online_ads": 23,
        "exhibition": 19,
        "website": 17,
        "customer_referral": 15,
        "partner": 13,
        "telesales": 9,
        "other": 4,
    }
)
_FAIR_SOURCES = Weighted({"exhibition": 38, "partner": 18, "customer_referral": 16, "telesales": 12, "website": 16})
_FAIR_INDUSTRIES = frozenset({"MFG", "CON", "ENE", "AGR"})
_EFFORT = {Level.POTENTIAL: 1.6, Level.INTENT: 5.0, Level.WON: 6.5, Level.LOST: 3.0}


@dataclass(slots=True)
class Plan:
    """One customer's fate; `follow_ups` is how many contacts there were."""

    created: int
    day: int
    industry: str
    source: str
    level: Level
    customer_type: CustomerType
    follow_ups: int = 0


def plan_customers(rng: Random, calendar: Calendar, *, customers: int, follow_ups: int) -> list[Plan]:
    """The customers in the order in which they came, with exactly that many follow-ups among them."""
    plans = [_plan(rng, calendar, moment) for moment in _moments(rng, calendar, customers)]
    weights = [_effort(rng, plan, calendar) for plan in plans]
    total, given = sum(weights) or 1.0, 0
    for plan, reached in zip(plans, accumulate(weights), strict=True):
        plan.follow_ups = round(follow_ups * reached / total) - given
        given += plan.follow_ups
    return plans


def _moments(rng: Random, calendar: Calendar, count: int) -> list[int]:
    days = range(calendar.first, calendar.today + 1)
    totals = list(accumulate(_day_weight(day, calendar) for day in days))
    chosen = rng.choices(days, cum_weights=totals, k=count)
    minutes = [rng.triangular(_OPENS, _CLOSES, 15 * 60) for _ in chosen]
    moments = [
        calendar.at(day, int(minute), int(minute * 60) % 60) for day, minute in zip(chosen, minutes, strict=True)
    ]
    # Those of today's later hours came this morning, each at a moment of its own.
    return sorted(min(moment, calendar.now - 60 - moment % 1800) for moment in moments)


def _day_weight(day: int, calendar: Calendar) -> float:
    found = date.fromordinal(day)
    grown = (day - calendar.first) / (calendar.today - calendar.first)
    return _GROWTH**grown * _MONTHS[found.month - 1] * _WEEKDAYS[found.weekday()]


def _plan(rng: Random, calendar: Calendar, created: int) -> Plan:
    industry = _INDUSTRIES.pick(rng)
    sources = _FAIR_SOURCES if industry in _FAIR_INDUSTRIES and rng.random() < 0.5 else _SOURCES
    age = (calendar.now - created) / 86400
    level = _level(rng.random(), age)
    return Plan(
        created=created,
        day=calendar.day_of(created),
        industry=industry,
        source=sources.pick(rng) if rng.random() < 0.97 else "",
        level=level,
        customer_type=_customer_type(rng.random(), level),
    )


def _level(chance: float, age: float) -> Level:
    """Young customers are still open, old ones are decided."""
    ripe = min(1.0, age / 150)
    lost, won, intent = 0.02 + 0.1 * ripe, 0.04 + 0.25 * ripe, 0.26 - 0.03 * ripe
    if chance < lost:
        return Level.LOST
    if chance < lost + won:
        return Level.WON
    return Level.INTENT if chance < lost + won + intent else Level.POTENTIAL


def _customer_type(chance: float, level: Level) -> CustomerType:
    key, vip = {Level.WON: (0.12, 0.06), Level.INTENT: (0.08, 0.01)}.get(level, (0.01, 0.0))
    if chance < vip:
        return CustomerType.VIP
    return CustomerType.KEY if chance < vip + key else CustomerType.NEW


def _effort(rng: Random, plan: Plan, calendar: Calendar) -> float:
    age = (calendar.now - plan.created) / 86400
    if age < 1 or (plan.level is Level.POTENTIAL and rng.random() < 0.3):
        return 0.0
    special = 1.8 if plan.customer_type in (CustomerType.KEY, CustomerType.VIP) else 1.0
    return _EFFORT[plan.level] * special * (0.2 + min(1.0, age / 240)) * rng.lognormvariate(0, 0.6)


def chunks(plans: list[Plan], size: int) -> Iterator[list[Plan]]:
    """The plans in parts, so that their rows don't fill the memory."""
    for start in range(0, len(plans), size):
        yield plans[start : start + size]
