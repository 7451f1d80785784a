"""The condition that a cell of the list stands for: the customers that have the same there."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import get_customer
from crm_app.core.clock import local_today, relative_days, to_local, utcnow
from crm_app.core.settings import get_settings
from crm_app.customers.queries import main_contact_values
from crm_app.directory.queries.anomalies import anomaly_codes, hidden_keys
from crm_app.directory.queries.choices import list_for, load_known
from crm_app.directory.schemas import CONTACT_FIELDS
from crm_app.fields.queries import values_of
from crm_app.listing.schemas import Condition, FieldDef, Kind, Known, Operator
from crm_app.models import Collaborator, Customer, CustomerTag

_ATTRIBUTES = {
    "type": "customer_type",
    "grade": "value_grade",
    "owner": "owner_id",
    "department": "department_id",
    "total": "total_amount",
    "expected": "expected_amount",
    "orders": "order_count",
    "created": "created_at",
    "updated": "updated_at",
    "last_contact": "last_contact_at",
    "next_follow_up": "next_follow_up_at",
    "founded": "founded_on",
    "first_order": "first_order_on",
    "business": "main_business",
}
"""Where the model calls a field otherwise."""
_LINKED = {
    "tags": (CustomerTag.customer_id, CustomerTag.tag_id),
    "collaborator": (Collaborator.customer_id, Collaborator.user_id),
}
_OPERATORS = {
    Kind.TEXT: Operator.IS,
    Kind.CHOICE: Operator.IN,
    Kind.REGION: Operator.IN,
    Kind.TAGS: Operator.ANY,
    Kind.NUMBER: Operator.EQUAL,
    Kind.AMOUNT: Operator.EQUAL,
    Kind.DAY: Operator.WITHIN,
    Kind.MOMENT: Operator.WITHIN,
}
MAX_TEXT = 100
"""A longer text is found by its beginning."""


def read_cell(session: Session, actor: Actor, *, number: str, key: str, code: str) -> Condition | None:
    """The condition of one cell; `code` names one of several tags. None where nothing can be filtered by.

    Contact data stands masked in the list, and in full it would stand in the address: it makes no condition.
    Raises NotFound for a customer out of reach.
    """
    known = load_known(session, today=local_today(tz=get_settings().zone))
    field = list_for(actor, known).fields.get(key)
    if field is None or not field.shown or not field.filterable or key in CONTACT_FIELDS:
        return None
    customer = get_customer(session, actor, number, Permission.CUSTOMER_VIEW)
    values = _values(session, actor, customer, field, known)
    if not values:
        return Condition(key, Operator.EMPTY) if field.optional else None
    if field.kind is Kind.TEXT and len(values[0]) > MAX_TEXT:
        return Condition(key, Operator.STARTS, (values[0][:MAX_TEXT].strip(),))
    return Condition(key, _OPERATORS[field.kind], (code,) if code in values else values)


def _values(session: Session, actor: Actor, customer: Customer, field: FieldDef, known: Known) -> tuple[str, ...]:
    """In the form of addresses; none for an empty cell."""
    if field.key == "anomaly":
        found = anomaly_codes(session, [customer.id or 0], hidden_keys(actor, known))
        return tuple(filter(None, found.get(customer.id or 0, "").split(",")))
    if field.key in _LINKED:
        record, value = _LINKED[field.key]
        linked = select(col(value)).where(col(record) == customer.id).order_by(col(value))
        return tuple(str(one) for one in session.execute(linked).scalars())
    if field.key == "region":
        return _first(customer.district, customer.city, customer.province)
    if field.key == "silent":
        zone, moment = get_settings().zone, customer.last_contact_at or customer.created_at
        return (str(-relative_days(moment, tz=zone, now=utcnow())),)
    if field.called[0]:
        return _own(session, customer, field)
    value = getattr(customer, _ATTRIBUTES.get(field.key, field.key))
    unknown = value in (None, "") or (field.key == "completeness" and not value)
    return () if unknown else (_written(value),)


def _own(session: Session, customer: Customer, field: FieldDef) -> tuple[str, ...]:
    """What stands in a field that the company added; several choices are several values."""
    key = customer.id or 0
    read = main_contact_values if field.hung else values_of
    text = read(session, [key], [field.key]).get(key, {}).get(field.key, "")
    return tuple(text.split(",")) if text and field.kind is Kind.TAGS else (text,) if text else ()


def _first(*codes: str) -> tuple[str, ...]:
    return next(((code,) for code in codes if code), ())


def _written(value: Any) -> str:
    match value:
        case datetime():
            return to_local(value, tz=get_settings().zone).date().isoformat()
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}".removesuffix(".00")
        case _:
            return str(value)
