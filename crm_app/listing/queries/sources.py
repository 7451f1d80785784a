"""From conditions to SQL, by an allow-list of sources."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Any, Protocol, TypeAlias

from sqlalchemy import ColumnElement, and_, not_, or_, select

from crm_app.core.amounts import parse_amount
from crm_app.core.periods import Period, parse_period, utc_bounds
from crm_app.core.problems import Problem
from crm_app.listing.schemas import Condition, Operator

Where: TypeAlias = ColumnElement[bool]
Column: TypeAlias = Any
"""A column of a model: SQLModel and SQLAlchemy have no common type for it."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, where and when: what "me" and "this month" mean."""

    user_id: int
    department_ids: tuple[int, ...]
    today: date
    zone: tzinfo
    dialect: str
    narrow: bool = False
    """Whether the asker reaches so few records that they are gathered first."""


class Source(Protocol):
    """Where a field's values stand."""

    def where(self, condition: Condition, asker: Asker) -> Where:
        """The condition in SQL; its operator is one of the field's."""
        ...


def compile_conditions(conditions: Sequence[Condition], sources: Mapping[str, Source], asker: Asker) -> list[Where]:
    """SQL conditions that must all hold: one for each, but those on rows of one kind hold for one and the same row.

    Raises KeyError for a field without source.
    """
    found: list[Where] = []
    of_rows: dict[Rows, list[Where]] = {}
    for condition in conditions:
        source = sources[condition.field]
        if isinstance(source, RowSource):
            of_rows.setdefault(source.rows, []).append(source.value.where(condition, asker))
        else:
            found.append(source.where(condition, asker))
    return found + [rows.exist(*held) for rows, held in of_rows.items()]


def compile_group(group: Sequence[Condition], sources: Mapping[str, Source], asker: Asker) -> Where:
    """The SQL condition that at least one of these holds, each for itself."""
    return or_(*(sources[condition.field].where(condition, asker) for condition in group))


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that hang on a record and happened: follow-ups, deals."""

    key: Column
    """The record's id."""
    record_id: Column
    """The same in the row."""
    always: tuple[Where, ...] = ()
    """What holds for all rows that count."""

    def exist(self, *conditions: Where) -> Where:
        """That the record has a row for which all of this holds."""
        return self.key.in_(select(self.record_id).where(*self.always, *conditions))


@dataclass(frozen=True, slots=True)
class RowSource:
    """A value of such rows: 上月电话跟进过 is one follow-up last month by phone, not one then and another by phone."""

    rows: Rows
    value: Source

    def where(self, condition: Condition, asker: Asker) -> Where:
        return self.rows.exist(self.value.where(condition, asker))


@dataclass(frozen=True, slots=True)
class TextSource:
    """Text that is empty when it is ''."""

    column: Column

    def where(self, condition: Condition, asker: Asker) -> Where:
        value = condition.values[0] if condition.values else ""
        match condition.operator:
            case Operator.CONTAINS:
                return self.column.icontains(value, autoescape=True)
            case Operator.STARTS:
                return self.column.istartswith(value, autoescape=True)
            case Operator.IS_NOT:
                return self.column != value
            case Operator.EMPTY:
                return self.column == ""
            case Operator.FILLED:
                return self.column > ""
            case _:
                return self.column == value


@dataclass(frozen=True, slots=True)
class ChoiceSource:
    """A code of a drop-down list; empty when it is '', or NULL for `nullable` ids.

    `words` turns a value such as "me" into the ids or the subquery of ids that it means.
    """

    column: Column
    convert: Callable[[str], Any] = str
    nullable: bool = False
    words: Mapping[str, Callable[[Asker], Any]] | None = None

    def where(self, condition: Condition, asker: Asker) -> Where:
        match condition.operator:
            case Operator.EMPTY:
                return self.empty()
            case Operator.FILLED:
                return self.filled()
            case Operator.NOT_IN:
                wanted = not_(self._wanted(condition.values, asker))
                return or_(wanted, self.column.is_(None)) if self.nullable else wanted
            case _:
                return self._wanted(condition.values, asker)

    def empty(self) -> Where:
        return self.column.is_(None) if self.nullable else self.column == ""

    def filled(self) -> Where:
        return self.column.is_not(None) if self.nullable else self.column > ""

    def _wanted(self, values: Sequence[str], asker: Asker) -> Where:
        words = self.words or {}
        plain = [self.convert(value) for value in values if value not in words]
        parts = [self.column.in_(words[value](asker)) for value in values if value in words]
        if len(plain) == 1:
            parts.append(self.column == plain[0])
        elif plain:
            parts.append(self.column.in_(plain))
        return parts[0] if len(parts) == 1 else or_(*parts)


@dataclass(frozen=True, slots=True)
class NumberSource:
    """A number or an amount that is never NULL."""

    column: Column
    zero_is_unknown: bool = False

    def where(self, condition: Condition, asker: Asker) -> Where:
        found = self._where(condition)
        return and_(self.column > 0, found) if self.zero_is_unknown else found

    def _where(self, condition: Condition) -> Where:
        first, *rest = (_number(value) for value in condition.values)
        match condition.operator:
            case Operator.ABOVE:
                return self.column > first
            case Operator.AT_LEAST:
                return self.column >= first
            case Operator.BELOW:
                return self.column < first
            case Operator.AT_MOST:
                return self.column <= first
            case Operator.BETWEEN:
                return self.column.between(first, rest[0])
            case _:
                return self.column == first


@dataclass(frozen=True, slots=True)
class TimeSource:
    """A day or, with `moment`, a moment in UTC."""

    column: Column
    moment: bool

    def where(self, condition: Condition, asker: Asker) -> Where:
        match condition.operator:
            case Operator.EMPTY:
                return self.column.is_(None)
            case Operator.FILLED:
                return self.column.is_not(None)
        period = _period(condition.values[0], asker)
        start, end = utc_bounds(period, tz=asker.zone) if self.moment else (period.start, period.end_exclusive)
        match condition.operator:
            case Operator.BEFORE:
                return self.column < start
            case Operator.AFTER:
                return self.column >= end
            case _:
                limits = [self.column >= start] if start else []
                return and_(*limits, self.column < end) if end else and_(*limits)


def _number(value: str) -> Any:
    number = parse_amount(value.removeprefix("-"))
    if isinstance(number, Problem):
        raise ValueError(value)
    return -number if value.startswith("-") else number


def _period(key: str, asker: Asker) -> Period:
    period = parse_period(key, today=asker.today)
    if isinstance(period, Problem):
        raise ValueError(key)
    return period


def midnight_before(days: int, asker: Asker) -> Any:
    """The moment at which the day began that lies so many days back."""
    start, _ = utc_bounds(Period("", asker.today - timedelta(days=days), None), tz=asker.zone)
    return start
