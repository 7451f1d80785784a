"""Row scope: which customers an actor's function reaches. Each query starts from here (R10.2)."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission, Reach
from crm_app.core.errors import Forbidden, NotFound
from crm_app.core.sql import checked, table_of
from crm_app.models import Collaborator, Customer, MergedCustomer

_customer, _link = table_of(Customer).c, table_of(Collaborator).c
"""Plain columns: an ORM attribute in a condition makes the whole statement one for objects."""


def customers_in_reach(actor: Actor, permission: Permission = Permission.CUSTOMER_VIEW) -> ColumnElement[bool]:
    """The WHERE condition for live customers that `permission` covers for this actor; false when it covers none.

    Own means owner or collaborator; a department reach includes one's own customers elsewhere.
    """
    return and_(_customer.deleted_at.is_(None), _within(actor, permission))


def deleted_in_reach(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """As `customers_in_reach`, for those in the recycle bin: they keep their owner, department and collaborators.

    They are found by when they were deleted: the bin is small beside what one reaches. A merged customer is not in it:
    it comes back when the merge is undone (R5.1).
    """
    return and_(_customer.deleted_at.is_not(None), not_merged(), checked(_within(actor, permission)))


def beyond_reach(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """Whether a customer, live or not, is none that `permission` covers; for those merged into another one."""
    # Of a customer without an owner it is unknown whose he is: that is nobody's reach either.
    return not_(func.coalesce(_within(actor, permission), false(), type_=Boolean))


def not_merged() -> ColumnElement[bool]:
    """Whether a deleted customer is deleted for its own sake, and does not live on in another one."""
    merged = table_of(MergedCustomer).c
    return ~exists().where(merged.customer_id == _customer.id)


def _within(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """Whether `permission` covers a customer, live or not."""
    reach = actor.reach(permission)
    if reach is None:
        return false()
    if reach is Reach.ALL:
        return true()
    helping = select(_link.customer_id).where(_link.user_id == actor.user_id)
    own = or_(_customer.owner_id == actor.user_id, _customer.id.in_(helping))
    if reach is Reach.DEPARTMENT and actor.department_ids:
        own = or_(_customer.department_id.in_(actor.department_ids), own)
    return own


def customer_ids_in_reach(
    actor: Actor, permission: Permission, *conditions: ColumnElement[bool]
) -> Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]:
    """The ids of the customers that `customers_in_reach` and `conditions` allow, for `IN` on what hangs on customers.

    One SELECT for each way of reaching a customer, each with its own index: over an OR SQLite reads the whole table.
    """
    ids = select(_customer.id).where(_customer.deleted_at.is_(None), *conditions)
    reach = actor.reach(permission)
    if reach is None:
        return ids.where(false())
    if reach is Reach.ALL:
        return ids
    helping = select(_link.customer_id).where(_link.user_id == actor.user_id)
    ways = [ids.where(_customer.owner_id == actor.user_id), ids.where(_customer.id.in_(helping))]
    if reach is Reach.DEPARTMENT and actor.department_ids:
        ways.append(ids.where(_customer.department_id.in_(actor.department_ids)))
    return union_all(*ways)


def get_customer(session: Session, actor: Actor, number: str, permission: Permission) -> Customer:
    """The live customer of that number within reach.

    Raises Forbidden without the function, NotFound for a missing one and for one out of reach alike: the answer must
    not tell that the customer exists.
    """
    if not actor.may(permission):
        raise Forbidden
    found = session.execute(
        select(Customer).where(_customer.number == number, customers_in_reach(actor, permission))
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def reaches(session: Session, actor: Actor, customer_id: int, permission: Permission) -> bool:
    """Whether `permission` covers this one customer."""
    return permission in covering(session, actor, customer_id, (permission,))


def covering(
    session: Session, actor: Actor, customer_id: int, permissions: Collection[Permission]
) -> frozenset[Permission]:
    """Which of these functions cover this one customer, in one look however many they are."""
    # Functions of one reach have one condition.
    conditions = {actor.reach(one): customers_in_reach(actor, one) for one in permissions if actor.may(one)}
    if not conditions:
        return frozenset()
    row = session.execute(select(*conditions.values()).where(_customer.id == customer_id)).one_or_none()
    within = {reach for reach, found in zip(conditions, row or (), strict=False) if found}
    return frozenset(one for one in permissions if actor.reach(one) in within)
