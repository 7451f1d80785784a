"""The rows of a page: only the columns that are shown, in the person's language, contact data masked."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.catalogue import say
from crm_app.core import regions
from crm_app.core.amounts import Language, format_amount
from crm_app.core.clock import format_local, relative_days
from crm_app.core.masking import mask_email, mask_landline, mask_mobile, mask_name
from crm_app.core.settings import get_settings
from crm_app.core.vocabulary import CustomerType
from crm_app.listing.queries import opaque
from crm_app.listing.schemas import Known, Row
from crm_app.models import Collaborator, Contact, Customer, CustomerTag

_c = Customer


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whose eyes: language, zone, and the labels of choices."""

    language: Language
    zone: tzinfo
    labels: Mapping[str, Mapping[str, str]]

    def choice(self, choices: str, code: object) -> str:
        return "" if code in (None, "") else self.labels[choices].get(str(code), str(code))

    def moment(self, moment: datetime | None) -> str:
        return format_local(moment, tz=self.zone) if moment else ""

    def day(self, day: date | None) -> str:
        return day.isoformat() if day else ""

    def amount(self, amount: Decimal) -> str:
        return format_amount(amount, lang=self.language) if amount else "0"

    def days_since(self, moment: datetime | None) -> str:
        return str(-relative_days(moment, tz=self.zone)) if moment else say(self.language, "directory.never")


_Cell = tuple[tuple[Any, ...], Callable[..., str]]


def _plain(column: Any) -> _Cell:
    return (column,), lambda _, value: str(value)


def _labelled(column: Any, choices: str) -> _Cell:
    return (column,), lambda reader, code: reader.choice(choices, code)


_CELLS: Mapping[str, _Cell] = {
    "number": _plain(_c.number),
    "address": _plain(_c.address),
    "business": _plain(_c.main_business),
    "note": ((_c.note,), lambda _, note: note.replace("\n", " ")[:120]),
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
    "region": ((_c.province, _c.city, _c.district), lambda _, *codes: _place(*codes)),
    "total": ((_c.total_amount,), _Reader.amount),
    "expected": ((_c.expected_amount,), _Reader.amount),
    "orders": _plain(_c.order_count),
    "silent": ((_c.last_contact_at,), _Reader.days_since),
    "created": ((_c.created_at,), _Reader.moment),
    "updated": ((_c.updated_at,), _Reader.moment),
    "last_contact": ((_c.last_contact_at,), _Reader.moment),
    "next_follow_up": ((_c.next_follow_up_at,), _Reader.moment),
    "founded": ((_c.founded_on,), _Reader.day),
    "first_order": ((_c.first_order_on,), _Reader.day),
}
"""The columns of Customer that a cell needs, and how they are shown."""


@lru_cache(maxsize=4096)
def _place(province: str, city: str, district: str) -> str:
    """广东 深圳 南山区; a municipality is said once."""
    names = [place.name for code in (province, city) if (place := regions.region(code))]
    short = list(dict.fromkeys(map(regions.short_name, names)))
    last = regions.region(district)
    return " ".join([*short, last.name] if last else short)


def list_rows(
    session: Session, actor: Actor, ids: Sequence[int], columns: Sequence[str], known: Known
) -> tuple[Row, ...]:
    """The rows of these customers in this order; those out of reach are left out."""
    cells = [_CELLS[name] for name in columns if name in _CELLS]
    needed = dict.fromkeys(column for read, _ in cells for column in read)
    always = (col(_c.id), col(_c.number), col(_c.name), col(_c.customer_type), col(_c.next_follow_up_at))
    in_reach = opaque((customers_in_reach(actor, Permission.CUSTOMER_VIEW),))
    found = session.execute(select(*always, *needed).where(col(_c.id).in_(ids), *in_reach))
    place = {column: index for index, column in enumerate(needed, start=len(always))}
    labels = {name: {c.code: c.label(actor.language) for c in choices} for name, choices in known.choices.items()}
    reader = _Reader("en" if actor.language == "en" else "zh", get_settings().zone, labels)
    linked = _linked(session, ids, columns, reader)

    def text(name: str, record: Any) -> str:
        if name in linked:
            return linked[name].get(record[0], "")
        read, show = _CELLS[name]
        return show(reader, *(record[place[column]] for column in read))

    shown = [name for name in columns if name != "name"]
    rows = {
        record[0]: Row(
            key=record[1],
            name=record[2],
            starred=record[3] == CustomerType.KEY,
            overdue=_overdue(record[4], reader),
            cells=tuple(text(name, record) for name in shown),
        )
        for record in found
    }
    return tuple(rows[customer_id] for customer_id in ids if customer_id in rows)


def _overdue(due: datetime | None, reader: _Reader) -> int:
    return max(0, -relative_days(due, tz=reader.zone)) if due else 0


def _linked(session: Session, ids: Sequence[int], columns: Sequence[str], reader: _Reader) -> dict[str, dict[int, str]]:
    """Cells that stand in other tables, read only when they are shown."""
    linked: dict[str, dict[int, str]] = {}
    if "tags" in columns:
        linked["tags"] = _joined(session, CustomerTag.customer_id, CustomerTag.tag_id, ids, str)
    if "collaborator" in columns:
        linked["collaborator"] = _joined(
            session, Collaborator.customer_id, Collaborator.user_id, ids, lambda code: reader.choice("person", code)
        )
    if not {"contact", "mobile", "phone", "email"}.isdisjoint(columns):
        linked |= _main_contacts(session, ids)
    return linked


def _joined(
    session: Session, customer_id: Any, value: Any, ids: Sequence[int], show: Callable[[Any], str]
) -> dict[int, str]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = session.execute(select(customer_id, value).where(customer_id.in_(ids)).order_by(value))
    for owner, one in rows:
        found[owner].append(show(one))
    return {owner: ",".join(values) for owner, values in found.items()}


def _main_contacts(session: Session, ids: Sequence[int]) -> dict[str, dict[int, str]]:
    """Masked for everybody: a list is for looking around, and each look at a full value is recorded elsewhere."""
    contacts = session.execute(
        select(
            col(Contact.customer_id), col(Contact.name), col(Contact.mobile), col(Contact.phone), col(Contact.email)
        ).where(col(Contact.customer_id).in_(ids), col(Contact.is_main))
    )
    masked: dict[str, dict[int, str]] = {"contact": {}, "mobile": {}, "phone": {}, "email": {}}
    for customer_id, name, mobile, phone, email in contacts:
        masked["contact"][customer_id] = mask_name(name)
        masked["mobile"][customer_id] = mask_mobile(mobile) if mobile else ""
        masked["phone"][customer_id] = mask_landline(phone) if phone else ""
        masked["email"][customer_id] = mask_email(email) if email else ""
    return masked
