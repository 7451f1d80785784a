"""Counting what was read row by row, and folding what the database counted."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from crm_app.analysis.schemas import Figures, PersonTally, Question, Span, Stock, Tally, Totals
from crm_app.core.vocabulary import Level

Made: TypeAlias = tuple[datetime, str, str, str]
"""A customer: when it was created; industry, source and level now."""
Contact: TypeAlias = tuple[int, datetime, str]
"""A follow-up: customer, moment, method."""
Deal: TypeAlias = tuple[int, int, str, date, Decimal]
"""Customer, the person who owned it then (0 and "" for nobody), day, amount in yuan."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What happened with some customers in both spans of a question; more than that does no harm."""

    made: Sequence[Made]
    contacts: Sequence[Contact]
    deals: Sequence[Deal]


def count(question: Question, rows: Rows, stock: Stock) -> tuple[Figures, Totals]:
    """The figures of the question's span, and the totals of the one before."""
    now = question.current
    made = [row for row in rows.made if now.start <= row[0] < now.end]
    contacts = [row for row in rows.contacts if now.start <= row[1] < now.end]
    figures = Figures(
        totals=_total(now, rows),
        stock=stock,
        by_industry=ranked(Counter(industry for _, industry, _, _ in made)),
        by_source=ranked(Counter(source for _, _, source, _ in made)),
        by_level=by_level(Counter(level for _, _, _, level in made)),
        by_method=ranked(Counter(method for _, _, method in contacts)),
        growth=_in_steps(question, (row[0] for row in made)),
        activity=_in_steps(question, (row[1] for row in contacts)),
        by_person=_by_person(_deals_in(now, rows)),
    )
    return figures, _total(question.before, rows)


def _deals_in(span: Span, rows: Rows) -> list[Deal]:
    start, end = span.period.start, span.period.end_exclusive
    return [deal for deal in rows.deals if (not start or deal[3] >= start) and (not end or deal[3] < end)]


def _total(span: Span, rows: Rows) -> Totals:
    contacts = [row[0] for row in rows.contacts if span.start <= row[1] < span.end]
    deals = _deals_in(span, rows)
    followed, won = set(contacts), {deal[0] for deal in deals}
    return Totals(
        created=sum(span.start <= row[0] < span.end for row in rows.made),
        follow_ups=len(contacts),
        followed=len(followed),
        deals=len(deals),
        won=len(won),
        converted=len(followed & won),
        amount=sum((deal[4] for deal in deals), Decimal(0)),
    )


def _by_person(deals: Iterable[Deal]) -> tuple[PersonTally, ...]:
    found: dict[tuple[int, str], list[Decimal]] = {}
    for _, user_id, name, _, amount in deals:
        found.setdefault((user_id, name), []).append(amount)
    people = [PersonTally(*who, len(amounts), sum(amounts, Decimal(0))) for who, amounts in found.items()]
    return tuple(sorted(people, key=lambda person: (-person.amount, person.user_id)))


def _in_steps(question: Question, moments: Iterable[datetime]) -> tuple[int, ...]:
    """How many of the span's moments each step holds; steps follow each other without gaps."""
    ends = [step.end for step in question.steps]
    return by_step(question, ((bisect_right(ends, moment), 1) for moment in moments))


def folded(pairs: Iterable[Any]) -> Counter[str]:
    """Counts by code, of counts that may name a code several times."""
    found: Counter[str] = Counter()
    for code, count in pairs:
        found[code] += count
    return found


def ranked(found: Counter[str]) -> tuple[Tally, ...]:
    """The most first; what doesn't occur is left out."""
    return tuple(Tally(code, n) for code, n in sorted(found.items(), key=lambda item: (-item[1], item[0])) if n)


def by_level(found: Counter[str]) -> tuple[Tally, ...]:
    """Every level, in the order of the life cycle."""
    return tuple(Tally(level.value, found[level.value]) for level in Level)


def by_step(question: Question, pairs: Iterable[Any]) -> tuple[int, ...]:
    """Counts by step, of (number of the step, count); a number that no step has is left out."""
    found: Counter[int] = Counter()
    for step, count in pairs:
        found[step] += count
    return tuple(found[n] for n in range(len(question.steps)))
