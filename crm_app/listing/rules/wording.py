"""Conditions in words, for chips and messages."""

from crm_app.catalogue import say
from crm_app.core import regions
from crm_app.core.amounts import Language, format_amount, parse_amount
from crm_app.core.periods import label as period_label
from crm_app.core.periods import parse_period
from crm_app.core.problems import Problem
from crm_app.listing.schemas import (
    VALUELESS,
    Condition,
    FieldDef,
    Kind,
    Known,
    ListDef,
    ListQuery,
    Operator,
)


def operator_words(operator: Operator, language: str) -> str:
    """The operator as it stands between field and value."""
    return say(language, f"listing.operator.{operator}")


def value_words(field: FieldDef, condition: Condition, known: Known, language: str) -> str:
    """The values as people say them; empty where the operator takes none."""
    if condition.operator in VALUELESS:
        return ""
    said = [_value(field, value, known, language) for value in condition.values]
    if condition.operator is Operator.BETWEEN:
        return say(language, "listing.range", low=said[0], high=said[1])
    return say(language, "listing.separator").join(said)


def label_of(field: FieldDef, language: str) -> str:
    """What a field is called."""
    zh, en = field.called
    return ((en or zh) if language == "en" else zh) if zh else say(language, field.label)


def condition_words(field: FieldDef, condition: Condition, known: Known, language: str) -> str:
    """The whole condition: 所属行业 是 制造业、零售业."""
    parts = (
        label_of(field, language),
        operator_words(condition.operator, language),
        value_words(field, condition, known, language),
    )
    return " ".join(part for part in parts if part)


def query_words(definition: ListDef, query: ListQuery, known: Known, language: str) -> str:
    """All of what a list is narrowed to, on one line."""

    def said(condition: Condition) -> str:
        return condition_words(definition.fields[condition.field], condition, known, language)

    either = f" {say(language, 'listing.or')} "
    parts = [said(one) for one in query.conditions]
    parts += [f"({either.join(map(said, group))})" for group in query.groups]
    return "; ".join([*parts, *([f"“{query.search}”"] if query.search else [])])


def _value(field: FieldDef, value: str, known: Known, language: str) -> str:
    match field.kind:
        case Kind.DAY | Kind.MOMENT:
            period = parse_period(value, today=known.today)
            return value if isinstance(period, Problem) else period_label(period, lang=as_language(language))
        case Kind.AMOUNT:
            amount = parse_amount(value)
            return value if isinstance(amount, Problem) else format_amount(amount, lang=as_language(language))
        case Kind.REGION:
            return regions.full_name(value) or value
        case Kind.CHOICE | Kind.TAGS:
            if value in field.words:
                return say(language, f"listing.word.{value}")
            choice = known.find(field.choices, value)
            return choice.label(language) if choice else value
        case _:
            return value


def as_language(language: str) -> Language:
    """The language as the vocabulary types it."""
    return "en" if language == "en" else "zh"
