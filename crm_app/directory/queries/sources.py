"""Where each field of the list stands in the database, for conditions and for orders."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, and_, exists, func, not_, or_, select
from sqlmodel import col

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.core import regions
from crm_app.core.vocabulary import Level
from crm_app.customers.search import candidates
from crm_app.directory.queries.anomalies import AnomalySource, hidden_keys
from crm_app.directory.queries.own import OwnSource, own_order
from crm_app.listing.queries import (
    Asker,
    ChoiceSource,
    Column,
    Grouped,
    NumberSource,
    Ordered,
    Parts,
    Rows,
    RowSource,
    Source,
    TextSource,
    TimeSource,
    Where,
    midnight_before,
)
from crm_app.listing.schemas import Condition, Known, Operator
from crm_app.models import Collaborator, Contact, Customer, CustomerTag, FollowUp, LevelChange, User

_FOREVER = 40_000
"""Days; more of them than any record is old."""


@dataclass(frozen=True, slots=True)
class _IndexedText:
    """Text that the full-text index holds as well, so that a part of it is found without reading all rows."""

    text: TextSource

    def where(self, condition: Condition, asker: Asker) -> Where:
        exactly = self.text.where(condition, asker)
        if condition.operator not in (Operator.CONTAINS, Operator.STARTS):
            return exactly
        likely = candidates(condition.values[0], dialect=asker.dialect)
        return exactly if likely is None else and_(likely, exactly)


@dataclass(frozen=True, slots=True)
class _Region:
    """Places of all three levels and big areas such as 华东."""

    def where(self, condition: Condition, asker: Asker) -> Where:
        match condition.operator:
            case Operator.EMPTY:
                return col(Customer.province) == ""
            case Operator.FILLED:
                return col(Customer.province) > ""
            case Operator.NOT_IN:
                return not_(or_(*map(self._within, condition.values)))
            case _:
                return or_(*map(self._within, condition.values))

    def _within(self, value: str) -> Where:
        if value in regions.AREAS:
            return col(Customer.province).in_(regions.AREAS[value])
        place = regions.region(value)
        level = {"province": Customer.province, "city": Customer.city, "district": Customer.district}
        return col(level[place.level] if place else Customer.district) == value


@dataclass(frozen=True, slots=True)
class _Linked:
    """Values that stand in a table of their own: tags, collaborators."""

    customer_id: Column
    value: Column
    words: Mapping[str, Any]

    def where(self, condition: Condition, asker: Asker) -> Where:
        ids = [self.words[v](asker) if v in self.words else int(v) for v in condition.values]
        match condition.operator:
            case Operator.EMPTY:
                return col(Customer.id).not_in(select(self.customer_id))
            case Operator.FILLED:
                return col(Customer.id).in_(select(self.customer_id))
            case Operator.ALL:
                return and_(*(col(Customer.id).in_(self._having([one])) for one in ids))
            case Operator.NONE | Operator.NOT_IN:
                return col(Customer.id).not_in(self._having(ids))
            case _:
                return col(Customer.id).in_(self._having(ids))

    def _having(self, ids: Sequence[int]) -> Select[Any]:
        return select(self.customer_id).where(self.value.in_(ids))


@dataclass(frozen=True, slots=True)
class _ContactData:
    """Data of any contact; whoever sees it masked finds nothing by it, whatever the operator."""

    column: Column
    actor: Actor

    def where(self, condition: Condition, asker: Asker) -> Where:
        return and_(self._found(condition, asker), customers_in_reach(self.actor, Permission.CUSTOMER_REVEAL))

    def _found(self, condition: Condition, asker: Asker) -> Where:
        positive = {Operator.EMPTY: Operator.FILLED, Operator.IS_NOT: Operator.IS}.get(condition.operator)
        asked = Condition(condition.field, positive or condition.operator, condition.values)
        having = select(col(Contact.customer_id)).where(TextSource(self.column).where(asked, asker))
        if positive:
            return col(Customer.id).not_in(having)
        likely = candidates(asked.values[0], dialect=asker.dialect, closed=True) if asked.values else None
        if likely is None:
            return col(Customer.id).in_(having)
        return and_(likely, exists(having.where(col(Contact.customer_id) == col(Customer.id))))


@dataclass(frozen=True, slots=True)
class _Silence:
    """Whole days since the last contact, or since the record was made when there was none."""

    def where(self, condition: Condition, asker: Asker) -> Where:
        first, *rest = (min(max(int(value), -1), _FOREVER) for value in condition.values)
        match condition.operator:
            case Operator.ABOVE:
                return self._span(first + 1, None, asker)
            case Operator.AT_LEAST:
                return self._span(first, None, asker)
            case Operator.BELOW:
                return self._span(None, first - 1, asker)
            case Operator.AT_MOST:
                return self._span(None, first, asker)
            case Operator.BETWEEN:
                return self._span(first, rest[0], asker)
            case _:
                return self._span(first, first, asker)

    def _span(self, fewest: int | None, most: int | None, asker: Asker) -> Where:
        def within(moment: Column) -> list[Where]:
            limits: list[Where] = []
            if fewest is not None:
                limits.append(moment < midnight_before(fewest - 1, asker))
            if most is not None:
                limits.append(moment >= midnight_before(most, asker))
            return limits

        contacted, made = col(Customer.last_contact_at), col(Customer.created_at)
        return or_(and_(*within(contacted)), and_(contacted.is_(None), *within(made)))


def _me(asker: Asker) -> Any:
    return [asker.user_id]


def _my_people(asker: Asker) -> Any:
    return select(col(User.id)).where(col(User.department_id).in_(asker.department_ids))


def _my_departments(asker: Asker) -> Any:
    return list(asker.department_ids)


def _methods_in_use() -> Select[Any]:
    """The few methods of follow-ups, which let the index over method and time find those of a time."""
    first = select(func.min(FollowUp.method).label("code")).cte("method", recursive=True)
    following = select(func.min(FollowUp.method)).where(col(FollowUp.method) > first.c.code).scalar_subquery()
    used = first.union_all(select(following).where(first.c.code.is_not(None)))
    return select(used.c.code).where(used.c.code.is_not(None))


_c = Customer
_FOLLOW_UPS = Rows(col(_c.id), col(FollowUp.customer_id), (col(FollowUp.method).in_(_methods_in_use()),))
_DEALS = Rows(col(_c.id), col(LevelChange.customer_id), (col(LevelChange.to_level) == Level.WON,))
_SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "name": _IndexedText(TextSource(col(_c.name))),
        "number": _IndexedText(TextSource(col(_c.number))),
        "address": TextSource(col(_c.address)),
        "business": TextSource(col(_c.main_business)),
        "note": TextSource(col(_c.note)),
        "credit_code": TextSource(col(_c.credit_code)),
        "industry": ChoiceSource(col(_c.industry)),
        "source": ChoiceSource(col(_c.source)),
        "headcount": ChoiceSource(col(_c.headcount)),
        "revenue": ChoiceSource(col(_c.revenue)),
        "level": ChoiceSource(col(_c.level)),
        "type": ChoiceSource(col(_c.customer_type)),
        "status": ChoiceSource(col(_c.status)),
        "grade": ChoiceSource(col(_c.value_grade)),
        "last_method": ChoiceSource(col(_c.last_method)),
        "owner": ChoiceSource(col(_c.owner_id), int, nullable=True, words={"me": _me, "mine": _my_people}),
        "department": ChoiceSource(col(_c.department_id), int, nullable=True, words={"mine": _my_departments}),
        "region": _Region(),
        "total": NumberSource(col(_c.total_amount)),
        "expected": NumberSource(col(_c.expected_amount)),
        "orders": NumberSource(col(_c.order_count)),
        "completeness": NumberSource(col(_c.completeness), zero_is_unknown=True),
        "silent": _Silence(),
        "created": TimeSource(col(_c.created_at), moment=True),
        "updated": TimeSource(col(_c.updated_at), moment=True),
        "last_contact": TimeSource(col(_c.last_contact_at), moment=True),
        "next_follow_up": TimeSource(col(_c.next_follow_up_at), moment=True),
        "founded": TimeSource(col(_c.founded_on), moment=False),
        "first_order": TimeSource(col(_c.first_order_on), moment=False),
        "followed": RowSource(_FOLLOW_UPS, TimeSource(col(FollowUp.at), moment=True)),
        "followed_method": RowSource(_FOLLOW_UPS, ChoiceSource(col(FollowUp.method))),
        "deal": RowSource(_DEALS, TimeSource(col(LevelChange.deal_on), moment=False)),
        "deal_owner": RowSource(_DEALS, ChoiceSource(col(LevelChange.owner_id), int, nullable=True, words={"me": _me})),
        "tags": _Linked(col(CustomerTag.customer_id), col(CustomerTag.tag_id), {}),
        "collaborator": _Linked(
            col(Collaborator.customer_id), col(Collaborator.user_id), {"me": lambda asker: asker.user_id}
        ),
    }
)
_CONTACT_COLUMNS = {"contact": Contact.name, "mobile": Contact.mobile, "phone": Contact.phone, "email": Contact.email}


def sources_for(actor: Actor, known: Known) -> Mapping[str, Source]:
    """Every field that can be filtered by; contact data within the actor's reach of revealing it."""
    own = {key: OwnSource(field) for key, field in known.own.items() if actor.role_code not in field.hidden_from}
    more = {"anomaly": AnomalySource(hidden_keys(actor, known))}
    return {
        **_SOURCES,
        **more,
        **own,
        **{key: _ContactData(col(column), actor) for key, column in _CONTACT_COLUMNS.items()},
    }


_NEWEST = (col(_c.created_at).desc(), col(_c.id).desc())
_GROUPED: Mapping[str, tuple[Any, str, Callable[[str], Any]]] = MappingProxyType(
    {
        "industry": (_c.industry, "industry", str),
        "source": (_c.source, "source", str),
        "headcount": (_c.headcount, "headcount", str),
        "revenue": (_c.revenue, "revenue", str),
        "level": (_c.level, "level", str),
        "type": (_c.customer_type, "customer_type", str),
        "status": (_c.status, "status", str),
        "grade": (_c.value_grade, "value_grade", str),
        "last_method": (_c.last_method, "method", str),
        "owner": (_c.owner_id, "person", int),
        "department": (_c.department_id, "department", int),
    }
)
_ORDERED: Mapping[str, Ordered] = MappingProxyType(
    {
        "name": Ordered(col(_c.name_sort)),
        "number": Ordered(col(_c.number_sort)),
        "created": Ordered(col(_c.created_at)),
        "updated": Ordered(col(_c.updated_at)),
        "total": Ordered(col(_c.total_amount)),
        "expected": Ordered(col(_c.expected_amount)),
        "orders": Ordered(col(_c.order_count)),
        "completeness": Ordered(col(_c.completeness)),
        "region": Ordered(
            col(_c.province), col(_c.province) > "", col(_c.province) == "", more=(col(_c.city), col(_c.district))
        ),
        "silent": Ordered(
            col(_c.last_contact_at),
            col(_c.last_contact_at).is_not(None),
            col(_c.last_contact_at).is_(None),
            reverse=True,
        ),
        **{
            key: Ordered(col(column), col(column).is_not(None), col(column).is_(None))
            for key, column in {
                "last_contact": _c.last_contact_at,
                "next_follow_up": _c.next_follow_up_at,
                "founded": _c.founded_on,
                "first_order": _c.first_order_on,
            }.items()
        },
        **{
            key: Ordered(col(column), col(column) > "", col(column) == "")
            # Address, business and note have no index: long text would make each save write three more, and the fifty
            # first of 100,000 cost 30 to 45 ms without (R3.1).
            for key, column in {
                "credit_code": _c.credit_code,
                "address": _c.address,
                "business": _c.main_business,
                "note": _c.note,
            }.items()
        },
    }
)


def order_by(key: str, known: Known) -> Ordered | Grouped | Parts:
    """The order of a sortable field; choices stand in the order of their list."""
    if key in known.own:
        return own_order(known.own[key], known.choices.get(known.own[key].choices, ()))
    if key in _ORDERED:
        return _ORDERED[key]
    if key not in _GROUPED:
        # A tab whose state the server forgot asks before it has loaded the list anew.
        return _ORDERED["created"]
    column, choices, convert = _GROUPED[key]
    return Grouped(col(column), tuple(convert(choice.code) for choice in known.choices.get(choices, ())), _NEWEST)


def narrows_one_index(conditions: Sequence[Condition], sort: str) -> bool:
    """Whether one composite index holds what these conditions ask for, in this order."""
    choices = [c for c in conditions if c.field in _GROUPED]
    rest = [c for c in conditions if c not in choices]
    if sort != "created" or any(c.operator is not Operator.IN or len(c.values) != 1 for c in choices):
        return False
    if any(c.field != "created" for c in rest) or any(c.values == ("mine",) for c in choices):
        return False
    return len(choices) < 2 or {c.field for c in choices} == {"industry", "level"}
