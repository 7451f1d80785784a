"""Customers for the palette: those that a text finds, and those that were open last, within reach (R3.3, R10.2)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.people import staff
from crm_app.access.permissions import Permission
from crm_app.access.scope import customers_in_reach
from crm_app.catalogue import say
from crm_app.core.errors import Forbidden
from crm_app.core.sql import checked, table_of
from crm_app.core.vocabulary import COLORS, CustomerType
from crm_app.customers.search import few_matches, matches
from crm_app.models import Customer
from crm_app.palette.schemas import Found

MOST = 8
LOOKED_AT = 60
"""Of more than `search.FEW` that a short text finds, so many are ranked: who wants another types on."""
_c = table_of(Customer).c
_COLUMNS = (_c.number, _c.name, _c.level, _c.customer_type, _c.owner_id, _c.name_sort, _c.updated_at)


def find_customers(session: Session, actor: Actor, *, text: str) -> tuple[Found, ...]:
    """The customers that a text finds, those first whose name, number or pinyin begins with it. Raises Forbidden."""
    said = " ".join(text.split())
    condition = _condition(session, actor, said)
    if condition is None:
        return ()
    key, first = said.casefold().replace(" ", ""), said.casefold().split()[0]

    def rank(row: Any) -> tuple[bool, bool, bool, float]:
        name, number = row.name.casefold(), row.number.casefold()
        begins = name.startswith((key, first)) or number.startswith(key)
        spoken = row.name_sort.replace(" ", "").startswith(key)
        return key not in (name, number), not begins, not spoken, -row.updated_at.timestamp()

    rows = sorted(_rows(session, actor, condition, limit=None), key=rank)
    return tuple(_found(session, actor, row, near=not rank(row)[1]) for row in rows[:MOST])


def list_recent(session: Session, actor: Actor, *, numbers: Sequence[str]) -> tuple[Found, ...]:
    """The customers of these numbers in this order; those out of reach are left out. Raises Forbidden."""
    asked = [number[:60] for number in numbers[:MOST]]
    rows = {row.number: row for row in _rows(session, actor, _c.number.in_(asked), limit=MOST)}
    return tuple(_found(session, actor, rows[number]) for number in dict.fromkeys(asked) if number in rows)


def _condition(session: Session, actor: Actor, text: str) -> ColumnElement[bool] | None:
    """None when nothing in the text can be searched."""
    if not actor.may(Permission.CUSTOMER_VIEW):
        raise Forbidden
    few = few_matches(session, actor, text)
    if few is not None:
        return _c.id.in_(few)
    found = matches(actor, text, dialect=session.get_bind().dialect.name)
    # Only the first few of very many are looked at: their ids come from the index before any customer is read.
    return None if found is None else _c.id.in_(select(_c.id).where(found, _reach(actor)).limit(LOOKED_AT))


def _reach(actor: Actor) -> ColumnElement[bool]:
    if not actor.may(Permission.CUSTOMER_VIEW):
        raise Forbidden
    return checked(customers_in_reach(actor, Permission.CUSTOMER_VIEW))


def _rows(session: Session, actor: Actor, condition: ColumnElement[bool], *, limit: int | None) -> Sequence[Any]:
    return session.execute(select(*_COLUMNS).where(condition, _reach(actor)).limit(limit)).all()


def _found(session: Session, actor: Actor, row: Any, *, near: bool = False) -> Found:
    return Found(
        number=row.number,
        name=row.name,
        level=say(actor.language, f"level.{row.level}"),
        color=COLORS["level"][row.level],
        starred=row.customer_type == CustomerType.KEY,
        owner=staff(session).names.get(row.owner_id or 0, ""),
        near=near,
    )
