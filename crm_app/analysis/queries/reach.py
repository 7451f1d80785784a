"""Whose figures they are: who shares them, and which changes concern them."""

from collections.abc import Hashable

from sqlalchemy import exists, select
from sqlmodel import Session, col

from crm_app.access.actor import Actor
from crm_app.access.people import staff
from crm_app.access.permissions import Permission, Reach
from crm_app.access.scope import customer_ids_in_reach, customers_in_reach
from crm_app.models import Customer, User

SEE = Permission.DASHBOARD_VIEW


def reach_key(actor: Actor) -> Hashable:
    """The same for actors who see the same figures: they can share them."""
    reach = actor.reach(SEE)
    return (reach,) if reach in (None, Reach.ALL) else (reach, actor.user_id, actor.department_ids)


def reaches_any(session: Session, actor: Actor, customer_ids: frozenset[int]) -> bool:
    """Whether any of these customers counts in the actor's figures."""
    found = select(col(Customer.id)).where(col(Customer.id).in_(customer_ids), customers_in_reach(actor, SEE))
    return session.execute(found.limit(1)).first() is not None


def list_owners(session: Session, actor: Actor) -> tuple[tuple[int, str], ...]:
    """The people who own customers in the actor's reach, by name: what the owner filter offers."""
    owned = col(User.id).in_(
        select(col(Customer.owner_id)).where(col(Customer.id).in_(customer_ids_in_reach(actor, SEE))).distinct()
    )
    if actor.reach(SEE) is Reach.ALL:
        # One step into the index for each person instead of one for each customer.
        owned = exists().where(col(Customer.owner_id) == col(User.id), col(Customer.deleted_at).is_(None))
    rows = session.execute(select(col(User.id), col(User.name)).where(owned).order_by(col(User.name)))
    return tuple((user_id or 0, name) for user_id, name in rows)


def list_departments(session: Session, actor: Actor) -> tuple[tuple[int, str], ...]:
    """The departments that the actor reaches as such, those below after each: what the department filter offers."""
    reach, known = actor.reach(SEE), staff(session).departments
    if reach is Reach.DEPARTMENT:
        return tuple((key, name) for key, name in known.items() if key in actor.department_ids)
    return tuple(known.items()) if reach is Reach.ALL else ()


def list_departments_below(session: Session, actor: Actor, department_id: int) -> tuple[int, ...]:
    """A department and those below it; nothing for one that the actor doesn't reach."""
    known = staff(session)
    if department_id not in dict(list_departments(session, actor)):
        return ()
    return tuple(key for key in known.departments if department_id in known.departments_above(key))
