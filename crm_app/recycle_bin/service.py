"""Deleting a customer and bringing it back (R11.3); each call is a part of the caller's transaction.

Nothing of the customer is touched but that it is deleted: contacts, tasks, plans, tags and people wait with it, and
every query leaves it out by that one column.
"""

from collections.abc import Collection

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.audit import Action, record
from crm_app.access.permissions import Permission
from crm_app.core.clock import format_local, utcnow
from crm_app.core.errors import Refused
from crm_app.core.settings import get_settings
from crm_app.customers.queries import find_duplicates, get_main_contact, lock_customer
from crm_app.customers.schemas import Probe
from crm_app.customers.service.writing import Edit, save_changes
from crm_app.models import Customer
from crm_app.recycle_bin import queries
from crm_app.recycle_bin.schemas import Deleted, Likeness, Returned


def delete_customer(session: Session, actor: Actor, *, number: str) -> Deleted:
    """Put a customer into the recycle bin. Raises Forbidden, NotFound."""
    customer = lock_customer(session, actor, number, Permission.CUSTOMER_DELETE)
    now = utcnow()
    step = Edit("deleted_at", "", format_local(now, tz=get_settings().zone))
    columns = {"deleted_at": now, "deleted_by": actor.user_id}
    version = save_changes(session, actor, customer, edits=[step], columns=columns)
    _trace(session, actor, Action.CUSTOMER_DELETED, customer)
    return Deleted(id=customer.id or 0, version=version, name=customer.name)


def restore_customers(session: Session, actor: Actor, *, numbers: Collection[str]) -> tuple[Returned, ...]:
    """Bring back those of these customers that can be; the others are left out. Raises Forbidden."""
    return tuple(
        _bring_back(session, actor, customer) for customer in queries.lock_deleted(session, actor, numbers=numbers)
    )


def undo_deletion(session: Session, actor: Actor, *, customer_id: int, version: int) -> Returned:
    """Take back the deletion that made this version of the customer. Raises Forbidden, and Refused for any other."""
    found = queries.lock_deleted(session, actor, customer_id=customer_id) if customer_id > 0 else []
    if not found or found[0].version != version:
        raise Refused("recycle_bin.error.gone")
    return _bring_back(session, actor, found[0])


def _bring_back(session: Session, actor: Actor, customer: Customer) -> Returned:
    since = customer.deleted_at
    step = Edit("deleted_at", format_local(since, tz=get_settings().zone) if since else "", "")
    save_changes(session, actor, customer, edits=[step], columns={"deleted_at": None, "deleted_by": None})
    _trace(session, actor, Action.CUSTOMER_RESTORED, customer)
    return Returned(customer.number, customer.name, like=_find_like(session, actor, customer))


def _find_like(session: Session, actor: Actor, customer: Customer) -> Likeness | None:
    """The likeliest live customer with the same credit code or main mobile, as far as the actor may know of it."""
    main = get_main_contact(session, customer.id or 0)
    mobiles = (main.mobile,) if main is not None and main.mobile else ()
    probe = Probe(mobiles=mobiles, credit_code=customer.credit_code)
    hints = find_duplicates(session, actor, probe=probe, exclude_id=customer.id, exact_only=True)
    return Likeness(hints[0].number, hints[0].name, hints[0].owner) if hints else None


def _trace(session: Session, actor: Actor, action: Action, customer: Customer) -> None:
    record(session, action, actor=actor, subject_kind="customer", subject_id=customer.number, name=customer.name)
