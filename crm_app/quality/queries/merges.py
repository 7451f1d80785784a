"""Merges to be made and merges made: members, what hangs on them, who merged into whom."""

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, func, literal, select
from sqlmodel import Session, SQLModel, col

from crm_app.access.actor import Actor
from crm_app.access.people import staff
from crm_app.access.permissions import Permission
from crm_app.access.scope import beyond_reach, customers_in_reach
from crm_app.core.clock import format_local
from crm_app.core.errors import Forbidden
from crm_app.core.settings import get_settings
from crm_app.core.sql import table_of
from crm_app.models import (
    Contact,
    Customer,
    CustomerMerge,
    DuplicateDismissal,
    FieldChange,
    FollowUp,
    LevelChange,
    MergedCustomer,
    Task,
)
from crm_app.quality.schemas import MergeLine

MOST_LISTED = 50
_c, _merge, _merged = table_of(Customer).c, table_of(CustomerMerge).c, table_of(MergedCustomer).c


def lock_members(session: Session, actor: Actor, numbers: Collection[str]) -> list[Customer]:
    """Those of these live customers that the actor may merge, and nobody else changes them until this ends.

    In the order of their ids, so that two who merge the same ones wait for each other. Raises Forbidden.
    """
    if not actor.may(Permission.CUSTOMER_MERGE):
        raise Forbidden
    where = (_c.number.in_(tuple(numbers)), customers_in_reach(actor, Permission.CUSTOMER_MERGE))
    return _locked(session, *where)


def lock_merged(session: Session, customer_ids: Collection[int]) -> list[Customer]:
    """These customers, merged as they are, for a service that has checked in whom they live on."""
    return _locked(session, _c.id.in_(tuple(customer_ids)))


def _locked(session: Session, *where: ColumnElement[bool]) -> list[Customer]:
    statement = select(Customer).where(*where).order_by(_c.id).with_for_update(key_share=True)
    return list(session.execute(statement.execution_options(populate_existing=True)).scalars())


def ids_of(session: Session, model: type[SQLModel], customer_id: int) -> list[int]:
    """The ids of the rows of that kind that hang on a customer."""
    table = table_of(model).c
    return list(session.scalars(select(table.id).where(table.customer_id == customer_id).order_by(table.id)))


def history_of(session: Session, customer_id: int) -> list[list[int]]:
    """[id, version] of the changes of a customer's fields."""
    change = table_of(FieldChange).c
    found = session.execute(select(change.id, change.version).where(change.customer_id == customer_id))
    return [[key, version] for key, version in found]


def contacts_of(session: Session, customer_id: int) -> list[Contact]:
    """All contacts, the main one first."""
    statement = select(Contact).where(col(Contact.customer_id) == customer_id)
    return list(session.execute(statement.order_by(col(Contact.is_main).desc(), col(Contact.id))).scalars())


def get_contacts(session: Session, ids: Iterable[int]) -> dict[int, Contact]:
    """These contacts, those that there still are, by id."""
    found = session.execute(select(Contact).where(col(Contact.id).in_(tuple(ids)))).scalars()
    return {contact.id or 0: contact for contact in found}


def dismissals_of(session: Session, customer_id: int) -> frozenset[int]:
    """Whom this customer is known not to be."""
    pair = table_of(DuplicateDismissal).c
    smaller = select(pair.other_id).where(pair.one_id == customer_id)
    larger = select(pair.one_id).where(pair.other_id == customer_id)
    return frozenset(session.scalars(smaller)) | frozenset(session.scalars(larger))


def count_belongings(session: Session, customer_id: int) -> dict[str, int]:
    """How many of each kind hang on a customer."""
    kinds = {"follow_ups": FollowUp, "tasks": Task, "deals": LevelChange}
    counts = {}
    for name, model in kinds.items():
        table = table_of(model)
        only = (table.c.deal_amount.is_not(None),) if name == "deals" else ()
        statement = select(func.count()).select_from(table).where(table.c.customer_id == customer_id, *only)
        counts[name] = session.execute(statement).scalar_one()
    return counts


def lock_merge(session: Session, merge_id: int) -> CustomerMerge | None:
    """The merge, and nobody else takes it back until this ends."""
    if not 0 < merge_id < 2**31:
        return None
    statement = select(CustomerMerge).where(_merge.id == merge_id).with_for_update()
    return session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()


def later_merge(session: Session, merge: CustomerMerge) -> bool:
    """Whether another one into the same customer came after it and stands."""
    statement = select(_merge.id).where(
        _merge.survivor_id == merge.survivor_id, _merge.id > merge.id, _merge.undone_at.is_(None)
    )
    return session.execute(statement.limit(1)).first() is not None


def merged_ids(session: Session, merge_id: int) -> tuple[int, ...]:
    """Whom the merge took in."""
    statement = select(_merged.customer_id).where(_merged.merge_id == merge_id).order_by(_merged.customer_id)
    return tuple(session.scalars(statement))


def survivor_of(session: Session, customer_id: int) -> str:
    """The name of the customer into which this one was merged; empty when it was not."""
    statement = select(_c.name).join(table_of(MergedCustomer), _merged.survivor_id == _c.id)
    return session.execute(statement.where(_merged.customer_id == customer_id)).scalar() or ""


def list_merges(session: Session, actor: Actor) -> tuple[MergeLine, ...]:
    """The latest merges that stand, of customers that the actor may merge. Raises Forbidden."""
    if not actor.may(Permission.CUSTOMER_MERGE):
        raise Forbidden
    statement = (
        select(_merge.id, _merge.at, _merge.user_id, _c.name, _c.number)
        .join_from(table_of(CustomerMerge), table_of(Customer), _c.id == _merge.survivor_id)
        .where(
            _merge.undone_at.is_(None),
            customers_in_reach(actor, Permission.CUSTOMER_MERGE),
            ~_reaches_beyond(actor, _merge.id),
        )
        .order_by(_merge.at.desc(), _merge.id.desc())
        .limit(MOST_LISTED)
    )
    rows = session.execute(statement).all()
    names, zone = staff(session).names, get_settings().zone
    merged = _merged_names(session, [row.id for row in rows])
    return tuple(
        MergeLine(
            id=row.id,
            at=format_local(row.at, tz=zone),
            by=names.get(row.user_id, ""),
            survivor=row.name,
            survivor_number=row.number,
            merged=merged.get(row.id, ()),
        )
        for row in rows
    )


def may_reach_all(session: Session, actor: Actor, merge_id: int) -> bool:
    """Whether the actor may merge each customer that this merge put into another one."""
    return not session.scalar(select(_reaches_beyond(actor, literal(merge_id))))


def _reaches_beyond(actor: Actor, merge_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a merged customer is one that the actor may not merge: they keep their owner and department."""
    merged = (
        select(_merged.merge_id)
        .join_from(table_of(MergedCustomer), table_of(Customer), _c.id == _merged.customer_id)
        .where(_merged.merge_id == merge_id, beyond_reach(actor, Permission.CUSTOMER_MERGE))
    )
    # The customer of the outer query is another one, the survivor.
    return merged.correlate(table_of(CustomerMerge)).exists()


def _merged_names(session: Session, merge_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    statement = (
        select(_merged.merge_id, _c.name, _c.number)
        .join_from(table_of(MergedCustomer), table_of(Customer), _c.id == _merged.customer_id)
        .where(_merged.merge_id.in_(tuple(merge_ids)))
        .order_by(_merged.merge_id, _c.id)
    )
    found: dict[int, tuple[str, ...]] = {}
    for merge_id, name, number in session.execute(statement):
        found[merge_id] = (*found.get(merge_id, ()), f"{name} {number}")
    return found
