"""Single steps that the page makes of the record's use cases: one tag, one person, whatever others put on meanwhile."""

from sqlmodel import Session

from crm_app.access.actor import Actor
from crm_app.access.permissions import Permission
from crm_app.customers.queries import collaborator_ids_of, lock_customer, tag_ids_of
from crm_app.customers.schemas import Saved
from crm_app.customers.service import create_tag, set_collaborators, set_tags


def put_tag(session: Session, actor: Actor, *, number: str, tag_id: int, on: bool) -> Saved:
    """Put one tag on a customer, or take it off. Raises as `set_tags`."""
    customer = lock_customer(session, actor, number, Permission.CUSTOMER_EDIT)
    rest = tag_ids_of(session, customer.id or 0) - {tag_id}
    return set_tags(session, actor, number=number, tag_ids=rest | {tag_id} if on else rest)


def put_new_tag(session: Session, actor: Actor, *, number: str, name: str) -> Saved:
    """Put the free tag of that name on a customer, made when it is new. Raises Invalid for `name` or `tags`."""
    lock_customer(session, actor, number, Permission.CUSTOMER_EDIT)
    return put_tag(session, actor, number=number, tag_id=create_tag(session, actor, name=name), on=True)


def put_collaborator(session: Session, actor: Actor, *, number: str, user_id: int, on: bool) -> Saved:
    """Let one more person work on a customer, or one less. Raises as `set_collaborators`."""
    customer = lock_customer(session, actor, number, Permission.CUSTOMER_EDIT)
    rest = collaborator_ids_of(session, customer.id or 0) - {user_id}
    return set_collaborators(session, actor, number=number, user_ids=rest | {user_id} if on else rest)
