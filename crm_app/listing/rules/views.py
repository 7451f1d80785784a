"""A list's definition and query as a page shows them, in one language."""

from collections.abc import Mapping, Sequence
from datetime import date

from crm_app.catalogue import say
from crm_app.core.periods import calendar_period, parse_period
from crm_app.core.periods import label as period_label
from crm_app.core.problems import Problem
from crm_app.listing.rules.wording import as_language, label_of, operator_words, value_words
from crm_app.listing.schemas import (
    MANY_VALUES,
    OPERATORS,
    VALUELESS,
    ChipView,
    Choice,
    ChoiceView,
    ColumnView,
    FieldDef,
    FieldView,
    Kind,
    Known,
    ListDef,
    ListQuery,
    Operator,
    OperatorView,
    QuickView,
    Setup,
)

MOST_IGNORED = 6
"""So many parts of an address that made no sense are named; the others are counted."""

WIDEST, NARROWEST = 800, 56
_PERIODS = (
    "today", "yesterday", "this-week", "last-week", "this-month", "last-month", "this-quarter", "last-quarter",
    "this-year", "last-year", "last-7-days", "last-30-days", "last-90-days", "next-7-days", "next-30-days",
)  # fmt: skip
_QUICK_PERIODS = ("this-month", "last-month", "this-quarter", "last-quarter", "this-year", "last-year")
MOST_QUICK_YEARS = 10
"""For the quarters of so many years there are filters of one click; older ones are typed."""
_DRAWN = {
    Kind.NUMBER: "number",
    Kind.AMOUNT: "number",
    Kind.DAY: "date",
    Kind.MOMENT: "date",
    Kind.TAGS: "tags",
}


def make_setup(definition: ListDef, known: Known, language: str) -> Setup:
    """What the page needs once: fields, operators, choices, quick filters."""
    return Setup(
        fields=tuple(_field(field, language) for field in definition.fields.values()),
        operators={
            **{kind: tuple(_operator(one, language) for one in OPERATORS[kind]) for kind in Kind},
            "empty": tuple(_operator(one, language) for one in (Operator.EMPTY, Operator.FILLED)),
        },
        choices={
            name: tuple(_choice(c, language) for c in known.choices[name])
            for name in dict.fromkeys(field.choices for field in definition.fields.values())
            if name in known.choices
        },
        quick=tuple(_quick(definition.fields[key], known, language) for key in definition.quick_fields),
        periods=tuple(_period(key, known.today, language) for key in _PERIODS),
        sizes=definition.sizes,
        pinned=definition.pinned,
        standard=definition.columns,
    )


def make_columns(
    definition: ListDef,
    query: ListQuery,
    widths: Mapping[str, int],
    known: Known,
    language: str,
    *,
    masked: frozenset[str] = frozenset(),
    editable: frozenset[str] = frozenset(),
) -> list[ColumnView]:
    """The columns that the query shows; the values of `masked` ones are nothing to filter by."""
    return [
        _column(
            definition.fields[key],
            widths.get(key),
            known,
            language,
            filters=key not in masked,
            edits=key in editable,
        )
        for key in query.columns
    ]


def make_chips(definition: ListDef, query: ListQuery, known: Known, language: str) -> tuple[ChipView, ...]:
    """The conditions as chips: first those by themselves, then group by group."""
    placed = [(condition, -1, -1) for condition in query.conditions]
    placed += [(one, place, at) for place, group in enumerate(query.groups) for at, one in enumerate(group)]
    return tuple(
        ChipView(
            field=c.field,
            operator=c.operator,
            values=c.values,
            label=label_of(definition.fields[c.field], language),
            operator_label=operator_words(c.operator, language),
            text=value_words(definition.fields[c.field], c, known, language),
            group=group,
            member=member,
        )
        for c, group, member in placed
    )


def fit_width(width: int) -> int:
    """A column's width that can be drawn and grabbed again."""
    return min(max(width, NARROWEST), WIDEST)


def problem_words(problem: Problem, language: str) -> str:
    """Why something can't be read."""
    return say(language, problem.code, **problem.params)


def ignored_words(ignored: Sequence[tuple[str, Problem]], language: str) -> tuple[str, dict[str, str]]:
    """What of an address made no sense, each with its reason: the text's key and parameters."""
    named = [(text, problem_words(problem, language)) for text, problem in ignored[:MOST_IGNORED]]
    if len(ignored) == 1:
        return "listing.ignored", {"text": named[0][0], "reason": named[0][1]}
    parts = [say(language, "listing.ignored.part", text=text, reason=reason) for text, reason in named]
    if len(ignored) > len(named):
        parts.append(say(language, "listing.ignored.more", n=len(ignored) - len(named)))
    return "listing.ignored.several", {"n": str(len(ignored)), "parts": "\n".join(parts)}


def _field(field: FieldDef, language: str) -> FieldView:
    return FieldView(
        key=field.key,
        label=label_of(field, language),
        kind=field.kind,
        choices=field.choices,
        words=tuple(ChoiceView(word, say(language, f"listing.word.{word}")) for word in field.words),
        optional=field.optional,
        sortable=field.sortable,
        shown=field.shown,
        filterable=field.filterable,
    )


def _operator(operator: Operator, language: str) -> OperatorView:
    many = 9 if operator in MANY_VALUES else 1
    arity = 0 if operator in VALUELESS else 2 if operator is Operator.BETWEEN else many
    return OperatorView(operator, operator_words(operator, language), arity)


def _choice(choice: Choice, language: str) -> ChoiceView:
    return ChoiceView(choice.code, choice.label(language), choice.color)


def _period(key: str, today: date, language: str) -> ChoiceView:
    period = parse_period(key, today=today)
    return ChoiceView(key, key if isinstance(period, Problem) else period_label(period, lang=as_language(language)))


def _quick(field: FieldDef, known: Known, language: str) -> QuickView:
    label = label_of(field, language)
    if field.kind in (Kind.DAY, Kind.MOMENT):
        periods = tuple(_period(key, known.today, language) for key in _QUICK_PERIODS)
        return QuickView(field.key, label, periods, _quarters(known, language))
    words = tuple(ChoiceView(word, say(language, f"listing.word.{word}")) for word in field.words)
    offered = tuple(c for c in known.choices.get(field.choices, ()) if not c.retired)
    return QuickView(field.key, label, words or tuple(_choice(c, language) for c in offered))


def _quarters(known: Known, language: str) -> tuple[tuple[ChoiceView, ...], ...]:
    """The quarters of the years that have records, the newest year first; those still to come are left out."""
    today, rows = known.today, []
    first = min(known.first_year or today.year, today.year)
    for year in range(today.year, max(first - 1, today.year - MOST_QUICK_YEARS), -1):
        quarters = [calendar_period(date(year, month, 1), unit="quarter") for month in (1, 4, 7, 10)]
        begun = [quarter for quarter in quarters if quarter.start and quarter.start <= today]
        rows.append(tuple(ChoiceView(q.key, period_label(q, lang=as_language(language))) for q in begun))
    return tuple(rows)


def _column(
    field: FieldDef, width: int | None, known: Known, language: str, *, filters: bool, edits: bool
) -> ColumnView:
    colored = field.kind is Kind.CHOICE and any(choice.color for choice in known.choices.get(field.choices, ()))
    kind = "due" if field.due else "badge" if colored else _DRAWN.get(field.kind, "text")
    return ColumnView(
        key=field.key,
        label=label_of(field, language),
        kind=kind,
        choices=field.choices if kind in ("badge", "tags") else "",
        sortable=field.sortable,
        width=fit_width(width or field.width),
        filters=filters and field.filterable,
        edits=edits,
    )
