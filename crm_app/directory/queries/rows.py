"""The rows of a page: only the columns that are shown, in the person's language, contact data masked."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Column, select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.core import regions
from crm_app.core.clock import relative_days
from crm_app.core.masking import mask_email, mask_landline, mask_mobile, mask_name
from crm_app.core.settings import get_settings
from crm_app.core.sql import checked, table_of
from crm_app.core.vocabulary import CustomerType
from crm_app.directory.queries.anomalies import anomaly_codes, hidden_keys
from crm_app.directory.queries.own import own_cells
from crm_app.directory.queries.reader import Reader, Show
from crm_app.listing.schemas import Known, Row
from crm_app.models import Collaborator, Contact, Customer, CustomerTag

_c = table_of(Customer).c
_ALWAYS = (_c.id, _c.number, _c.name, _c.customer_type, _c.next_follow_up_at)


_Cell: TypeAlias = tuple[tuple[Column[Any], ...], Callable[[Reader], Show]]


def _plain(column: Column[Any]) -> _Cell:
    return (column,), lambda _: str


def _labelled(column: Column[Any], choices: str) -> _Cell:
    return (column,), lambda reader: reader.chooser(choices)


def _moment(column: Column[Any]) -> _Cell:
    return (column,), lambda reader: reader.moment


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


_CELLS: Mapping[str, _Cell] = {
    "number": _plain(_c.number),
    "address": _plain(_c.address),
    "business": _plain(_c.main_business),
    "note": ((_c.note,), lambda _: lambda note: note.replace("\n", " ")[:120]),
    "credit_code": _plain(_c.credit_code),
    "level": _plain(_c.level),
    "type": _plain(_c.customer_type),
    "status": _plain(_c.status),
    "grade": _plain(_c.value_grade),
    "industry": _labelled(_c.industry, "industry"),
    "source": _labelled(_c.source, "source"),
    "headcount": _labelled(_c.headcount, "headcount"),
    "revenue": _labelled(_c.revenue, "revenue"),
    "last_method": _labelled(_c.last_method, "method"),
    "owner": _labelled(_c.owner_id, "person"),
    "department": _labelled(_c.department_id, "department"),
    "region": ((_c.province, _c.city, _c.district), lambda _: place_words),
    "total": ((_c.total_amount,), lambda reader: reader.amount),
    "expected": ((_c.expected_amount,), lambda reader: reader.amount),
    "orders": _plain(_c.order_count),
    "completeness": ((_c.completeness,), lambda _: lambda score: str(score or "")),
    "silent": ((_c.last_contact_at,), lambda reader: reader.days_since),
    "created": _moment(_c.created_at),
    "updated": _moment(_c.updated_at),
    "last_contact": _moment(_c.last_contact_at),
    "next_follow_up": _moment(_c.next_follow_up_at),
    "founded": ((_c.founded_on,), lambda _: _day),
    "first_order": ((_c.first_order_on,), lambda _: _day),
}
"""The columns of Customer that a cell needs, and what shows them to a reader."""


@lru_cache(maxsize=4096)
def place_words(province: str, city: str, district: str) -> str:
    """广东 深圳 南山区; a municipality is said once."""
    names = [place.name for code in (province, city) if (place := regions.region(code))]
    short = list(dict.fromkeys(map(regions.short_name, names)))
    last = regions.region(district)
    return " ".join([*short, last.name] if last else short)


def list_rows(
    session: Session, actor: Actor, ids: Sequence[int], columns: Sequence[str], known: Known
) -> tuple[Row, ...]:
    """The rows of these customers in this order; those out of reach are left out."""
    shown = [name for name in columns if name != "name"]
    needed = dict.fromkeys((*_ALWAYS, *(column for name in shown if name in _CELLS for column in _CELLS[name][0])))
    in_reach = checked(customers_in_reach(actor, Permission.CUSTOMER_VIEW))
    found = session.execute(select(*needed).where(_c.id.in_(ids), in_reach)).all()
    if not found:
        return ()
    # Column by column: a page has few columns and many rows.
    values: Mapping[Column[Any], Sequence[Any]] = dict(zip(needed, zip(*found, strict=True), strict=True))
    reader = Reader("en" if actor.language == "en" else "zh", get_settings().zone, known)
    linked = _linked(session, ids, columns, reader)
    if "anomaly" in columns:
        linked["anomaly"] = anomaly_codes(session, ids, hidden_keys(actor, known))
    linked |= own_cells(session, ids, [known.own[key] for key in columns if key in known.own], reader)

    def texts(name: str) -> Sequence[str]:
        if name in linked:
            return [linked[name].get(customer_id, "") for customer_id in values[_c.id]]
        read, show = _CELLS[name]
        return list(map(show(reader), *(values[column] for column in read)))

    cells = zip(*map(texts, shown), strict=True) if shown else ((),) * len(found)
    always = zip(*(values[column] for column in _ALWAYS), strict=True)
    rows = {
        customer_id: Row(
            key=number, name=name, starred=kind == CustomerType.KEY, overdue=_overdue(due, reader), cells=texts_of
        )
        for (customer_id, number, name, kind, due), texts_of in zip(always, cells, strict=True)
    }
    return tuple(rows[customer_id] for customer_id in ids if customer_id in rows)


def _overdue(due: datetime | None, reader: Reader) -> int:
    return max(0, -relative_days(due, tz=reader.zone)) if due else 0


def _linked(session: Session, ids: Sequence[int], columns: Sequence[str], reader: Reader) -> dict[str, dict[int, str]]:
    """Cells that stand in other tables, read only when they are shown."""
    linked: dict[str, dict[int, str]] = {}
    if "tags" in columns:
        link = table_of(CustomerTag).c
        linked["tags"] = joined(session, link.customer_id, link.tag_id, ids, str)
    if "collaborator" in columns:
        link = table_of(Collaborator).c
        linked["collaborator"] = joined(session, link.customer_id, link.user_id, ids, reader.chooser("person"))
    if not {"contact", "mobile", "phone", "email"}.isdisjoint(columns):
        linked |= main_contacts(session, ids)
    return linked


def joined(
    session: Session,
    customer_id: Column[Any],
    value: Column[Any],
    ids: Sequence[int],
    show: Show,
    *,
    separator: str = ",",
) -> dict[int, str]:
    """What several rows of another table say of each customer."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = session.execute(select(customer_id, value).where(customer_id.in_(ids)).order_by(value))
    for owner, one in rows:
        found[owner].append(show(one))
    return {owner: separator.join(values) for owner, values in found.items()}


def main_contacts(session: Session, ids: Sequence[int], *, shown: Set[int] = frozenset()) -> dict[str, dict[int, str]]:
    """Masked but for the customers in `shown`.

    A list shows none: it is for looking around, and each look at a full value is recorded elsewhere.
    """
    c = table_of(Contact).c
    contacts = session.execute(
        select(c.customer_id, c.name, c.mobile, c.phone, c.email).where(c.customer_id.in_(ids), c.is_main)
    )
    found: dict[str, dict[int, str]] = {key: {} for key in _MASKS}
    for customer_id, *values in contacts:
        for (key, mask), value in zip(_MASKS.items(), values, strict=True):
            found[key][customer_id] = value if customer_id in shown or not value else mask(value)
    return found


_MASKS: Mapping[str, Callable[[str], str]] = {
    "contact": mask_name,
    "mobile": mask_mobile,
    "phone": mask_landline,
    "email": mask_email,
}
