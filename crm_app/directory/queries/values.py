"""What the list's fields hold, as values rather than as a page shows them: numbers, days, whole texts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.catalogue import say
from crm_app.core.clock import relative_days, utcnow
from crm_app.core.settings import get_settings
from crm_app.core.sql import checked, table_of
from crm_app.directory.queries.anomalies import anomaly_codes, hidden_keys
from crm_app.directory.queries.own import own_values
from crm_app.directory.queries.rows import Reader, joined, main_contacts, place_words
from crm_app.directory.schemas import CONTACT_FIELDS
from crm_app.listing.schemas import FieldDef, Kind, Known
from crm_app.models import Collaborator, Contact, Customer, CustomerTag

_c = table_of(Customer).c
_TYPED = frozenset({Kind.NUMBER, Kind.AMOUNT, Kind.DAY})
"""The kinds whose empty cells hold nothing rather than an empty text."""
_COLUMNS: Mapping[str, tuple[Column[Any], ...]] = MappingProxyType(
    {
        "name": (_c.name,),
        "number": (_c.number,),
        "address": (_c.address,),
        "business": (_c.main_business,),
        "note": (_c.note,),
        "credit_code": (_c.credit_code,),
        "level": (_c.level,),
        "type": (_c.customer_type,),
        "status": (_c.status,),
        "grade": (_c.value_grade,),
        "industry": (_c.industry,),
        "source": (_c.source,),
        "headcount": (_c.headcount,),
        "revenue": (_c.revenue,),
        "last_method": (_c.last_method,),
        "owner": (_c.owner_id,),
        "department": (_c.department_id,),
        "region": (_c.province, _c.city, _c.district),
        "total": (_c.total_amount,),
        "expected": (_c.expected_amount,),
        "orders": (_c.order_count,),
        "completeness": (_c.completeness,),
        "silent": (_c.last_contact_at,),
        "created": (_c.created_at,),
        "updated": (_c.updated_at,),
        "last_contact": (_c.last_contact_at,),
        "next_follow_up": (_c.next_follow_up_at,),
        "founded": (_c.founded_on,),
        "first_order": (_c.first_order_on,),
    }
)


def list_values(
    session: Session, actor: Actor, ids: Sequence[int], fields: Sequence[FieldDef], known: Known, *, full: bool = False
) -> list[Sequence[Any]]:
    """The values of these customers, field by field; those out of reach are left out.

    Contact data is masked; with `full`, only where the actor may see it in full.
    """
    needed = dict.fromkeys([_c.id, *(column for field in fields for column in _COLUMNS.get(field.key, ()))])
    in_reach = checked(customers_in_reach(actor, Permission.CUSTOMER_VIEW))
    found = {row[0]: row for row in session.execute(select(*needed).where(_c.id.in_(ids), in_reach))}
    rows = [found[one] for one in ids if one in found]
    if not rows:
        return [() for _ in fields]
    values: Mapping[Column[Any], Sequence[Any]] = dict(zip(needed, zip(*rows, strict=True), strict=True))
    reader = Reader("en" if actor.language == "en" else "zh", get_settings().zone, known)
    kept = values[_c.id]
    linked = _linked(session, actor, kept, {field.key for field in fields}, reader, full=full)

    def read(field: FieldDef) -> Sequence[Any]:
        if field.key in linked:
            missing = None if field.kind in _TYPED else ""
            return [linked[field.key].get(customer_id, missing) for customer_id in kept]
        show, columns = _shower(field, reader), _COLUMNS[field.key]
        return values[columns[0]] if show is None else list(map(show, *(values[column] for column in columns)))

    return [read(field) for field in fields]


def reveals(session: Session, actor: Actor, ids: Sequence[int]) -> int:
    """Of how many of these customers `list_values` shows contact data in full."""
    contact = table_of(Contact).c
    known = set(
        session.execute(select(contact.customer_id).where(contact.customer_id.in_(ids), contact.is_main)).scalars()
    )
    return len(known & _revealable(session, actor, ids))


def _shower(field: FieldDef, reader: Reader) -> Callable[..., Any] | None:
    """What makes the value of its columns'; None where it is the value."""
    if field.key == "silent":
        now = utcnow()
        return lambda moment: -relative_days(moment, tz=reader.zone, now=now) if moment else None
    if field.key == "completeness":
        return lambda score: score or None
    if field.kind is Kind.CHOICE:
        return reader.chooser(field.choices)
    if field.kind is Kind.REGION:
        return place_words
    if field.kind is Kind.MOMENT:
        zone = reader.zone

        def on_the_wall(moment: datetime | None) -> datetime | None:
            return moment.astimezone(zone).replace(tzinfo=None) if moment else None

        return on_the_wall
    return None


def _linked(
    session: Session, actor: Actor, ids: Sequence[int], fields: Collection[str], reader: Reader, *, full: bool
) -> dict[str, dict[int, Any]]:
    linked: dict[str, dict[int, Any]] = {}
    separator = say(reader.language, "listing.separator")
    for key, link, column, choices in (
        ("tags", table_of(CustomerTag).c, "tag_id", "tag"),
        ("collaborator", table_of(Collaborator).c, "user_id", "person"),
    ):
        if key in fields:
            show = reader.chooser(choices)
            linked[key] = joined(session, link.customer_id, link[column], ids, show, separator=separator)
    if "anomaly" in fields:
        hidden, show = hidden_keys(actor, reader.known), reader.chooser("anomaly")
        linked["anomaly"] = anomaly_codes(session, ids, hidden, show, separator=separator)
    linked |= own_values(
        session, ids, [reader.known.own[f] for f in fields if f in reader.known.own], reader, separator
    )
    if not CONTACT_FIELDS.isdisjoint(fields):
        linked |= main_contacts(session, ids, shown=_revealable(session, actor, ids) if full else frozenset())
    return linked


def _revealable(session: Session, actor: Actor, ids: Sequence[int]) -> frozenset[int]:
    within = checked(customers_in_reach(actor, Permission.CUSTOMER_REVEAL))
    return frozenset(session.execute(select(_c.id).where(_c.id.in_(ids), within)).scalars())
