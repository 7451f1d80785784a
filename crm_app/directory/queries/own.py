"""The company's own fields in the list: how they are filtered, ordered and shown (R1.8, ADR 16).

Their values stand in a table of their own. A condition is a set of customers that one of its indices gives; an order
walks such an index, and the customers without a value follow. Those of contacts are what the main contact says: to
filter by and to show, in no order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy import and_, exists, not_, select
from sqlmodel import Session, col

from crm_app.catalogue import texts
from crm_app.core.periods import parse_period
from crm_app.core.problems import Problem
from crm_app.core.sql import checked, table_of
from crm_app.customers.queries import main_contact_values
from crm_app.directory.queries.reader import Reader
from crm_app.fields.queries import list_fields, values_of
from crm_app.fields.rules import NO, PLACES, YES, folded, scaled
from crm_app.fields.schemas import CHOOSING, FieldKind, OwnFieldDef, RecordKind, field_id_of, list_code_of
from crm_app.listing.queries import Asker, Column, Parts, Segment, Where
from crm_app.listing.schemas import Choice, Condition, FieldDef, Kind, Operator
from crm_app.models import Contact, ContactValue, Customer, OwnValue

FLAGS = "own_flag"
_v: Any = table_of(OwnValue).c
_people, _contact_values = table_of(Contact), table_of(ContactValue)
_contact: Any = _people.c
_p: Any = _contact_values.c
_o: Any = table_of(OwnValue).alias("own_order").c
"""The same table where it gives the order, so that a condition beside it means rows of its own."""
KINDS: Mapping[FieldKind, Kind] = MappingProxyType(
    {
        FieldKind.LINE: Kind.TEXT,
        FieldKind.TEXT: Kind.TEXT,
        FieldKind.URL: Kind.TEXT,
        FieldKind.NUMBER: Kind.NUMBER,
        FieldKind.AMOUNT: Kind.AMOUNT,
        FieldKind.DAY: Kind.DAY,
        FieldKind.CHOICE: Kind.CHOICE,
        FieldKind.FLAG: Kind.CHOICE,
        FieldKind.PERSON: Kind.CHOICE,
        FieldKind.CHOICES: Kind.TAGS,
    }
)
_EDITORS = {
    FieldKind.TEXT: "area",
    FieldKind.NUMBER: "number",
    FieldKind.AMOUNT: "number",
    FieldKind.DAY: "day",
    FieldKind.CHOICE: "choice",
    FieldKind.FLAG: "choice",
    FieldKind.PERSON: "choice",
    FieldKind.CHOICES: "many",
}
_UNSORTABLE = frozenset({FieldKind.TEXT, FieldKind.URL, FieldKind.CHOICES, FieldKind.PERSON})
_WIDTHS = {FieldKind.TEXT: 220, FieldKind.URL: 200, FieldKind.LINE: 160, FieldKind.CHOICES: 168}


# --- what the list knows of them


def list_own(session: Session) -> Mapping[str, FieldDef]:
    """The own fields in use as fields of the list, by their keys; those of contacts after those of customers."""
    return MappingProxyType({field.key: _field_def(field) for field in _in_use(session)})


def _in_use(session: Session) -> list[OwnFieldDef]:
    return [field for kind in RecordKind for field in list_fields(session, record=kind)]


def _field_def(field: OwnFieldDef) -> FieldDef:
    hung = field.record is RecordKind.CONTACT
    choices = {FieldKind.FLAG: FLAGS, FieldKind.PERSON: "person"}.get(field.kind, "")
    return FieldDef(
        field.key,
        KINDS[field.kind],
        "",
        choices=list_code_of(field.id) if field.kind in CHOOSING else choices,
        words=("me",) if field.kind is FieldKind.PERSON else (),
        sortable=field.kind not in _UNSORTABLE and not hung,
        width=_WIDTHS.get(field.kind, 120),
        called=(field.called("zh"), field.called("en")),
        hung=hung,
        signed=field.kind in (FieldKind.NUMBER, FieldKind.AMOUNT),
        decimals=PLACES if field.kind is FieldKind.NUMBER else 0,
        hidden_from=field.hidden_from,
        editor="" if hung else _EDITORS.get(field.kind, "line"),
        fixed_for=field.fixed_for,
    )


def own_choices(session: Session) -> Mapping[str, tuple[Choice, ...]]:
    """What can be chosen in own fields, by the name of the choices."""
    flags = tuple(Choice(code, *texts()[f"fields.flag.{code}"]) for code in (YES, NO))
    return {FLAGS: flags} | {
        list_code_of(field.id): tuple(
            Choice(option.code, option.label_zh, option.label_en, option.color, option.retired)
            for option in field.options
        )
        for field in _in_use(session)
        if field.kind in CHOOSING
    }


# --- filtering


@dataclass(frozen=True, slots=True)
class OwnSource:
    """Where the values of one own field stand."""

    field: FieldDef

    def where(self, condition: Condition, asker: Asker) -> Where:
        match condition.operator:
            case Operator.EMPTY:
                return not_(self._has(asker))
            case Operator.FILLED:
                return self._has(asker)
            case Operator.IS_NOT | Operator.NOT_IN | Operator.NONE:
                return not_(self._has(asker, self._fits(condition, asker)))
            case Operator.ALL:
                return and_(*(self._has(asker, self._values.key == code) for code in condition.values))
            case _:
                return self._has(asker, self._fits(condition, asker))

    @property
    def _values(self) -> Any:
        return _p if self.field.hung else _v

    def _has(self, asker: Asker, *fits: Where) -> Where:
        """That the customer has such a value: of few customers each is looked up, else the values give them."""
        of_field = self._values.field_id == field_id_of(self.field.key)
        if self.field.hung:
            return self._main_has(asker, of_field, *fits)
        if asker.narrow:
            return exists(select(1).where(_v.customer_id == col(Customer.id), checked(of_field), *fits))
        return col(Customer.id).in_(select(_v.customer_id).where(of_field, *fits))

    @staticmethod
    def _main_has(asker: Asker, of_field: Where, *fits: Where) -> Where:
        """That its main contact has one: of few customers the contact is found first, else the values."""
        joined = _people.join(_contact_values, _p.contact_id == _contact.id)
        if asker.narrow:
            mine = (_contact.customer_id == col(Customer.id), _contact.is_main, checked(of_field))
            return exists(select(1).select_from(joined).where(*mine, *fits))
        having = select(_contact.customer_id).select_from(joined).where(of_field, checked(_contact.is_main), *fits)
        return col(Customer.id).in_(having)

    def _fits(self, condition: Condition, asker: Asker) -> Where:
        values = self._values
        match self.field.kind:
            case Kind.TEXT:
                return _text(values.key, condition)
            case Kind.CHOICE | Kind.TAGS:
                return values.key.in_([str(asker.user_id) if code == "me" else code for code in condition.values])
            case Kind.DAY:
                return _day(values.number, condition, asker)
            case _:
                return _number(values.number, condition)


def _text(key: Column, condition: Condition) -> Where:
    said = folded(condition.values[0])
    match condition.operator:
        case Operator.CONTAINS:
            return key.contains(said, autoescape=True)
        case Operator.STARTS:
            return key.startswith(said, autoescape=True)
        case _:
            return key == said


def _number(number: Column, condition: Condition) -> Where:
    first, *rest = (scaled(value) for value in condition.values)
    match condition.operator:
        case Operator.ABOVE:
            return number > first
        case Operator.AT_LEAST:
            return number >= first
        case Operator.BELOW:
            return number < first
        case Operator.AT_MOST:
            return number <= first
        case Operator.BETWEEN:
            return number.between(first, rest[0])
        case _:
            return number == first


def _day(number: Column, condition: Condition, asker: Asker) -> Where:
    period = parse_period(condition.values[0], today=asker.today)
    if isinstance(period, Problem):
        raise ValueError(condition.values[0])
    start = period.start.toordinal() if period.start else None
    end = period.end_exclusive.toordinal() if period.end_exclusive else None
    match condition.operator:
        case Operator.BEFORE:
            return number < start
        case Operator.AFTER:
            return number >= end
        case _:
            limits = ([number >= start] if start else []) + ([number < end] if end else [])
            return and_(*limits)


# --- ordering


def own_order(field: FieldDef, choices: Sequence[Choice]) -> Parts:
    """The customers in the order of their values; those without one follow, the newest first."""
    if field.kind is Kind.CHOICE:
        return Parts(_by_choice(field, [choice.code for choice in choices]))
    return Parts(_by_value(field))


def _by_value(field: FieldDef) -> Any:
    column: Column = _o.sort if field.kind is Kind.TEXT else _o.number
    joined, of_field = _o.customer_id == col(Customer.id), _o.field_id == field_id_of(field.key)
    filled = (joined, of_field, column.is_not(None))
    # Without the field no index but that of the customer serves.
    looked_up = (joined, checked(of_field), column.is_not(None))

    def segments(key: Column, descending: bool) -> list[Segment]:
        order = (column.desc(), _o.customer_id.desc()) if descending else (column.asc(), _o.customer_id.asc())
        return [Segment(filled, order, looked_up), _empty(field, key)]

    return segments


def _by_choice(field: FieldDef, codes: Sequence[str]) -> Any:
    def segments(key: Column, descending: bool) -> list[Segment]:
        ordered = reversed(codes) if descending else codes
        having = select(_v.customer_id).where(_v.field_id == field_id_of(field.key))
        parts = [Segment((key.in_(having.where(_v.key == code)),), _NEWEST) for code in ordered]
        return [*parts, _empty(field, key)]

    return segments


def _empty(field: FieldDef, key: Column) -> Segment:
    filled = select(_v.customer_id).where(_v.field_id == field_id_of(field.key))
    return Segment((key.not_in(filled),), _NEWEST)


_NEWEST = (col(Customer.created_at).desc(), col(Customer.id).desc())


# --- showing


def own_cells(
    session: Session, ids: Sequence[int], fields: Sequence[FieldDef], reader: Reader
) -> dict[str, dict[int, str]]:
    """By field and customer the text of a cell; of several choices their codes, which are drawn as tags."""
    return {
        field.key: {key: _cell(field, text, reader) for key, text in found.items()}
        for field, found in _texts(session, ids, fields)
    }


def own_values(
    session: Session, ids: Sequence[int], fields: Sequence[FieldDef], reader: Reader, separator: str
) -> dict[str, dict[int, Any]]:
    """The same as values for a file: numbers, days, labels."""
    return {
        field.key: {key: _value(field, text, reader, separator) for key, text in found.items()}
        for field, found in _texts(session, ids, fields)
    }


def _texts(session: Session, ids: Sequence[int], fields: Sequence[FieldDef]) -> list[tuple[FieldDef, dict[int, str]]]:
    # By their keys: what a job reads of one moment must not depend on which fields there are by now.
    values = values_of(session, ids, [field.key for field in fields if not field.hung])
    mains = main_contact_values(session, ids, [field.key for field in fields if field.hung])
    values = {key: {**values.get(key, {}), **mains.get(key, {})} for key in {*values, *mains}}
    return [
        (field, {key: texts_of[field.key] for key, texts_of in values.items() if field.key in texts_of})
        for field in fields
    ]


def _cell(field: FieldDef, text: str, reader: Reader) -> str:
    match field.kind:
        case Kind.AMOUNT:
            return reader.amount(Decimal(text))
        case Kind.CHOICE:
            return reader.chooser(field.choices)(text)
        case Kind.TEXT:
            return text.replace("\n", " ")[:120]
        case _:
            return text


def _value(field: FieldDef, text: str, reader: Reader, separator: str) -> Any:
    match field.kind:
        case Kind.AMOUNT | Kind.NUMBER:
            return Decimal(text)
        case Kind.DAY:
            return date.fromisoformat(text)
        case Kind.CHOICE | Kind.TAGS:
            show = reader.chooser(field.choices)
            return separator.join(map(show, text.split(",")))
        case _:
            return text
