"""Customers that are there already: found by what rows say of them, or named by a key."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.core.sql import table_of
from crm_app.customers.queries import main_contact_values
from crm_app.customers.rules import CUSTOMER_FIELDS, as_text, region_of
from crm_app.fields.queries import values_of
from crm_app.fields.schemas import OF_CONTACT, PREFIX, OwnFieldDef, RecordKind, field_id_of
from crm_app.importing import rules
from crm_app.models import (
    Contact,
    Customer,
    MergedCustomer,
    OwnValue,
    User,
)

_customer, _contact, _user = table_of(Customer).c, table_of(Contact).c, table_of(User).c
_own, _merged = table_of(OwnValue).c, table_of(MergedCustomer).c


@dataclass(frozen=True, slots=True)
class Met:
    """A customer that a row may be, as far as the actor may know of it."""

    customer_id: int
    number: str
    name: str
    owner: str
    editable: bool


@dataclass(slots=True)
class Keys:
    """What customers are recognised by: each value with those that have it."""

    mobile: dict[str, list[int]]
    phone: dict[str, list[int]]
    credit_code: dict[str, list[int]]
    name_key: dict[str, list[int]]
    number: dict[str, list[int]]


def find_keys(
    session: Session, *, numbers: Iterable[str], codes: Iterable[str], names: Iterable[str], own: Iterable[str]
) -> Keys:
    """Customers with one of these phone numbers, credit codes or name keys, at most some hundreds of each.

    By phone also those deleted: without a join SQLite asks an index, and `meet` leaves them out.
    """
    found = Keys({}, {}, {}, {}, {})
    wanted = tuple(set(numbers) - {""})
    if wanted:
        live = select(_contact.customer_id, _contact.mobile, _contact.phone)
        for column, into in ((_contact.mobile, found.mobile), (_contact.phone, found.phone)):
            for customer_id, mobile, phone in session.execute(live.where(column.in_(wanted))):
                into.setdefault(mobile if into is found.mobile else phone, []).append(customer_id)
    for column, texts, into in (
        (_customer.credit_code, codes, found.credit_code),
        (_customer.name_key, names, found.name_key),
        (_customer.number, own, found.number),
    ):
        asked = tuple(set(texts) - {""})
        if asked:
            statement = select(_customer.id, column).where(column.in_(asked), _customer.deleted_at.is_(None))
            for customer_id, text in session.execute(statement):
                into.setdefault(text, []).append(customer_id)
    return found


def meet(session: Session, actor: Actor, ids: Iterable[int]) -> dict[int, Met]:
    """The live ones of these customers; of those out of reach only whose they are."""
    asked = tuple(set(ids))
    if not asked:
        return {}
    statement = (
        select(
            _customer.id,
            _customer.number,
            _customer.name,
            _user.name,
            case((customers_in_reach(actor), 1), else_=0),
            case((customers_in_reach(actor, Permission.CUSTOMER_EDIT), 1), else_=0),
        )
        .select_from(table_of(Customer).outerjoin(table_of(User), _user.id == _customer.owner_id))
        .where(_customer.id.in_(asked), _customer.deleted_at.is_(None))
    )
    return {
        key: Met(key, number if seen else "", name if seen else "", owner or "", bool(seen and editable))
        for key, number, name, owner, seen, editable in session.execute(statement)
    }


def changed_since(session: Session, moment: datetime) -> list[int]:
    """Customers that were made or changed after a moment."""
    return list(session.execute(select(_customer.id).where(_customer.updated_at > moment)).scalars())


def find_named(session: Session, key: str, texts: Iterable[str]) -> dict[str, list[int]]:
    """Live customers by what a row names them by, in its normal form; an old number leads to the survivor (R5.1)."""
    asked = tuple(set(texts) - {""})
    if not asked:
        return {}
    live = _customer.deleted_at.is_(None)
    match key:
        case rules.OLD_NUMBER:
            survivor = table_of(Customer).alias("survivor").c
            moved = (
                select(_customer.number, _merged.survivor_id)
                .join_from(table_of(Customer), table_of(MergedCustomer), _merged.customer_id == _customer.id)
                .join(survivor.id.table, survivor.id == _merged.survivor_id)
                .where(_customer.number.in_(asked), survivor.deleted_at.is_(None))
            )
            statements = [select(_customer.number, _customer.id).where(_customer.number.in_(asked), live), moved]
        case "credit_code":
            statements = [select(_customer.credit_code, _customer.id).where(_customer.credit_code.in_(asked), live)]
        case "name":
            statements = [select(_customer.name_key, _customer.id).where(_customer.name_key.in_(asked), live)]
        case _ if key.startswith(PREFIX):
            mine = (_own.field_id == field_id_of(key), _own.key.in_(asked))
            statements = [
                select(_own.key, _own.customer_id)
                .join_from(table_of(OwnValue), table_of(Customer), _customer.id == _own.customer_id)
                .where(*mine, live)
            ]
        case _:
            statements = [
                select(_contact.mobile, _contact.customer_id)
                .join_from(table_of(Contact), table_of(Customer), _customer.id == _contact.customer_id)
                .where(_contact.mobile.in_(asked), _contact.is_main, live)
            ]
    found: dict[str, list[int]] = {}
    for statement in statements:
        for text, customer_id in session.execute(statement):
            found.setdefault(text, []).append(customer_id)
    return found


_READ = tuple(name for name in CUSTOMER_FIELDS if name != "region")


def read_there(
    session: Session, actor: Actor, ids: Sequence[int], own: Sequence[OwnFieldDef]
) -> dict[int, rules.There]:
    """These customers as a row that names them is compared with; out of reach nothing but whose they are."""
    met = meet(session, actor, ids)
    reached = [key for key, one in met.items() if one.number]
    names = ("id", "version", "owner_id", *_READ, "province", "city", "district")
    rows = session.execute(select(*(_customer[name] for name in names)).where(_customer.id.in_(reached))).mappings()
    read = {row["id"]: row for row in rows}
    values = values_of(session, reached, [field.key for field in own if field.record is RecordKind.CUSTOMER])
    people = main_contact_values(session, reached, [one.key for one in own if one.record is RecordKind.CONTACT])
    found = {}
    for key, one in met.items():
        row = read.get(key)
        more: dict[str, Any] = {}
        if row is not None:
            fields = {name: as_text(row[name]) for name in _READ}
            fields["region"] = region_of(row["province"], row["city"], row["district"])
            more = {"level": row["level"], "owner_id": row["owner_id"] or 0, "fields": fields}
            of_contact = {OF_CONTACT + name: text for name, text in people.get(key, {}).items()}
            more["own"] = {**values.get(key, {}), **of_contact}
        found[key] = rules.There(
            key,
            version=row["version"] if row is not None else 0,
            number=one.number,
            name=one.name,
            owner=one.owner,
            editable=one.editable,
            **more,
        )
    return found
