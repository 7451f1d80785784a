"""Every SELECT on what lies in the recycle bin."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.people import staff
from crm_app.access.permissions import Permission
from crm_app.access.scope import deleted_in_reach, get_customer, not_merged
from crm_app.core.clock import format_local, to_local, utcnow
from crm_app.core.errors import Forbidden
from crm_app.core.settings import get_settings
from crm_app.core.sql import table_of
from crm_app.core.vocabulary import Level
from crm_app.models import Contact, Customer, FollowUp, LevelChange, Task
from crm_app.recycle_bin import rules
from crm_app.recycle_bin.schemas import Belongings, BinLine, BinPage

_c = table_of(Customer).c
_LONGEST = 100
_LARGEST_ID = 2**31 - 1


def get_belongings(session: Session, actor: Actor, *, number: str) -> Belongings:
    """What goes along when this customer is deleted. Raises Forbidden, NotFound."""
    customer = get_customer(session, actor, number, Permission.CUSTOMER_DELETE)
    counts = count_belongings(session, customer.id or 0)
    until = to_local(rules.kept_until(utcnow()), tz=get_settings().zone).date()
    return Belongings(number=customer.number, name=customer.name, until=str(until), **counts)


def count_belongings(session: Session, customer_id: int) -> dict[str, int]:
    """How many of each kind belong to a customer, for whoever has checked it."""
    counted: dict[str, tuple[Any, tuple[ColumnElement[bool], ...]]] = {
        "contacts": (Contact, ()),
        "follow_ups": (FollowUp, ()),
        "tasks": (Task, (col(Task.done_at).is_(None),)),
        "deals": (LevelChange, (col(LevelChange.to_level) == Level.WON,)),
    }
    counts = (
        select(func.count()).select_from(model).where(model.customer_id == customer_id, *only).scalar_subquery()
        for model, only in counted.values()
    )
    return dict(zip(counted, session.execute(select(*counts)).one(), strict=True))


def list_bin(session: Session, actor: Actor, *, text: str = "", page: int = 1, size: int = 50) -> BinPage:
    """A page of what the actor may bring back, the latest deleted first. Raises Forbidden."""
    if not actor.may(Permission.CUSTOMER_DELETE):
        raise Forbidden
    now, zone = utcnow(), get_settings().zone
    where = [*_returnable(actor, now), *_named(text)]
    total = session.execute(select(func.count()).select_from(table_of(Customer)).where(*where)).scalar_one()
    page = max(1, min(page, -(-total // size)))
    names = staff(session).names
    lines = tuple(
        BinLine(
            number=row.number,
            name=row.name,
            owner=names.get(row.owner_id, ""),
            deleted_by=names.get(row.deleted_by, ""),
            deleted_at=format_local(row.deleted_at, tz=zone),
            days_left=rules.days_left(row.deleted_at, now=now),
        )
        for row in session.execute(_lines(where, offset=(page - 1) * size, limit=size))
    )
    return BinPage(lines, total, page)


def _lines(where: list[ColumnElement[bool]], *, offset: int, limit: int) -> Select[*tuple[Any, ...]]:
    return (
        select(_c.number, _c.name, _c.owner_id, _c.deleted_by, _c.deleted_at)
        .where(*where)
        .order_by(_c.deleted_at.desc(), _c.id.desc())
        .offset(offset)
        .limit(limit)
    )


def _returnable(actor: Actor, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (deleted_in_reach(actor, Permission.CUSTOMER_DELETE), _c.deleted_at > rules.expired_before(now))


def _named(text: str) -> list[ColumnElement[bool]]:
    """Each word in the name or the number. The bin is small: its rows are looked through, no index is asked."""
    return [
        or_(*(func.lower(column).contains(word, autoescape=True) for column in (_c.name, _c.number)))
        for word in text[:_LONGEST].lower().split()
    ]


def lies_in_bin(session: Session, actor: Actor, *, number: str) -> bool:
    """Whether the actor may bring this customer back; False also for whatever he may not know of."""
    if not actor.may(Permission.CUSTOMER_DELETE):
        return False
    where = (_c.number == number, *_returnable(actor, utcnow()))
    return session.execute(select(_c.id).where(*where)).first() is not None


def lock_deleted(
    session: Session, actor: Actor, *, numbers: Collection[str] = (), customer_id: int = 0
) -> list[Customer]:
    """Those of these customers that the actor may bring back, and nobody else does so until this transaction ends.

    In the order of their ids, so that two who bring back the same ones wait for each other. Raises Forbidden.
    """
    if not actor.may(Permission.CUSTOMER_DELETE):
        raise Forbidden
    if not 0 <= customer_id <= _LARGEST_ID:
        return []
    asked = _c.id == customer_id if customer_id else _c.number.in_(tuple(numbers))
    statement = (
        select(Customer)
        .where(asked, *_returnable(actor, utcnow()))
        .order_by(_c.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.execute(statement).scalars())


def list_expired(session: Session, now: datetime) -> list[int]:
    """The ids of those that nobody can bring back any more, the longest deleted first."""
    statement = select(_c.id).where(
        _c.deleted_at.is_not(None), _c.deleted_at <= rules.expired_before(now), not_merged()
    )
    return list(session.scalars(statement.order_by(_c.deleted_at, _c.id)))


def lock_expired(session: Session, now: datetime, customer_id: int) -> Customer | None:
    """As `list_expired`, this one, locked; None when it isn't one by now."""
    statement = select(Customer).where(
        _c.id == customer_id,
        _c.deleted_at.is_not(None),
        _c.deleted_at <= rules.expired_before(now),
        not_merged(),
    )
    return session.execute(statement.with_for_update()).scalar_one_or_none()
