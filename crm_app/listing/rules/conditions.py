"""Which conditions make sense, and how conditions come together."""

import re
from collections.abc import Sequence
from decimal import Decimal

from crm_app.core import regions
from crm_app.core.amounts import parse_amount
from crm_app.core.periods import parse_period
from crm_app.core.problems import Problem
from crm_app.core.text import clean_line
from crm_app.listing.schemas import MANY_VALUES, VALUELESS, Condition, FieldDef, Kind, Known, ListDef, Operator

MAX_CONDITIONS = 20
MAX_VALUES = 50
MAX_TEXT = 100
_COUNT = re.compile(r"-?\d{1,9}")
_DECIMAL = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?")


class _Nonsense(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def check_condition(
    definition: ListDef, field: str, operator: str, values: Sequence[str], known: Known
) -> Condition | Problem:
    """The condition in its one normal form, or why it makes no sense."""
    found = definition.fields.get(field)
    if found is None:
        return Problem("listing.problem.field", {"field": field[:40]})
    if not found.filterable:
        return Problem("listing.problem.closed")
    if operator not in found.operators:
        return Problem("listing.problem.operator", {"operator": operator[:40]})
    kind = Operator(operator)
    try:
        return Condition(field, kind, _check_values(found, kind, values, known))
    except _Nonsense as nonsense:
        return nonsense.problem


def _check_values(field: FieldDef, operator: Operator, values: Sequence[str], known: Known) -> tuple[str, ...]:
    if operator in VALUELESS:
        return ()
    if not values:
        raise _Nonsense(Problem("listing.problem.no_value"))
    if operator in MANY_VALUES:
        if len(values) > MAX_VALUES:
            raise _Nonsense(Problem("listing.problem.many_values", {"max": MAX_VALUES}))
        return tuple(dict.fromkeys(_check_value(field, value, known) for value in values))
    if len(values) != (2 if operator is Operator.BETWEEN else 1):
        raise _Nonsense(Problem("listing.problem.value", {"value": ", ".join(values)[:40]}))
    checked = tuple(_check_value(field, value, known) for value in values)
    if operator is Operator.BETWEEN:
        return tuple(sorted(checked, key=float))
    if operator in (Operator.BEFORE, Operator.AFTER):
        _require_end(checked[0], operator, known)
    return checked


def _require_end(key: str, operator: Operator, known: Known) -> None:
    period = parse_period(key, today=known.today)
    end = None if isinstance(period, Problem) else period.start if operator is Operator.BEFORE else period.end_exclusive
    if end is None:
        raise _Nonsense(Problem("listing.problem.value", {"value": key}))


def _check_value(field: FieldDef, value: str, known: Known) -> str:
    match field.kind:
        case Kind.TEXT:
            return _check_text(value)
        case Kind.NUMBER:
            return _check_number(field, value)
        case Kind.AMOUNT:
            amount = parse_amount(value, negative=field.signed)
            if isinstance(amount, Problem):
                raise _Nonsense(amount)
            return f"{amount:f}".removesuffix(".00")
        case Kind.DAY | Kind.MOMENT:
            period = parse_period(value, today=known.today)
            if isinstance(period, Problem):
                raise _Nonsense(period)
            return period.key
        case Kind.REGION:
            if regions.region(value) is None and value not in regions.AREAS:
                raise _Nonsense(Problem("listing.problem.place", {"value": value[:40]}))
            return value
        case Kind.CHOICE | Kind.TAGS:
            if value not in field.words and known.find(field.choices, value) is None:
                raise _Nonsense(Problem("listing.problem.choice", {"value": value[:40]}))
            return value


def _check_number(field: FieldDef, value: str) -> str:
    if not (_DECIMAL if field.decimals else _COUNT).fullmatch(value):
        raise _Nonsense(Problem("listing.problem.value", {"value": value[:40]}))
    if not field.decimals:
        return str(int(value))
    text = f"{round(Decimal(value), field.decimals):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _check_text(value: str) -> str:
    text = clean_line(value)
    if not text:
        raise _Nonsense(Problem("listing.problem.no_value"))
    if len(text) > MAX_TEXT:
        raise _Nonsense(Problem("listing.problem.long", {"max": MAX_TEXT}))
    return text


def add_condition(conditions: Sequence[Condition], new: Condition, field: FieldDef) -> tuple[Condition, ...]:
    """The conditions with a new one: values of one choice are alternatives, and a second period replaces the first.

    Several texts must all be contained; two limits of a number stand side by side.
    """
    present = next((c for c in conditions if (c.field, c.operator) == (new.field, new.operator)), None)
    if present is None:
        return (*conditions, new)
    if new.operator in MANY_VALUES:
        values = tuple(dict.fromkeys((*present.values, *new.values)))[:MAX_VALUES]
        joined = Condition(new.field, new.operator, values)
        return tuple(joined if c is present else c for c in conditions)
    if field.kind is Kind.TEXT:
        return (*conditions, new) if new not in conditions else tuple(conditions)
    return tuple(new if c is present else c for c in conditions)


def toggle_value(conditions: Sequence[Condition], field: FieldDef, value: str) -> tuple[Condition, ...]:
    """The conditions with one value of a choice switched on or off; a period is put in the place of the former one."""
    operator = field.operators[0]
    present = next((c for c in conditions if (c.field, c.operator) == (field.key, operator)), None)
    if present is None or value not in present.values:
        return add_condition(conditions, Condition(field.key, operator, (value,)), field)
    rest = tuple(v for v in present.values if v != value)
    left = [Condition(field.key, operator, rest)] if rest else []
    at = tuple(conditions).index(present)
    return (*conditions[:at], *left, *conditions[at + 1 :])


def narrow_to(conditions: Sequence[Condition], new: Condition) -> tuple[Condition, ...]:
    """The conditions with one in the place of those that ask something else of the same field in the same way."""
    kept = [c for c in conditions if (c.field, c.operator) != (new.field, new.operator)]
    opposite = {Operator.EMPTY, Operator.FILLED}
    if new.operator in opposite:
        kept = [c for c in kept if c.field != new.field]
    return (*kept, new)


def add_conditions(
    conditions: Sequence[Condition], new: Sequence[Condition], definition: ListDef
) -> tuple[Condition, ...]:
    """As `add_condition`, for several; what exceeds the limit is left out."""
    joined = tuple(conditions)
    for condition in new:
        joined = add_condition(joined, condition, definition.fields[condition.field])
    return joined[:MAX_CONDITIONS]


Groups = tuple[tuple[Condition, ...], ...]


def start_group(
    conditions: Sequence[Condition], groups: Groups, index: int, new: Condition
) -> tuple[tuple[Condition, ...], Groups]:
    """The condition at a place joined with a new one by OR; the conditions and groups after that."""
    joined = conditions[index]
    rest = tuple(one for at, one in enumerate(conditions) if at != index)
    return (tuple(conditions), groups) if new == joined else (rest, (*groups, (joined, new)))


def put_member(
    conditions: Sequence[Condition], groups: Groups, group: int, member: int, new: Condition | None
) -> tuple[tuple[Condition, ...], Groups]:
    """A group with a member put in its place, or at its end, or taken out for None.

    What is left of a group by itself is a condition like the others.
    """
    members = [one for at, one in enumerate(groups[group]) if at != member]
    if new is not None and new not in members:
        members.insert(min(max(member, 0), len(members)), new)
    before, after = groups[:group], groups[group + 1 :]
    if len(members) > 1:
        return tuple(conditions), (*before, tuple(members), *after)
    return (*conditions, *(one for one in members if one not in conditions)), (*before, *after)


def count_conditions(conditions: Sequence[Condition], groups: Groups) -> int:
    """How many there are, those in groups included."""
    return len(conditions) + sum(map(len, groups))
